"""Messages over time, as bars of a small picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_WEEKS = 12
_TALLEST = 28.0  # of the picture's height


@dataclass(frozen=True, slots=True)
class Bar:
    """One week. ends: its last day · height: 0 to 28, in the picture's units."""

    n: int
    ends: datetime
    height: float


def weeks(times: Iterable[datetime], now: datetime) -> Sequence[Bar]:
    """How many of `times` fell into each of the last twelve weeks, the oldest first."""
    counts = [0] * _WEEKS
    for at in times:
        ago = int((now - at) / timedelta(weeks=1))
        if 0 <= ago < _WEEKS:
            counts[_WEEKS - 1 - ago] += 1
    most = max(counts) or 1
    ends = [now - timedelta(weeks=_WEEKS - 1 - week) for week in range(_WEEKS)]
    return [Bar(n, end, _TALLEST * n / most) for n, end in zip(counts, ends, strict=True)]
