"""Look for what a corpus must not have: repeats, phrases worn out, lopsided counts. Reports; changes nothing."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from model.taxonomy import Taxonomy
from training.corpus import Finding


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """What is too much or too little.

    near: cosine of character 5-gram counts at which two messages are near duplicates · near_length: shorter texts may
    be alike, as students' are, but not the same within one author · opening: largest share of an author's messages of a
    label that begin with the same three words · phrase: largest share of a label's messages with the same five words ·
    author: largest share of the corpus by one author · fewest: messages a label · longest: characters.
    """

    near: float = 0.85
    near_length: int = 25
    opening: float = 0.08
    phrase: float = 0.04
    author: float = 0.08
    fewest: int = 60
    longest: int = 2_000


_FEWEST_TO_COUNT = 5  # fewer repeats than this are chance


def check_corpus(frame: pd.DataFrame, taxonomy: Taxonomy, limits: CheckLimits) -> list[Finding]:
    """Every finding, in the order of the checks. `frame`: as `read_corpus` returns it."""
    return [
        *_exact_repeats(frame, limits),
        *_near_repeats(frame, limits),
        *_worn_openings(frame, limits),
        *_worn_phrases(frame, limits),
        *_counts(frame, taxonomy, limits),
    ]


def _at(frame: pd.DataFrame, row: int, problem: str) -> Finding:
    return Finding(Path(str(frame["path"].iat[row])), int(str(frame["line"].iat[row])), problem)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


# Lines that a program printed: they are the same for everybody, and no author's habit.
_PRINTED = re.compile(
    r"[/\\]\w+[/\\.]|::|\w(Error|Exception)\b|=>|[{}<>;|]|\.(rb|js|git|css|html)\b|\d\.\d|0x"
    r"|^\W*(error|fatal|warning|remote|default|-?bash|failures?|npm|err|stderr|stdout)\b"
    r"|(error|failed|fatal)\s?[:(]|ssh auth method",
    re.IGNORECASE,
)


def _said(text: str) -> str:
    """The words of a message without the lines that a program printed."""
    return _plain("\n".join(line for line in text.splitlines() if not _PRINTED.search(line)))


def _exact_repeats(frame: pd.DataFrame, limits: CheckLimits) -> Iterator[Finding]:
    """The same text twice by one author, or a text too long to be chance twice by anybody."""
    first: dict[tuple[str, str], int] = {}
    for row, (text, author) in enumerate(zip(frame["text"], frame["author"], strict=True)):
        plain = _plain(text) or text.strip()
        for owner in (author, "" if len(plain) >= limits.near_length else author):
            key = (owner, plain)
            if key in first and first[key] != row:
                yield _at(frame, row, f"the same text as {frame['id'].iat[first[key]]}")
                break
            first.setdefault(key, row)


def _near_repeats(frame: pd.DataFrame, limits: CheckLimits) -> Iterator[Finding]:
    texts = frame["text"].to_numpy()
    long_enough = np.flatnonzero([len(text) >= limits.near_length for text in texts])
    if len(long_enough) < 2:
        return
    counts = CountVectorizer(analyzer="char", ngram_range=(5, 5)).fit_transform(texts[long_enough])
    vectors = normalize(counts.astype(np.float32))
    for start in range(0, vectors.shape[0], 1_000):
        cosines = (vectors[start : start + 1_000] @ vectors[: start + 1_000].T).tocoo()  # each pair once
        near = (cosines.data >= limits.near) & (cosines.col < cosines.row + start)
        for i, j, cosine in zip(cosines.row[near] + start, cosines.col[near], cosines.data[near], strict=True):
            other = frame["id"].iat[int(long_enough[j])]
            yield _at(frame, int(long_enough[i]), f"nearly the same text as {other} (cosine {cosine:.2f})")


def _worn_openings(frame: pd.DataFrame, limits: CheckLimits) -> Iterator[Finding]:
    for (author, label), rows in frame.reset_index(drop=True).groupby(["author", "label"]):
        places: dict[str, list[int]] = defaultdict(list)
        for row, text in rows["text"].items():
            words = _said(text).split()
            if len(words) > 3:
                places[" ".join(words[:3])].append(int(str(row)))
        for opening, found in places.items():
            if len(found) >= _FEWEST_TO_COUNT and len(found) > limits.opening * len(rows):
                yield _at(frame, found[-1], f"{author} begins {len(found)} of {len(rows)} {label} with {opening!r}")


def _worn_phrases(frame: pd.DataFrame, limits: CheckLimits) -> Iterator[Finding]:
    """Five words in a row that too many messages of a label share. What programs print does not count."""
    for label, rows in frame.reset_index(drop=True).groupby("label"):
        places: dict[str, list[int]] = defaultdict(list)
        for row, text in rows["text"].items():
            words = _said(text).split()
            for phrase in {" ".join(words[i : i + 5]) for i in range(len(words) - 4)}:
                places[phrase].append(int(str(row)))
        for phrase, found in places.items():
            if len(found) >= _FEWEST_TO_COUNT and len(found) > limits.phrase * len(rows):
                yield _at(frame, found[-1], f"{len(found)} of {len(rows)} {label} say {phrase!r}")


def _counts(frame: pd.DataFrame, taxonomy: Taxonomy, limits: CheckLimits) -> Iterator[Finding]:
    labels = Counter(frame["label"])
    for key in taxonomy.keys:
        if labels[key] < limits.fewest:
            yield _at(frame, 0, f"{labels[key]} messages labelled {key}, expected {limits.fewest} or more")
    for author, n in Counter(frame["author"]).items():
        if n > limits.author * len(frame) and frame["author"].nunique() > 1 / limits.author:
            yield _at(frame, 0, f"{author} wrote {n} of {len(frame)} messages, more than {limits.author:.0%}")
    for row, text in enumerate(frame["text"]):
        if len(text) > limits.longest:
            yield _at(frame, row, f"{len(text)} characters, more than {limits.longest}")
