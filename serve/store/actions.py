"""What coaches sent about a message, and the student's yes that a referral needs."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from serve.store.records import ActionTaken, OpenTicket, StudentYes
from serve.store.tables import actions_taken, outbox, student_yeses, users


def insert_action(connection: sa.Connection, taken: ActionTaken) -> None:
    """Raises IntegrityError when this message has the action already."""
    connection.execute(
        actions_taken.insert().values(
            delivery_id=taken.delivery_id,
            message_id=taken.message_id,
            action=taken.action,
            label=taken.label,
            priority=taken.priority,
            coach_id=taken.coach_id,
            taken_at=taken.taken_at,
        )
    )


def actions_of(connection: sa.Connection, message_id: str) -> Sequence[ActionTaken]:
    """What was done about a message, oldest first."""
    rows = connection.execute(
        sa.select(actions_taken, users.c.name.label("coach"))
        .outerjoin(users, users.c.id == actions_taken.c.coach_id)
        .where(actions_taken.c.message_id == message_id)
        .order_by(actions_taken.c.taken_at, actions_taken.c.action)
    )
    return [ActionTaken(**row._mapping) for row in rows]


def open_tickets(connection: sa.Connection, label: str, *, since: datetime, limit: int = 3) -> Sequence[OpenTicket]:
    """Tickets of a category that arrived since then and are not done, newest first: what a burst can be added to."""
    rows = connection.execute(
        sa.select(actions_taken.c.message_id, actions_taken.c.taken_at, outbox.c.receipt, outbox.c.body)
        .join(outbox, outbox.c.id == actions_taken.c.delivery_id)
        .where(
            actions_taken.c.action == "ticket",
            actions_taken.c.label == label,
            actions_taken.c.taken_at >= since,
            outbox.c.state == "delivered",
        )
        .order_by(actions_taken.c.taken_at.desc())
        .limit(limit * 10)
    )
    # A message that was added to a ticket is no ticket of its own.
    found = [
        OpenTicket(row.receipt["reference"], row.receipt.get("url"), row.body["summary"], row.taken_at)
        for row in rows
        if not row.body.get("add_to") and row.receipt.get("reference") and not row.receipt.get("done")
    ]
    return found[:limit]


def insert_yes(connection: sa.Connection, message_id: str, coach_id: str, said_at: datetime) -> bool:
    """Record the student's yes; false when it is recorded already."""
    if connection.scalar(sa.select(student_yeses.c.message_id).where(student_yeses.c.message_id == message_id)):
        return False
    connection.execute(student_yeses.insert().values(message_id=message_id, coach_id=coach_id, said_at=said_at))
    return True


def yes_of(connection: sa.Connection, message_id: str) -> StudentYes | None:
    """The student's recorded yes."""
    row = connection.execute(
        sa.select(student_yeses.c.said_at, users.c.name.label("coach"))
        .join(users, users.c.id == student_yeses.c.coach_id)
        .where(student_yeses.c.message_id == message_id)
    ).first()
    return StudentYes(**row._mapping) if row else None
