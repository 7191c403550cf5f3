"""Messages a page at a time, for programs: newest first, and stable while new ones arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from serve.store.messages import messages_where
from serve.store.records import StoredMessage
from serve.store.tables import decisions, escalations, messages, reviews, students


@dataclass(frozen=True, slots=True)
class MessageFilters:
    """What a page holds; None is everything.

    sender: the id of an API key · label: what a coach said, else what was suggested and may be seen · open: waits for a
    coach · escalated: has an escalation that nobody has acknowledged.
    """

    sender: str | None = None
    label: str | None = None
    outcome: str | None = None
    plan: str | None = None
    lesson: str | None = None
    student_id: str | None = None
    open: bool | None = None
    escalated: bool = False


def message_page(
    connection: sa.Connection, filters: MessageFilters, limit: int, after: tuple[datetime, str] | None
) -> Sequence[StoredMessage]:
    """after: time of receipt and id of the last message of the page before."""
    hidden = sa.and_(messages.c.blind, messages.c.resolved_at.is_(None))
    label = sa.func.coalesce(reviews.c.confirmed_label, sa.case((hidden, sa.null()), else_=decisions.c.label))
    equal = (
        (messages.c.sender, filters.sender),
        (label, filters.label),
        (decisions.c.outcome, filters.outcome),
        (students.c.plan, filters.plan),
        (messages.c.lesson, filters.lesson),
        (messages.c.student_id, filters.student_id),
    )
    conditions: list[sa.ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if filters.open is not None:
        waits = messages.c.resolved_at.is_(None)
        conditions.append(waits if filters.open else sa.not_(waits))
    if filters.escalated:
        conditions += [escalations.c.id.is_not(None), escalations.c.acknowledged_at.is_(None)]
    if after is not None:
        # Spelled out: a comparison of pairs would compare times as text on SQLite.
        at, message_id = after
        earlier = sa.and_(messages.c.received_at == at, messages.c.id < message_id)
        conditions.append(sa.or_(messages.c.received_at < at, earlier))
    return messages_where(connection, conditions, limit)
