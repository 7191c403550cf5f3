"""The gate: may this candidate answer instead of the incumbent? Pure functions of figures; no clock, no files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.poisoning import Suspicion

Labels = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class GateBounds:
    """What a candidate must keep; `data/retrain.toml` explains each."""

    urgent_lost: int
    distress_lost: int
    by_a_hair: float
    label_recall_drop: float
    suggested_wrong_rise: float
    suggested_wrong: float
    calibration_error: float
    calibration_error_rise: float
    ordinary_flagged_rise: float
    ordinary_flagged: float
    latency_ratio: float
    size_ratio: float
    blind_days: float
    blind_fewest: int
    relabelled: float
    share_moved: float
    share_fewest: int


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is checked: both figures, what the candidate's may be, and a sentence for people."""

    name: str
    incumbent: float
    candidate: float
    bound: str
    passed: bool
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """Plain values for `gate.json`; a figure of nothing is null."""
        return {name: None if value != value else value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Recent:
    """Both releases' labels for recent messages, columns, shape (n_messages,)."""

    candidate: Labels
    incumbent: Labels


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says. waits_for: why a second person must agree, empty when nobody need."""

    checks: tuple[Check, ...]
    suspicions: tuple[Suspicion, ...]
    waits_for: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks) and not self.suspicions

    @property
    def refusal(self) -> str:
        """Every reason for a refusal, in words; empty when it passed."""
        return " ".join(
            [check.sentence for check in self.checks if not check.passed] + [one.sentence for one in self.suspicions]
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values for `gate.json`."""
        return {
            "passed": self.passed,
            "refusal": self.refusal,
            "waits_for": list(self.waits_for),
            "checks": [check.as_json() for check in self.checks],
            "suspicions": [suspicion.as_json() for suspicion in self.suspicions],
        }


def second_person(recent: Recent, bounds: GateBounds, keys: Sequence[str]) -> Iterator[str]:
    """Why somebody else must agree: more changes for coaches than a run usually brings."""
    n = len(recent.candidate)
    if n == 0:
        return
    changed = float((recent.candidate != recent.incumbent).mean())
    if changed > bounds.relabelled:
        yield f"{changed:.1%} of {n} recent messages get another label, over {bounds.relabelled:.0%}."
    counts: Mapping[str, tuple[int, int]] = {
        key: (int((recent.incumbent == column).sum()), int((recent.candidate == column).sum()))
        for column, key in enumerate(keys)
    }
    for key, (before, after) in counts.items():
        moved = abs(after - before) / max(before, 1)
        if max(before, after) >= bounds.share_fewest and moved > bounds.share_moved:
            yield f"{key} goes from {before} to {after} of {n} recent messages, over {bounds.share_moved:.0%}."
