"""Who signs in, and which programs may send."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from serve.store.records import User
from serve.store.tables import api_keys, users

_USER = [users.c[name] for name in User.__dataclass_fields__]


def insert_user(connection: sa.Connection, user: User, created_at: datetime) -> None:
    """Raises IntegrityError when the name is taken."""
    connection.execute(
        users.insert().values(
            id=user.id,
            name=user.name,
            role=user.role,
            password_hash=user.password_hash,
            session_epoch=user.session_epoch,
            created_at=created_at,
        )
    )


def find_user(connection: sa.Connection, name: str) -> User | None:
    """By name, disabled ones too."""
    row = connection.execute(sa.select(*_USER).where(users.c.name == name)).first()
    return User(**row._mapping) if row else None


def get_user(connection: sa.Connection, user_id: str) -> User | None:
    """By id, disabled ones too."""
    row = connection.execute(sa.select(*_USER).where(users.c.id == user_id)).first()
    return User(**row._mapping) if row else None


def all_users(connection: sa.Connection) -> Sequence[User]:
    """Everybody, disabled ones too, by name."""
    return [User(**row._mapping) for row in connection.execute(sa.select(*_USER).order_by(users.c.name))]


def count_users(connection: sa.Connection) -> int:
    """How many people there are, disabled ones too."""
    return int(connection.scalar(sa.select(sa.func.count()).select_from(users)) or 0)


def set_password(connection: sa.Connection, name: str, password_hash: str) -> bool:
    """Change a password and sign the person out everywhere; false when there is nobody with this name."""
    changed = connection.execute(
        users.update()
        .where(users.c.name == name)
        .values(password_hash=password_hash, session_epoch=users.c.session_epoch + 1)
    )
    return changed.rowcount == 1


def insert_api_key(
    connection: sa.Connection, key_id: str, name: str, prefix: str, key_hash: str, created_at: datetime
) -> None:
    """Only the key's hash is kept."""
    connection.execute(
        api_keys.insert().values(id=key_id, name=name, prefix=prefix, key_hash=key_hash, created_at=created_at)
    )


def find_api_key(connection: sa.Connection, key_hash: str) -> str | None:
    """The id of the key with this hash, unless it was revoked."""
    key_id: str | None = connection.scalar(
        sa.select(api_keys.c.id).where(api_keys.c.key_hash == key_hash, api_keys.c.revoked_at.is_(None))
    )
    return key_id
