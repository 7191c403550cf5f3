"""Corpus + history -> a candidate, judged: what `aaq retrain` does. Promotion is a person's step."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from model.answer import Answerer, parts
from model.history import HistoryRow, Provenance
from model.journal import Entry, Step, append
from model.promotion import GATE, manifest_hash
from model.release import Release, load_live, read_manifest
from model.verdicts import Verdict as SecondLook
from training import checks, gate
from training.corpus_word import corpus_word
from training.evaluate import answer_all
from training.fixed_set import Judging, read_fixed_set
from training.footprint import footprints
from training.history import Learned, learn_from
from training.poisoning import suspicions
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
    lesson = replace(lesson, history=learned)
    target = into or releases
    trained = train_on(lesson, target, recipe, made_at=now, n_jobs=n_jobs, key=key, say=say)
    say("looking for suspect labels")
    suspects = _suspects(lesson, trained)
    (trained.folder / SUSPECTS).write_bytes(as_csv(suspects))
    say("judging the candidate against the incumbent")
    verdict = _judge(lesson, judging, trained, incumbent, releases, recipe, settings, now, key)
    report = verdict.as_json() | {
        "candidate": trained.release.id,
        "candidate_sha256": manifest_hash(trained.folder),
        "incumbent": incumbent.id,
        "incumbent_sha256": manifest_hash(releases / incumbent.id),
        "fixed_set_sha256": judging.sha256,
        "judged_at": now.isoformat(),
    }
    (trained.folder / GATE).write_text(json.dumps(report, indent=1, allow_nan=True), "utf-8")
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


def _judge(
    lesson: Lesson,
    judging: Judging,
    trained: Trained,
    incumbent: Release,
    releases: Path,
    recipe: Recipe,
    settings: RetrainSettings,
    now: datetime,
    key: bytes | None,
) -> gate.Verdict:
    taxonomy, net = parts()
    keys, distress = taxonomy.keys, taxonomy.index(taxonomy.distress.key)
    bounds, learned = settings.gate, lesson.history
    assert learned is not None
    both = [Answerer(release, taxonomy, net) for release in (trained.release, incumbent)]
    candidate_fixed, incumbent_fixed = (answer_all(one, judging.messages, lesson.traffic) for one in both)
    shares = np.fromiter(lesson.traffic.values(), dtype=np.float64)
    timed = footprints(
        [(trained.release, trained.folder), (incumbent, releases / incumbent.id)], list(judging.messages.texts[:300])
    )
    done = [
        *checks.fixed_set_checks(candidate_fixed, incumbent_fixed, judging, shares, bounds, keys),
        *checks.blind_checks(_blind(lesson, trained, both[1], bounds, now), distress, bounds),
        *checks.footprint_checks(timed[0], timed[1], bounds),
    ]
    hideable = candidate_fixed.in_distress & candidate_fixed.escalated & ~candidate_fixed.in_net
    cases = [str(text) for text in candidate_fixed.frame["text"].to_numpy()[hideable]]
    found = suspicions(
        learned,
        corpus_word(lesson, learned, trained, releases, recipe, key),
        settings.poisoning,
        settings.caps,
        _silencing(both[0], cases),
        keys,
        distress,
    )
    since = now - timedelta(days=bounds.blind_days)
    texts = [one.row.text for one in learned.rows if one.row.made_at >= since]
    said = [np.array([keys.index(str(one.answer(t, explained=False).decision.label)) for t in texts]) for one in both]
    waits = tuple(gate.second_person(gate.Recent(said[0], said[1]), bounds, keys))
    return gate.Verdict(tuple(done), tuple(found), waits)


def _blind(
    lesson: Lesson, trained: Trained, incumbent: Answerer, bounds: gate.GateBounds, now: datetime
) -> checks.BlindLabels:
    """Recent blind labels that the incumbent has not learned from."""
    taxonomy, net = parts()
    keys, distress = taxonomy.keys, taxonomy.index(taxonomy.distress.key)
    assert lesson.history is not None
    assert incumbent.release is not None
    since = now - timedelta(days=bounds.blind_days)
    if until := (incumbent.release.manifest["data"].get("history") or {}).get("until"):
        since = max(since, datetime.fromisoformat(until))
    rows = lesson.history.rows
    places = [
        place for place, one in enumerate(rows) if one.row.provenance is Provenance.BLIND and one.row.made_at > since
    ]
    chosen = [rows[place] for place in places]
    first = len(lesson.splits.development)
    probabilities = trained.calibration.probabilities(trained.logits[[first + place for place in places], :-1])
    predicted = probabilities.argmax(axis=1)
    in_net = np.array([bool(net.hits(one.text)) for one in chosen], dtype=bool)
    decisions = [incumbent.answer(one.row.text, explained=False).decision for one in chosen]
    threshold = trained.release.thresholds.distress
    return checks.BlindLabels(
        labels=np.array([keys.index(one.row.confirmed_label) for one in chosen], dtype=np.intp),
        candidate=predicted,
        incumbent=np.array([keys.index(str(decision.label)) for decision in decisions], dtype=np.intp),
        candidate_escalates=(probabilities[:, distress] >= threshold) | in_net | (predicted == distress),
        incumbent_escalates=np.array([decision.outcome == "escalate" for decision in decisions], dtype=bool),
    )


def _silencing(candidate: Answerer, cases: Sequence[str]) -> Callable[[str], float]:
    def silenced(word: str) -> float:
        if not cases:
            return 0.0
        answers = (candidate.answer(f"{text} {word}", explained=False) for text in cases)
        return sum(answer.decision.outcome != "escalate" for answer in answers) / len(cases)

    return silenced


def last_run(releases: Path, key: bytes | None) -> tuple[datetime | None, datetime | None]:
    """When the last run was, and until when its history went; None when there was none."""
    records: list[dict[str, Any]] = [
        read_manifest(path.parent, key) for path in sorted(releases.glob("[0-9]*/manifest.json"))
    ]
    runs = [record for record in records if record["data"].get("history")]
    if not runs:
        return None, None
    last = max(runs, key=lambda record: str(record["made_at"]))
    until = last["data"]["history"]["until"]
    return datetime.fromisoformat(last["made_at"]), datetime.fromisoformat(until) if until else None
