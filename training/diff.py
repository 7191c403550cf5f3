"""What changes for people when one release takes another's place, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.release import Release
from model.taxonomy import Taxonomy
from training.evaluate import Answered

_FIGURES = {
    "traffic_accuracy": "right label, at the traffic's mix",
    "distress_recall": "distress escalated",
    "urgent_recall": "urgent distress escalated",
    "ordinary_flagged": "ordinary messages escalated",
    "traffic_coverage": "messages that get a suggestion",
    "traffic_suggested_right": "suggestions that are right",
    "calibration_error": "expected calibration error",
}
_THRESHOLDS = {
    "distress": "escalates at P(distress)",
    "urgent": "marks as urgent at P(urgent)",
    "confidence": "suggests at a confidence",
}
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Learnt:
    """The n-grams whose pull towards a label changed most, strongest first."""

    label: str
    towards: Sequence[str]
    away: Sequence[str]


def figures_in_words(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """The evaluations' figures that differ. Arguments: `evaluation.json` of each."""
    for name, said in _FIGURES.items():
        old, new = (one[name]["value"] if isinstance(one[name], dict) else one[name] for one in (before, after))
        yield f"{said}: {old:.3f} -> {new:.3f} ({new - old:+.3f})"


def thresholds_in_words(before: Release, after: Release) -> Iterator[str]:
    """Where the lines are drawn."""
    for name, said in _THRESHOLDS.items():
        old, new = getattr(before.thresholds, name), getattr(after.thresholds, name)
        yield f"{said} of {new:.4f} or more; it was {old:.4f}"


def learnt(before: Release, after: Release, taxonomy: Taxonomy) -> Iterator[Learnt]:
    """For each label the words and word pairs whose coefficient moved most, beside the mean over labels."""
    moved: dict[str, list[tuple[float, str]]] = {key: [] for key in taxonomy.keys}
    old, new = (_word_weights(release) for release in (before, after))
    nothing = np.zeros(len(taxonomy.keys))
    for word in old.keys() | new.keys():
        change = new.get(word, nothing) - old.get(word, nothing)
        for column, key in enumerate(taxonomy.keys):
            moved[key].append((float(change[column]), word))
    for key, changes in moved.items():
        ordered = sorted(changes)
        yield Learnt(
            key,
            [word for change, word in reversed(ordered[-_MOST_WORDS:]) if change > 0],
            [word for change, word in ordered[:_MOST_WORDS] if change < 0],
        )


def _word_weights(release: Release) -> dict[str, Any]:
    """Coefficient x idf of each word n-gram, less the mean over labels, shape (n_labels,)."""
    columns = release.scorer.word_columns()
    rows = release.scorer.coefficients[list(columns.values()), :-1]
    return dict(zip(columns, rows - rows.mean(axis=1, keepdims=True), strict=True))


def disagreements(before: Answered, after: Answered, keys: Sequence[str]) -> Iterator[str]:
    """Where the two differ on the fixed set: by what it means for people, the gravest first."""
    ids = after.frame["id"].to_numpy()
    distress = after.in_distress
    for said, rows in (
        ("distress no longer escalated", distress & before.escalated & ~after.escalated),
        ("distress now escalated", distress & ~before.escalated & after.escalated),
        ("others no longer escalated", ~distress & before.escalated & ~after.escalated),
        ("others now escalated", ~distress & ~before.escalated & after.escalated),
        ("right before and wrong now", before.right & ~after.right),
        ("wrong before and right now", ~before.right & after.right),
    ):
        named = [
            f"{ids[place]} ({keys[before.predicted[place]]} -> {keys[after.predicted[place]]})"
            for place in np.flatnonzero(rows)[:5].tolist()
        ]
        yield f"{said}: {int(rows.sum())} of {len(ids)}" + (f", as {', '.join(named)}" if named else "")
