"""What is learned from a history: which rows, with which weight. Nobody's labels can outweigh everybody else's."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from model.history import HistoryRow, Provenance
from model.taxonomy import Taxonomy
from model.text import normalise
from model.verdicts import Says, Verdict
from training.dataset import Messages


@dataclass(frozen=True, slots=True)
class Weights:
    """What one label counts, in rows of the corpus, by what the coach had seen."""

    blind: float
    correction: float
    imported: float
    confirmation: float

    def of(self, provenance: Provenance) -> float:
        return float(getattr(self, provenance.value))


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that all labels of one student, or by one coach, count together, in rows of the corpus."""

    student: float
    coach: float


@dataclass(frozen=True, slots=True)
class FixedSet:
    """What a history can never enter: the normalised texts and the authors of the set that judges."""

    texts: frozenset[str]
    authors: frozenset[str]


@dataclass(frozen=True, slots=True)
class LearnedRow:
    """A row that is learned from. text: normalised · raw: its weight before the caps."""

    row: HistoryRow
    text: str
    raw: float
    weight: float


@dataclass(frozen=True, slots=True)
class Learned:
    """What is learned, and what was left out and why. students, coaches: weight of an account before its cap."""

    rows: Sequence[LearnedRow]
    students: Mapping[str, float]
    coaches: Mapping[str, float]
    n_erased: int
    n_repeated: int
    n_fixed: int
    n_dropped: int

    def messages(self, taxonomy: Taxonomy) -> Messages:
        """In the form of the corpus: the author is the student, and whether it was urgent is not known."""
        frame = pd.DataFrame(
            {
                "id": [one.row.message_id for one in self.rows],
                "text": [one.row.text for one in self.rows],
                "label": [one.row.confirmed_label for one in self.rows],
                "also": "",
                "urgent": pd.Series([None] * len(self.rows), dtype=object),
                "author": [author_of(one.row) for one in self.rows],
                "hard": False,
            }
        )
        return Messages(
            frame,
            [one.text for one in self.rows],
            np.array([taxonomy.index(one.row.confirmed_label) for one in self.rows], dtype=np.intp),
            frame["author"].to_numpy(dtype=np.str_),
            np.array([one.weight for one in self.rows]),
        )

    @property
    def until(self) -> datetime | None:
        """When the latest row was made."""
        return max((one.row.made_at for one in self.rows), default=None)

    @property
    def sha256(self) -> str:
        """Of what is learned from."""
        digest = hashlib.sha256()
        for one in self.rows:
            row = [one.row.message_id, one.text, one.row.confirmed_label, author_of(one.row), f"{one.weight:.6f}"]
            digest.update(json.dumps(row).encode())
        return digest.hexdigest()

    def record(self) -> dict[str, Any]:
        """For the manifest: counts and times, nobody's words or names."""
        return {
            "sha256": self.sha256,
            "n_rows": len(self.rows),
            "weight": round(sum(one.weight for one in self.rows), 3),
            "n_students": len(self.students),
            "n_coaches": len(self.coaches),
            "until": self.until and self.until.isoformat(),
        }


def author_of(row: HistoryRow) -> str:
    """The student, or for one who is not named, the message itself."""
    return row.student if row.student is not None else f"message {row.message_id}"


def learn_from(
    history: Sequence[HistoryRow], verdicts: Mapping[str, Verdict], fixed: FixedSet, weights: Weights, caps: Caps
) -> Learned:
    """Choose and weigh. Verdicts first; then erased rows go, what judges goes, repeats are folded, accounts capped."""
    looked_at = [_after_verdict(row, verdicts.get(row.message_id)) for row in history]
    kept = [row for row in looked_at if row is not None]
    readable = [row for row in kept if row.text.strip()]
    texts = {row.message_id: normalise(row.text).text for row in readable}
    judging = [row for row in readable if row.student in fixed.authors or texts[row.message_id].strip() in fixed.texts]
    judging_ids = {id(row) for row in judging}
    rest = [row for row in readable if id(row) not in judging_ids]
    folded = _folded(rest, texts, weights)
    students = _totals((author_of(row), weights.of(row.provenance)) for row in rest if row.student is not None)
    by_student = [LearnedRow(row, texts[row.message_id], raw, raw) for row, raw in folded]
    by_student = _capped(by_student, [one.row.student for one in by_student], caps.student)
    coaches = _totals((one.row.coach, one.weight) for one in by_student if one.row.coach is not None)
    return Learned(
        rows=_capped(by_student, [one.row.coach for one in by_student], caps.coach),
        students=students,
        coaches=coaches,
        n_erased=len(kept) - len(readable),
        n_repeated=len(rest) - len(folded),
        n_fixed=len(judging),
        n_dropped=len(history) - len(kept),
    )


def _after_verdict(row: HistoryRow, verdict: Verdict | None) -> HistoryRow | None:
    """The row as the second reader left it: what two people have read counts as a blind label."""
    if verdict is None:
        return row
    if verdict.says is Says.DROP:
        return None
    label = verdict.label if verdict.says is Says.CHANGE else row.confirmed_label
    return replace(row, confirmed_label=label, provenance=Provenance.BLIND)


def _folded(rows: Sequence[HistoryRow], texts: Mapping[str, str], weights: Weights) -> list[tuple[HistoryRow, float]]:
    """One row for each message and each text: of the label that most weight says, the strongest and latest of it.

    A text that comes a hundred times counts once.
    """
    latest = {row.message_id: row for row in sorted(rows, key=lambda row: row.made_at)}
    groups: dict[str, list[HistoryRow]] = defaultdict(list)
    for row in latest.values():
        groups[texts[row.message_id].strip()].append(row)
    found: list[tuple[HistoryRow, float]] = []
    for group in groups.values():
        said = _totals((row.confirmed_label, weights.of(row.provenance)) for row in group)
        label = max(sorted(said), key=lambda label: said[label])
        agreeing = [row for row in group if row.confirmed_label == label]
        best = max(agreeing, key=lambda row: (weights.of(row.provenance), row.made_at, row.message_id))
        found.append((best, weights.of(best.provenance)))
    return sorted(found, key=lambda one: (one[0].made_at, one[0].message_id))


def _totals(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    totals: dict[str, float] = defaultdict(float)
    for key, weight in pairs:
        totals[key] += weight
    return dict(totals)


def _capped(rows: list[LearnedRow], accounts: list[str | None], cap: float) -> list[LearnedRow]:
    """Every account's rows made lighter alike, until together they count no more than the cap."""
    totals = _totals((account, one.weight) for one, account in zip(rows, accounts, strict=True) if account)
    return [
        replace(one, weight=one.weight * min(1.0, cap / totals[account])) if account else one
        for one, account in zip(rows, accounts, strict=True)
    ]
