"""Choose thresholds with a guarantee, on rows that fitted and calibrated nothing.

Pure functions of scores. When the data cannot support a bound they say so, and the caller flags more.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RiskTargets:
    """What the thresholds must keep.

    missed: largest share of distress not escalated · wrong: largest share of wrong routes among suggestions; both with
    probability 1 - delta · flagged: largest share of messages without distress that may be escalated to reach the
    first; beyond it the bound is given up, and the manifest says so · urgent_missed: share of urgent messages that may
    be escalated without being marked urgent.
    """

    missed: float = 0.01
    wrong: float = 0.03
    delta: float = 0.05
    flagged: float = 0.08
    urgent_missed: float = 0.10


@dataclass(frozen=True, slots=True)
class ChosenThreshold:
    """A threshold and its evidence: the observed risk and its upper bound on `n` rows; `kept` when the bound is met."""

    threshold: float
    observed: float
    upper_bound: float
    n: int
    kept: bool
    note: str


# The search begins where the allowed rate would show this many events: with fewer rows nothing can be shown.
_FEWEST_EVENTS = 10


def upper_bound(n_events: float, n: float, delta: float) -> float:
    """The largest rate that is plausible after `n_events` in `n` (one-sided Clopper-Pearson at 1 - delta)."""
    if n_events >= n:
        return 1.0
    return float(beta.ppf(1 - delta, n_events + 1, n - n_events))


def distress_threshold(
    scores: Floats, is_distress: Flags, in_net: Flags, weights: Floats, targets: RiskTargets
) -> ChosenThreshold:
    """The largest P(distress) at which to escalate so that no more than `targets.missed` of distress is missed.

    scores: P(distress), shape (n,) · in_net: caught by the safety net whatever the score · weights: traffic weights.
    """
    caught_anyway = in_net | (scores < 0)
    candidates = np.unique(scores[is_distress & ~caught_anyway])[::-1]
    n = int(is_distress.sum())
    chosen = _at(1.0, scores, is_distress, in_net, n, targets)
    for threshold in [1.0, *candidates.tolist()]:
        flagged = (scores >= threshold) | in_net
        if float(np.average(flagged[~is_distress], weights=weights[~is_distress])) > targets.flagged:
            note = f"flagging more than {targets.flagged:.0%} of other messages would be needed for the bound"
            return ChosenThreshold(chosen.threshold, chosen.observed, chosen.upper_bound, n, False, note)
        chosen = _at(threshold, scores, is_distress, in_net, n, targets)
        if chosen.kept:
            return chosen
    return chosen


def _at(
    threshold: float, scores: Floats, is_distress: Flags, in_net: Flags, n: int, targets: RiskTargets
) -> ChosenThreshold:
    missed = int((is_distress & (scores < threshold) & ~in_net).sum())
    bound = upper_bound(missed, n, targets.delta)
    kept = bound <= targets.missed
    note = "bound kept" if kept else f"{n} cases of distress cannot show a miss rate of {targets.missed:.0%}"
    return ChosenThreshold(threshold, missed / n, bound, n, kept, note)


def urgent_threshold(scores: Floats, is_urgent: Flags, targets: RiskTargets) -> ChosenThreshold:
    """The largest P(urgent | distress) that marks all but `targets.urgent_missed` of the urgent messages.

    scores: shape (n,), over rows in distress. Raises ValueError when none is urgent.
    """
    urgent = np.sort(scores[is_urgent])
    if len(urgent) == 0:
        raise ValueError("no urgent message to choose the threshold for urgent on")
    n_missed = int(targets.urgent_missed * len(urgent))
    bound = upper_bound(n_missed, len(urgent), targets.delta)
    marked = float((scores[~is_urgent] >= urgent[n_missed]).mean()) if (~is_urgent).any() else 0.0
    note = f"marks {marked:.0%} of the other distress as urgent too"
    return ChosenThreshold(float(urgent[n_missed]), n_missed / len(urgent), bound, len(urgent), False, note)


def confidence_threshold(confidence: Floats, right: Flags, weights: Floats, targets: RiskTargets) -> ChosenThreshold:
    """The smallest confidence at which to suggest, so that no more than `targets.wrong` of suggestions are wrong.

    All arrays of shape (n,), over the rows that would not be escalated. The bound uses the effective number of rows.
    Thresholds are tried from the strictest down, and the first that fails ends the search (fixed-sequence testing:
    Angelopoulos et al. 2021, "Learn then Test").
    """
    chosen = ChosenThreshold(1.01, 0.0, 1.0, 0, False, "no confidence is high enough: everything goes to a human")
    for threshold in np.linspace(0.995, 0.2, 160).tolist():
        suggested = confidence >= threshold
        if not suggested.any():
            continue
        weight = weights[suggested]
        observed = float(np.average(~right[suggested], weights=weight))
        effective = float(weight.sum() ** 2 / (weight**2).sum())
        bound = upper_bound(observed * effective, effective, targets.delta)
        if effective < _FEWEST_EVENTS / targets.wrong:
            continue
        if bound > targets.wrong:
            break
        chosen = ChosenThreshold(threshold, observed, bound, int(suggested.sum()), True, "bound kept")
    return chosen
