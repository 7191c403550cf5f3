"""The thresholds of a release, with their evidence, from the control rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.answer import parts
from model.release import read_manifest
from training.calibrate import Calibration
from training.dataset import Splits
from training.metrics import traffic_weights
from training.risk import ChosenThreshold, RiskTargets, confidence_threshold, distress_threshold, urgent_threshold

Floats = NDArray[np.float64]
LEARNED_DISTRESS = 0.5  # P(distress) at which a release that learned from a history escalates beside its guard


def choose_thresholds(
    logits: Floats, calibration: Calibration, splits: Splits, traffic: Mapping[str, float], targets: RiskTargets
) -> Mapping[str, ChosenThreshold]:
    """The fields of `Thresholds` with their evidence, from the control rows' out-of-fold logits."""
    taxonomy, net = parts()
    control = splits.development.where(splits.control)
    weights = traffic_weights(control.labels, np.fromiter(traffic.values(), dtype=np.float64))
    probabilities = calibration.probabilities(logits[:, :-1])
    column = taxonomy.index(taxonomy.distress.key)
    in_net = np.array([bool(net.hits(text)) for text in control.texts])
    scores, in_distress = probabilities[:, column], control.labels == column
    distress = distress_threshold(scores, in_distress, in_net, weights, targets)
    urgent_scores = 1 / (1 + np.exp(-logits[in_distress, -1]))
    urgent = urgent_threshold(urgent_scores, control.frame["urgent"].to_numpy(dtype=bool)[in_distress], targets)
    calm = ~in_net & (scores < distress.threshold) & (probabilities.argmax(axis=1) != column)
    right = probabilities.argmax(axis=1) == control.labels
    confidence = confidence_threshold(probabilities.max(axis=1)[calm], right[calm], weights[calm], targets)
    return {"distress": distress, "urgent": urgent, "confidence": confidence}


def beside_the_guard(guard: Mapping[str, Any], folder: Path | None, key: bytes | None) -> ChosenThreshold:
    """What a history taught may add to the guard's distress where it is all but certain, and take nothing from it.

    The evidence is the guard's, which no history has touched.
    """
    assert folder is not None
    evidence = read_manifest(folder, key)["threshold_evidence"]["distress"]
    note = f"{guard['id']} guards at {guard['threshold']:.4f}, whose evidence this is: {evidence['note']}"
    return ChosenThreshold(**{**evidence, "threshold": LEARNED_DISTRESS, "note": note})
