"""What a model says that has learned from the corpus alone: the measure for what a history wants to teach."""

import json
from collections import Counter
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.answer import parts
from model.features import word_ngrams
from model.release import Release, readable_releases
from training.history import Learned
from training.metrics import traffic_weights
from training.poisoning import CorpusWord
from training.releases import Lesson, Recipe, train_on


def corpus_word(lesson: Lesson, learned: Learned, alone: Release) -> CorpusWord:
    """The word of the release from the corpus `alone` on each learned row."""
    taxonomy = parts()[0]
    scored = [alone.scorer.score(one.text).probabilities for one in learned.rows]
    probabilities = np.array(scored).reshape(len(scored), len(taxonomy.keys))
    documents: Counter[str] = Counter()
    for text in lesson.splits.development.texts:
        documents.update(set(word_ngrams(text, (1, 2))))
    held_out = lesson.splits.evaluation
    said = np.array([int(alone.scorer.score(text).probabilities.argmax()) for text in held_out.texts], dtype=np.intp)
    weights = traffic_weights(held_out.labels, np.fromiter(lesson.traffic.values(), dtype=np.float64))
    wrong = _weight_by_column(said, weights * (said != held_out.labels), len(taxonomy.keys))
    return CorpusWord(
        labels=np.array([taxonomy.index(one.row.confirmed_label) for one in learned.rows], dtype=np.intp),
        predicted=probabilities.argmax(axis=1),
        confidence=probabilities.max(axis=1),
        documents=documents,
        mistaken=wrong / np.maximum(_weight_by_column(said, weights, len(taxonomy.keys)), 1e-9),
    )


def _weight_by_column(columns: NDArray[np.intp], weights: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """The weight on each of `n` columns."""
    return np.bincount(columns, weights=weights, minlength=n).astype(np.float64)


def release_of_the_corpus(
    lesson: Lesson, releases: Path, into: Path, recipe: Recipe, *, made_at: datetime, n_jobs: int, key: bytes | None
) -> Path:
    """The folder of a release from this very corpus by the same recipe, and from no history.

    One that lies in `releases` is taken; otherwise one is trained in `into`, a second before `made_at`, and stays there
    for the next run.
    """
    wanted = json.loads(json.dumps(asdict(recipe)))
    for folder, manifest in readable_releases(releases, key):
        if manifest["data"]["sha256"] == lesson.corpus_hash and manifest["recipe"] == wanted:
            return folder
    before = made_at - timedelta(seconds=1)
    return train_on(
        replace(lesson, history=None), into, recipe, made_at=before, n_jobs=n_jobs, key=key, say=lambda _: None
    ).folder
