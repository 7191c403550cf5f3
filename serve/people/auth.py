"""Who is asking: people, by a signed session cookie."""

import secrets
import threading
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

from serve.clock import Clock
from serve.people.accounts import Accounts, Role, hasher
from serve.people.api_keys import ApiKeys, NewApiKey, Scope
from serve.people.tries import Tries
from serve.store import people
from serve.store.database import Database
from serve.store.records import User

_TRIED_WITHIN = timedelta(minutes=15)
_TRIES_BY_NAME = 10
_TRIES_BY_ADDRESS = 100  # a whole school can sit behind one

Session = MutableMapping[str, Any]


class SignInRefused(PermissionError):
    """Wrong name or password, or too many tries; says nothing about which names exist."""


class People:
    """Accounts, sign-in, sessions and API keys."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        idle: timedelta,
        longest: timedelta,
        tries_by_address: int = _TRIES_BY_ADDRESS,
    ) -> None:
        self.accounts = Accounts(database, clock)
        self.keys = ApiKeys(database, clock)
        self._database = database
        self._clock = clock
        self._idle = idle
        self._longest = longest
        self._by_name = Tries(_TRIES_BY_NAME, _TRIED_WITHIN)
        self._by_address = Tries(tries_by_address, _TRIED_WITHIN)
        # One argon2 at a time: a hash costs 120 ms of a core, and sign-ins must not fill both.
        self._hashing = threading.Lock()
        self._nobody = hasher.hash(secrets.token_hex())

    def add_user(self, name: str, role: Role, password: str | None = None) -> str:
        """Add a person and return their password. Raises IntegrityError when the name is taken."""
        return self.accounts.add(name, role, password)

    def reset_password(self, name: str) -> str:
        """Give a person a new password and sign them out everywhere. Raises PersonMissing."""
        return self.accounts.reset(name)

    def add_api_key(self, name: str, scope: Scope = "send") -> NewApiKey:
        """Make a key for a program; it cannot be shown again."""
        return self.keys.add(name, scope)

    def nobody_yet(self) -> bool:
        """Whether there is no account at all."""
        with self._database.read() as connection:
            return people.count_users(connection) == 0

    def sign_in(self, session: Session, name: str, password: str, address: str) -> User:
        """Start a new session. Raises SignInRefused; tries are counted before anything is hashed.

        address: where the try comes from, as far as it is known.
        """
        now = self._clock()
        if not (self._by_name.allowed(name, now) and self._by_address.allowed(address, now)):
            raise SignInRefused("too many tries; wait a quarter of an hour")
        with self._database.read() as connection:
            user = people.find_user(connection, name)
        with self._hashing:
            right = hasher.verify(password, user.password_hash if user else self._nobody)
        if not right or user is None or user.disabled_at is not None:
            raise SignInRefused("this name and password do not fit")
        self._by_name.forget(name)
        self.begin_session(session, user)
        return user

    def begin_session(self, session: Session, user: User) -> None:
        """A new session for somebody who has shown who they are; nothing of an earlier one stays in it."""
        now = self._clock()
        session.clear()
        session.update(
            user=user.id,
            epoch=user.session_epoch,
            began=now.timestamp(),
            seen=now.timestamp(),
            csrf=secrets.token_hex(16),
        )

    def user_of(self, session: Session) -> User | None:
        """The person behind a session, None when it ended; keeps an active one alive."""
        now = self._clock().timestamp()
        if not isinstance(session.get("user"), str):
            return None
        if now - session["seen"] > self._idle.total_seconds() or now - session["began"] > self._longest.total_seconds():
            session.clear()
            return None
        with self._database.read() as connection:
            user = people.get_user(connection, session["user"])
        if user is None or user.disabled_at is not None or user.session_epoch != session["epoch"]:
            session.clear()
            return None
        if now - session["seen"] > 60:
            session["seen"] = now
        return user


def csrf_holds(session: Session, token: str) -> bool:
    """Whether a form was made for this session."""
    return secrets.compare_digest(str(session.get("csrf", "")).encode(), token.encode()) and bool(token)
