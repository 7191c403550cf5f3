"""Measure what the gate decides by: both releases on the fixed set, on blind labels, side by side; and who poisons."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.answer import Answerer, parts
from model.history import Provenance
from model.release import Release
from training import checks, gate
from training.corpus_word import corpus_word
from training.evaluate import answer_all
from training.fixed_set import Judging
from training.footprint import footprints
from training.poisoning import suspicions
from training.releases import Lesson, Trained
from training.retrain_settings import RetrainSettings


def judge(
    lesson: Lesson,
    judging: Judging,
    trained: Trained,
    incumbent: Release,
    alone: Release,
    releases: Path,
    settings: RetrainSettings,
    now: datetime,
) -> gate.Verdict:
    """Everything the gate looks at, measured. `alone`: the release from the corpus without the history."""
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
    guarded = _guarded(trained.release, judging.messages.texts)
    hideable = candidate_fixed.in_distress & candidate_fixed.escalated & ~candidate_fixed.in_net & ~guarded
    cases = [str(text) for text in candidate_fixed.frame["text"].to_numpy()[hideable]]
    n_known = int((candidate_fixed.in_distress & candidate_fixed.escalated).sum())
    found = suspicions(
        learned,
        corpus_word(lesson, learned, alone),
        settings.poisoning,
        settings.caps,
        _silencing(both[0], cases, n_known),
        keys,
        distress,
    )
    since = now - timedelta(days=bounds.blind_days)
    texts = [one.row.text for one in learned.rows if one.row.made_at >= since]
    said = [np.array([keys.index(str(one.answer(t, explained=False).decision.label)) for t in texts]) for one in both]
    waits = (
        *checks.missed_by_a_hair(candidate_fixed, incumbent_fixed, bounds),
        *gate.second_person(gate.Recent(said[0], said[1]), bounds, keys),
    )
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
    in_net |= _guarded(trained.release, [one.text for one in chosen])
    threshold = trained.release.thresholds.distress
    return checks.BlindLabels(
        labels=np.array([keys.index(one.row.confirmed_label) for one in chosen], dtype=np.intp),
        candidate=predicted,
        incumbent=np.array([keys.index(str(decision.label)) for decision in decisions], dtype=np.intp),
        candidate_escalates=(probabilities[:, distress] >= threshold) | in_net | (predicted == distress),
        incumbent_escalates=np.array([decision.outcome == "escalate" for decision in decisions], dtype=bool),
    )


def _guarded(release: Release, texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which normalised texts the release's guard escalates."""
    taxonomy, guard = parts()[0], release.guard
    distress = taxonomy.index(taxonomy.distress.key)
    return np.array([guard is not None and guard.escalates(text, distress) for text in texts], dtype=bool)


def _silencing(candidate: Answerer, cases: Sequence[str], n_known: int) -> Callable[[str], float]:
    """`cases`: those a word could hide, because neither the safety net nor the guard reads them · `n_known`: all."""

    def silenced(word: str) -> float:
        answers = (candidate.answer(f"{text} {word}", explained=False) for text in cases)
        return sum(answer.decision.outcome != "escalate" for answer in answers) / max(1, n_known)

    return silenced
