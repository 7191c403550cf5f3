"""Make probabilities honest: one temperature, then the move from balanced classes to the traffic's mix.

Both are changes of the logits (z -> beta z + shift), so a calibrated model is again a logistic regression and
a release needs nothing but its weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import log_loss

from model.scorer import softmax

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """beta: inverse temperature · strength: how far the prior is moved, in [0, 1] · shift: by label, (n_labels,)."""

    beta: float
    strength: float
    shift: Floats

    def probabilities(self, logits: Floats) -> Floats:
        """Calibrated, at the traffic's mix. Shape as given."""
        return softmax(self.beta * logits + self.shift)


class _GivenLogits(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Out-of-fold logits in the place of a classifier, because scikit-learn calibrates classifiers. Learns nothing."""

    def fit(self, logits: Floats, labels: NDArray[np.intp], sample_weight: Floats | None = None) -> "_GivenLogits":
        self.classes_ = np.unique(labels)
        return self

    def decision_function(self, logits: Floats) -> Floats:
        return logits

    def predict(self, logits: Floats) -> NDArray[np.intp]:
        chosen: NDArray[np.intp] = self.classes_[logits.argmax(axis=1)]
        return chosen


def calibrate(logits: Floats, labels: NDArray[np.intp], traffic: Mapping[str, float]) -> Calibration:
    """Fit the temperature on held-out logits of a class-balanced model.

    `traffic`: share by label in column order. For the temperature (Guo et al. 2017) rows are weighted so that each
    label counts the same, which is the mix the logits speak of. The prior shift (Saerens et al. 2002) would be right in
    full for a model and a mix that are right in full. No day has the plan's mix, so it is taken as far as the log-loss
    says over rows that count half by the traffic's shares and half alike.
    """
    counts = np.bincount(labels, minlength=logits.shape[1])
    calibrated = CalibratedClassifierCV(_GivenLogits(), method="temperature", ensemble=False, cv=2)
    calibrated.fit(logits, labels, sample_weight=1.0 / counts[labels])
    beta = float(calibrated.calibrated_classifiers_[0].calibrators[0].beta_)
    prior = np.fromiter(traffic.values(), dtype=np.float64)
    weights = (prior[labels] + 1 / len(prior)) / counts[labels]

    def loss(strength: float) -> float:
        probabilities = softmax(beta * logits + strength * np.log(prior))
        return float(log_loss(labels, probabilities, sample_weight=weights, labels=np.arange(len(prior))))

    strength = min(np.linspace(0, 1, 21).tolist(), key=loss)
    return Calibration(beta, strength, strength * np.log(prior))
