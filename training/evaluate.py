"""What a release does on messages of authors it has never read: the figures of its report, its card and the gate."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from model.answer import Answerer
from model.policy import Outcome
from model.text import normalise
from training.dataset import Messages
from training.metrics import Rate, expected_calibration_error, rate, traffic_weights, weighted_rate

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answered:
    """Labelled messages with a release's answers. All arrays of shape (n_messages,).

    labels, predicted: columns · distress: P(distress) · in_net: caught by the safety net · weights: traffic weights ·
    line: the P(distress) from which the release escalates.
    """

    frame: pd.DataFrame
    authors: NDArray[np.str_]
    labels: NDArray[np.intp]
    predicted: NDArray[np.intp]
    confidence: Floats
    distress: Floats
    escalated: Flags
    suggested: Flags
    marked_urgent: Flags
    in_net: Flags
    weights: Floats
    distress_column: int
    ordinary_column: int
    line: float

    @cached_property
    def right(self) -> Flags:
        return np.asarray(self.predicted == self.labels)

    @cached_property
    def in_distress(self) -> Flags:
        return np.asarray(self.labels == self.distress_column)

    @cached_property
    def ordinary(self) -> Flags:
        return np.asarray(self.labels == self.ordinary_column)

    @cached_property
    def calibration_error(self) -> float:
        return expected_calibration_error(self.confidence, self.right, self.weights)


def answer_all(answerer: Answerer, messages: Messages, traffic: Mapping[str, float]) -> Answered:
    """Answer every message as the service would. The answerer must have a release."""
    assert answerer.release is not None
    keys, taxonomy = answerer.taxonomy.keys, answerer.taxonomy
    answers = [answerer.answer(text, explained=False) for text in messages.frame["text"]]
    decisions = [answer.decision for answer in answers]
    return Answered(
        frame=messages.frame,
        authors=messages.authors,
        labels=messages.labels,
        predicted=np.array([keys.index(str(decision.label)) for decision in decisions]),
        confidence=np.array([float(decision.confidence or 0.0) for decision in decisions]),
        distress=np.array([answer.probabilities[taxonomy.distress.key] for answer in answers]),
        escalated=np.array([decision.outcome is Outcome.ESCALATE for decision in decisions]),
        suggested=np.array([decision.outcome is Outcome.SUGGEST for decision in decisions]),
        marked_urgent=np.array([decision.urgent for decision in decisions]),
        in_net=np.array([bool(answerer.net.hits(normalise(text).text)) for text in messages.frame["text"]]),
        weights=traffic_weights(messages.labels, np.fromiter(traffic.values(), dtype=np.float64)),
        distress_column=keys.index(taxonomy.distress.key),
        ordinary_column=keys.index(taxonomy.ordinary.key),
        line=answerer.release.thresholds.distress,
    )


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A figure beside what it should be."""

    name: str
    measured: str
    target: str
    met: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every rate with its n and interval. `traffic_*`: at the traffic's mix; the others: at the evaluation split's."""

    n_messages: int
    n_authors: int
    accuracy: Rate
    macro_f1: float
    hard_accuracy: Rate
    traffic_accuracy: Rate
    distress_recall: Rate
    urgent_recall: Rate
    urgent_marked: Rate
    ordinary_flagged: Rate
    traffic_flagged: Rate
    flagged_for_all_but_one_in_100: Rate
    traffic_coverage: Rate
    traffic_suggested_right: Rate
    calibration_error: float
    recall_by_label: Mapping[str, Rate]

    def as_json(self) -> dict[str, Any]:
        """Plain values for `evaluation.json`."""
        return asdict(self)

    def against_targets(self) -> list[TargetLine]:
        """The figures beside the project's targets."""

        def at_least(name: str, figure: Rate, target: float) -> TargetLine:
            return TargetLine(name, str(figure), f"at least {target}", figure.value >= target)

        recall, cost = self.distress_recall, self.flagged_for_all_but_one_in_100.value
        return [
            at_least("right label, traffic", self.traffic_accuracy, 0.93),
            at_least("right label, as written", self.accuracy, 0.93),
            TargetLine("macro F1, as written", f"{self.macro_f1:.3f}", "at least 0.92", self.macro_f1 >= 0.92),
            at_least("right label, hard messages", self.hard_accuracy, 0.85),
            TargetLine(
                "distress escalated",
                str(recall),
                f"0.99, lower bound 0.97 (would escalate {cost:.0%} of the others)",
                recall.value >= 0.99 and recall.low >= 0.97,
            ),
            at_least("urgent distress escalated", self.urgent_recall, 1.0),
            TargetLine(
                "ordinary messages escalated",
                str(self.ordinary_flagged),
                "at most 0.08",
                self.ordinary_flagged.value <= 0.08,
            ),
            at_least("messages with a suggestion, traffic", self.traffic_coverage, 0.80),
            at_least("right among suggestions, traffic", self.traffic_suggested_right, 0.97),
            TargetLine(
                "expected calibration error, traffic",
                f"{self.calibration_error:.3f}",
                "at most 0.03",
                self.calibration_error <= 0.03,
            ),
        ]


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of some of the messages."""

    name: str
    accuracy: Rate
    distress_recall: Rate
    ordinary_flagged: Rate


def evaluate(answered: Answered, keys: tuple[str, ...]) -> Evaluation:
    """Count. `keys`: the labels in column order."""
    frame, right, weights = answered.frame, answered.right, answered.weights
    urgent = frame["urgent"].to_numpy(dtype=bool)
    others = ~answered.in_distress
    return Evaluation(
        n_messages=len(right),
        n_authors=len(set(answered.authors.tolist())),
        accuracy=rate(right),
        macro_f1=float(f1_score(answered.labels, answered.predicted, average="macro")),
        hard_accuracy=rate(right[frame["hard"].to_numpy(dtype=bool)]),
        traffic_accuracy=weighted_rate(right, weights),
        distress_recall=rate(answered.escalated[answered.in_distress]),
        urgent_recall=rate(answered.escalated[urgent]),
        urgent_marked=rate(answered.marked_urgent[urgent]),
        ordinary_flagged=rate(answered.escalated[answered.ordinary]),
        traffic_flagged=weighted_rate(answered.escalated[others], weights[others]),
        flagged_for_all_but_one_in_100=_flagged_at_recall(answered, 0.99),
        traffic_coverage=weighted_rate(answered.suggested, weights),
        traffic_suggested_right=weighted_rate(right[answered.suggested], weights[answered.suggested]),
        calibration_error=answered.calibration_error,
        recall_by_label={key: rate(right[answered.labels == i]) for i, key in enumerate(keys)},
    )


def _flagged_at_recall(answered: Answered, recall: float) -> Rate:
    """What finding this share of distress would cost: the share of other messages escalated, at the traffic's mix.

    Read off the evaluation rows for the report; nothing is chosen by it.
    """
    scores = np.where(answered.in_net, np.inf, answered.distress)
    threshold = np.quantile(scores[answered.in_distress], 1 - recall, method="lower")
    others = ~answered.in_distress
    return weighted_rate((scores >= threshold)[others], answered.weights[others])


def slices(answered: Answered) -> Iterator[Slice]:
    """By author, by length, hard or not."""
    lengths = answered.frame["text"].str.len().to_numpy()
    hard = answered.frame["hard"].to_numpy(dtype=bool)
    masks = {f"by {author}": answered.authors == author for author in sorted(set(answered.authors.tolist()))}
    for low, high in ((0, 25), (25, 60), (60, 150), (150, 400), (400, 10**9)):
        name = f"{low} to {high - 1} characters" if high < 10**9 else f"{low} characters and more"
        masks[name] = (lengths >= low) & (lengths < high)
    masks |= {"marked hard": hard, "not marked hard": ~hard}
    for name, mask in masks.items():
        yield Slice(
            name,
            rate(answered.right[mask]),
            rate(answered.escalated[mask & answered.in_distress]),
            rate(answered.escalated[mask & answered.ordinary]),
        )
