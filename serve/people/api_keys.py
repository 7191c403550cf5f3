"""API keys: how programs say who they are. Only a key's hash is kept; it is shown once."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from serve.clock import Clock, new_id
from serve.store import keys
from serve.store.database import Database, TooManyWaiting
from serve.store.records import ApiKey

# send: hands messages in, and reads those it sent itself · review: also reads and decides, for a coach it names.
Scope = Literal["send", "review"]
SCOPES: tuple[Scope, ...] = ("send", "review")
_PREFIX = "aaq_"
_REMEMBERED = timedelta(seconds=10)  # a key revoked by another process works at most this much longer
_log = structlog.get_logger()


class KeyMissing(LookupError):
    """There is no such key, or more than one begins like that."""


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key as it is shown once."""

    id: str
    key: str


@dataclass(frozen=True, slots=True)
class Caller:
    """The program behind a request."""

    key_id: str
    scope: Scope


class ApiKeys:
    """Makes, finds and revokes keys."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[Caller, datetime]] = {}
        self._used: dict[str, date] = {}

    def add(self, name: str, scope: Scope = "send") -> NewApiKey:
        """Make a key for a program; it cannot be shown again."""
        made = NewApiKey(new_id(), _PREFIX + secrets.token_urlsafe(32))
        prefix, now = made.key[:12], self._clock()

        def store(connection: sa.Connection) -> None:
            keys.insert_api_key(connection, made.id, name, scope, prefix, _hash_of(made.key), now)

        self._database.write(store)
        return made

    def all(self) -> Sequence[ApiKey]:
        """Every key by its prefix, revoked ones too, newest first."""
        with self._database.read() as connection:
            return keys.list_api_keys(connection)

    def revoke(self, prefix_or_id: str) -> ApiKey:
        """End a key. Safe to repeat. Raises KeyMissing."""
        fitting = [key for key in self.all() if prefix_or_id in (key.id, key.prefix)]
        if len(fitting) != 1:
            raise KeyMissing(f"{len(fitting)} keys are named {prefix_or_id!r}; `aaq keys list` shows them")
        now = self._clock()
        self._database.write(lambda connection: keys.revoke_api_key(connection, fitting[0].id, now))
        self._known.clear()
        return fitting[0]

    def caller(self, key: str) -> Caller | None:
        """The program that holds a key, None when there is no such key or it was revoked."""
        hashed, now = _hash_of(key), self._clock()
        known = self._known.get(hashed)
        if known and now < known[1]:
            return known[0]
        with self._database.read() as connection:
            found = keys.find_api_key(connection, hashed)
        if found is None:
            self._known.pop(hashed, None)
            return None
        caller = Caller(found.id, "review" if found.scope == "review" else "send")
        self._known[hashed] = (caller, now + _REMEMBERED)
        self._note_use(found, now.date())
        return caller

    def _note_use(self, key: ApiKey, today: date) -> None:
        """Once a day. A database that cannot be written must not stop a program from reading."""
        if today in (key.used_on, self._used.get(key.id)):
            return
        self._used[key.id] = today
        try:
            self._database.write(lambda connection: keys.note_use(connection, key.id, today))
        except (SQLAlchemyError, TooManyWaiting) as error:
            _log.warning("key.use_not_noted", key=key.id, error=type(error).__name__)


def _hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
