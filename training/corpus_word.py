"""What a model says that has learned from the corpus alone: the measure for what a history wants to teach."""

from collections import Counter
from pathlib import Path

import numpy as np

from model.answer import parts
from model.features import word_ngrams
from model.release import ReleaseCorrupt, load_release, read_manifest
from model.scorer import Scorer
from training.fit import fit
from training.history import Learned
from training.poisoning import CorpusWord
from training.releases import Lesson, Recipe, Trained, arrays_of, fold_calibration


def corpus_word(
    lesson: Lesson, learned: Learned, trained: Trained, releases: Path, recipe: Recipe, key: bytes | None
) -> CorpusWord:
    """The corpus's word on each learned row."""
    taxonomy = parts()[0]
    scorer = _scorer(lesson, trained, releases, recipe, key)
    scored = [scorer.score(one.text).probabilities for one in learned.rows]
    probabilities = np.array(scored).reshape(len(scored), len(taxonomy.keys))
    documents: Counter[str] = Counter()
    for text in lesson.splits.development.texts:
        documents.update(set(word_ngrams(text, (1, 2))))
    return CorpusWord(
        labels=np.array([taxonomy.index(one.row.confirmed_label) for one in learned.rows], dtype=np.intp),
        predicted=probabilities.argmax(axis=1),
        distress=probabilities[:, taxonomy.index(taxonomy.distress.key)],
        documents=documents,
    )


def _scorer(lesson: Lesson, trained: Trained, releases: Path, recipe: Recipe, key: bytes | None) -> Scorer:
    """That of a release made from this very corpus by the same settings when there is one; fitted now otherwise."""
    for path in sorted(releases.glob("[0-9]*/manifest.json"), reverse=True):
        try:
            manifest = read_manifest(path.parent, key)
            alone = manifest["data"]["sha256"] == lesson.corpus_hash
            if alone and manifest["features"] == trained.release.manifest["features"]:
                return load_release(path.parent, parts()[0], key).scorer
        except (ReleaseCorrupt, KeyError):
            continue
    fitted = fold_calibration(fit(lesson.splits.development, recipe.fit), trained.calibration)
    vocabulary, weights = arrays_of(fitted)
    return Scorer(vocabulary, weights, recipe.fit.features)
