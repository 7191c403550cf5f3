"""Who may be teaching the model something false, by mistake or on purpose: coaches, words, students; with their rows.

The measure is a model that has learned from the corpus alone, which no history reaches. A coach is compared with all
other coaches, a word with all other words, so that what is new to everybody (a tool, a course) accuses nobody.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from model.features import word_ngrams
from training.history import Caps, Learned, LearnedRow, author_of

_KNOWN = 20  # messages that the corpus's own rate of mistakes counts for
_EXPECTED = 2.0  # mistakes that are taken as seen before anybody has made one
Labels = NDArray[np.intp]
Silenced = Callable[[str], float]  # a word -> the share of known distress cases that are missed with it appended


@dataclass(frozen=True, slots=True)
class PoisoningSettings:
    """chance: how rarely honest accounts look like this · fewest_rows: with fewer, nothing is said · word_accounts: a
    word of more students is language · flood_caps: a student of more weight than this many caps is a flood · silenced:
    share of distress cases that one word may hide.
    """

    chance: float
    fewest_rows: int
    word_accounts: int
    flood_caps: float
    silenced: float = 0.05


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One thing that speaks against learning from some rows. accounts: coaches and students · rows: message ids."""

    kind: str
    accounts: tuple[str, ...]
    rows: tuple[str, ...]
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """Plain values for `gate.json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CorpusWord:
    """What the corpus alone says about the learned rows, shape (n_rows,), and the words it knows.

    labels, predicted: columns · confidence: P(predicted) · documents: messages of the corpus by word or word pair ·
    mistaken: of what it reads as a label, the share that is something else, on unseen authors; shape (n_labels,).
    """

    labels: Labels
    predicted: Labels
    confidence: NDArray[np.float64]
    documents: Mapping[str, int]
    mistaken: NDArray[np.float64]


def suspicions(
    learned: Learned,
    corpus: CorpusWord,
    settings: PoisoningSettings,
    caps: Caps,
    silenced: Silenced,
    keys: Sequence[str],
    distress: int,
) -> list[Suspicion]:
    """Everything found, coaches first. `keys`: labels in column order · `distress`: its column."""
    return [
        *_coaches(learned.rows, corpus, settings, keys, distress),
        *_words(learned.rows, corpus, settings, silenced, keys),
        *_floods(learned, settings, caps),
    ]


def unlikely(k: int, n: int, usual: float) -> float:
    """The chance of `k` or more in `n` at a usual rate: one-sided exact binomial test. 1 when n is 0."""
    return float(binomtest(k, n, min(max(usual, 0.0), 1.0), alternative="greater").pvalue) if n else 1.0


def _coaches(
    rows: Sequence[LearnedRow], corpus: CorpusWord, settings: PoisoningSettings, keys: Sequence[str], distress: int
) -> Iterator[Suspicion]:
    """A coach who takes messages of one label for something else, far more often than all the others do.

    In distress, more often than the others do of messages as doubtful (1 - P): whoever takes the surest cases is not
    excused by colleagues to whom only the false alarms are left.
    """
    by = np.array([one.row.coach or "" for one in rows])
    coaches = sorted(set(by.tolist()) - {""})
    reads_so = [corpus.predicted == column for column in range(len(keys))]
    reads_so[distress] &= corpus.confidence >= 0.5
    doubt = 1 - corpus.confidence
    for coach in coaches:
        for column, key in enumerate(keys):
            mine, others = reads_so[column] & (by == coach), reads_so[column] & (by != coach)
            against = corpus.labels != column
            k, n = int((mine & against).sum()), int(mine.sum())
            if k < settings.fewest_rows:
                continue
            k_others, n_others = int((others & against).sum()), int(others.sum())
            # What others say, and while they have said little, what is known from unseen authors.
            usual = (k_others + _KNOWN * corpus.mistaken[column]) / (n_others + _KNOWN)
            if column == distress:
                oftener_than_doubt = (k_others + _EXPECTED) / (doubt[others].sum() + _EXPECTED)
                usual = min(usual, float(oftener_than_doubt * doubt[mine].mean()))
            n_tests = len(coaches) * (1 if column == distress else len(keys))
            if unlikely(k, n, usual) * n_tests > settings.chance:
                continue
            flipped = np.flatnonzero(mine & against)
            said = Counter(keys[label] for label in corpus.labels[flipped].tolist()).most_common(1)[0][0]
            sentence = (
                f"{coach} says that {k} of {n} messages that read as {key} are something else, mostly {said};"
                f" by what the other coaches say {usual:.0%} would be."
            )
            yield Suspicion("coach", (coach,), _ids(rows, flipped), sentence)


def _words(
    rows: Sequence[LearnedRow],
    corpus: CorpusWord,
    settings: PoisoningSettings,
    silenced: Silenced,
    keys: Sequence[str],
) -> Iterator[Suspicion]:
    """A word that is new, comes from few accounts, and is tied to a label against the rest of the message."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(rows):
        for ngram in set(word_ngrams(one.text, (1, 2))):
            if corpus.documents.get(ngram, 0) < settings.fewest_rows:
                places[ngram].append(place)
    usual = float((corpus.labels != corpus.predicted).mean()) if len(rows) else 0.0
    told: set[int] = set()
    often = {ngram: found for ngram, found in places.items() if len(found) >= settings.fewest_rows}
    tried = {
        ngram: accounts
        for ngram, found in often.items()
        if (accounts := _few_accounts(rows, found, settings, len(often)))
    }
    # Longest lists first: a word before the pairs that hold it.
    for ngram in sorted(tried, key=lambda ngram: (-len(places[ngram]), len(ngram))):
        found = np.array(places[ngram])
        label, n_same = Counter(corpus.labels[found].tolist()).most_common(1)[0]
        if n_same < 0.8 * len(found) or len(set(found.tolist()) - told) < 0.5 * len(found):
            continue
        against = int((corpus.labels[found] != corpus.predicted[found]).sum())
        odd = unlikely(against, len(found), usual) * len(tried) <= settings.chance
        hidden = silenced(ngram)
        if not odd and hidden < settings.silenced:
            continue
        told |= set(found.tolist())
        sentence = (
            f"{ngram!r} is new and comes in {len(found)} messages of {' and '.join(tried[ngram])}, {n_same} of them"
            f" {keys[label]}, {against} against what the rest of the message says; appended to the distress cases"
            f" of the fixed set it hides {hidden:.0%} of them."
        )
        yield Suspicion("word", tried[ngram], _ids(rows, found), sentence)


def _few_accounts(
    rows: Sequence[LearnedRow], found: Sequence[int], settings: PoisoningSettings, n_tests: int
) -> tuple[str, ...] | None:
    """The few students, or the one coach, behind four fifths of the rows; None when there are more. `n_tests`: words
    that are looked at, of which one may lie with a coach by chance.
    """
    students = Counter(author_of(rows[place].row) for place in found).most_common(settings.word_accounts)
    for n_named in range(1, len(students) + 1):
        if sum(n for _, n in students[:n_named]) >= 0.8 * len(found):
            return tuple(student for student, _ in students[:n_named])
    coach, n = Counter(rows[place].row.coach for place in found).most_common(1)[0]
    share = sum(one.row.coach == coach for one in rows) / len(rows)
    if coach is not None and n >= 0.8 * len(found) and unlikely(n, len(found), share) * n_tests <= settings.chance:
        return (coach,)
    return None


def _floods(learned: Learned, settings: PoisoningSettings, caps: Caps) -> Iterator[Suspicion]:
    """A student whose labels would count far more than any student's may."""
    for student, weight in sorted(learned.students.items(), key=lambda item: -item[1]):
        if weight > settings.flood_caps * caps.student:
            ids = tuple(one.row.message_id for one in learned.rows if one.row.student == student)
            sentence = (
                f"{student} alone would count {weight:.0f} rows of the corpus, {weight / caps.student:.1f} times the"
                f" cap of {caps.student:g}."
            )
            yield Suspicion("flood", (student,), ids, sentence)


def _ids(rows: Sequence[LearnedRow], places: NDArray[np.intp]) -> tuple[str, ...]:
    return tuple(rows[place].row.message_id for place in places.tolist())
