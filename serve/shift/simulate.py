"""What other thresholds would have done with the messages that came in. Pure.

It counts with what is stored: probabilities, named reasons and what coaches said. A distress case that no coach ever
labelled cannot be counted as missed, and an agreement with a suggestion that was shown is a mild judge: so the
suggestions of the blind sample are counted apart as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model.policy import Reason
from serve.shift.agreement import Rate, rate
from serve.store.shift import ShiftRow

_NET = {Reason.SAFETY_NET.value, Reason.URGENT_PHRASE.value}
# Doubts that no threshold lifts: such a message is never suggested.
_ALWAYS = {
    Reason.TOO_SHORT.value,
    Reason.UNKNOWN_LANGUAGE.value,
    Reason.UNKNOWN_WORDS.value,
    Reason.NO_MODEL.value,
    Reason.MODEL_FAILED.value,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """distress: flag at P(distress) of this or more · confidence: suggest at a largest probability of this or more."""

    distress: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """missed: distress cases that would not have been flagged, of those that coaches named · wrong: suggestions that
    coaches called something else, of those that they judged; blind_wrong: of those that were labelled blind.
    """

    setting: Setting
    n_days: int
    n_flagged: int
    missed: Rate
    suggested: Rate
    wrong: Rate
    blind_wrong: Rate

    @property
    def flags_a_day(self) -> float:
        return self.n_flagged / self.n_days


def flagged(row: ShiftRow, setting: Setting, distress: str) -> bool:
    """Whether a human would have been told now, as `model.policy` decides."""
    by_net = not _NET.isdisjoint(row.reasons)
    return by_net or row.label == distress or (row.distress is not None and row.distress >= setting.distress)


def suggested(row: ShiftRow, setting: Setting, distress: str) -> bool:
    """Whether one route would have been suggested.

    Of a message that was escalated the other doubts are not stored; it counts by its confidence.
    """
    sure = row.confidence is not None and row.confidence >= setting.confidence
    return sure and _ALWAYS.isdisjoint(row.reasons) and not flagged(row, setting, distress)


def simulate(rows: Sequence[ShiftRow], setting: Setting, distress: str, n_days: int) -> Simulation:
    """What a setting would have done with the messages of `n_days` days; distress: that label's key."""
    cases = [row for row in rows if row.confirmed_label == distress]
    would = [row for row in rows if suggested(row, setting, distress)]
    judged = [row for row in would if row.confirmed_label is not None]
    return Simulation(
        setting=setting,
        n_days=max(1, n_days),
        n_flagged=sum(flagged(row, setting, distress) for row in rows),
        missed=rate(sum(not flagged(row, setting, distress) for row in cases), len(cases)),
        suggested=rate(len(would), len(rows)),
        wrong=_wrong(judged),
        blind_wrong=_wrong(row for row in judged if row.kind == "blind"),
    )


def _wrong(rows: Iterable[ShiftRow]) -> Rate:
    judged = list(rows)
    return rate(sum(row.confirmed_label != row.label for row in judged), len(judged))
