"""The watched figures as small pictures, for `_watching.html`: sizes and words, no HTML."""

from collections.abc import Sequence
from dataclasses import dataclass

from serve.loop.watching import FEWEST, FEWEST_WEEKS, Point, Standing, Watched

WIDTH, HEIGHT = 260.0, 72.0  # of a picture, in its own units
_SIDE, _TOP, _BOTTOM = 8.0, 8.0, 60.0


@dataclass(frozen=True, slots=True)
class Dot:
    """One week: its place, its interval, and what hovering says. solid: on enough messages."""

    x: float
    y: float
    low: float
    high: float
    solid: bool
    says: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure over the weeks. now: this week's, in words · says: what the picture shows, in a sentence.

    band: its upper edge and height, None when there is none · top, bottom: what the scale's ends mean.
    """

    name: str
    title: str
    now: str
    says: str
    alarm: bool
    dots: Sequence[Dot]
    band: tuple[float, float] | None
    top: str
    bottom: str


def pictures(figures: Sequence[Watched]) -> Sequence[Picture]:
    """One for each figure."""
    return [_picture(figure) for figure in figures]


def amount(point: Point) -> str:
    """ "12.4%" of many, "3 of 8" of few, "nothing yet" of none."""
    if point.value is None:
        return "nothing yet"
    if not point.says_something and point.n_hits is not None:
        return f"{point.n_hits} of {point.n}"
    few = "" if point.says_something else f", of only {point.n}"
    return f"{point.value:.1%}{few}"


def _picture(figure: Watched) -> Picture:
    shown = [point for point in figure.points if point.value is not None]
    ends = [end for point in shown for end in (point.value, point.low, point.high) if end is not None]
    ends += figure.band or ()
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    room = max(0.01, (high - low) * 0.1)
    low, high = max(0.0, low - room), min(1.0, high + room)

    def y(value: float | None) -> float:
        share = 0.0 if value is None else (value - low) / (high - low)
        return round(_BOTTOM - share * (_BOTTOM - _TOP), 1)

    step = (WIDTH - 2 * _SIDE) / max(1, len(figure.points) - 1)
    dots = [
        Dot(
            round(_SIDE + step * week, 1),
            y(point.value),
            y(point.low),
            y(point.high),
            point.says_something,
            f"the week from {point.begins:%d %B}: {amount(point)}"
            + (f" ({point.low:.1%} to {point.high:.1%}, n {point.n})" if point.low is not None else ""),
        )
        for week, point in enumerate(figure.points)
        if point.value is not None
    ]
    band = (y(figure.band[1]), round(y(figure.band[0]) - y(figure.band[1]), 1)) if figure.band else None
    return Picture(
        figure.name,
        figure.title,
        amount(figure.latest),
        _sentence(figure),
        figure.standing is Standing.OUTSIDE,
        dots,
        band,
        f"{high:.0%}" if high - low >= 0.05 else f"{high:.1%}",
        f"{low:.0%}" if high - low >= 0.05 else f"{low:.1%}",
    )


def _sentence(figure: Watched) -> str:
    match figure.standing:
        case Standing.TOO_FEW:
            return f"Fewer than {FEWEST} this week: it says nothing yet."
        case Standing.NO_BAND:
            return f"Nothing to compare with before {FEWEST_WEEKS} full weeks."
    assert figure.band is not None
    between = f"{figure.band[0]:.1%} to {figure.band[1]:.1%}"
    if figure.standing is Standing.INSIDE:
        return f"As in the weeks before: {between} would be usual."
    return f"It has left its usual range, {between}."
