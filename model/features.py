"""What the linear model sees: weighted words and word pairs, and pieces of words that survive typing errors.

`word_ngrams` and `character_ngrams` are our definition of the n-grams of a normalised text. The scikit-learn pipeline
has its own; `tests/model/test_scorer.py` holds the two together.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.pipeline import FeatureUnion

WORD = re.compile(r"[\w']+|[?!]+")


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """Lengths of n-grams (inclusive), the messages that an n-gram must occur in, and how much words count beside
    characters.
    """

    words: tuple[int, int] = (1, 2)
    characters: tuple[int, int] = (2, 5)
    min_messages: int = 2
    word_weight: float = 1.5


def build_features(settings: FeatureSettings) -> "FeatureUnion":
    """The unfitted TF-IDF union over texts that `model.text.normalise` has made plain."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    shared = {"lowercase": False, "sublinear_tf": True, "min_df": settings.min_messages}
    return FeatureUnion(
        [
            ("words", TfidfVectorizer(token_pattern=WORD.pattern, ngram_range=settings.words, **shared)),
            ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=settings.characters, **shared)),
        ],
        transformer_weights={"words": settings.word_weight},
    )


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One n-gram at one place of a normalised text: `[start, end)`."""

    ngram: str
    start: int
    end: int


def word_ngrams(text: str, lengths: tuple[int, int]) -> list[str]:
    """Word n-grams of a normalised text, as `TfidfVectorizer(analyzer="word")` makes them."""
    words = WORD.findall(text)
    shortest, longest = lengths
    grams = list(words) if shortest == 1 else []
    for n in range(max(2, shortest), longest + 1):
        grams += [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]
    return grams


def character_ngrams(bare: str, lengths: tuple[int, int]) -> list[str]:
    """Character n-grams of one padded word, as `TfidfVectorizer(analyzer="char_wb")` makes them word by word."""
    shortest, longest = lengths
    word = f" {bare} "
    size = len(word)
    grams: list[str] = []
    for n in range(shortest, longest + 1):
        if n >= size:
            grams.append(word)
            break
        grams += [word[i : i + n] for i in range(size - n + 1)]
    return grams


def word_occurrences(text: str, lengths: tuple[int, int]) -> Iterator[Occurrence]:
    """`word_ngrams` with their places."""
    words = [match.span() for match in WORD.finditer(text)]
    for n in range(lengths[0], lengths[1] + 1):
        for i in range(len(words) - n + 1):
            span = words[i : i + n]
            yield Occurrence(" ".join(text[a:b] for a, b in span), span[0][0], span[-1][1])
