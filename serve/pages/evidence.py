"""A message's text cut into what a page marks: evidence, and code. Pure; no HTML."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import re2

from model.taxonomy import Taxonomy

# Linear-time patterns (RE2), since this is student text.
_FENCED = re2.compile(r"(?s)```.*?(?:```|\z)")
_INLINE = re2.compile(r"`[^`\n]+`")
_LINE = re2.compile(r"(?m)^.+$")
_CODE_LINE = re2.compile(
    r"^\s*(?:\$ |>> |irb|\S*pry\(|at \S+ \(|#<|</?[a-z]+[ >]|[\w:]*(?:Error|Exception)\b.*:"
    r"|(?:from |at )?(?:[\w./~-]+\.(?:rb|jsx?|erb|py|html|css):\d+|[\w./~-]*/[\w./~-]+:\d+:in )"
    r"|def \w|class [A-Z]\w*\s*[<({]?|(?:const|let|var) \w+ ?=|import .* from |(?:require|require_relative|puts) ['\"]"
    r"|(?:describe|it) ['\"].*do\s*$|end\s*$|[}\])]+[;,]?\s*$)"
    r"|[{;]\s*$|=> "
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the message's text. kind: "" or which evidence it is ("label", "distress"); hint: what hovering says."""

    text: str
    kind: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """Prose, or code. code: "" , "inline" or "block". Concatenated, the pieces of all segments are the text."""

    code: str
    pieces: Sequence[Piece]


def segments(text: str, evidence: Sequence[Mapping[str, Any]], taxonomy: Taxonomy) -> Sequence[Segment]:
    """The text as segments, each cut where evidence begins and ends. Without evidence, pass an empty sequence."""
    spans = [span for span in evidence if 0 <= span["start"] < span["end"] <= len(text)]
    heaviest = max((span["weight"] for span in spans), default=0.0)
    found: list[Segment] = []
    for start, end, code in _runs(text):
        edges = {edge for span in spans for edge in (span["start"], span["end"]) if start < edge < end}
        cuts = [start, *sorted(edges), end]
        pieces = [
            _piece(text[a:b], [span for span in spans if span["start"] <= a and b <= span["end"]], heaviest, taxonomy)
            for a, b in pairwise(cuts)
        ]
        found.append(Segment(code, pieces))
    return found


def _piece(text: str, covering: Sequence[Mapping[str, Any]], heaviest: float, taxonomy: Taxonomy) -> Piece:
    if not covering:
        return Piece(text)
    strongest = max(covering, key=lambda span: float(span["weight"]))
    share = strongest["weight"] / heaviest
    how = "strongly " if share > 0.6 else "a little " if share < 0.25 else ""
    kind = "distress" if any(span["label"] == taxonomy.distress.key for span in covering) else "label"
    return Piece(text, kind, f"pushes {how}towards {taxonomy[strongest['label']].name}")


def _runs(text: str) -> Iterable[tuple[int, int, str]]:
    """(start, end, code) one after the other, from the text's beginning to its end."""
    at = 0
    for start, end, code in sorted(_code_spans(text)):
        if start > at:
            yield at, start, ""
        yield start, end, code
        at = end
    if at < len(text):
        yield at, len(text), ""


def _code_spans(text: str) -> Sequence[tuple[int, int, str]]:
    found = [(match.start(), match.end(), "block") for match in _FENCED.finditer(text)]

    def free(start: int, end: int) -> bool:
        return all(end <= a or b <= start for a, b, _ in found)

    for start, end in _code_lines(text):
        if free(start, end):
            found.append((start, end, "block"))
    found += [(m.start(), m.end(), "inline") for m in _INLINE.finditer(text) if free(m.start(), m.end())]
    return found


def _code_lines(text: str) -> Iterable[tuple[int, int]]:
    """Runs of neighbouring lines that look like code, a trace or a terminal; at least two, or one that stands alone."""
    run: tuple[int, int] | None = None
    for line in _LINE.finditer(text):
        start, end = line.span()
        if _CODE_LINE.search(line.group()) is None:
            if run:
                yield run
            run = None
        elif run and start == run[1] + 1:
            run = (run[0], end)
        else:
            if run:
                yield run
            run = (start, end)
    if run:
        yield run
