"""Corpus + history -> a candidate, judged: what `aaq retrain` does. Promotion is a person's step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from model.answer import parts
from model.history import HistoryRow
from model.journal import Entry, Step, append
from model.live import load_live
from model.promotion import manifest_hash, write_gate
from model.release import load_release, readable_releases
from model.verdicts import Verdict as SecondLook
from training import gate
from training.corpus_word import release_of_the_corpus
from training.fixed_set import read_fixed_set
from training.history import Learned, learn_from
from training.judge import judge
from training.releases import Lesson, Progress, Recipe, Trained, read_lesson, train_on
from training.retrain_settings import RetrainSettings
from training.suspects import Suspect, as_csv, find_suspects

SUSPECTS = "suspects.csv"
WHO = "aaq retrain"


@dataclass(frozen=True, slots=True)
class Run:
    """One retraining. verdict: the gate's word on the candidate against the incumbent."""

    trained: Trained
    incumbent: str
    learned: Learned
    suspects: Sequence[Suspect]
    verdict: gate.Verdict


def retrain(
    data: Path,
    releases: Path,
    history: Sequence[HistoryRow],
    *,
    settings: RetrainSettings,
    recipe: Recipe,
    second_looks: Mapping[str, SecondLook],
    now: datetime,
    n_jobs: int,
    key: bytes | None,
    say: Progress,
    into: Path | None = None,
) -> Run:
    """Train a candidate, judge it against the live release, keep both with `suspects.csv` and `gate.json`.

    `into`: a folder to write to instead of `releases`, for a run that leaves nothing behind. A refusal enters the
    journal. Raises ReleaseMissing when nothing is live, ReleaseCorrupt, CorpusInvalid, ValueError or CleanlabMissing.
    """
    taxonomy = parts()[0]
    incumbent = load_live(releases, taxonomy, key)
    say("reading the corpus")
    lesson = read_lesson(data, recipe)
    judging = read_fixed_set(data, lesson.splits.evaluation, taxonomy)
    learned = learn_from(history, second_looks, judging.closed(), settings.weights, settings.caps)
    target = into or releases
    lesson = replace(lesson, history=learned)
    if learned.rows:
        folder = release_of_the_corpus(lesson, releases, target, recipe, made_at=now, n_jobs=n_jobs, key=key)
        lesson = replace(lesson, guard=folder)
    trained = train_on(lesson, target, recipe, made_at=now, n_jobs=n_jobs, key=key, say=say)
    say("looking for suspect labels")
    suspects = _suspects(lesson, trained)
    (trained.folder / SUSPECTS).write_bytes(as_csv(suspects))
    say("judging the candidate against the incumbent")
    alone = load_release(lesson.guard, taxonomy, key) if lesson.guard else trained.release
    verdict = judge(lesson, judging, trained, incumbent, alone, releases, settings, now)
    report = verdict.as_json() | {
        "candidate": trained.release.id,
        "candidate_sha256": manifest_hash(trained.folder),
        "incumbent": incumbent.id,
        "incumbent_sha256": manifest_hash(releases / incumbent.id),
        "fixed_set_sha256": judging.sha256,
        "judged_at": now.isoformat(),
    }
    write_gate(trained.folder, report, key)
    if into is None and not verdict.passed:
        append(releases, Entry(now, WHO, Step.REFUSED, trained.release.id, verdict.refusal))
    return Run(trained, incumbent.id, learned, suspects, verdict)


def _suspects(lesson: Lesson, trained: Trained) -> list[Suspect]:
    assert lesson.history is not None
    n = len(lesson.history.rows)
    if n == 0:
        return []
    taxonomy = parts()[0]
    labels = np.concatenate([lesson.splits.development.labels, lesson.history.messages(taxonomy).labels])
    probabilities = trained.calibration.probabilities(trained.logits[:, :-1])
    return find_suspects(lesson.history.rows, labels, probabilities, n, taxonomy.keys)


def last_run(releases: Path, key: bytes | None) -> tuple[datetime | None, datetime | None]:
    """When the last run was, and until when its history went; None when there was none."""
    runs = [manifest for _, manifest in readable_releases(releases, key) if manifest["data"].get("history")]
    if not runs:
        return None, None
    last = max(runs, key=lambda record: str(record["made_at"]))
    until = last["data"]["history"]["until"]
    return datetime.fromisoformat(last["made_at"]), datetime.fromisoformat(until) if until else None
