"""A history file is read row by row: what is wrong is named by line, and what is right is kept."""

import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from doubles import DATA

from model.history import COLUMNS, REQUIRED, HistoryUnreadable, Provenance, as_json, parse_row, read_history
from model.policy import Outcome
from model.taxonomy import Taxonomy

SCHEMA = json.loads((DATA / "history_schema.json").read_text("utf-8"))
ROW: dict[str, object] = {
    "message_id": "m1",
    "text": 'two\nlines, "quoted"',
    "confirmed_label": "lights",
    "suggested_label": "coaching",
    "confidence": 0.61,
    "outcome": "abstain",
    "release": "r1",
    "provenance": "correction",
    "coach": "c1",
    "student": "s1",
    "made_at": "2026-11-02T09:00:00+01:00",
    "action_taken": None,
}


def test_the_schema_names_what_the_code_reads() -> None:
    properties = SCHEMA["properties"]
    assert tuple(properties) == COLUMNS
    assert tuple(SCHEMA["required"]) == REQUIRED
    assert properties["provenance"]["enum"] == list(Provenance)
    assert properties["outcome"]["enum"] == [*Outcome, None]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"message_id": ""}, "message_id is missing"),
        ({"confirmed_label": ""}, "confirmed_label is missing"),
        ({"provenance": "guess"}, "provenance 'guess'"),
        ({"outcome": "maybe"}, "outcome 'maybe'"),
        ({"confidence": 1.5}, "confidence is 1.5"),
        ({"made_at": None}, "made_at is missing"),
    ],
)
def test_schema_and_code_refuse_the_same_rows(taxonomy: Taxonomy, change: dict[str, object], says: str) -> None:
    assert not list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(ROW))
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(ROW | change))
    with pytest.raises(ValueError, match=says):
        parse_row(ROW | change, taxonomy)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"confirmed_label": "lihgts"}, "confirmed_label 'lihgts'"),
        ({"made_at": "2026-11-02T09:00:00"}, "no offset from UTC"),
        ({"made_at": "yesterday"}, "not an ISO 8601 time"),
        ({"coach": None}, "coach is missing"),
        ({"confidence": "high"}, "confidence is not a number"),
    ],
)
def test_what_a_schema_cannot_say_is_refused_too(taxonomy: Taxonomy, change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_row(ROW | change, taxonomy)


def csv_line(row: dict[str, object]) -> str:
    quoted = ["" if row[name] is None else str(row[name]).replace('"', '""') for name in COLUMNS]
    return ",".join(f'"{value}"' for value in quoted) + "\n"


def written(folder: Path, kind: str, rows: list[dict[str, object]]) -> Path:
    path = folder / f"history.{kind}"
    if kind == "csv":
        path.write_text(",".join(COLUMNS) + "\n" + "".join(map(csv_line, rows)), "utf-8")
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_the_three_formats_say_the_same(tmp_path: Path, taxonomy: Taxonomy, kind: str) -> None:
    history = read_history(written(tmp_path, kind, [ROW, ROW | {"message_id": "m2", "text": ""}]), taxonomy)
    first, erased = history.rows
    assert first == parse_row(ROW, taxonomy)
    assert first.made_at == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert first.action_taken is None
    assert parse_row(json.loads(json.dumps(as_json(first))), taxonomy) == first
    assert (erased.message_id, erased.text) == ("m2", "")


@pytest.mark.parametrize(("kind", "line"), [("csv", 4), ("jsonl", 2), ("parquet", 2)])
def test_a_bad_row_is_named_by_line_without_its_words_and_leaves_the_good_ones(
    tmp_path: Path, taxonomy: Taxonomy, kind: str, line: int
) -> None:
    bad = ROW | {"message_id": "m2", "text": "canary words", "confirmed_label": "nonsense"}
    history = read_history(written(tmp_path, kind, [ROW, bad, ROW | {"message_id": "m3"}]), taxonomy)
    assert [row.message_id for row in history.rows] == ["m1", "m3"]
    ((found, problem),) = [(one.line, one.problem) for one in history.bad]
    assert found == line
    assert "'nonsense'" in problem
    assert "canary" not in problem


def test_broken_lines_are_bad_rows(tmp_path: Path, taxonomy: Taxonomy) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(f"nonsense\n[1]\n{json.dumps(ROW)}\n", "utf-8")
    history = read_history(path, taxonomy)
    assert [(one.line, one.problem) for one in history.bad] == [(1, "not JSON"), (2, "not an object")]
    assert len(history.rows) == 1


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("h.csv", b"message_id,text\n", "no column confirmed_label, provenance, student, made_at"),
        ("h.csv", b"message_id\ncaf\xe9\n", "not UTF-8"),
        ("h.parquet", b"nonsense", "not Parquet"),
        ("h.xlsx", b"", "ends in .csv, .jsonl, .parquet"),
    ],
)
def test_a_file_that_is_no_history_is_refused(
    tmp_path: Path, taxonomy: Taxonomy, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(HistoryUnreadable, match=says):
        read_history(tmp_path / name, taxonomy)
