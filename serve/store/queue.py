"""The queue as a list: three groups, filtered, counted and paged in SQL. Rows hold what a list shows and no more.

A message waits until it is reviewed, and as long as its escalation is not acknowledged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from serve.store.messages import CURRENT_REVIEW
from serve.store.places import Place
from serve.store.tables import claims, decisions, escalations, messages, reviews, students, users

GROUPS = ("now", "call", "suggested")
DECIDED = "decided"
_BEGINNING = 240  # characters of a text that a row may show


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; None shows all.

    state: free (nobody has it open), mine (this coach has it open or skipped it not), or decided, which is another
    list · words: found in the text, the lesson or the student's name, whatever their case.
    """

    label: str | None = None
    plan: str | None = None
    lesson: str | None = None
    state: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A line of the list. label: None when there is none, or while the message's suggestion is kept back.

    beginning: of the text · claimed_by, acknowledged_by, reviewed_by: names · skipped: by the coach who looks.
    """

    id: str
    beginning: str
    lesson: str | None
    student: str | None
    plan: str | None
    received_at: datetime
    resolved_at: datetime | None
    blind: bool
    label: str | None
    confirmed_label: str | None
    reviewed_by: str | None
    escalated: bool
    urgent: bool
    acknowledged_by: str | None
    claimed_by: str | None
    claimed_by_me: bool
    skipped: bool
    place: Place


_acknowledger = users.alias("acknowledger")
_reviewer = users.alias("reviewer")
_claimer = users.alias("claimer")
_skips = reviews.alias("skips")
_any_message = messages.alias("any_message")
_any_escalation = escalations.alias("any_escalation")
_FROM = (
    messages.join(decisions, decisions.c.message_id == messages.c.id)
    .outerjoin(escalations, escalations.c.message_id == messages.c.id)
    .outerjoin(students, students.c.id == messages.c.student_id)
)
_hidden = sa.and_(messages.c.blind, messages.c.resolved_at.is_(None))
_escalated = escalations.c.id.is_not(None)
_urgent = sa.func.coalesce(escalations.c.urgent, sa.false())
# Two small sets rather than one condition with "or": each has an index, and the resolved messages are not read.
_NOW = messages.c.id.in_(
    sa.union(
        sa.select(_any_escalation.c.message_id).where(_any_escalation.c.acknowledged_at.is_(None)),
        sa.select(_any_message.c.id)
        .join(_any_escalation, _any_escalation.c.message_id == _any_message.c.id)
        .where(_any_message.c.resolved_at.is_(None)),
    )
)
_ordinary = sa.and_(messages.c.resolved_at.is_(None), ~_escalated)
_CONDITIONS: Mapping[str, "sa.ColumnElement[bool]"] = {
    "now": _NOW,
    "call": sa.and_(_ordinary, ~messages.c.suggested),
    "suggested": sa.and_(_ordinary, messages.c.suggested),
    DECIDED: sa.and_(
        messages.c.resolved_at.is_not(None), sa.or_(~_escalated, escalations.c.acknowledged_at.is_not(None))
    ),
}


def queue_page(
    connection: sa.Connection,
    group: str,
    filters: Filters,
    *,
    coach_id: str,
    now: datetime,
    limit: int,
    after: Place | None = None,
) -> Sequence[QueueRow]:
    """A page of a group, in its order: urgent before not, then by rank. Decided ones: the latest first."""
    skip = sa.exists().where(
        _skips.c.message_id == messages.c.id,
        _skips.c.kind == "skip",
        _skips.c.coach_id == coach_id,
        _skips.c.undone_at.is_(None),
    )
    query = (
        sa.select(
            messages.c.id,
            sa.func.substr(messages.c.text, 1, _BEGINNING).label("beginning"),
            messages.c.lesson,
            sa.func.coalesce(students.c.name, students.c.id).label("student"),
            students.c.plan,
            messages.c.received_at,
            messages.c.resolved_at,
            messages.c.rank_at,
            _hidden.label("blind"),
            sa.case((_hidden, sa.null()), else_=decisions.c.label).label("label"),
            reviews.c.confirmed_label,
            _reviewer.c.name.label("reviewed_by"),
            _escalated.label("escalated"),
            _urgent.label("urgent"),
            _acknowledger.c.name.label("acknowledged_by"),
            _claimer.c.name.label("claimed_by"),
            claims.c.coach_id.label("claimer_id"),
            skip.label("skipped"),
        )
        .select_from(
            _FROM.outerjoin(_acknowledger, _acknowledger.c.id == escalations.c.acknowledged_by)
            .outerjoin(reviews, CURRENT_REVIEW)
            .outerjoin(_reviewer, _reviewer.c.id == reviews.c.coach_id)
            .outerjoin(claims, _claim_now(now))
            .outerjoin(_claimer, _claimer.c.id == claims.c.coach_id)
        )
        .where(_CONDITIONS[group], *_narrowed(filters, coach_id, now))
        .order_by(*_order(group))
        .limit(limit)
    )
    if after is not None:
        query = query.where(_beyond(group, after))
    return [_row(row, group, coach_id) for row in connection.execute(query)]


def count_groups(connection: sa.Connection, filters: Filters, *, coach_id: str, now: datetime) -> Mapping[str, int]:
    """How many messages each group holds under these filters."""
    narrowed = _narrowed(filters, coach_id, now)
    # What is joined for filters alone is not read without them.
    bare = messages.outerjoin(escalations, escalations.c.message_id == messages.c.id)
    tables = _FROM.outerjoin(claims, _claim_now(now)) if narrowed else bare
    counting = sa.select(sa.func.count()).select_from(tables)

    shown = (DECIDED,) if filters.state == DECIDED else GROUPS
    return {group: int(connection.scalar(counting.where(_CONDITIONS[group], *narrowed)) or 0) for group in shown}


def open_lessons(connection: sa.Connection, limit: int) -> Sequence[str]:
    """The lessons that most waiting messages are from, by name."""
    n = sa.func.count()
    waiting = sa.and_(messages.c.resolved_at.is_(None), messages.c.lesson.is_not(None))
    rows = connection.execute(
        sa.select(messages.c.lesson).where(waiting).group_by(messages.c.lesson).order_by(n.desc()).limit(limit)
    )
    return sorted(row.lesson for row in rows)


def latest_received_at(connection: sa.Connection) -> datetime | None:
    """When the latest message came in."""
    latest: datetime | None = connection.scalar(sa.select(sa.func.max(messages.c.received_at)))
    return latest


def like(words: str) -> str:
    """A LIKE pattern that finds these words anywhere, whatever their case; for `escape="!"`."""
    plain = words.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{plain}%"


def _claim_now(now: datetime) -> "sa.ColumnElement[bool]":
    return sa.and_(claims.c.message_id == messages.c.id, claims.c.ends_at > now)


def _narrowed(filters: Filters, coach_id: str, now: datetime) -> Sequence["sa.ColumnElement[bool]"]:
    found: list[sa.ColumnElement[bool]] = []
    if filters.label is not None:
        # A case of possible distress is found under distress, whatever is most probable.
        by_label = sa.and_(decisions.c.label == filters.label, ~_hidden)
        found.append(sa.or_(by_label, _escalated) if filters.label == "distress" else by_label)
    if filters.plan is not None:
        found.append(sa.func.coalesce(students.c.plan, "unknown") == filters.plan)
    if filters.lesson is not None:
        found.append(messages.c.lesson == filters.lesson)
    if filters.state == "free":
        found.append(claims.c.message_id.is_(None))
    if filters.state == "mine":
        found.append(claims.c.coach_id == coach_id)
    if filters.words:
        pattern = like(filters.words)
        columns = (messages.c.text, messages.c.lesson, students.c.name, students.c.id)
        found.append(sa.or_(*(sa.func.lower(column).like(pattern, escape="!") for column in columns)))
    return found


def _order(group: str) -> Sequence["sa.ColumnElement[Any]"]:
    if group == DECIDED:
        return (messages.c.resolved_at.desc(), messages.c.id)
    by_rank = (messages.c.rank_at, messages.c.id)
    return (_urgent.desc(), *by_rank) if group == "now" else by_rank


def _beyond(group: str, after: Place) -> "sa.ColumnElement[bool]":
    if group == DECIDED:
        at = messages.c.resolved_at
        return sa.and_(at <= after.at, sa.or_(at < after.at, messages.c.id > after.id))
    at = messages.c.rank_at
    later = sa.and_(at >= after.at, sa.or_(at > after.at, messages.c.id > after.id))
    if group != "now":
        return later
    return sa.or_(sa.and_(_urgent, later), ~_urgent) if after.urgent else sa.and_(~_urgent, later)


def _row(row: "sa.Row[Any]", group: str, coach_id: str) -> QueueRow:
    known = dict(row._mapping)
    at = known.pop("rank_at")
    claimer_id = known.pop("claimer_id")
    place = Place(bool(known["urgent"]), known["resolved_at"] if group == DECIDED else at, known["id"])
    return QueueRow(**known, claimed_by_me=claimer_id == coach_id, place=place)
