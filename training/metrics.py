"""Rates with their n and interval, and how honest probabilities are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share in [0, 1] of `n` cases with its 95% interval (Clopper-Pearson; NaN when n is 0)."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        if self.n == 0:
            return "- (n 0)"
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f}, n {self.n})"


def rate(hits: Flags) -> Rate:
    """The share of true values."""
    n, k = len(hits), int(hits.sum())
    if n == 0:
        return Rate(float("nan"), float("nan"), float("nan"), 0)
    interval = binomtest(k, n).proportion_ci(0.95, method="exact")
    return Rate(k / n, float(interval.low), float(interval.high), n)


def weighted_rate(hits: Flags, weights: Floats) -> Rate:
    """The share of weight on true values; the interval uses the effective number of cases (Kish 1965).

    `weights`: shape (n,), not negative. The interval is a normal approximation clipped to [0, 1].
    """
    n = len(hits)
    if n == 0 or weights.sum() == 0:
        return Rate(float("nan"), float("nan"), float("nan"), 0)
    value = float(np.average(hits, weights=weights))
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    spread = 1.96 * float(np.sqrt(max(value * (1 - value), 1 / (4 * effective**2)) / effective))
    return Rate(value, max(0.0, value - spread), min(1.0, value + spread), n)


def traffic_weights(labels: NDArray[np.intp], shares: Floats) -> Floats:
    """A weight for each row so that labels have the traffic's shares; sums to the number of rows.

    `labels`: columns, shape (n,) · `shares`: shape (n_labels,), summing to one.
    """
    counts = np.bincount(labels, minlength=len(shares))
    weights: Floats = shares[labels] / counts[labels]
    scaled: Floats = weights * (len(labels) / weights.sum())
    return scaled


def expected_calibration_error(confidence: Floats, right: Flags, weights: Floats, n_bins: int = 15) -> float:
    """The mean gap between confidence and accuracy over equal-width bins, in [0, 1]; 0 is honest.

    Naeini et al. 2015. All arguments of shape (n,).

    >>> expected_calibration_error(np.array([1.0, 1.0]), np.array([True, False]), np.ones(2))
    0.5
    """
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    error = 0.0
    for i in np.unique(bins):
        inside = bins == i
        gap = np.average(confidence[inside], weights=weights[inside]) - np.average(
            right[inside], weights=weights[inside]
        )
        error += abs(float(gap)) * float(weights[inside].sum() / weights.sum())
    return error
