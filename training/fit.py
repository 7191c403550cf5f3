"""Fit the two classifiers, and score every development row by models that have not read its author.

`labels` says what a message is about. `urgent` says, of a message in distress, whether somebody must be told right now;
it is learned from distress alone, on the same features.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import joblib
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import FeatureUnion
from threadpoolctl import threadpool_limits

from model.features import FeatureSettings, build_features
from training.dataset import Messages

FOLDS = 5
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What `aaq train --search` looks for. c: inverse regularisation strength of the logistic regressions ·
    naive_bayes: how far the labels' coefficients are moved towards those of naive Bayes, 0 for not at all · smoothing:
    what naive Bayes adds to each count.

    The tolerance is part of the model: stopped ten times earlier, one message in a hundred more gets the wrong label.
    """

    features: FeatureSettings = FeatureSettings()
    c: float = 30.0
    tolerance: float = 3e-5
    naive_bayes: float = 0.2
    smoothing: float = 0.03


@dataclass(frozen=True, slots=True)
class Fitted:
    """scikit-learn's own classes: features over normalised texts, and the two classifiers over the features."""

    features: FeatureUnion
    labels: LogisticRegression
    urgent: LogisticRegression

    def logits(self, texts: list[str]) -> Floats:
        """Shape (n_messages, n_labels + 1): a column for each label, then the one for urgent."""
        matrix = self.features.transform(texts)
        return np.column_stack([self.labels.decision_function(matrix), self.urgent.decision_function(matrix)])


def fit(messages: Messages, settings: FitSettings) -> Fitted:
    """Both classifiers on all rows. Deterministic: one thread, so that sums are taken in one order.

    Classes are balanced, so that probabilities are those of a stream with every label equally frequent;
    `training.calibrate` moves them to the traffic's mix. Raises ValueError when nothing in distress is urgent, or all.
    """
    features = build_features(settings.features)
    urgent = messages.frame["urgent"].to_numpy(dtype=bool)
    in_distress = messages.labels == messages.labels[urgent][0] if urgent.any() else urgent
    in_distress &= messages.frame["urgent"].notna().to_numpy()  # a history does not say whether it was urgent
    with threadpool_limits(1):
        matrix = features.fit_transform(messages.texts)
        return Fitted(
            features,
            fit_labels(matrix, messages.labels, settings, messages.weights),
            classifier(settings).fit(matrix[in_distress], urgent[in_distress]),
        )


def fit_labels(
    matrix: csr_matrix, labels: NDArray[np.intp], settings: FitSettings, weights: Floats | None = None
) -> LogisticRegression:
    """A logistic regression with naive Bayes' log-probabilities mixed into its coefficients: still linear, steadier on
    rare n-grams (the idea: Wang and Manning 2012, "Baselines and Bigrams"). `weights`: of the rows, shape (n,).
    """
    fitted = classifier(settings).fit(matrix, labels, sample_weight=weights)
    bayes = MultinomialNB(alpha=settings.smoothing, fit_prior=False).fit(matrix, labels, sample_weight=weights)
    counted = bayes.feature_log_prob_
    fitted.coef_ += settings.naive_bayes * (counted - counted.mean(axis=0))
    return fitted


def classifier(settings: FitSettings) -> LogisticRegression:
    """The unfitted classifier over TF-IDF features."""
    return LogisticRegression(C=settings.c, class_weight="balanced", max_iter=2000, tol=settings.tolerance)


def out_of_fold_logits(messages: Messages, settings: FitSettings, n_jobs: int) -> Floats:
    """Each row scored by classifiers that have not read its author. Shape as of `Fitted.logits`."""
    places = _folds(messages)
    parallel = joblib.Parallel(n_jobs=n_jobs)
    return _in_order(places, parallel(joblib.delayed(_score_fold)(messages, one, settings) for one in places))


def fit_with_out_of_fold_logits(messages: Messages, settings: FitSettings, n_jobs: int) -> tuple[Fitted, Floats]:
    """`fit` and `out_of_fold_logits` at once, so that no processor waits while the last fold is fitted."""
    places = _folds(messages)
    work = [joblib.delayed(fit)(messages, settings)]  # the longest first
    work += [joblib.delayed(_score_fold)(messages, one, settings) for one in places]
    fitted, *scored = joblib.Parallel(n_jobs=n_jobs)(work)
    return fitted, _in_order(places, scored)


def _folds(messages: Messages) -> list[NDArray[np.intp]]:
    folds = GroupKFold(n_splits=min(FOLDS, len(set(messages.authors.tolist()))))
    return [places for _, places in folds.split(messages.texts, groups=messages.authors)]


def _in_order(places: Sequence[NDArray[np.intp]], scored: Sequence[Floats]) -> Floats:
    logits = np.empty((sum(len(rows) for rows in scored), scored[0].shape[1]))
    for held_out, rows in zip(places, scored, strict=True):
        logits[held_out] = rows
    return logits


def _score_fold(messages: Messages, held_out: NDArray[np.intp], settings: FitSettings) -> Floats:
    mask = np.zeros(len(messages), dtype=bool)
    mask[held_out] = True
    return fit(messages.where(~mask), settings).logits(list(messages.where(mask).texts))
