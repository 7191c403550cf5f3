"""Messages and what the machine said about them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from serve.store.records import Escalation, NewMessage, StoredDecision, StoredMessage, Student
from serve.store.tables import decisions, escalations, messages, reviews, students, users

_acknowledger = users.alias("acknowledger")
_reviewer = users.alias("reviewer")
# What a message's label is now: a review that stands and is not a skip.
CURRENT_REVIEW = sa.and_(
    reviews.c.message_id == messages.c.id, reviews.c.undone_at.is_(None), reviews.c.confirmed_label.is_not(None)
)
_FROM = (
    messages.join(decisions, decisions.c.message_id == messages.c.id)
    .outerjoin(students, students.c.id == messages.c.student_id)
    .outerjoin(escalations, escalations.c.message_id == messages.c.id)
    .outerjoin(_acknowledger, _acknowledger.c.id == escalations.c.acknowledged_by)
    .outerjoin(reviews, CURRENT_REVIEW)
    .outerjoin(_reviewer, _reviewer.c.id == reviews.c.coach_id)
)
_SELECT = sa.select(
    messages,
    *[column.label(f"decision_{column.name}") for column in decisions.c],
    students.c.name.label("student_name"),
    students.c.github_username.label("student_github_username"),
    students.c.plan.label("student_plan"),
    *[column.label(f"escalation_{column.name}") for column in escalations.c],
    _acknowledger.c.name.label("acknowledger_name"),
    reviews.c.id.label("review_id"),
    reviews.c.confirmed_label,
    _reviewer.c.name.label("reviewer_name"),
).select_from(_FROM)


def insert_message(connection: sa.Connection, message: NewMessage, decision: StoredDecision) -> None:
    """Store a message with its decision. Raises IntegrityError when the sender used the key before."""
    if message.student is not None:
        _put_student(connection, message.student, message.received_at)
    connection.execute(
        messages.insert().values(
            id=message.id,
            sender=message.sender,
            idempotency_key=message.idempotency_key,
            body_hash=message.body_hash,
            question_id=message.question_id,
            text=message.text,
            asked_at=message.asked_at,
            question_url=message.question_url,
            lesson=message.lesson,
            environment=message.environment,
            student_id=message.student.id if message.student else None,
            received_at=message.received_at,
            blind=message.blind,
            suggested=decision.outcome == "suggest" and not message.blind,
            rank_at=message.rank_at or message.received_at,
        )
    )
    connection.execute(decisions.insert().values(message_id=message.id, **asdict(decision)))


def _put_student(connection: sa.Connection, student: Student, seen_at: datetime) -> None:
    """Remember a student as last described; what a sender leaves out is not forgotten."""
    known = {"name": student.name, "github_username": student.github_username}
    values: dict[str, Any] = {name: value for name, value in known.items() if value is not None}
    if student.plan != "unknown":
        values["plan"] = student.plan
    changed = connection.execute(students.update().where(students.c.id == student.id).values(seen_at=seen_at, **values))
    if changed.rowcount == 0:
        connection.execute(students.insert().values(id=student.id, seen_at=seen_at, **{"plan": student.plan, **values}))


def find_repeat(connection: sa.Connection, sender: str, idempotency_key: str) -> StoredMessage | None:
    """The message that this sender stored under this key."""
    row = connection.execute(
        _SELECT.where(messages.c.sender == sender, messages.c.idempotency_key == idempotency_key)
    ).first()
    return _message(row) if row else None


def get_message(connection: sa.Connection, message_id: str) -> StoredMessage | None:
    """One message, None when there is none with this id."""
    row = connection.execute(_SELECT.where(messages.c.id == message_id)).first()
    return _message(row) if row else None


def messages_where(
    connection: sa.Connection, conditions: Sequence["sa.ColumnElement[bool]"], limit: int
) -> Sequence[StoredMessage]:
    """Messages for which all of this holds, newest first."""
    rows = connection.execute(
        _SELECT.where(*conditions).order_by(messages.c.received_at.desc(), messages.c.id.desc()).limit(limit)
    )
    return [_message(row) for row in rows]


def own(message_id: str, sender: str | None) -> Sequence["sa.ColumnElement[bool]"]:
    """The message with this id; with a sender, only if it came from there."""
    found = [messages.c.id == message_id]
    return found if sender is None else [*found, messages.c.sender == sender]


def count_open(connection: sa.Connection) -> tuple[int, int]:
    """Messages that wait for a review, and escalations that nobody has acknowledged."""
    waiting = sa.select(sa.func.count()).select_from(messages).where(messages.c.resolved_at.is_(None))
    alarms = sa.select(sa.func.count()).select_from(escalations).where(escalations.c.acknowledged_at.is_(None))
    return int(connection.scalar(waiting) or 0), int(connection.scalar(alarms) or 0)


def mark_resolved(connection: sa.Connection, message_id: str, resolved_at: datetime | None) -> None:
    """Take a message out of the queue, or put it back with None."""
    connection.execute(messages.update().where(messages.c.id == message_id).values(resolved_at=resolved_at))


def show_suggestion(connection: sa.Connection, message_id: str) -> None:
    """The message is in the blind sample no more: its suggestion has been seen."""
    suggested = sa.exists().where(decisions.c.message_id == message_id, decisions.c.outcome == "suggest")
    connection.execute(messages.update().where(messages.c.id == message_id).values(blind=False, suggested=suggested))


def _message(row: "sa.Row[Any]") -> StoredMessage:
    known = row._mapping
    student = (
        Student(
            known["student_id"],
            known["student_name"],
            known["student_github_username"],
            known["student_plan"] or "unknown",
        )
        if known["student_id"] is not None
        else None
    )
    escalation = (
        Escalation(
            known["escalation_id"],
            known["escalation_urgent"],
            known["escalation_opened_at"],
            known["escalation_acknowledged_at"],
            known["acknowledger_name"],
            known["escalation_risk"],
        )
        if known["escalation_id"] is not None
        else None
    )
    own = ("id", "question_id", "text", "asked_at", "question_url", "lesson", "environment")
    return StoredMessage(
        **{name: known[name] for name in own},
        student=student,
        received_at=known["received_at"],
        resolved_at=known["resolved_at"],
        body_hash=known["body_hash"],
        decision=StoredDecision(**{name: known[f"decision_{name}"] for name in StoredDecision.__dataclass_fields__}),
        escalation=escalation,
        confirmed_label=known["confirmed_label"],
        reviewed_by=known["reviewer_name"],
        review_id=known["review_id"],
        blind=known["blind"],
    )
