"""Which words moved a decision, exactly: coefficient x value of the linear model, as spans of the original text."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from model.features import Occurrence, character_occurrences, word_occurrences
from model.scorer import Scorer
from model.text import Normalised

_SHOWN_SPANS = 6
_LEAST_SHARE = 0.08  # of the largest span's weight: less than that is noise to a reader


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `[start, end)` of the original text that push towards `label` by `weight` (in log-odds)."""

    label: str
    start: int
    end: int
    weight: float


def contributions(scorer: Scorer, text: str, label_index: int) -> dict[tuple[int, int], float]:
    """What each word of a normalised text adds to a label's logit, relative to the mean over labels.

    Keys are word spans `[start, end)` of the normalised text. An n-gram's contribution is shared equally among its
    occurrences and the words it touches, so that the values sum to the logit less its intercept (relative likewise).
    """
    features = scorer.features(text)
    rows = scorer.coefficients[features.columns, :-1]
    pushes = features.values * (rows[:, label_index] - rows.mean(axis=1))
    push_of = dict(zip(features.columns.tolist(), pushes.tolist(), strict=True))
    words = _words(text)
    word_at = np.full(len(text) + 1, -1, dtype=np.intp)
    for i, (start, end) in enumerate(words):
        word_at[start:end] = i
    totals = [0.0] * len(words)
    settings = scorer.settings
    for block, occurrences in (
        ("words", word_occurrences(text, settings.words)),
        ("characters", character_occurrences(text, settings.characters)),
    ):
        for column, touched in _known(scorer, block, occurrences, word_at):
            share = push_of[column] / sum(len(words_of) for words_of in touched)
            for words_of in touched:
                for word in words_of:
                    totals[word] += share
    return dict(zip(words, totals, strict=True))


def _known(
    scorer: Scorer, block: str, occurrences: Iterable[Occurrence], word_at: "np.ndarray[tuple[int], np.dtype[np.intp]]"
) -> Iterable[tuple[int, list[list[int]]]]:
    """For each known n-gram its column and, for each occurrence, the words it touches."""
    places: dict[int, list[list[int]]] = {}
    for occurrence in occurrences:
        column = scorer.column(block, occurrence.ngram)
        if column is not None:
            touched = Counter(i for i in word_at[occurrence.start : occurrence.end].tolist() if i >= 0)
            places.setdefault(column, []).append(list(touched))
    return places.items()


def _words(text: str) -> list[tuple[int, int]]:
    """The whitespace-separated words: every n-gram of either block lies in one or several of them."""
    spans: list[tuple[int, int]] = []
    position = 0
    for word in text.split():
        start = text.index(word, position)
        position = start + len(word)
        spans.append((start, position))
    return spans


def evidence(scorer: Scorer, normalised: Normalised, label: str, label_index: int) -> tuple[Span, ...]:
    """The few spans that push most towards a label, strongest first. Neighbouring words are one span."""
    pushing = [
        (start, end, weight)
        for (start, end), weight in sorted(contributions(scorer, normalised.text, label_index).items())
        if weight > 0
    ]
    if not pushing:
        return ()
    least = _LEAST_SHARE * max(weight for _, _, weight in pushing)
    merged: list[Span] = []
    for start, end, weight in pushing:
        if weight < least:
            continue
        first, last = normalised.span(start, end)
        if merged and first - merged[-1].end <= 1:
            previous = merged.pop()
            merged.append(Span(label, previous.start, max(previous.end, last), previous.weight + weight))
        else:
            merged.append(Span(label, first, last, weight))
    return tuple(sorted(merged, key=lambda span: -span.weight)[:_SHOWN_SPANS])
