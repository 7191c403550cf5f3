"""A candidate escalates whatever the incumbent escalated: its distress threshold goes down until it does.

This is the one thing that is chosen on the fixed set. It can only bring more people to a human, and what it costs in
false alarms is for the gate to judge; but the candidate's distress recall there is then no estimate any more. The
manifest says from where it was lowered and for how many cases, and recent blind labels judge apart.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.answer import parts
from model.scorer import Scorer
from training.risk import ChosenThreshold, RiskTargets, upper_bound

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Floor:
    """needed: the largest threshold that keeps every case · scores: P(distress) of those that rest on it alone."""

    needed: float
    scores: Floats


def floor_of(scorer: Scorer, kept_texts: list[str]) -> Floor:
    """`kept_texts`: normalised cases of the fixed set that the incumbent escalated.

    Cases in the safety net, or whose likeliest label is distress, are escalated at any threshold.
    """
    taxonomy, net = parts()
    column = taxonomy.index(taxonomy.distress.key)
    probabilities = [scorer.score(text).probabilities for text in kept_texts if not net.hits(text)]
    scores = np.array([row[column] for row in probabilities if int(row.argmax()) != column], dtype=np.float64)
    return Floor(float(scores.min()) if len(scores) else 1.0, scores)


def lowered(
    chosen: ChosenThreshold, floor: Floor, scores: Floats, is_distress: Flags, in_net: Flags, targets: RiskTargets
) -> ChosenThreshold:
    """The chosen threshold, or the floor's when that is lower, with what the control rows say about it.

    scores, is_distress, in_net: of the control rows, shape (n,).
    """
    if floor.needed >= chosen.threshold:
        return chosen
    missed = int((is_distress & (scores < floor.needed) & ~in_net).sum())
    n_saved = int((floor.scores < chosen.threshold).sum())
    bound = upper_bound(missed, chosen.n, targets.delta)
    note = f"lowered from {chosen.threshold:.4f} to keep {n_saved} cases that the incumbent escalates; {chosen.note}"
    return replace(
        chosen,
        threshold=floor.needed,
        observed=missed / chosen.n,
        upper_bound=bound,
        kept=bound <= targets.missed,
        note=note,
    )
