"""Suggestions that wait, as far as they are compared with each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from serve.store.tables import decisions, escalations, messages


@dataclass(frozen=True, slots=True)
class Alike:
    """A waiting message as far as it is compared with others."""

    id: str
    text: str
    lesson: str | None
    received_at: datetime


def waiting_with_label(
    connection: sa.Connection, label: str, *, since: datetime, until: datetime, limit: int
) -> Sequence[Alike]:
    """Suggestions of one label that wait and were received between two times, the oldest first."""
    received = messages.c.received_at
    waits = sa.and_(messages.c.suggested, messages.c.resolved_at.is_(None), escalations.c.id.is_(None))
    rows = connection.execute(
        sa.select(messages.c.id, sa.func.substr(messages.c.text, 1, 600).label("text"), messages.c.lesson, received)
        .join(decisions, decisions.c.message_id == messages.c.id)
        .outerjoin(escalations, escalations.c.message_id == messages.c.id)
        .where(waits, decisions.c.label == label, received.between(since, until))
        .order_by(received, messages.c.id)
        .limit(limit)
    )
    return [Alike(**row._mapping) for row in rows]
