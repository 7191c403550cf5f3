"""Writes a history as `model/history.py` reads it: CSV and JSON Lines by the standard library, Parquet by pyarrow.

A file appears whole or not at all, and only its owner can read it: it holds students' words.
"""

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from model.cells import guarded
from model.history import COLUMNS, HistoryRow, HistoryUnreadable, as_json

_GROUP = 10_000  # rows in a row group of Parquet
_NAMES = ("message_id", "text", "coach", "student")  # cells that others wrote


def kind_of(path: Path) -> str:
    """csv, jsonl or parquet, by the name. Raises HistoryUnreadable for another."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in _WRITERS:
        raise HistoryUnreadable(f"{path}: a history ends in .{', .'.join(_WRITERS)}")
    return kind


def write_rows(path: Path, rows: Iterable[HistoryRow]) -> int:
    """Write a history; returns how many rows. Raises HistoryUnreadable for a name of another kind, or OSError."""
    write = _WRITERS[kind_of(path)]
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            n = write(file, rows)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return n


def _cells(row: HistoryRow) -> dict[str, Any]:
    given = {name: getattr(row, name) for name in _NAMES}
    return {name: guarded(value) if value is not None else None for name, value in given.items()}


def _write_csv(file: BinaryIO, rows: Iterable[HistoryRow]) -> int:
    n = 0
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = as_json(row) | _cells(row)
        writer.writerow([values[name] for name in COLUMNS])  # None is an empty cell
        n += 1
    text.detach()
    return n


def _write_jsonl(file: BinaryIO, rows: Iterable[HistoryRow]) -> int:
    n = 0
    for row in rows:
        file.write(json.dumps(as_json(row), ensure_ascii=False).encode() + b"\n")
        n += 1
    return n


def _write_parquet(file: BinaryIO, rows: Iterable[HistoryRow]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = [pa.field(name, pa.string()) for name in COLUMNS]
    kinds = {"confidence": pa.field("confidence", pa.float64()), "made_at": _utc(pa)}
    schema = pa.schema([kinds.get(field.name, field) for field in text])
    n = 0
    with pq.ParquetWriter(file, schema) as writer:
        for group in _groups(iter(rows)):
            writer.write_table(
                pa.Table.from_pylist([{name: getattr(row, name) for name in COLUMNS} for row in group], schema)
            )
            n += len(group)
    return n


def _utc(pa: Any) -> Any:
    return pa.field("made_at", pa.timestamp("us", tz="UTC"))


def _groups(rows: Iterator[HistoryRow]) -> Iterator[list[HistoryRow]]:
    while group := list(islice(rows, _GROUP)):
        yield group


_WRITERS: dict[str, Callable[[BinaryIO, Iterable[HistoryRow]], int]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}
