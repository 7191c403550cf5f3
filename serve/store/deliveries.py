"""The outbox's rows: what must still be told to whom, and what came of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from serve.store.records import DeliveryStatus, Lease, NewDelivery
from serve.store.tables import outbox

_CLAIMABLE = ("queued", "retrying", "leased")


def insert_delivery(connection: sa.Connection, delivery: NewDelivery) -> bool:
    """Write an outbox row; false when its idempotency key has one already."""
    if connection.scalar(sa.select(outbox.c.id).where(outbox.c.idempotency_key == delivery.idempotency_key)):
        return False
    connection.execute(
        outbox.insert().values(
            id=delivery.id,
            message_id=delivery.message_id,
            action=delivery.action,
            destination=delivery.destination,
            body=dict(delivery.body),
            idempotency_key=delivery.idempotency_key,
            urgency=delivery.urgency,
            state="queued",
            n_attempts=0,
            fence=0,
            due_at=delivery.due_at,
            created_at=delivery.due_at,
        )
    )
    return True


def claim(connection: sa.Connection, destination: str, *, now: datetime, leased_until: datetime) -> Lease | None:
    """Lease the delivery that has been due longest, or one whose lease ran out; None when nothing is due."""
    free = sa.or_(outbox.c.state != "leased", outbox.c.leased_until <= now)
    due = (
        sa.select(outbox)
        .where(outbox.c.destination == destination, outbox.c.state.in_(_CLAIMABLE), outbox.c.due_at <= now, free)
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)  # PostgreSQL: each row to one worker; SQLite has one writer anyway
    )
    row = connection.execute(due).first()
    if row is None:
        return None
    fence, n_attempts = row.fence + 1, row.n_attempts + 1
    connection.execute(
        outbox.update()
        .where(outbox.c.id == row.id)
        .values(state="leased", leased_until=leased_until, fence=fence, n_attempts=n_attempts)
    )
    return Lease(
        row.id,
        row.message_id,
        row.action,
        row.destination,
        row.body,
        row.idempotency_key,
        n_attempts,
        fence,
        leased_until,
    )


def mark(
    connection: sa.Connection,
    lease: Lease,
    *,
    state: str,
    due_at: datetime | None = None,
    delivered_at: datetime | None = None,
    receipt: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> bool:
    """End an attempt; false when the lease was taken over, and then nothing is changed."""
    values: dict[str, Any] = {"state": state, "leased_until": None, "error": error}
    if due_at is not None:
        values["due_at"] = due_at
    if delivered_at is not None:
        values |= {"delivered_at": delivered_at, "receipt": dict(receipt or {})}
    changed = connection.execute(
        outbox.update()
        .where(outbox.c.id == lease.id, outbox.c.fence == lease.fence, outbox.c.state == "leased")
        .values(**values)
    )
    return changed.rowcount == 1


def deliveries_of(connection: sa.Connection, message_id: str) -> Sequence[DeliveryStatus]:
    """A message's deliveries, in the order in which they were asked for."""
    columns = [outbox.c[name] for name in DeliveryStatus.__dataclass_fields__]
    rows = connection.execute(
        sa.select(*columns).where(outbox.c.message_id == message_id).order_by(outbox.c.created_at, outbox.c.id)
    )
    return [DeliveryStatus(**row._mapping) for row in rows]


def count_by_state(connection: sa.Connection) -> Mapping[str, int]:
    """How many deliveries are in each state."""
    rows = connection.execute(sa.select(outbox.c.state, sa.func.count().label("n")).group_by(outbox.c.state))
    return {row.state: row.n for row in rows}
