"""A week's messages and reviews as counts and sums, made by the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from serve.store.tables import decisions, messages, reviews


@dataclass(frozen=True, slots=True)
class WeekCounts:
    """What a week's messages, and the reviews made in it, add up to.

    n_answered: messages with a release · confidence, confidence_squares: sums over them · known_share(_squares): the
    same of the share of words that the release had seen · n_suggested: reviews of shown suggestions · n_blind: labels
    given before the suggestion showed, where a release had spoken.
    """

    begins: datetime
    n_messages: int = 0
    n_escalated: int = 0
    n_answered: int = 0
    confidence: float = 0.0
    confidence_squares: float = 0.0
    n_known: int = 0
    known_share: float = 0.0
    known_share_squares: float = 0.0
    n_suggested: int = 0
    n_overridden: int = 0
    n_blind: int = 0
    n_blind_right: int = 0


def week_counts(connection: sa.Connection, begins: Sequence[datetime], now: datetime) -> Sequence[WeekCounts]:
    """Each week's counts. begins: the oldest first; a week ends where the next begins, the last one now."""
    found: dict[int, dict[str, Any]] = {week: {} for week in range(len(begins))}
    for query in (_messages(begins, now), _reviews(begins, now)):
        for row in connection.execute(query):
            found[row.week] |= {name: value or 0 for name, value in row._mapping.items() if name != "week"}
    return [WeekCounts(begin, **found[week]) for week, begin in enumerate(begins)]


def _week_of(column: "sa.Column[Any]", begins: Sequence[datetime]) -> "sa.Label[int]":
    """The place of a time's week in `begins`; what dates do differs between databases, comparisons do not."""
    later = [(column >= begin, week) for week, begin in reversed(list(enumerate(begins)))]
    return sa.case(*later, else_=0).label("week")


def _sum(value: Any, name: str) -> "sa.Label[Any]":
    return sa.func.sum(value).label(name)


def _count(condition: "sa.ColumnElement[bool]", name: str) -> "sa.Label[Any]":
    return _sum(sa.case((condition, 1), else_=0), name)


def _messages(begins: Sequence[datetime], now: datetime) -> "sa.Select[Any]":
    week = _week_of(messages.c.received_at, begins)
    known = decisions.c.known_share
    return (
        sa.select(
            week,
            sa.func.count().label("n_messages"),
            _count(decisions.c.outcome == "escalate", "n_escalated"),
            _count(decisions.c.confidence.is_not(None), "n_answered"),
            _sum(decisions.c.confidence, "confidence"),
            _sum(decisions.c.confidence * decisions.c.confidence, "confidence_squares"),
            _count(known.is_not(None), "n_known"),
            _sum(known, "known_share"),
            _sum(known * known, "known_share_squares"),
        )
        .select_from(messages.join(decisions, decisions.c.message_id == messages.c.id))
        .where(messages.c.received_at >= begins[0], messages.c.received_at <= now)
        .group_by(week)
    )


def _reviews(begins: Sequence[datetime], now: datetime) -> "sa.Select[Any]":
    week = _week_of(reviews.c.made_at, begins)
    shown = sa.and_(reviews.c.kind.in_(("confirmation", "correction")), reviews.c.suggested_outcome == "suggest")
    blind = sa.and_(reviews.c.kind == "blind", reviews.c.suggested_label.is_not(None))
    right = reviews.c.confirmed_label == reviews.c.suggested_label
    return (
        sa.select(
            week,
            _count(shown, "n_suggested"),
            _count(sa.and_(shown, sa.not_(right)), "n_overridden"),
            _count(blind, "n_blind"),
            _count(sa.and_(blind, right), "n_blind_right"),
        )
        .where(
            reviews.c.made_at >= begins[0],
            reviews.c.made_at <= now,
            reviews.c.undone_at.is_(None),
            reviews.c.confirmed_label.is_not(None),
        )
        .group_by(week)
    )
