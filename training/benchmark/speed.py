"""One message in process: our scorer beside the same release's scikit-learn pipeline, measured in turn in one run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from model.release import Release

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Speed:
    """n: messages, one at a time · ours, theirs: seconds for each, shape (n,) · difference: the largest between any two
    probabilities of the same message and label.
    """

    n: int
    ours: Floats
    theirs: Floats
    difference: float

    def ratio(self, percentile: float) -> float:
        """How many times faster ours is, at a percentile of the messages' times."""
        return float(np.percentile(self.theirs, percentile) / np.percentile(self.ours, percentile))


def measure_speed(release: Release, pipeline: Pipeline, texts: Sequence[str]) -> Speed:
    """Score normalised texts one by one with both, in turn, so that what else the machine does meets both alike.

    `pipeline`: the release's own, for the labels. One thread: a message is too small to share.
    """
    ours, theirs = np.empty(len(texts)), np.empty(len(texts))
    difference = 0.0

    def timed(score: Callable[[str], Floats], text: str) -> tuple[float, Floats]:
        began = time.perf_counter()
        scored = score(text)
        return time.perf_counter() - began, scored

    with threadpool_limits(1):
        for i, text in enumerate(texts):
            ours[i], quick = timed(lambda one: release.scorer.score(one).probabilities, text)
            theirs[i], plain = timed(lambda one: pipeline.predict_proba([one])[0], text)
            difference = max(difference, float(np.abs(quick - plain).max()))
    return Speed(len(texts), ours, theirs, difference)
