"""Train: corpus in, a verified release folder out."""

import hashlib
import io
import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline

from model.answer import Answerer, parts
from model.policy import Thresholds
from model.release import Guard, Release, guard_files, load_release, save_release
from model.scorer import LinearWeights, Scorer
from training.calibrate import Calibration, calibrate
from training.card import write_card
from training.corpus import read_corpus, read_traffic
from training.dataset import Splits, build_messages, read_evaluation_authors, read_teaching_only, split, with_history
from training.evaluate import Evaluation, answer_all, evaluate
from training.fit import FitSettings, Fitted, fit_with_out_of_fold_logits
from training.history import Learned
from training.risk import ChosenThreshold, RiskTargets
from training.thresholds import beside_the_guard, choose_thresholds

Floats = NDArray[np.float64]
Progress = Callable[[str], None]
LIBRARIES = ("scikit-learn", "numpy", "joblib", "pandas", "scipy")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a release beside the data."""

    fit: FitSettings = FitSettings()
    targets: RiskTargets = RiskTargets()
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Lesson:
    """What there is to learn from. corpus_hash, traffic: see `hash_of`, `read_traffic` · history: what coaches add ·
    guard: the folder of a release from this corpus alone, whose word on distress a history cannot take back.
    """

    splits: Splits
    traffic: Mapping[str, float]
    corpus_hash: str
    history: Learned | None = None
    guard: Path | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """A release that has been written, how it did, and the out-of-fold logits of its development rows."""

    folder: Path
    release: Release
    evaluation: Evaluation
    thresholds: Mapping[str, ChosenThreshold]
    calibration: Calibration
    logits: Floats


def train(
    data: Path, releases: Path, recipe: Recipe, *, made_at: datetime, n_jobs: int, key: bytes | None, say: Progress
) -> Trained:
    """Fit, calibrate, choose thresholds, evaluate on unseen authors, write `releases/<id>`: from the corpus alone.

    Same data and seed: same numbers. Raises CorpusInvalid, FileNotFoundError or ValueError for data it cannot use.
    """
    say("reading the corpus")
    return train_on(read_lesson(data, recipe), releases, recipe, made_at=made_at, n_jobs=n_jobs, key=key, say=say)


def read_lesson(data: Path, recipe: Recipe) -> Lesson:
    """The corpus, split by author. Raises CorpusInvalid, FileNotFoundError or ValueError."""
    taxonomy = parts()[0]
    frame = read_corpus(data / "corpus", taxonomy)
    sides = data / "splits.toml"
    messages = build_messages(frame, taxonomy)
    splits = split(messages, read_evaluation_authors(sides), recipe.seed, read_teaching_only(sides))
    return Lesson(splits, read_traffic(data / "traffic.toml", taxonomy), hash_of(frame))


def train_on(
    lesson: Lesson,
    releases: Path,
    recipe: Recipe,
    *,
    made_at: datetime,
    n_jobs: int,
    key: bytes | None,
    say: Progress,
) -> Trained:
    """`train`, of what has been read. A history's rows are learned from and choose nothing."""
    taxonomy, net = parts()
    traffic, splits = lesson.traffic, lesson.splits
    if lesson.history is not None and lesson.history.rows:
        splits = with_history(splits, lesson.history.messages(taxonomy))
    say("fitting, and scoring each author by a model that has not read them")
    fitted, logits = fit_with_out_of_fold_logits(splits.development, recipe.fit, n_jobs)
    calibrating = splits.calibration
    calibration = calibrate(logits[calibrating, :-1], splits.development.labels[calibrating], traffic)
    fitted = fold_calibration(fitted, calibration)
    vocabulary, weights = arrays_of(fitted)
    scorer = Scorer(vocabulary, weights, recipe.fit.features)
    say("choosing thresholds")
    chosen = choose_thresholds(logits[splits.control], calibration, splits, traffic, recipe.targets)
    guard, guarding_files = guard_files(lesson.guard, key) if lesson.guard else (None, {})
    if guard is not None:
        chosen = {**chosen, "distress": beside_the_guard(guard, lesson.guard, key)}
    thresholds = Thresholds(**{name: found.threshold for name, found in chosen.items()})
    data_hash = _joint_hash(lesson)
    release_id = f"{made_at:%Y%m%d-%H%M%S}-{data_hash[:8]}"
    say("evaluating on authors nobody trained on")
    release = Release(release_id, scorer, thresholds, {}, _guard(lesson.guard, key))
    answered = answer_all(Answerer(release, taxonomy, net), splits.evaluation, traffic)
    evaluation = evaluate(answered, taxonomy.keys)
    say("writing the release")
    manifest = {
        "id": release_id,
        "made_at": made_at.isoformat(),
        "labels": list(taxonomy.keys),
        "taxonomy_version": taxonomy.version,
        "features": asdict(recipe.fit.features),
        "recipe": asdict(recipe),
        "calibration": {
            "inverse_temperature": calibration.beta,
            "prior_shift_strength": calibration.strength,
            "traffic": traffic,
        },
        "thresholds": asdict(thresholds),
        "threshold_evidence": {name: asdict(found) for name, found in chosen.items()},
        "guard": guard,
        "data": _data_record(splits, data_hash, lesson),
        "libraries": {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
    }
    figures: dict[str, Any] = evaluation.as_json()
    save_release(
        releases / release_id,
        vocabulary=vocabulary,
        weights=weights,
        files={
            **guarding_files,
            "pipeline.joblib": _dumped(fitted),
            "evaluation.json": json.dumps(figures, indent=1).encode(),
            "card.md": write_card(manifest, evaluation, taxonomy).encode(),
        },
        manifest=manifest,
        key=key,
    )
    loaded = load_release(releases / release_id, taxonomy, key)
    return Trained(releases / release_id, loaded, evaluation, chosen, calibration, logits)


def _guard(folder: Path | None, key: bytes | None) -> Guard | None:
    if folder is None:
        return None
    alone = load_release(folder, parts()[0], key)
    return Guard(alone.scorer, alone.thresholds.distress)


def fold_calibration(fitted: Fitted, calibration: Calibration) -> Fitted:
    """The same with the calibration inside the coefficients: the labels' `predict_proba` is calibrated."""
    classifier = fitted.labels
    classifier.coef_ = calibration.beta * classifier.coef_
    classifier.intercept_ = calibration.beta * classifier.intercept_ + calibration.shift
    return fitted


def arrays_of(fitted: Fitted) -> tuple[dict[str, list[str]], LinearWeights]:
    """The vocabulary and weights that answering needs."""
    vectorizers = dict(fitted.features.transformer_list)
    vocabulary = {block: vectorizer.get_feature_names_out().tolist() for block, vectorizer in vectorizers.items()}
    idf = {block: vectorizer.idf_ for block, vectorizer in vectorizers.items()}
    coefficients = np.vstack([fitted.labels.coef_, fitted.urgent.coef_]).T.copy()
    coefficients[: len(vocabulary["words"])] *= (fitted.features.transformer_weights or {}).get("words", 1.0)
    intercept = np.concatenate([fitted.labels.intercept_, fitted.urgent.intercept_])
    return vocabulary, LinearWeights(idf, coefficients, intercept)


def hash_of(frame: pd.DataFrame) -> str:
    """SHA-256 of what was learned from, independent of file names and order of files."""
    digest = hashlib.sha256()
    for row in sorted(frame[["id", "text", "label", "urgent", "author"]].itertuples(index=False, name=None)):
        digest.update(json.dumps([str(value) for value in row]).encode())
    return digest.hexdigest()


def _joint_hash(lesson: Lesson) -> str:
    """The corpus's hash, or with a history that of both."""
    if lesson.history is None or not lesson.history.rows:
        return lesson.corpus_hash
    return hashlib.sha256(f"{lesson.corpus_hash} {lesson.history.sha256}".encode()).hexdigest()


def _data_record(splits: Splits, data_hash: str, lesson: Lesson) -> dict[str, Any]:
    development, calibrating = splits.development, splits.calibration
    return {
        "sha256": data_hash,
        "corpus_sha256": lesson.corpus_hash,
        "n_messages": len(development) + len(splits.evaluation),
        "calibration_authors": sorted(set(development.authors[calibrating].tolist())),
        "control_authors": sorted(set(development.authors[splits.control].tolist())),
        "evaluation_authors": sorted(set(splits.evaluation.authors.tolist())),
        "history": lesson.history.record() if lesson.history and lesson.history.rows else None,
    }


def _dumped(fitted: Fitted) -> bytes:
    buffer = io.BytesIO()
    pipelines = {
        "labels": make_pipeline(fitted.features, fitted.labels),
        "urgent": make_pipeline(fitted.features, fitted.urgent),
    }
    joblib.dump(pipelines, buffer, compress=3)
    return buffer.getvalue()
