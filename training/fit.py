"""Fit the classifier, and score every development row by a model that has not read its author."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from model.features import FeatureSettings, build_features
from training.dataset import Messages

FOLDS = 5


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What `aaq train --search` may change. c: inverse regularisation strength of the logistic regression."""

    features: FeatureSettings = FeatureSettings()
    c: float = 10.0


def build_pipeline(settings: FitSettings) -> Pipeline:
    """The unfitted pipeline over normalised texts.

    Classes are balanced, so that its probabilities are those of a stream with every label equally frequent;
    `training.calibrate` moves them to the traffic's mix.
    """
    classifier = LogisticRegression(C=settings.c, class_weight="balanced", max_iter=1000, tol=1e-3)
    return Pipeline([("features", build_features(settings.features)), ("classifier", classifier)])


def fit(messages: Messages, settings: FitSettings) -> Pipeline:
    """The pipeline fitted on all rows. Deterministic: one thread, so that sums are taken in one order."""
    with threadpool_limits(1):
        return build_pipeline(settings).fit(messages.texts, messages.labels)


def out_of_fold_logits(messages: Messages, settings: FitSettings, n_jobs: int) -> NDArray[np.float64]:
    """Each row scored by a model fitted without its author. Shape (n_messages, n_labels)."""
    folds = GroupKFold(n_splits=min(FOLDS, len(set(messages.authors.tolist()))))
    with threadpool_limits(1):
        logits: NDArray[np.float64] = cross_val_predict(
            build_pipeline(settings),
            messages.texts,
            messages.labels,
            groups=messages.authors,
            cv=folds,
            method="decision_function",
            n_jobs=n_jobs,
        )
    return logits
