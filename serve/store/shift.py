"""What the manager's page counts: open distress cases, and one row for each message of a period. No texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from serve.store.messages import CURRENT_REVIEW
from serve.store.tables import claims, decisions, escalations, messages, reviews, students, users

_acknowledger = users.alias("acknowledger")
_claimer = users.alias("claimer")


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A distress case that is not done: nobody has it, or somebody has and has not decided its message.

    acknowledged_by: who has it · read_by: who has the message open now; both names.
    """

    message_id: str
    student: str | None
    lesson: str | None
    urgent: bool
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    read_by: str | None


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A message as it is counted.

    distress: P(distress), None without a release · confirmed_label, kind: of the review that stands · first_human_at:
    when a coach first decided, skipped or acknowledged it, undone or not.
    """

    received_at: datetime
    label: str | None
    confidence: float | None
    outcome: str
    reasons: Sequence[str]
    release: str | None
    distress: float | None
    confirmed_label: str | None
    kind: str | None
    first_human_at: datetime | None


def open_cases(connection: sa.Connection, now: datetime) -> Sequence[OpenCase]:
    """Those that nobody has first; then urgent ones, then the oldest."""
    nobody = escalations.c.acknowledged_at.is_(None)
    rows = connection.execute(
        sa.select(
            escalations.c.message_id,
            sa.func.coalesce(students.c.name, students.c.id).label("student"),
            messages.c.lesson,
            escalations.c.urgent,
            escalations.c.opened_at,
            escalations.c.acknowledged_at,
            _acknowledger.c.name.label("acknowledged_by"),
            _claimer.c.name.label("read_by"),
        )
        .select_from(
            escalations.join(messages, messages.c.id == escalations.c.message_id)
            .outerjoin(students, students.c.id == messages.c.student_id)
            .outerjoin(_acknowledger, _acknowledger.c.id == escalations.c.acknowledged_by)
            .outerjoin(claims, sa.and_(claims.c.message_id == messages.c.id, claims.c.ends_at > now))
            .outerjoin(_claimer, _claimer.c.id == claims.c.coach_id)
        )
        .where(sa.or_(nobody, messages.c.resolved_at.is_(None)))
        .order_by(nobody.desc(), escalations.c.urgent.desc(), escalations.c.opened_at, escalations.c.message_id)
    )
    return [OpenCase(**row._mapping) for row in rows]


def shift_rows(connection: sa.Connection, since: datetime, distress: str, limit: int) -> Sequence[ShiftRow]:
    """The messages received since a time, the newest first, at most `limit`; distress: that label's key."""
    touched = (
        sa.select(reviews.c.message_id, sa.func.min(reviews.c.made_at).label("at"))
        .group_by(reviews.c.message_id)
        .subquery()
    )
    rows = connection.execute(
        sa.select(
            messages.c.received_at,
            decisions.c.label,
            decisions.c.confidence,
            decisions.c.outcome,
            decisions.c.reasons,
            decisions.c.release,
            decisions.c.probabilities[distress].as_float().label("distress"),
            reviews.c.confirmed_label,
            reviews.c.kind,
            touched.c.at.label("reviewed_at"),
            escalations.c.acknowledged_at,
        )
        .select_from(
            messages.join(decisions, decisions.c.message_id == messages.c.id)
            .outerjoin(reviews, CURRENT_REVIEW)
            .outerjoin(touched, touched.c.message_id == messages.c.id)
            .outerjoin(escalations, escalations.c.message_id == messages.c.id)
        )
        .where(messages.c.received_at >= since)
        .order_by(messages.c.received_at.desc())
        .limit(limit)
    )
    found: list[ShiftRow] = []
    for row in rows:
        known = dict(row._mapping)
        times = [at for at in (known.pop("reviewed_at"), known.pop("acknowledged_at")) if at is not None]
        found.append(ShiftRow(**known, first_human_at=min(times, default=None)))
    return found
