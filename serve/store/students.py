"""Students as their admin profile shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from serve.store.messages import CURRENT_REVIEW
from serve.store.queue import like
from serve.store.records import Student
from serve.store.tables import decisions, escalations, messages, notes, reviews, students, users


@dataclass(frozen=True, slots=True)
class StudentLine:
    """A student in a list, with how much there is about them."""

    id: str
    name: str | None
    github_username: str | None
    plan: str
    seen_at: datetime
    n_messages: int
    n_notes: int
    n_flags: int
    n_escalations: int


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message as one line of a student's history.

    label: what a coach said, else what the machine suggested; None while the suggestion is kept back, or without one ·
    confirmed: whether a coach said it · acknowledged_by: a name.
    """

    id: str
    text: str
    lesson: str | None
    received_at: datetime
    label: str | None
    confirmed: bool
    escalated: bool
    acknowledged_by: str | None


_LONGEST = 2000  # characters of a text that the patterns read
_acknowledger = users.alias("acknowledger")


def get_student(connection: sa.Connection, student_id: str) -> Student | None:
    """One student, None when no message or sender ever named them."""
    row = connection.execute(
        sa.select(students.c.id, students.c.name, students.c.github_username, students.c.plan).where(
            students.c.id == student_id
        )
    ).first()
    return Student(**row._mapping) if row else None


def all_student_ids(connection: sa.Connection) -> Sequence[str]:
    """Every student's id."""
    return connection.scalars(sa.select(students.c.id).order_by(students.c.id)).all()


def find_students(
    connection: sa.Connection, words: str | None, limit: int, seen_before: datetime | None = None
) -> Sequence[StudentLine]:
    """Students by name, GitHub name or id, the most recently seen first."""
    query = sa.select(
        students,
        _counted(messages).label("n_messages"),
        _counted(notes, notes.c.kind == "note").label("n_notes"),
        _counted(notes, notes.c.kind == "flag").label("n_flags"),
        sa.select(sa.func.count())
        .select_from(escalations.join(messages, messages.c.id == escalations.c.message_id))
        .where(messages.c.student_id == students.c.id)
        .scalar_subquery()
        .label("n_escalations"),
    )
    if words:
        columns = (students.c.name, students.c.github_username, students.c.id)
        query = query.where(sa.or_(*(sa.func.lower(column).like(like(words), escape="!") for column in columns)))
    if seen_before is not None:
        query = query.where(students.c.seen_at < seen_before)
    rows = connection.execute(query.order_by(students.c.seen_at.desc(), students.c.id).limit(limit))
    return [StudentLine(**row._mapping) for row in rows]


def _counted(table: sa.Table, *conditions: "sa.ColumnElement[bool]") -> "sa.ScalarSelect[Any]":
    own = table.c.student_id == students.c.id
    return sa.select(sa.func.count()).select_from(table).where(own, *conditions).scalar_subquery()


def past_messages(
    connection: sa.Connection, student_id: str, limit: int, since: datetime | None = None
) -> Sequence[PastMessage]:
    """A student's messages, newest first."""
    hidden = sa.and_(messages.c.blind, messages.c.resolved_at.is_(None))
    suggested = sa.case((hidden, sa.null()), else_=decisions.c.label)
    query = (
        sa.select(
            messages.c.id,
            sa.func.substr(messages.c.text, 1, _LONGEST).label("text"),
            messages.c.lesson,
            messages.c.received_at,
            sa.func.coalesce(reviews.c.confirmed_label, suggested).label("label"),
            reviews.c.id.is_not(None).label("confirmed"),
            escalations.c.id.is_not(None).label("escalated"),
            _acknowledger.c.name.label("acknowledged_by"),
        )
        .select_from(
            messages.join(decisions, decisions.c.message_id == messages.c.id)
            .outerjoin(reviews, CURRENT_REVIEW)
            .outerjoin(escalations, escalations.c.message_id == messages.c.id)
            .outerjoin(_acknowledger, _acknowledger.c.id == escalations.c.acknowledged_by)
        )
        .where(messages.c.student_id == student_id)
    )
    if since is not None:
        query = query.where(messages.c.received_at >= since)
    rows = connection.execute(query.order_by(messages.c.received_at.desc(), messages.c.id).limit(limit))
    return [PastMessage(**row._mapping) for row in rows]
