"""Does the model still do what it did? Five figures a week, each with its interval and a band learned from before.

Pure: counts in, figures out. A figure alarms when it leaves the band of the weeks before it, on enough messages to say
so: never on eight.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt
from statistics import fmean, variance

from serve.shift.agreement import rate
from serve.store.watching import WeekCounts

WEEK = timedelta(weeks=1)
FEWEST = 30  # messages of a week, before its figure says anything
FEWEST_WEEKS = 4  # of at least FEWEST messages, before there is a band
WEEKS = 13  # that are looked at, the running one included
_Z = 1.959964  # two-sided 95%
_BAND = 3.0  # standard deviations, as on Shewhart's charts: a steady figure leaves its band in one week of 200 or so


@dataclass(frozen=True, slots=True)
class Point:
    """A figure in one week. value, low, high: 0 to 1, None when n is 0; the interval is of 95%.

    n_hits: of a rate; None of a mean · chance: the variance that chance alone gives the value of a week of this size.
    """

    begins: datetime
    n: int
    n_hits: int | None
    value: float | None
    low: float | None
    high: float | None
    chance: float = 0.0

    @property
    def says_something(self) -> bool:
        return self.n >= FEWEST


class Standing(StrEnum):
    """What the running week's figure says."""

    TOO_FEW = "too few"  # fewer than FEWEST messages
    NO_BAND = "no band"  # enough, but not enough weeks before
    INSIDE = "inside"
    OUTSIDE = "outside"  # the alarm


@dataclass(frozen=True, slots=True)
class Watched:
    """One figure over the weeks, the oldest first. band: of the last week, None without enough weeks before."""

    name: str
    title: str
    points: Sequence[Point]
    band: tuple[float, float] | None

    @property
    def latest(self) -> Point:
        return self.points[-1]

    @property
    def standing(self) -> Standing:
        """Whether the last week is where the weeks before say it should be."""
        if not self.latest.says_something or self.latest.value is None:
            return Standing.TOO_FEW
        if self.band is None:
            return Standing.NO_BAND
        return Standing.INSIDE if self.band[0] <= self.latest.value <= self.band[1] else Standing.OUTSIDE


def begins_of(now: datetime) -> Sequence[datetime]:
    """When each of the weeks begins, the oldest first; the last one ends now."""
    return [now - WEEK * (WEEKS - week) for week in range(WEEKS)]


def rate_of(n_hits: int, n: int, begins: datetime) -> Point:
    """A share of a week's messages, with Wilson's interval; its variance too, which is never 0."""
    found = rate(n_hits, n)
    if found.low is None or found.high is None:
        return Point(begins, 0, 0, None, None, None)
    return Point(begins, n, n_hits, found.share, found.low, found.high, ((found.high - found.low) / (2 * _Z)) ** 2)


def mean_of(total: float, squares: float, n: int, begins: datetime) -> Point:
    """A mean over a week's messages of what lies between 0 and 1, with the normal interval."""
    if n == 0:
        return Point(begins, 0, None, None, None, None)
    mean = total / n
    chance = max(0.0, squares / n - mean * mean) / n
    half = _Z * sqrt(chance)
    return Point(begins, n, None, mean, max(0.0, mean - half), min(1.0, mean + half), chance)


_FIGURES: Mapping[str, tuple[str, Callable[[WeekCounts], Point]]] = {
    "flag_rate": ("messages escalated", lambda w: rate_of(w.n_escalated, w.n_messages, w.begins)),
    "override_rate": ("suggestions changed by coaches", lambda w: rate_of(w.n_overridden, w.n_suggested, w.begins)),
    "blind_accuracy": (
        "right, where the suggestion was hidden",
        lambda w: rate_of(w.n_blind_right, w.n_blind, w.begins),
    ),
    "confidence": (
        "how sure it is, on average",
        lambda w: mean_of(w.confidence, w.confidence_squares, w.n_answered, w.begins),
    ),
    "unknown_words": (
        "words it has never seen, on average",
        lambda w: mean_of(
            w.n_known - w.known_share, w.n_known - 2 * w.known_share + w.known_share_squares, w.n_known, w.begins
        ),
    ),
}


def watch(weeks: Sequence[WeekCounts]) -> Sequence[Watched]:
    """Every figure. weeks: the oldest first, the last one is judged by those before."""
    found = []
    for name, (title, figure) in _FIGURES.items():
        points = [figure(week) for week in weeks]
        found.append(Watched(name, title, points, band_of(points[:-1], points[-1])))
    return found


def band_of(before: Sequence[Point], point: Point) -> tuple[float, float] | None:
    """Where a figure should be: three standard deviations around the weeks before, for a week of `point.n` messages.

    Weeks differ by more than chance in messages (Laney's p' chart, 2002): what their spread exceeds chance by is added
    to what chance gives a week of this size. None without enough weeks before, or without a message.
    """
    said = [(one.value, one.n, one.chance) for one in before if one.says_something and one.value is not None]
    if len(said) < FEWEST_WEEKS or point.n == 0:
        return None
    centre = sum(value * n for value, n, _ in said) / sum(n for _, n, _ in said)
    by_chance = fmean(chance for _, _, chance in said)
    between = max(0.0, variance([value for value, _, _ in said]) - by_chance)
    own = fmean(chance * n for _, n, chance in said) / point.n
    half = _BAND * sqrt(own + between)
    return max(0.0, centre - half), min(1.0, centre + half)
