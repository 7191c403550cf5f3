"""The second door for distress: phrases that bring a human whatever the classifier says.

Independent of every release and of retraining. Linear-time patterns over the whole text, in overlapping windows, on
the disguise-proof form of `model.text.fold`.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import re2

from model.text import fold, normalise

WINDOW = 2_000
OVERLAP = 200
_MAX_MEMORY = 256 << 20
_DOUBLED_LETTERS = re.compile(r"(?<!\\)([a-z])\1+")


@dataclass(frozen=True, slots=True)
class NetHit:
    """A group of phrases that matched, and whether it means that someone must be told right now."""

    group: str
    urgent: bool


class SafetyNet:
    """The compiled phrases. Stateless after construction; safe to share between threads."""

    def __init__(self, document: Mapping[str, object]) -> None:
        """Raises ValueError when a pattern is not RE2."""
        groups = document["group"]
        assert isinstance(groups, list)
        self._hits = [NetHit(group["name"], bool(group.get("urgent", False))) for group in groups]
        patterns = [(i, p) for i, group in enumerate(groups) for p in group.get("patterns", ())]
        literal = [(i, _as_pattern(p)) for i, group in enumerate(groups) for p in group.get("literal", ())]
        self._as_written = _PatternSet([*patterns, *literal])
        # The form without doubled letters survives "quiiit"; each pattern loses its own doubles to match it.
        self._undoubled = _PatternSet((i, _DOUBLED_LETTERS.sub(r"\1", p)) for i, p in patterns)
        self._squashed = _PatternSet((i, p) for i, group in enumerate(groups) for p in group.get("squashed", ()))

    def hits(self, normalised_text: str) -> tuple[NetHit, ...]:
        """The groups that match, in the file's order; empty for a text that the net leaves alone."""
        found: set[int] = set()
        as_written = fold(normalised_text)
        for window in _windows(as_written):
            found |= self._as_written.matches(window)
            found |= self._squashed.matches(window.replace(" ", ""))
        for window in _windows(fold(normalised_text, letters_kept=1)):
            found |= self._undoubled.matches(window)
        return tuple(self._hits[i] for i in sorted(found))


def _as_pattern(phrase: str) -> str:
    """A phrase in any script as it looks in a folded text; whole words only where its letters make words."""
    folded = fold(normalise(phrase).text)
    return rf"\b{folded}" if folded.isascii() else folded


class _PatternSet:
    """RE2 patterns searched in one pass, each remembering its group."""

    def __init__(self, patterns: Iterable[tuple[int, str]]) -> None:
        options = re2.Options()
        options.max_mem = _MAX_MEMORY  # a set that runs out of it would say "no match" and nothing else
        self._set = re2.Set.SearchSet(options)
        self._groups: list[int] = []
        for group, pattern in patterns:
            try:
                self._set.Add(pattern)
            except re2.error as error:
                raise ValueError(f"safety net: pattern {pattern!r} is not RE2: {error}") from None
            self._groups.append(group)
        self._set.Compile()

    def matches(self, text: str) -> set[int]:
        return {self._groups[i] for i in self._set.Match(text) or ()}


def _windows(text: str) -> Iterator[str]:
    """The whole text in windows that overlap by more than any phrase is long."""
    for start in range(0, max(1, len(text)), WINDOW - OVERLAP):
        yield text[start : start + WINDOW]


def load_safety_net() -> SafetyNet:
    """The net that ships with the package."""
    return SafetyNet(tomllib.loads(files("model").joinpath("safety_net.toml").read_text("utf-8")))


def any_urgent(hits: Sequence[NetHit]) -> bool:
    """Whether one of the matched groups is urgent."""
    return any(hit.urgent for hit in hits)
