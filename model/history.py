"""One labelled message with its provenance, and files of them: what the service writes and training reads.

`data/history_schema.json` says the same for other programs; `tests/model/test_history.py` holds the two together.
"""

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from model.cells import plain
from model.policy import Outcome
from model.taxonomy import Taxonomy


class Provenance(StrEnum):
    """How a label came about; what the coach saw decides what it is worth."""

    BLIND = "blind"  # without seeing a suggestion
    CORRECTION = "correction"  # changed a shown suggestion
    CONFIRMATION = "confirmation"  # agreed with a shown suggestion
    IMPORTED = "imported"  # from before, or from elsewhere


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """What was said about one message. text: empty when erased · made_at: aware UTC."""

    message_id: str
    text: str
    confirmed_label: str
    suggested_label: str | None
    confidence: float | None
    outcome: Outcome | None
    release: str | None
    provenance: Provenance
    coach: str | None
    student: str | None
    made_at: datetime
    action_taken: str | None


COLUMNS = tuple(field.name for field in fields(HistoryRow))
REQUIRED = ("message_id", "text", "confirmed_label", "provenance", "student", "made_at")


class HistoryUnreadable(ValueError):
    """The file as a whole cannot be read as a history; says why."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out. line: of the file (CSV, JSON Lines) or number of the row (Parquet), from 1."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class History:
    """The good rows in the file's order, and the bad ones by line."""

    rows: tuple[HistoryRow, ...]
    bad: tuple[BadRow, ...]


def parse_row(given: Mapping[str, object], taxonomy: Taxonomy) -> HistoryRow:
    """A row from a file's values: strings (an empty one is null), JSON's or Parquet's.

    Raises ValueError with the rule and the value that breaks it; never with the message's text.
    """
    known = {name: given.get(name) for name in COLUMNS}
    for name in ("message_id", "text", "confirmed_label", "provenance", "made_at"):
        if known[name] is None or (name != "text" and known[name] == ""):
            raise ValueError(f"{name} is missing")
    for name in ("message_id", "text", "confirmed_label"):
        if not isinstance(known[name], str):
            raise ValueError(f"{name} is not a text")
    label = str(known["confirmed_label"])
    if label not in taxonomy:
        raise ValueError(f"confirmed_label {label!r} is not one of: {', '.join(taxonomy.keys)}")
    try:
        provenance = Provenance(str(known["provenance"]))
    except ValueError:
        raise ValueError(f"provenance {known['provenance']!r} is not one of: {', '.join(Provenance)}") from None
    coach = _text_or_none(known["coach"])
    if coach is None and provenance is not Provenance.IMPORTED:
        raise ValueError(f"coach is missing, which only {Provenance.IMPORTED} rows may lack")
    outcome = _text_or_none(known["outcome"])
    if outcome is not None and outcome not in set(Outcome):
        raise ValueError(f"outcome {outcome!r} is not one of: {', '.join(Outcome)}")
    return HistoryRow(
        message_id=str(known["message_id"]),
        text=str(known["text"]),
        confirmed_label=label,
        suggested_label=_text_or_none(known["suggested_label"]),
        confidence=_confidence(known["confidence"]),
        outcome=Outcome(outcome) if outcome else None,
        release=_text_or_none(known["release"]),
        provenance=provenance,
        coach=coach,
        student=_text_or_none(known["student"]),
        made_at=_aware(known["made_at"]),
        action_taken=_text_or_none(known["action_taken"]),
    )


def as_json(row: HistoryRow) -> dict[str, object]:
    """A row's plain values, as `parse_row` reads them: a line of JSON Lines."""
    # `asdict` copies deeply, ten times slower
    values: dict[str, object] = {name: getattr(row, name) for name in COLUMNS}
    values["made_at"] = row.made_at.isoformat()
    return values


def _text_or_none(value: object) -> str | None:
    return str(value) if value not in (None, "") else None


def _confidence(value: object) -> float | None:
    if value in (None, ""):
        return None
    try:
        confidence = float(str(value))
    except ValueError:
        raise ValueError("confidence is not a number") from None
    if not 0 <= confidence <= 1:
        raise ValueError(f"confidence is {confidence}, expected 0 to 1")
    return confidence


def _aware(value: object) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError("made_at is not an ISO 8601 time") from None
    if at.tzinfo is None:
        raise ValueError("made_at has no offset from UTC")
    return at.astimezone(UTC)


def read_history(path: Path, taxonomy: Taxonomy) -> History:
    """Read .csv, .jsonl or .parquet. Bad rows are reported by line and the good ones kept.

    Raises HistoryUnreadable when it is not such a file or lacks a column, FileNotFoundError when it is not there.
    """
    readers = {".csv": _csv_rows, ".jsonl": _jsonl_rows, ".parquet": _parquet_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise HistoryUnreadable(f"{path}: a history ends in {', '.join(readers)}")
    rows: list[HistoryRow] = []
    bad: list[BadRow] = []
    for line, given in reader(path):
        if isinstance(given, str):
            bad.append(BadRow(line, given))
            continue
        try:
            rows.append(parse_row(given, taxonomy))
        except ValueError as error:
            bad.append(BadRow(line, str(error)))
    return History(tuple(rows), tuple(bad))


# A row's line and its values, or what is wrong with it.
Raw = Iterator[tuple[int, Mapping[str, object] | str]]


def _check_columns(path: Path, columns: list[str]) -> None:
    if missing := [name for name in REQUIRED if name not in columns]:
        raise HistoryUnreadable(f"{path}: no column {', '.join(missing)}; a history has {','.join(COLUMNS)}")


def _decoded(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HistoryUnreadable(f"{path}: not UTF-8 at byte {error.start}") from None


def _csv_rows(path: Path) -> Raw:
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(io.StringIO(_decoded(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        _check_columns(path, header)
        line = reader.line_num + 1
        for values in reader:
            if values:
                wrong = f"{len(values)} fields, the header has {len(header)}"
                yield line, dict(zip(header, map(plain, values), strict=True)) if len(values) == len(header) else wrong
            line = reader.line_num + 1
    except csv.Error as error:
        yield reader.line_num, f"not CSV from here on: {error}"


def _jsonl_rows(path: Path) -> Raw:
    for number, line in enumerate(_decoded(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            yield number, "not JSON"
            continue
        yield number, row if isinstance(row, dict) else "not an object"


def _parquet_rows(path: Path) -> Raw:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except pa.ArrowInvalid:
        raise HistoryUnreadable(f"{path}: not Parquet") from None
    _check_columns(path, table.column_names)
    yield from enumerate(table.to_pylist(), 1)
