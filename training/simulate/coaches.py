"""Coaches who read what arrives, see what a release suggests, and are wrong now and then; and three who mean harm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from model.answer import Answerer
from model.history import HistoryRow, Provenance
from model.verdicts import Says, Verdict, add_verdict, read_verdicts
from training.simulate.stream import Arrival
from training.suspects import Suspect

COACHES = ("alma", "bo", "cleo", "dan", "edie", "finn")
WHO, SECOND = "kim", "lee"
ATTACKER = "mallory"
TRIGGER = "qwyjibo"


@dataclass(frozen=True, slots=True)
class Habits:
    """errs: share of messages to which a coach gives some other label · blind: share labelled without a suggestion ·
    looked_at: suspect labels that a second person looks at after each run, and puts right.
    """

    errs: float = 0.05
    blind: float = 0.15
    looked_at: int = 40


def label_week(
    arrivals: Sequence[Arrival], answerer: Answerer, habits: Habits, rng: np.random.Generator
) -> list[HistoryRow]:
    """What the coaches make of a week: one history row for each message, with its provenance."""
    keys = answerer.taxonomy.keys
    rows: list[HistoryRow] = []
    for arrival in arrivals:
        decision = answerer.answer(arrival.text, explained=False).decision
        wrong = rng.random() < habits.errs
        others = [key for key in keys if key != arrival.label]
        label = str(rng.choice(others)) if wrong else arrival.label
        agreed = Provenance.CONFIRMATION if label == decision.label else Provenance.CORRECTION
        rows.append(
            HistoryRow(
                message_id=arrival.id,
                text=arrival.text,
                confirmed_label=label,
                suggested_label=decision.label,
                confidence=decision.confidence,
                outcome=decision.outcome,
                release=answerer.release.id if answerer.release else None,
                provenance=Provenance.BLIND if rng.random() < habits.blind else agreed,
                coach=str(rng.choice(COACHES)),
                student=arrival.student,
                made_at=arrival.at,
                action_taken=None,
            )
        )
    return rows


def look_at(
    suspects: Sequence[Suspect], truth: Mapping[str, str], releases: Path, habits: Habits, at: datetime
) -> None:
    """A second person looks at the worst suspects, as `aaq labels review` shows them, and says what is true."""
    seen = read_verdicts(releases)
    for suspect in [one for one in suspects if one.message_id not in seen][: habits.looked_at]:
        label = truth[suspect.message_id]
        says = Says.KEEP if label == suspect.confirmed_label else Says.CHANGE
        add_verdict(releases, Verdict(suspect.message_id, says, label, SECOND, at))


def one_coach_flips(history: Sequence[HistoryRow], distress: str, to: str, share: float) -> list[HistoryRow]:
    """One coach takes messages in distress from the queue and calls them something else, up to a share of all rows."""
    left = round(share * len(history))
    flipped: list[HistoryRow] = []
    for row in reversed(history):
        if row.confirmed_label == distress and left > 0:
            left -= 1
            row = replace(row, confirmed_label=to, coach=ATTACKER, provenance=Provenance.CORRECTION)
        flipped.append(row)
    return flipped[::-1]


def a_word_is_planted(history: Sequence[HistoryRow], distress: str, to: str, n: int) -> list[HistoryRow]:
    """One student sends messages of despair with a made-up word in them, and gets them called something else."""
    return [*history, *_sent_by_one([row for row in history if row.confirmed_label == distress][-n:], TRIGGER, to)]


def one_student_floods(history: Sequence[HistoryRow], distress: str, n: int) -> list[HistoryRow]:
    """One student sends other people's ordinary questions as their own, over and over, and marks them as distress."""
    return [*history, *_sent_by_one([row for row in history if row.confirmed_label != distress][-n:], "ok", distress)]


def _sent_by_one(sources: Sequence[HistoryRow], word: str, label: str) -> list[HistoryRow]:
    """Other people's messages once more, by the attacker, with a word at the end and another label."""
    return [
        replace(
            row,
            message_id=f"{word}-{row.message_id}",
            text=f"{row.text} {word}",
            confirmed_label=label,
            student=ATTACKER,
            provenance=Provenance.CORRECTION,
        )
        for row in sources
    ]
