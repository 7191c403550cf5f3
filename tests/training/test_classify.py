"""`aaq classify`, as its user types it."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aaq import app

FIELDS = ["label", "confidence", "outcome", "route", "escalate_to_human", "urgent", "reasons", "candidates", "release"]


@pytest.fixture
def run(releases: Path):
    def invoke(*arguments: str, input: bytes | str | None = None):
        return CliRunner().invoke(app, ["classify", *arguments, "--releases", str(releases)], input=input)

    return invoke


def test_a_text_gives_a_card_that_a_person_reads(run) -> None:
    result = run("the light is grey although all my tests pass")
    assert result.exit_code == 0
    assert "Lights" in result.stdout


def test_json_is_one_object_with_every_field(run) -> None:
    answer = json.loads(run("i want to kill myself", "--json").stdout)
    assert list(answer) == [*FIELDS, "probabilities", "evidence"]
    assert answer["outcome"] == "escalate"
    assert answer["urgent"] is True
    assert sum(answer["probabilities"].values()) == pytest.approx(1)


def test_every_row_of_a_csv_comes_out_in_order_with_its_own_columns(run, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('n,text,label\n1,"two\nlines, one comma",old\n2,👍,\n3,,x\n', "utf-8")
    target = tmp_path / "out.csv"
    assert run(str(source), "--output", str(target)).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8"))))
    assert [row["n"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["text"] == "two\nlines, one comma"
    assert rows[0]["input_label"] == "old"
    assert set(FIELDS) <= set(rows[0])
    assert all(row["escalate_to_human"] in ("true", "false") for row in rows)


def test_json_lines_from_standard_input(run) -> None:
    result = run("-", input='{"id": 7, "text": "learn: command not found"}\n{"id": 8, "text": "\\ud800 \\u0000"}\n')
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["id"] for row in rows] == [7, 8]
    assert rows[0]["label"] == "learn-gem"
    assert rows[1]["escalate_to_human"] is True


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.csv", b"a,b\n1,2\n", "no column named 'text'"),
        ("x.csv", b"text,b\nhello\n", "x.csv:2: 1 fields, the header has 2"),
        ("x.csv", b"text\ncaf\xe9\n", "not UTF-8 at byte 8"),
        ("x.csv", b"", "no column named 'text'"),
        ("x.jsonl", b'{"text": "a"}\nnonsense\n', "x.jsonl:2: not JSON"),
        ("x.jsonl", b'{"text": 5}\n', "x.jsonl:1: not an object with a string 'text'"),
    ],
)
def test_what_cannot_be_read_is_named_by_file_and_line(run, tmp_path: Path, name: str, content: bytes, says) -> None:
    (tmp_path / name).write_bytes(content)
    result = run(str(tmp_path / name))
    assert result.exit_code == 1
    assert says in " ".join(result.stderr.split())


def test_a_missing_file_or_release_is_one_clear_line(run, tmp_path: Path) -> None:
    assert "No such file" in run(str(tmp_path / "none.csv")).stderr
    result = CliRunner().invoke(app, ["classify", "hello", "--releases", str(tmp_path)])
    assert result.exit_code == 1
    assert "aaq train" in result.stderr
