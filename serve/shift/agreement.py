"""How often coaches agree with the machine, with what a sample of that size can say about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from serve.store.records import Review

_Z = 1.959964  # two-sided 95%


@dataclass(frozen=True, slots=True)
class Rate:
    """`n_hits` of `n`, and the 95% interval of the share behind it (0 to 1); all None when n is 0."""

    n_hits: int
    n: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """accuracy: labels that were what the machine had said · override_rate: suggestions that the coach changed."""

    accuracy: Rate
    override_rate: Rate


def rate(n_hits: int, n: int) -> Rate:
    """A share with Wilson's interval, which holds for small n and shares near 0 or 1 (Wilson, 1927)."""
    if n == 0:
        return Rate(0, 0, None, None, None)
    share = n_hits / n
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return Rate(n_hits, n, share, max(0.0, centre - half), min(1.0, centre + half))


def agreement(reviews: Iterable[Review]) -> Agreement:
    """Accuracy over reviews where a release had spoken; the override rate over those of them that were suggestions.

    Give it the blind reviews for figures that no shown suggestion has flattered. Undone reviews and skips do not count.
    """
    said = [r for r in reviews if r.undone_at is None and r.confirmed_label and r.suggested_label]
    suggested = [r for r in said if r.suggested_outcome == "suggest"]
    return Agreement(
        accuracy=rate(sum(r.confirmed_label == r.suggested_label for r in said), len(said)),
        override_rate=rate(sum(r.confirmed_label != r.suggested_label for r in suggested), len(suggested)),
    )
