"""Which programs may send and review."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from serve.store.records import ApiKey
from serve.store.tables import api_keys

_KEY = [api_keys.c[name] for name in ApiKey.__dataclass_fields__]


def insert_api_key(
    connection: sa.Connection, key_id: str, name: str, scope: str, prefix: str, key_hash: str, created_at: datetime
) -> None:
    """Only the key's hash is kept."""
    connection.execute(
        api_keys.insert().values(
            id=key_id, name=name, scope=scope, prefix=prefix, key_hash=key_hash, created_at=created_at
        )
    )


def find_api_key(connection: sa.Connection, key_hash: str) -> ApiKey | None:
    """The key with this hash, unless it was revoked."""
    row = connection.execute(
        sa.select(*_KEY).where(api_keys.c.key_hash == key_hash, api_keys.c.revoked_at.is_(None))
    ).first()
    return ApiKey(**row._mapping) if row else None


def list_api_keys(connection: sa.Connection) -> Sequence[ApiKey]:
    """All, revoked ones too, newest first."""
    rows = connection.execute(sa.select(*_KEY).order_by(api_keys.c.created_at.desc(), api_keys.c.id))
    return [ApiKey(**row._mapping) for row in rows]


def revoke_api_key(connection: sa.Connection, key_id: str, revoked_at: datetime) -> None:
    """End a key; one that has ended keeps its time."""
    connection.execute(
        api_keys.update().where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None)).values(revoked_at=revoked_at)
    )


def note_use(connection: sa.Connection, key_id: str, day: date) -> None:
    """Remember the last day on which a key was used."""
    connection.execute(api_keys.update().where(api_keys.c.id == key_id).values(used_on=day))
