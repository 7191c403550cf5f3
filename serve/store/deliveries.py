"""The outbox's rows: what must still be told to whom, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from serve.store.records import DeliveryStatus, Lease, NewDelivery, Progress
from serve.store.tables import outbox

# A delivery as people see it.
STATUS = sa.select(*[outbox.c[name] for name in DeliveryStatus.__dataclass_fields__])
_PENDING = ("queued", "retrying", "unknown", "leased")


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


def _due(destination: str, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        outbox.c.destination == destination,
        outbox.c.state.in_(_PENDING),
        outbox.c.closed_at.is_(None),
        outbox.c.due_at <= now,
        sa.or_(outbox.c.state != "leased", outbox.c.leased_until <= now),
    )


def count_due(connection: sa.Connection, destination: str, now: datetime, at_most: int) -> int:
    """How many deliveries could be claimed now, counted up to `at_most`."""
    due = sa.select(outbox.c.id).where(_due(destination, now)).limit(at_most).subquery()
    return int(connection.scalar(sa.select(sa.func.count()).select_from(due)) or 0)


def claim(
    connection: sa.Connection,
    destination: str,
    *,
    now: datetime,
    leased_until: datetime,
    can_be_asked: bool = False,
    most: int = 1,
) -> list[Lease]:
    """Lease what is due, or whose lease ran out: the most urgent first, then what has been due longest.

    can_be_asked: whether the destination's vendor can say if it has a delivery. Then one whose lease ran out counts as
    unknown from that moment: whoever held it may have sent it.
    """
    due = (
        sa.select(outbox)
        .where(_due(destination, now))
        .order_by(outbox.c.urgency.desc(), outbox.c.due_at, outbox.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)  # PostgreSQL: each row to one worker; SQLite has one writer anyway
    )
    return [_lease(connection, row, leased_until, can_be_asked) for row in connection.execute(due).all()]


def _lease(connection: sa.Connection, row: "sa.Row[Any]", leased_until: datetime, can_be_asked: bool) -> Lease:
    known = dict(row._mapping)
    if can_be_asked and known["state"] == "leased" and known["unknown_since"] is None:
        known |= {"unknown_since": known["leased_until"], "n_unknown": known["n_unknown"] + 1}
        known |= {"n_look_ups": 0, "n_look_ups_failed": 0}
    if known["unknown_since"] is None:
        known["n_attempts"] += 1
    known |= {"leased_until": leased_until, "fence": known["fence"] + 1}
    lease = Lease(**{name: known[name] for name in Lease.__dataclass_fields__})
    changed = ("n_attempts", "fence", "leased_until", "unknown_since", "n_unknown", "n_look_ups", "n_look_ups_failed")
    values = {name: known[name] for name in changed}
    connection.execute(outbox.update().where(outbox.c.id == lease.id).values(state="leased", **values))
    return lease


def mark(connection: sa.Connection, lease: Lease, progress: Progress, *, error: str | None = None) -> bool:
    """End an attempt or a look-up; false when the lease was taken over, and then nothing is changed."""
    return _end(connection, lease, {**asdict(progress), "error": error})


def mark_delivered(
    connection: sa.Connection, lease: Lease, *, delivered_at: datetime, receipt: Mapping[str, Any]
) -> bool:
    """The vendor has it; false when the lease was taken over, and then nothing is changed."""
    values = {"state": "delivered", "delivered_at": delivered_at, "receipt": dict(receipt), "error": None}
    return _end(connection, lease, values)


def _end(connection: sa.Connection, lease: Lease, values: Mapping[str, Any]) -> bool:
    changed = connection.execute(
        outbox.update()
        .where(outbox.c.id == lease.id, outbox.c.fence == lease.fence, outbox.c.state == "leased")
        .values(leased_until=None, **values)
    )
    return changed.rowcount == 1


def get_delivery(connection: sa.Connection, delivery_id: str) -> DeliveryStatus | None:
    """One delivery as people see it."""
    row = connection.execute(STATUS.where(outbox.c.id == delivery_id)).first()
    return DeliveryStatus(**row._mapping) if row else None


def deliveries_of(connection: sa.Connection, message_id: str) -> Sequence[DeliveryStatus]:
    """A message's deliveries, in the order in which they were asked for."""
    rows = connection.execute(
        STATUS.where(outbox.c.message_id == message_id).order_by(outbox.c.created_at, outbox.c.id)
    )
    return [DeliveryStatus(**row._mapping) for row in rows]


def count_by_state(connection: sa.Connection) -> Mapping[str, int]:
    """How many deliveries are in each state."""
    rows = connection.execute(sa.select(outbox.c.state, sa.func.count().label("n")).group_by(outbox.c.state))
    return {row.state: row.n for row in rows}
