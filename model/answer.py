"""Everything that is said about one message: text in, `Answer` out. The same for the service, the shell and files."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from model.explain import Span, evidence
from model.language import unreadable
from model.policy import Decision, Reason, Signals, decide, decide_without_model
from model.release import Release
from model.safety_net import SafetyNet, any_urgent, load_safety_net
from model.taxonomy import Taxonomy, load_taxonomy
from model.text import Normalised, normalise

LONGEST_TEXT = 20_000  # characters of one message


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, and what it rests on.

    probabilities: label -> P, in taxonomy order; empty without a release · evidence: the spans behind the label, and
    those behind distress · release: the release's id, None without one · known_share: of the text's words, that the
    release has seen, 0 to 1; None without a release.
    """

    decision: Decision
    probabilities: Mapping[str, float]
    evidence: tuple[Span, ...]
    release: str | None
    known_share: float | None = None

    def fields(self) -> dict[str, object]:
        """The answer's common fields, as JSON values."""
        decision = self.decision
        return {
            "label": decision.label,
            "confidence": decision.confidence,
            "outcome": decision.outcome.value,
            "route": decision.route,
            "escalate_to_human": decision.escalate_to_human,
            "urgent": decision.urgent,
            "reasons": [reason.value for reason in decision.reasons],
            "candidates": list(decision.candidates),
            "release": self.release,
        }

    def full(self) -> dict[str, object]:
        """The common fields with probabilities and evidence."""
        spans = [
            {"label": span.label, "start": span.start, "end": span.end, "weight": span.weight} for span in self.evidence
        ]
        return {**self.fields(), "probabilities": dict(self.probabilities), "evidence": spans}


def percent(probability: float) -> str:
    """ "71%"; never "100%" or "0%" for what is not certain."""
    if probability > 0.99:
        return "over 99%"
    return "under 1%" if probability < 0.01 else f"{probability:.0%}"


class Answerer:
    """Answers with one release, or without any. Immutable; safe to share between threads."""

    def __init__(self, release: Release | None, taxonomy: Taxonomy, net: SafetyNet) -> None:
        self.release = release
        self.taxonomy = taxonomy
        self.net = net

    def answer(self, text: str, *, explained: bool = True) -> Answer:
        """Answer one message of any content. `explained=False` leaves the evidence out, for bulk work."""
        normalised = normalise(text)
        signals = self._signals(text, normalised)
        if self.release is None:
            return Answer(decide_without_model(Reason.NO_MODEL, signals, self.taxonomy), {}, (), None)
        scorer = self.release.scorer
        scores = scorer.score(normalised.text)
        probabilities = scores.probabilities
        decision = decide(probabilities, scores.urgent, signals, self.release.thresholds, self.taxonomy)
        spans = self._evidence(normalised, decision) if explained else ()
        by_label = dict(zip(self.taxonomy.keys, probabilities.tolist(), strict=True))
        return Answer(decision, by_label, spans, self.release.id, signals.known_share)

    def answer_without_model(self, text: str, reason: Reason) -> Answer:
        """The answer when the release cannot be used for a message: a human."""
        signals = self._signals(text, normalise(text))
        return Answer(decide_without_model(reason, signals, self.taxonomy), {}, (), None)

    def _signals(self, text: str, normalised: Normalised) -> Signals:
        hits = self.net.hits(normalised.text)
        return Signals(
            net=bool(hits),
            net_urgent=any_urgent(hits),
            guard=self._guarded(normalised.text),
            known_share=self.release.scorer.known_share(normalised.text) if self.release else 1.0,
            readable=not unreadable(text, normalised.text),
            has_words=_has_words(normalised.text),
        )

    def _guarded(self, text: str) -> bool:
        guard = self.release.guard if self.release else None
        return guard is not None and guard.escalates(text, self.taxonomy.index(self.taxonomy.distress.key))

    def _evidence(self, normalised: Normalised, decision: Decision) -> tuple[Span, ...]:
        assert self.release is not None
        assert decision.label is not None
        labels = {decision.label, self.taxonomy.distress.key} if decision.escalate_to_human else {decision.label}
        return tuple(
            span
            for label in sorted(labels)
            for span in evidence(self.release.scorer, normalised, label, self.taxonomy.index(label))
        )


def _has_words(text: str) -> bool:
    """Whether there is more than one letter or digit, over and over: "???", "aaaa" and "1111" say nothing."""
    return len({char for char in text if char.isalnum()}) > 1


@functools.cache
def parts() -> tuple[Taxonomy, SafetyNet]:
    """The taxonomy and the safety net that ship with the package, compiled once."""
    return load_taxonomy(), load_safety_net()


def build_answerer(release: Release | None) -> Answerer:
    """An answerer with the package's own taxonomy and net."""
    taxonomy, net = parts()
    return Answerer(release, taxonomy, net)
