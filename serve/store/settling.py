"""Deliveries after their attempts: what waits for a coach, what a coach says, how the vendor's side stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from serve.store.deliveries import STATUS
from serve.store.records import DeliveryStatus
from serve.store.tables import outbox


def dead_deliveries(connection: sa.Connection, limit: int) -> Sequence[DeliveryStatus]:
    """What waits for a coach's decision, the longest first."""
    waiting = STATUS.where(outbox.c.state == "dead", outbox.c.closed_at.is_(None))
    rows = connection.execute(waiting.order_by(outbox.c.created_at, outbox.c.id).limit(limit))
    return [DeliveryStatus(**row._mapping) for row in rows]


def revive(connection: sa.Connection, delivery_id: str, *, n_look_ups: int, now: datetime) -> bool:
    """Try a dead delivery again, now; false when it is not dead, or closed.

    One that was ever unknown is looked up first, once: `n_look_ups` says how many look-ups count as done.
    """
    was_unknown = outbox.c.unknown_since.is_not(None)
    changed = connection.execute(
        outbox.update()
        .where(outbox.c.id == delivery_id, outbox.c.state == "dead", outbox.c.closed_at.is_(None))
        .values(
            state=sa.case((was_unknown, "unknown"), else_="queued"),
            due_at=now,
            n_attempts=0,
            n_unknown=sa.case((was_unknown, 1), else_=0),
            n_look_ups=n_look_ups,
            n_look_ups_failed=0,
        )
    )
    return changed.rowcount == 1


def close_dead(connection: sa.Connection, delivery_id: str, *, by: str, closed_at: datetime) -> bool:
    """A person saw to it in another way; false when it is not dead, or was closed before."""
    changed = connection.execute(
        outbox.update()
        .where(outbox.c.id == delivery_id, outbox.c.state == "dead", outbox.c.closed_at.is_(None))
        .values(closed_at=closed_at, closed_by=by)
    )
    return changed.rowcount == 1


def close_pending(connection: sa.Connection, message_id: str, action: str, *, by: str, closed_at: datetime) -> int:
    """Nothing more of this action is sent for a message; an attempt under way ends as it ends. Returns how many."""
    changed = connection.execute(
        outbox.update()
        .where(
            outbox.c.message_id == message_id,
            outbox.c.action == action,
            outbox.c.state.in_(("queued", "retrying", "leased")),
            outbox.c.closed_at.is_(None),
        )
        .values(closed_at=closed_at, closed_by=by)
    )
    return changed.rowcount


def delivered_since(connection: sa.Connection, action: str, since: datetime) -> Sequence[DeliveryStatus]:
    """What was delivered of an action, the newest first."""
    found = STATUS.where(outbox.c.action == action, outbox.c.state == "delivered", outbox.c.delivered_at >= since)
    rows = connection.execute(found.order_by(outbox.c.delivered_at.desc(), outbox.c.id))
    return [DeliveryStatus(**row._mapping) for row in rows]


def set_receipt(connection: sa.Connection, delivery_id: str, receipt: Mapping[str, Any]) -> None:
    """Keep what a vendor says about something that it has."""
    delivered = sa.and_(outbox.c.id == delivery_id, outbox.c.state == "delivered")
    connection.execute(outbox.update().where(delivered).values(receipt=dict(receipt)))
