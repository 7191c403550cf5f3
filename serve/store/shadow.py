"""What a candidate would have said about live messages, beside what was said."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from serve.store.messages import CURRENT_REVIEW
from serve.store.tables import decisions, messages, reviews, shadow_answers


@dataclass(frozen=True, slots=True)
class ShadowAnswer:
    """A candidate's answer to one message; nobody was shown it."""

    message_id: str
    release: str
    label: str | None
    outcome: str
    confidence: float | None
    urgent: bool
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A message about which the candidate and the release that answered differ. live_*: what was shown."""

    message_id: str
    text: str
    received_at: datetime
    live_label: str | None
    live_outcome: str
    live_urgent: bool
    label: str | None
    outcome: str
    urgent: bool
    confidence: float | None
    confirmed_label: str | None

    @property
    def about_distress(self) -> bool:
        """Whether one of the two would have brought a person, and the other not, or not right now."""
        return (self.live_outcome == "escalate") != (self.outcome == "escalate") or self.live_urgent != self.urgent


@dataclass(frozen=True, slots=True)
class ShadowCounts:
    """Of one candidate: messages it answered; where it says something else; and where this is about distress."""

    n: int
    n_different: int
    n_distress: int


def insert_shadow_answers(connection: sa.Connection, answers: Sequence[ShadowAnswer]) -> int:
    """Keep those whose message has no answer of this candidate yet; returns how many."""
    ids = [answer.message_id for answer in answers]
    known = set(
        connection.execute(
            sa.select(shadow_answers.c.message_id, shadow_answers.c.release).where(shadow_answers.c.message_id.in_(ids))
        ).all()
    )
    new = [asdict(answer) for answer in answers if (answer.message_id, answer.release) not in known]
    if new:
        connection.execute(shadow_answers.insert(), new)
    return len(new)


_ESCALATED = decisions.c.outcome == "escalate"
_WOULD_ESCALATE = shadow_answers.c.outcome == "escalate"
_ABOUT_DISTRESS = sa.or_(_ESCALATED != _WOULD_ESCALATE, decisions.c.urgent != shadow_answers.c.urgent)
# What is labelled blind stays hidden from everybody until it is labelled.
_VISIBLE = sa.or_(sa.not_(messages.c.blind), messages.c.resolved_at.is_not(None))
_DIFFERENT = sa.or_(
    _ABOUT_DISTRESS,
    decisions.c.outcome != shadow_answers.c.outcome,
    sa.func.coalesce(decisions.c.label, "") != sa.func.coalesce(shadow_answers.c.label, ""),
)


def count_shadow(connection: sa.Connection, release: str) -> ShadowCounts:
    """How often a candidate was asked, and how often it differs."""
    row = connection.execute(
        sa.select(
            sa.func.count().label("n"),
            sa.func.sum(sa.case((_DIFFERENT, 1), else_=0)).label("n_different"),
            sa.func.sum(sa.case((_ABOUT_DISTRESS, 1), else_=0)).label("n_distress"),
        )
        .select_from(shadow_answers.join(decisions, decisions.c.message_id == shadow_answers.c.message_id))
        .where(shadow_answers.c.release == release)
    ).one()
    return ShadowCounts(row.n, int(row.n_different or 0), int(row.n_distress or 0))


def disagreements(connection: sa.Connection, release: str, limit: int) -> Sequence[Disagreement]:
    """Where a candidate differs: first distress that it would miss, then that it would find, then the latest."""
    missed = sa.and_(_ESCALATED, sa.not_(_WOULD_ESCALATE))
    rows = connection.execute(
        sa.select(
            shadow_answers.c.message_id,
            messages.c.text,
            messages.c.received_at,
            decisions.c.label.label("live_label"),
            decisions.c.outcome.label("live_outcome"),
            decisions.c.urgent.label("live_urgent"),
            shadow_answers.c.label,
            shadow_answers.c.outcome,
            shadow_answers.c.urgent,
            shadow_answers.c.confidence,
            reviews.c.confirmed_label,
        )
        .select_from(
            shadow_answers.join(decisions, decisions.c.message_id == shadow_answers.c.message_id)
            .join(messages, messages.c.id == shadow_answers.c.message_id)
            .outerjoin(reviews, CURRENT_REVIEW)
        )
        .where(shadow_answers.c.release == release, _DIFFERENT, _VISIBLE)
        .order_by(sa.case((missed, 0), (_ABOUT_DISTRESS, 1), else_=2), messages.c.received_at.desc(), messages.c.id)
        .limit(limit)
    )
    return [Disagreement(**row._mapping) for row in rows]
