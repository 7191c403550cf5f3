"""Probabilities and flags -> a decision. Total: every input has an outcome. Monotone: more distress, more human.

Reasons are named, apart from the confidence, and need no model to be tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from model.taxonomy import Taxonomy


class Outcome(StrEnum):
    """What happens to a message."""

    SUGGEST = "suggest"  # one route, shown to the coach
    ABSTAIN = "abstain"  # a human decides; the candidates are shown
    ESCALATE = "escalate"  # distress: a human is told now


class Reason(StrEnum):
    """Why a message comes to a human, or why it may be suggested."""

    DISTRESS_PROBABILITY = "distress_probability"
    SAFETY_NET = "safety_net"
    URGENT_PHRASE = "urgent_phrase"
    URGENT_PROBABILITY = "urgent_probability"
    LOW_CONFIDENCE = "low_confidence"
    UNKNOWN_WORDS = "unknown_words"
    UNKNOWN_LANGUAGE = "unknown_language"
    TOO_SHORT = "too_short"
    NO_MODEL = "no_model"
    MODEL_FAILED = "model_failed"
    CONFIDENT = "confident"


URGENT_REASONS = frozenset({Reason.URGENT_PHRASE, Reason.URGENT_PROBABILITY})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a release draws its lines, each chosen on rows that chose nothing else (evidence in `manifest.json`).

    distress: escalate at P(distress) of this or more · urgent: an escalation is urgent at P(urgent | distress) of this
    or more · confidence: suggest at a largest probability of this or more · candidates: the candidate set holds labels
    until their probabilities sum to this · known_words: the smallest share of words the release must have seen.
    """

    distress: float
    urgent: float
    confidence: float
    candidates: float = 0.9
    known_words: float = 0.5


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known about a message beside its probabilities. guard: the model from the corpus alone reads distress."""

    net: bool = False
    net_urgent: bool = False
    guard: bool = False
    known_share: float = 1.0
    readable: bool = True
    has_words: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer's decision fields, with the names that every interface uses."""

    label: str | None
    confidence: float | None
    outcome: Outcome
    route: str | None
    urgent: bool
    reasons: tuple[Reason, ...]
    candidates: tuple[str, ...]

    @property
    def escalate_to_human(self) -> bool:
        return self.outcome is not Outcome.SUGGEST


def decide(
    probabilities: NDArray[np.float64], urgent: float, signals: Signals, thresholds: Thresholds, taxonomy: Taxonomy
) -> Decision:
    """Decide one message. `probabilities`: shape (n_labels,), in taxonomy order · `urgent`: P(urgent | distress).

    Escalates when P(distress) reaches its threshold, when the safety net matches, or when distress is the most
    probable label; raising P(distress) at the others' expense never turns an escalation into anything less.
    """
    best = int(np.argmax(probabilities))
    label, confidence = taxonomy.labels[best], float(probabilities[best])
    distress = distress_reasons(float(probabilities[taxonomy.index(taxonomy.distress.key)]), signals, thresholds)
    if label.always_human and not distress:
        distress = (Reason.DISTRESS_PROBABILITY,)
    doubts = _doubts(confidence, signals, thresholds)
    candidates = candidate_set(probabilities, thresholds.candidates, taxonomy)
    if distress:
        if urgent >= thresholds.urgent:
            distress = (*distress, Reason.URGENT_PROBABILITY)
        told_now = URGENT_REASONS.intersection(distress)
        return Decision(
            label.key, confidence, Outcome.ESCALATE, taxonomy.distress.route, bool(told_now), distress, candidates
        )
    if doubts:
        return Decision(label.key, confidence, Outcome.ABSTAIN, None, False, doubts, candidates)
    return Decision(label.key, confidence, Outcome.SUGGEST, label.route, False, (Reason.CONFIDENT,), candidates)


def decide_without_model(reason: Reason, signals: Signals, taxonomy: Taxonomy) -> Decision:
    """The decision when no release can speak: a human, told now if the safety net matches."""
    if signals.net:
        net = _net_reasons(signals)
        return Decision(None, None, Outcome.ESCALATE, taxonomy.distress.route, signals.net_urgent, (*net, reason), ())
    return Decision(None, None, Outcome.ABSTAIN, None, False, (reason,), ())


def distress_reasons(probability: float, signals: Signals, thresholds: Thresholds) -> tuple[Reason, ...]:
    """Every reason to call a message distress; empty when there is none."""
    reads_so = probability >= thresholds.distress or signals.guard
    reasons = (Reason.DISTRESS_PROBABILITY,) if reads_so else ()
    return reasons + _net_reasons(signals)


def _net_reasons(signals: Signals) -> tuple[Reason, ...]:
    if not signals.net:
        return ()
    return (Reason.SAFETY_NET, Reason.URGENT_PHRASE) if signals.net_urgent else (Reason.SAFETY_NET,)


def _doubts(confidence: float, signals: Signals, thresholds: Thresholds) -> tuple[Reason, ...]:
    doubts = (
        (Reason.TOO_SHORT, not signals.has_words),
        (Reason.UNKNOWN_LANGUAGE, not signals.readable),
        (Reason.UNKNOWN_WORDS, signals.known_share < thresholds.known_words),
        # "Not at least" rather than "less than": a NaN is a doubt.
        (Reason.LOW_CONFIDENCE, not confidence >= thresholds.confidence),
    )
    return tuple(reason for reason, holds in doubts if holds)


def candidate_set(probabilities: NDArray[np.float64], mass: float, taxonomy: Taxonomy) -> tuple[str, ...]:
    """The most probable labels, in order, until their probabilities sum to `mass`; at least one."""
    order: Sequence[int] = np.argsort(-probabilities, kind="stable").tolist()
    reached = np.cumsum(probabilities[order])
    size = min(len(order), int(np.searchsorted(reached, mass)) + 1)
    return tuple(taxonomy.labels[i].key for i in order[:size])
