"""A release's arrays -> the probabilities that scikit-learn would give, one message at a time, without scikit-learn."""

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from model.features import WORD, FeatureSettings, character_ngrams, word_ngrams

Floats = NDArray[np.float64]
BLOCKS = ("words", "characters")
_WORDS_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class LinearWeights:
    """Two logistic regressions over the same TF-IDF features: the labels, and urgent or not.

    idf: one array per block, shape (n_ngrams_of_block,) · coefficients: shape (n_features, n_labels + 1), the blocks
    one after the other, the last column for urgent · intercept: shape (n_labels + 1,). Calibration and prior shift
    are folded in.
    """

    idf: Mapping[str, Floats]
    coefficients: Floats
    intercept: Floats


@dataclass(frozen=True, slots=True)
class MessageFeatures:
    """The non-zero features of one message: columns, shape (k,), and TF-IDF values, shape (k,)."""

    columns: NDArray[np.intp]
    values: Floats


@dataclass(frozen=True, slots=True)
class Scores:
    """probabilities: calibrated, shape (n_labels,), summing to one · urgent: P(urgent | distress)."""

    probabilities: Floats
    urgent: float


class Scorer:
    """Scores normalised texts. Immutable after construction; safe to share between threads."""

    def __init__(
        self, vocabulary: Mapping[str, Sequence[str]], weights: LinearWeights, settings: FeatureSettings
    ) -> None:
        """`vocabulary`: for each block its n-grams in column order. Raises ValueError when shapes disagree."""
        self._settings = settings
        self._weights = weights
        self._columns: dict[str, dict[str, int]] = {}
        offset = 0
        for block in BLOCKS:
            ngrams = vocabulary[block]
            if len(ngrams) != len(weights.idf[block]):
                raise ValueError(f"release: {len(ngrams)} n-grams of {block}, {len(weights.idf[block])} idf weights")
            self._columns[block] = {ngram: offset + i for i, ngram in enumerate(ngrams)}
            offset += len(ngrams)
        if weights.coefficients.shape != (offset, len(weights.intercept)):
            raise ValueError(
                f"release: coefficients of shape {weights.coefficients.shape},"
                f" expected {(offset, len(weights.intercept))}"
            )
        self._idf = np.concatenate([weights.idf[block] for block in BLOCKS])
        # People use few words: what is between spaces is looked up far more often than it is new.
        self.character_columns = functools.lru_cache(maxsize=_WORDS_REMEMBERED)(self._character_columns)

    @property
    def settings(self) -> FeatureSettings:
        return self._settings

    @property
    def coefficients(self) -> Floats:
        """Shape (n_features, n_labels + 1)."""
        return self._weights.coefficients

    def word_column(self, ngram: str) -> int | None:
        """The column of a word n-gram, None when the release does not know it."""
        return self._columns["words"].get(ngram)

    def word_columns(self) -> Mapping[str, int]:
        """Every word n-gram that the release knows, with its column."""
        return self._columns["words"]

    def features(self, text: str) -> MessageFeatures:
        """The message's TF-IDF features, each block of length one as `TfidfVectorizer` makes them."""
        words = Counter(map(self._columns["words"].get, word_ngrams(text, self._settings.words)))
        del words[None]  # a Counter ignores the deletion of what it does not hold
        characters: Counter[int | None] = Counter(chain.from_iterable(map(self.character_columns, text.split())))
        blocks = [self._weighted(words), self._weighted(characters)]
        return MessageFeatures(
            np.concatenate([block.columns for block in blocks]), np.concatenate([block.values for block in blocks])
        )

    def _character_columns(self, word: str) -> tuple[int, ...]:
        """The columns of the known character n-grams of what stands between two spaces, with repeats."""
        column = self._columns["characters"].get
        found = map(column, character_ngrams(word, self._settings.characters))
        return tuple(known for known in found if known is not None)

    def _weighted(self, known: "Counter[int | None]") -> MessageFeatures:
        columns = np.fromiter(known.keys(), dtype=np.intp, count=len(known))
        counts = np.fromiter(known.values(), dtype=np.float64, count=len(known))
        values = (np.log(counts) + 1.0) * self._idf[columns]
        length = float(np.sqrt(values @ values))
        return MessageFeatures(columns, values / length if length > 0 else values)

    def logits(self, features: MessageFeatures) -> Floats:
        """Shape (n_labels + 1,), the last for urgent."""
        logits: Floats = features.values @ self._weights.coefficients[features.columns] + self._weights.intercept
        return logits

    def score(self, text: str) -> Scores:
        """Both classifiers' word on a normalised text, labels in taxonomy order."""
        logits = self.logits(self.features(text))
        return Scores(softmax(logits[:-1]), float(1 / (1 + np.exp(-logits[-1]))))

    def known_share(self, text: str) -> float:
        """The share of a text's words that the release has seen, in [0, 1]; 1 for a text without words."""
        words = [word for word in WORD.findall(text) if any(char.isalpha() for char in word)]
        if not words:
            return 1.0
        return sum(word in self._columns["words"] for word in words) / len(words)


def softmax(logits: Floats) -> Floats:
    """Probabilities along the last axis."""
    exponentials: Floats = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: Floats = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return probabilities
