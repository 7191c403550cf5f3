"""What a release does on messages of authors it has never read: the figures of its report, its card and the gate."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from model.answer import Answer, Answerer
from model.policy import Outcome
from training.dataset import Messages
from training.metrics import Rate, expected_calibration_error, rate, traffic_weights, weighted_rate


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
    traffic_coverage: Rate
    traffic_suggested_right: Rate
    calibration_error: float
    recall_by_label: Mapping[str, Rate]

    def as_json(self) -> dict[str, Any]:
        """Plain values for `evaluation.json`."""
        return asdict(self)


def evaluate(answerer: Answerer, messages: Messages, traffic: Mapping[str, float]) -> Evaluation:
    """Answer every message as the service would, and count."""
    answers = [answerer.answer(text, explained=False) for text in messages.frame["text"]]
    return count(answers, answerer, messages, traffic)


def count(answers: list[Answer], answerer: Answerer, messages: Messages, traffic: Mapping[str, float]) -> Evaluation:
    """The figures of given answers. Every answer must come from a release."""
    keys = answerer.taxonomy.keys
    labels = messages.labels
    predicted = np.array([keys.index(str(answer.decision.label)) for answer in answers])
    confidence = np.array([float(answer.decision.confidence or 0.0) for answer in answers])
    escalated = np.array([answer.decision.outcome is Outcome.ESCALATE for answer in answers])
    suggested = np.array([answer.decision.outcome is Outcome.SUGGEST for answer in answers])
    marked = np.array([answer.decision.urgent for answer in answers])
    right = predicted == labels
    distress = labels == keys.index(answerer.taxonomy.distress.key)
    ordinary = labels == keys.index(answerer.taxonomy.ordinary.key)
    weights = traffic_weights(labels, np.fromiter(traffic.values(), dtype=np.float64))
    frame = messages.frame
    return Evaluation(
        n_messages=len(messages),
        n_authors=len(set(messages.authors.tolist())),
        accuracy=rate(right),
        macro_f1=float(f1_score(labels, predicted, average="macro")),
        hard_accuracy=rate(right[frame["hard"].to_numpy(dtype=bool)]),
        traffic_accuracy=weighted_rate(right, weights),
        distress_recall=rate(escalated[distress]),
        urgent_recall=rate(escalated[frame["urgent"].to_numpy(dtype=bool)]),
        urgent_marked=rate(marked[frame["urgent"].to_numpy(dtype=bool)]),
        ordinary_flagged=rate(escalated[ordinary]),
        traffic_flagged=weighted_rate(escalated[~distress], weights[~distress]),
        traffic_coverage=weighted_rate(suggested, weights),
        traffic_suggested_right=weighted_rate(right[suggested], weights[suggested]),
        calibration_error=expected_calibration_error(confidence, right, weights),
        recall_by_label={key: rate(right[labels == i]) for i, key in enumerate(keys)},
    )
