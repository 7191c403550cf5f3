"""Who read the words of a distress case. Ids and times only."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from serve.clock import new_id
from serve.store.records import Reading
from serve.store.tables import audit, users


def insert_readings(
    connection: sa.Connection, user_id: str, what: str, message_ids: Collection[str], read_at: datetime
) -> None:
    """Note that somebody read these messages; what: where they read them."""
    connection.execute(
        audit.insert(),
        [
            {"id": new_id(), "user_id": user_id, "what": what, "message_id": message_id, "read_at": read_at}
            for message_id in sorted(message_ids)
        ],
    )


def read_since(connection: sa.Connection, user_id: str, what: str, since: datetime) -> frozenset[str]:
    """The messages that somebody read there since a time."""
    return frozenset(
        connection.scalars(
            sa.select(audit.c.message_id).where(
                audit.c.user_id == user_id, audit.c.what == what, audit.c.read_at >= since
            )
        )
    )


def newest_readings(connection: sa.Connection, limit: int, before: tuple[datetime, str] | None) -> Sequence[Reading]:
    """The audit, newest first. before: time and id of the last row that was shown."""
    query = sa.select(
        audit.c.id, users.c.name.label("who"), audit.c.what, audit.c.message_id, audit.c.read_at
    ).join_from(audit, users)
    if before is not None:
        query = query.where(sa.tuple_(audit.c.read_at, audit.c.id) < sa.tuple_(*before))
    rows = connection.execute(query.order_by(audit.c.read_at.desc(), audit.c.id.desc()).limit(limit))
    return [Reading(**row._mapping) for row in rows]
