"""Answers for files and for the shell: every row out that came in, in order, with the answer's fields added."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from rich.console import Console, Group
from rich.panel import Panel
from rich.progress import track
from rich.text import Text

from model.answer import Answer, Answerer, percent
from model.policy import Outcome, Reason
from model.taxonomy import Taxonomy

Row = dict[str, object]
_TEXT = "text"
_JOINED = ("reasons", "candidates")

WORDS: dict[Reason, str] = {
    Reason.DISTRESS_PROBABILITY: "it reads like distress",
    Reason.SAFETY_NET: "it holds words that always bring a human",
    Reason.URGENT_PHRASE: "it may be urgent",
    Reason.URGENT_PROBABILITY: "it may be urgent",
    Reason.LOW_CONFIDENCE: "not sure enough to suggest",
    Reason.UNKNOWN_WORDS: "too many words that the model has never seen",
    Reason.UNKNOWN_LANGUAGE: "it is not in English, as far as we can tell",
    Reason.TOO_SHORT: "there are no words in it",
    Reason.NO_MODEL: "no release answers",
    Reason.MODEL_FAILED: "the release failed on this message",
    Reason.CONFIDENT: "sure enough to suggest",
}


class BadInput(ValueError):
    """A file that cannot be read as messages; says where and why."""


def classify_file(answerer: Answerer, source: str, output: Path | None, console: Console) -> None:
    """Answer every row of a .csv or .jsonl file, or of standard input, and write them in the same form.

    Standard input is JSON Lines when it begins with an object, CSV when its first line names a `text` column, and one
    message otherwise. Raises BadInput.
    """
    name, content = _read(source)
    kind = _kind(source, content)
    if kind == "message" and output is None:
        console.file = sys.stdout
        text = content.rstrip("\r\n")
        console.print(card(text, answerer.answer(text), answerer.taxonomy))
        return
    if kind == "csv":
        rows = list(_csv_rows(name, content))
    elif kind == "jsonl":
        rows = list(_jsonl_rows(name, content))
    else:
        rows = [{_TEXT: content.rstrip("\r\n")}]
    answered = _answered(answerer, track(rows, "answering", console=console, disable=len(rows) < 500))
    written_as = output.suffix.lower() if output else f".{kind}"
    if output is None:
        _write(answered, written_as, sys.stdout)
        return
    if written_as not in (".csv", ".jsonl"):
        raise BadInput(f"{output}: the output must end in .csv or .jsonl")
    with output.open("w", encoding="utf-8", newline="") as stream:
        _write(answered, written_as, stream)


def _read(source: str) -> tuple[str, str]:
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise BadInput(f"{source}: {error.strerror}") from None
    name = "standard input" if source == "-" else source
    try:
        return name, data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{name}: not UTF-8 at byte {error.start}") from None


def _kind(source: str, content: str) -> str:
    if source.lower().endswith(".csv"):
        return "csv"
    if source.lower().endswith(".jsonl"):
        return "jsonl"
    first = content.lstrip().split("\n", 1)[0].strip()
    if first.startswith("{"):
        return "jsonl"
    return "csv" if _TEXT in first.split(",") else "message"


def _csv_rows(name: str, content: str) -> Iterator[Row]:
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        header = next(reader, [])
        if _TEXT not in header:
            raise BadInput(f"{name}:1: no column named {_TEXT!r}; the columns are {', '.join(header) or 'none'}")
        line = reader.line_num + 1
        for values in reader:
            if len(values) != len(header):
                raise BadInput(f"{name}:{line}: {len(values)} fields, the header has {len(header)}")
            yield dict(zip(header, values, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(f"{name}:{reader.line_num}: not CSV: {error}") from None


def _jsonl_rows(name: str, content: str) -> Iterator[Row]:
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise BadInput(f"{name}:{number}: not JSON") from None
        if not isinstance(row, dict) or not isinstance(row.get(_TEXT), str):
            raise BadInput(f"{name}:{number}: not an object with a string {_TEXT!r}")
        yield row


def _answered(answerer: Answerer, rows: Iterable[Row]) -> Iterator[Row]:
    """Columns of the input that an answer's field would overwrite are kept as `input_<name>`."""
    for row in rows:
        fields = answerer.answer(str(row[_TEXT]), explained=False).fields()
        kept = {f"input_{name}" if name in fields else name: value for name, value in row.items()}
        yield {**kept, **fields}


def _write(rows: Iterator[Row], suffix: str, stream: IO[str]) -> None:
    if suffix == ".jsonl":
        for row in rows:
            # ASCII with escapes, so that lone surrogates that came in as escapes go out as such.
            stream.write(json.dumps(row) + "\n")
        return
    writer = None
    for row in rows:
        flat = {name: _flat(name, value) for name, value in row.items()}
        if writer is None:
            writer = csv.DictWriter(stream, fieldnames=list(flat), lineterminator="\n", extrasaction="ignore")
            writer.writeheader()
        writer.writerow(flat)


def _flat(name: str, value: object) -> object:
    if name in _JOINED and isinstance(value, list):
        return ";".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


def card(text: str, answer: Answer, taxonomy: Taxonomy) -> Panel:
    """What a person wants to see of an answer in a terminal."""
    decision = answer.decision
    styles = {Outcome.SUGGEST: "green", Outcome.ABSTAIN: "yellow", Outcome.ESCALATE: "magenta"}
    said = {
        Outcome.SUGGEST: f"suggest -> {decision.route}",
        Outcome.ABSTAIN: "a human decides",
        Outcome.ESCALATE: f"a human now -> {decision.route}{' (urgent)' if decision.urgent else ''}",
    }
    quoted = Text(text if len(text) <= 600 else f"{text[:600]}...")
    for span in answer.evidence:
        if span.label == decision.label:
            quoted.stylize("underline", span.start, span.end)
    lines: list[Text] = [quoted, Text()]
    lines.append(Text(said[decision.outcome], style=f"bold {styles[decision.outcome]}"))
    if decision.label is not None and decision.confidence is not None:
        lines.append(Text(f"{taxonomy[decision.label].name}, {percent(decision.confidence)} sure"))
    lines.append(Text(f"because {'; '.join(WORDS[reason] for reason in decision.reasons)}"))
    if len(decision.candidates) > 1:
        lines.append(Text(f"or: {', '.join(taxonomy[key].name for key in decision.candidates[1:6])}", style="dim"))
    return Panel(Group(*lines), title=f"release {answer.release}", title_align="left", border_style="dim")
