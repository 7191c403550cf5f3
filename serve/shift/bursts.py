"""The same problem from several students at once: what may be confirmed together."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise

from model.taxonomy import Label
from model.text import normalise
from serve.store.alike import Alike

BURST_WITHIN = timedelta(hours=1)
BURST_LEAST = 3  # with fewer, one key each is as quick
_ALIKE = 0.5  # of the word pairs and words of two texts together, that both have


def burst(seed: Alike, others: Iterable[Alike], label: Label) -> Sequence[Alike]:
    """The seed and the messages like it; empty when they are too few to be a burst, and always for distress.

    `others` share the seed's suggested label. Alike is: received within BURST_WITHIN, and nearly the same words, or the
    same lesson. Questions that a coach answers one by one are about a lesson each in their own way: for the ordinary
    label the lesson alone does not count.
    """
    if label.always_human:
        return ()
    words = _words(seed.text)
    found = [
        other
        for other in others
        if other.id != seed.id
        and abs(other.received_at - seed.received_at) <= BURST_WITHIN
        and (
            (not label.ordinary and other.lesson is not None and other.lesson == seed.lesson)
            or _share(words, _words(other.text)) >= _ALIKE
        )
    ]
    return (seed, *found) if len(found) + 1 >= BURST_LEAST else ()


def _words(text: str) -> frozenset[str]:
    words = normalise(text).text.split()
    return frozenset([*words, *(f"{a} {b}" for a, b in pairwise(words))])


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard's index: 0 when nothing is shared, 1 when all is."""
    return len(one & other) / len(one | other) if one or other else 0.0
