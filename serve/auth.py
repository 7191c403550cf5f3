"""Who is asking: programs by API key, people by a signed session cookie."""

import hashlib
import secrets
import threading
from collections import deque
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from pwdlib import PasswordHash

from serve.clock import Clock, new_id
from serve.store import people
from serve.store.database import Database
from serve.store.records import User

Role = Literal["coach", "manager", "admin"]
ROLES: tuple[Role, ...] = ("coach", "manager", "admin")  # each may do what those before it may
_KEY_PREFIX = "aaq_"
_KEY_CACHE = timedelta(seconds=10)  # a revoked key works at most this much longer
_TRIES, _TRIES_WITHIN = 10, timedelta(minutes=15)
_hasher = PasswordHash.recommended()

Session = MutableMapping[str, Any]


class SignInRefused(PermissionError):
    """Wrong name or password, or too many tries; says nothing about which names exist."""


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key as it is shown once."""

    id: str
    key: str


class People:
    """Accounts, sign-in, sessions and API keys."""

    def __init__(self, database: Database, clock: Clock, idle: timedelta, longest: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._idle = idle
        self._longest = longest
        self._tries = _Tries()
        # One argon2 at a time: a hash costs 120 ms of a core, and sign-ins must not fill both.
        self._hashing = threading.Lock()
        self._keys: dict[str, tuple[str, datetime]] = {}
        self._nobody = _hasher.hash(secrets.token_hex())

    def add_user(self, name: str, role: Role, password: str | None = None) -> str:
        """Add a person and return their password. Raises IntegrityError when the name is taken."""
        password = password or secrets.token_urlsafe(12)
        user = User(new_id(), name, role, _hasher.hash(password), 0, None)
        now = self._clock()
        self._database.write(lambda connection: people.insert_user(connection, user, now))
        return password

    def reset_password(self, name: str) -> str:
        """Give a person a new password and sign them out everywhere. Raises LookupError."""
        password = secrets.token_urlsafe(12)
        hashed = _hasher.hash(password)
        if not self._database.write(lambda connection: people.set_password(connection, name, hashed)):
            raise LookupError(f"there is nobody named {name!r}")
        return password

    def nobody_yet(self) -> bool:
        """Whether there is no account at all."""
        with self._database.read() as connection:
            return people.count_users(connection) == 0

    def add_api_key(self, name: str) -> NewApiKey:
        """Make a key for a sender; it cannot be shown again."""
        made = NewApiKey(new_id(), _KEY_PREFIX + secrets.token_urlsafe(32))
        prefix, now = made.key[:12], self._clock()

        def store(connection: sa.Connection) -> None:
            people.insert_api_key(connection, made.id, name, "send", prefix, _hash_of(made.key), now)

        self._database.write(store)
        return made

    def sender(self, key: str) -> str | None:
        """The id of an API key, None when there is no such key or it was revoked."""
        hashed, now = _hash_of(key), self._clock()
        known = self._keys.get(hashed)
        if known and now < known[1]:
            return known[0]
        with self._database.read() as connection:
            key_id = people.find_api_key(connection, hashed)
        if key_id is not None:
            self._keys[hashed] = (key_id, now + _KEY_CACHE)
        else:
            self._keys.pop(hashed, None)
        return key_id

    def sign_in(self, session: Session, name: str, password: str) -> User:
        """Start a new session. Raises SignInRefused; tries are counted before anything is hashed."""
        now = self._clock()
        if not self._tries.allowed(name, now):
            raise SignInRefused("too many tries; wait a quarter of an hour")
        with self._database.read() as connection:
            user = people.find_user(connection, name)
        with self._hashing:
            right = _hasher.verify(password, user.password_hash if user else self._nobody)
        if not right or user is None or user.disabled_at is not None:
            raise SignInRefused("this name and password do not fit")
        self._tries.forget(name)
        session.clear()
        session.update(
            user=user.id,
            epoch=user.session_epoch,
            began=now.timestamp(),
            seen=now.timestamp(),
            csrf=secrets.token_hex(16),
        )
        return user

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


def may(role: str, needed: Role) -> bool:
    """Whether a person of `role` may do what `needed` may; a role that is not known may do nothing."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)


def csrf_holds(session: Session, token: str) -> bool:
    """Whether a form was made for this session."""
    return secrets.compare_digest(str(session.get("csrf", "")).encode(), token.encode()) and bool(token)


def _hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class _Tries:
    """Sign-in tries by name within a quarter of an hour, in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_name: dict[str, deque[datetime]] = {}

    def allowed(self, name: str, now: datetime) -> bool:
        with self._lock:
            tries = self._by_name.setdefault(name[:200], deque())
            while tries and now - tries[0] > _TRIES_WITHIN:
                tries.popleft()
            if len(self._by_name) > 10_000:
                self._by_name = {key: value for key, value in self._by_name.items() if value}
            if len(tries) >= _TRIES:
                return False
            tries.append(now)
            return True

    def forget(self, name: str) -> None:
        with self._lock:
            self._by_name.pop(name[:200], None)
