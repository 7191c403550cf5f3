"""Look for better settings, by authors held out in turn among the development authors. Prints all it tried."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.metrics import f1_score, log_loss

from model.answer import parts
from model.features import FeatureSettings
from training.calibrate import calibrate
from training.dataset import Splits
from training.fit import FitSettings, out_of_fold_logits
from training.metrics import traffic_weights

GRID: Sequence[FitSettings] = (
    FitSettings(),
    *(replace(FitSettings(), c=c) for c in (3.0, 10.0, 100.0)),
    *(replace(FitSettings(), tolerance=tolerance) for tolerance in (1e-3, 1e-4)),
    *(FitSettings(FeatureSettings(word_weight=weight)) for weight in (0.7, 1.0, 2.0)),
    *(FitSettings(FeatureSettings(words=(1, n))) for n in (1, 3)),
    *(FitSettings(FeatureSettings(characters=lengths)) for lengths in ((1, 5), (2, 6), (3, 5))),
    *(FitSettings(FeatureSettings(min_messages=n)) for n in (1, 3)),
    *(replace(FitSettings(), naive_bayes=share) for share in (0.0, 0.1, 0.3)),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """Settings and how they did on authors they had not read. loss: log-loss at the traffic's mix, in nats · flagged:
    share of other messages, at the traffic's mix, that the classifier flags when it flags 97 of 100 in distress.
    """

    settings: FitSettings
    macro_f1: float
    loss: float
    flagged: float


_RECALL = 0.97


def search(splits: Splits, traffic: Mapping[str, float], *, n_jobs: int, say: Callable[[str], None]) -> list[Tried]:
    """Every setting of the grid, best first. Calibrated on one half of the authors, compared on the other."""
    labels, halves = splits.development.labels, splits.calibration
    taxonomy = parts()[0]
    distress = taxonomy.index(taxonomy.distress.key)
    weights = traffic_weights(labels[~halves], np.fromiter(traffic.values(), dtype=np.float64))
    tried: list[Tried] = []
    for n, settings in enumerate(GRID, 1):
        say(f"settings {n} of {len(GRID)}")
        logits = out_of_fold_logits(splits.development, settings, n_jobs)[:, :-1]
        calibration = calibrate(logits[halves], labels[halves], traffic)
        probabilities = calibration.probabilities(logits[~halves])
        loss = log_loss(labels[~halves], probabilities, sample_weight=weights, labels=np.arange(len(traffic)))
        f1 = f1_score(labels[~halves], logits[~halves].argmax(axis=1), average="macro")
        scores, in_distress = probabilities[:, distress], labels[~halves] == distress
        threshold = np.quantile(scores[in_distress], 1 - _RECALL)
        flagged = np.average(scores[~in_distress] >= threshold, weights=weights[~in_distress])
        tried.append(Tried(settings, float(f1), float(loss), float(flagged)))
    return sorted(tried, key=lambda one: one.loss)
