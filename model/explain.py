"""Which words moved a decision, exactly: coefficient x value of the linear model, as spans of the original text."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model.features import word_occurrences
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

    Keys are spans `[start, end)` of what stands between spaces. The contribution of an n-gram (coefficient x
    value) is shared equally among the words that it touches at its occurrences, so that the values sum to the logit
    less its intercept, relative likewise.
    """
    features = scorer.features(text)
    rows = scorer.coefficients[features.columns, :-1]
    pushes = features.values * (rows[:, label_index] - rows.mean(axis=1))
    push_of = dict(zip(features.columns.tolist(), pushes.tolist(), strict=True))
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    touched = [*_touched_by_characters(scorer, text, spans), *_touched_by_words(scorer, text, spans)]
    n_touched = Counter(column for column, _ in touched)
    totals = [0.0] * len(spans)
    for column, word in touched:
        totals[word] += push_of[column] / n_touched[column]
    return dict(zip(spans, totals, strict=True))


Spans = Sequence[tuple[int, int]]


def _touched_by_characters(scorer: Scorer, text: str, spans: Spans) -> Iterator[tuple[int, int]]:
    """(column, word) for each known character n-gram: each lies in one word."""
    for word, (start, end) in enumerate(spans):
        for column in scorer.character_columns(text[start:end]):
            yield column, word


def _touched_by_words(scorer: Scorer, text: str, spans: Spans) -> Iterator[tuple[int, int]]:
    """(column, word) for each known word n-gram and each of the words that it reaches across."""
    starts = [start for start, _ in spans]
    for occurrence in word_occurrences(text, scorer.settings.words):
        column = scorer.word_column(occurrence.ngram)
        if column is not None:
            first, last = bisect_right(starts, occurrence.start) - 1, bisect_right(starts, occurrence.end - 1) - 1
            for word in range(first, last + 1):
                yield column, word


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
