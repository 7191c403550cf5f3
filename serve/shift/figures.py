"""The manager's figures, counted from one row for each message. Pure; days are UTC days."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from model.taxonomy import Taxonomy
from serve.shift.agreement import Rate, rate
from serve.store.shift import ShiftRow

PROMISED = timedelta(minutes=15)
_EDGES = (0.0, 0.5, 0.7, 0.85, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class FirstHuman:
    """How long students waited for a person. minutes: the median over those that a person saw, None when n is 0 ·
    in_time: within the promised time; who still waits, and has waited longer than that, counts as late.
    """

    minutes: float | None
    n_seen: int
    in_time: Rate


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted over a set of messages. overridden: suggestions that a coach changed, of those judged."""

    n: int
    n_suggested: int
    n_your_call: int
    n_human_now: int
    overridden: Rate
    first_human: FirstHuman


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day."""

    day: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """One label: what coaches said, else what the machine said. label: None when nobody said any."""

    label: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Bin:
    """Messages of one confidence range [low, high). said: their mean confidence · right: labels that a coach kept."""

    low: float
    high: float
    said: float
    right: Rate


def figures(rows: Sequence[ShiftRow], now: datetime) -> Figures:
    """Count a set of messages."""
    outcomes = [row.outcome for row in rows]
    judged = [row for row in rows if row.outcome == "suggest" and row.confirmed_label is not None]
    return Figures(
        n=len(rows),
        n_suggested=outcomes.count("suggest"),
        n_your_call=outcomes.count("abstain"),
        n_human_now=outcomes.count("escalate"),
        overridden=rate(sum(row.confirmed_label != row.label for row in judged), len(judged)),
        first_human=first_human(rows, now),
    )


def first_human(rows: Iterable[ShiftRow], now: datetime) -> FirstHuman:
    """How long the students of these messages waited for a person."""
    waits = [row.first_human_at - row.received_at for row in rows if row.first_human_at is not None]
    waiting = [now - row.received_at for row in rows if row.first_human_at is None]
    in_time = sum(wait <= PROMISED for wait in waits)
    late = sum(wait > PROMISED for wait in [*waits, *waiting])
    minutes = median(wait.total_seconds() for wait in waits) / 60 if waits else None
    return FirstHuman(minutes, len(waits), rate(in_time, in_time + late))


def by_day(rows: Iterable[ShiftRow], now: datetime, n_days: int) -> Sequence[DayFigures]:
    """Each of the last `n_days` days, the oldest first; days without messages too."""
    of_day: dict[date, list[ShiftRow]] = defaultdict(list)
    for row in rows:
        of_day[row.received_at.date()].append(row)
    days = [now.date() - timedelta(days=ago) for ago in reversed(range(n_days))]
    return [DayFigures(day, figures(of_day[day], now)) for day in days]


def by_label(rows: Iterable[ShiftRow], now: datetime, taxonomy: Taxonomy) -> Sequence[LabelFigures]:
    """Each label that occurred, the commonest first."""
    of_label: dict[str | None, list[ShiftRow]] = defaultdict(list)
    for row in rows:
        label = row.confirmed_label or row.label
        of_label[label if label in taxonomy else None].append(row)
    found = [LabelFigures(label, figures(group, now)) for label, group in of_label.items()]
    return sorted(found, key=lambda one: (-one.figures.n, one.label or ""))


def calibration(rows: Iterable[ShiftRow], release: str | None, *, blind: bool) -> Sequence[Bin]:
    """How often a release was right when it said how sure it was, over what coaches labelled; empty bins left out.

    blind: over the labels that were given before the suggestion showed; else over the others.
    """
    judged = [
        (row.confidence, row.confirmed_label == row.label)
        for row in rows
        if row.release == release
        and row.confirmed_label
        and row.confidence is not None
        and (row.kind == "blind") == blind
    ]
    found: list[Bin] = []
    for low, high in pairwise(_EDGES):
        inside = [(said, right) for said, right in judged if low <= said < high or said == high == 1.0]
        if inside:
            said = sum(confidence for confidence, _ in inside) / len(inside)
            found.append(Bin(low, high, said, rate(sum(right for _, right in inside), len(inside))))
    return found
