"""Accounts: who there is, what they may do, and how they are let in or shut out."""

import secrets
from collections.abc import Sequence
from typing import Literal

import sqlalchemy as sa
import structlog
from pwdlib import PasswordHash

from serve.clock import Clock, new_id
from serve.store import people
from serve.store.database import Database, Work
from serve.store.records import Account, User

Role = Literal["coach", "manager", "admin"]
ROLES: tuple[Role, ...] = ("coach", "manager", "admin")  # each may do what those before it may
hasher = PasswordHash.recommended()
_log = structlog.get_logger()


class PersonMissing(LookupError):
    """There is nobody with this name or id."""


class LastAdmin(ValueError):
    """Without this person nobody could manage accounts."""


class SignsInElsewhere(ValueError):
    """This person has no password here: they come through the school's own sign-in."""


def may(role: str, needed: Role) -> bool:
    """Whether a person of `role` may do what `needed` may; a role that is not known may do nothing."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)


class Accounts:
    """The service behind the people page and `aaq users`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, name: str, role: Role, password: str | None = None, external_id: str | None = None) -> str:
        """Add a person and return their password. Raises IntegrityError when the name is taken."""
        password = password or secrets.token_urlsafe(12)
        user = User(new_id(), name, role, hasher.hash(password), 0, None, external_id)
        now = self._clock()
        self._database.write(lambda connection: people.insert_user(connection, user, now))
        _log.info("account.added", user=user.id, role=role)
        return password

    def all(self) -> Sequence[Account]:
        """Everybody, by name; disabled ones too."""
        with self._database.read() as connection:
            return people.list_accounts(connection)

    def find(self, name_or_id: str) -> User:
        """A person by id, or by name. Raises PersonMissing."""
        with self._database.read() as connection:
            user = people.get_user(connection, name_or_id) or people.find_user(connection, name_or_id)
        if user is None:
            raise PersonMissing(f"there is nobody named {name_or_id!r}")
        return user

    def find_external(self, external_id: str) -> User | None:
        """The person whom the school's sign-in knows by this id."""
        with self._database.read() as connection:
            return people.find_external(connection, external_id)

    def reset(self, name_or_id: str) -> str:
        """Give a person a new password and sign them out everywhere. Raises PersonMissing or SignsInElsewhere."""
        user = self.find(name_or_id)
        if user.external_id is not None:
            raise SignsInElsewhere(f"{user.name} signs in through the school's sign-in and has no password here")
        password = secrets.token_urlsafe(12)
        hashed = hasher.hash(password)
        self._database.write(lambda connection: people.set_password(connection, user.id, hashed))
        _log.info("account.reset", user=user.id)
        return password

    def change_role(self, name_or_id: str, role: Role) -> None:
        """Change what a person may do, from their next request on. Raises PersonMissing or LastAdmin."""
        user = self.find(name_or_id)
        self._write(user, not may(role, "admin"), lambda connection: people.set_role(connection, user.id, role))
        _log.info("account.role_changed", user=user.id, role=role)

    def disable(self, name_or_id: str) -> None:
        """Shut a person out at once. What they said and read stays theirs. Raises PersonMissing or LastAdmin."""
        user, now = self.find(name_or_id), self._clock()
        self._write(user, True, lambda connection: people.set_disabled(connection, user.id, now))
        _log.info("account.disabled", user=user.id)

    def enable(self, name_or_id: str) -> None:
        """Let a person in again, with the password they had. Raises PersonMissing."""
        user = self.find(name_or_id)
        self._write(user, False, lambda connection: people.set_disabled(connection, user.id, None))
        _log.info("account.enabled", user=user.id)

    def _write(self, user: User, loses_rights: bool, change: Work[None]) -> None:
        def store(connection: sa.Connection) -> None:
            if loses_rights and user.role == "admin" and people.other_admins(connection, user.id) == 0:
                raise LastAdmin(f"{user.name} is the only admin: make somebody else one first")
            change(connection)

        self._database.write(store)
