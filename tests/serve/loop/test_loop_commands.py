"""The commands beside a stopped service: they say what they did, ask before they erase, and repeat nobody's words."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from aaq import app
from model.history import COLUMNS

STUDENT = "maya@school.example"


@pytest.fixture
def aaq(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    monkeypatch.chdir(tmp_path)
    environment = {"AAQ_DATABASE": f"sqlite:///{tmp_path / 'aaq.db'}", "AAQ_RELEASES": str(tmp_path / "releases")}

    def run(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, arguments, input=typed, env=environment)

    yield run
    # The commands send logs to the standard error of their own, which is closed with them.
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()


def history(path: Path, *rows: dict[str, object]) -> Path:
    full = dict.fromkeys(COLUMNS) | {"provenance": "imported", "made_at": datetime(2025, 3, 4, tzinfo=UTC).isoformat()}
    path.write_text("".join(json.dumps(full | row) + "\n" for row in rows), "utf-8")
    return path


def old(path: Path) -> Path:
    return history(
        path,
        {"message_id": "old-1", "text": "cannot pay", "confirmed_label": "account", "student": STUDENT},
        {"message_id": "old-2", "text": "secret words", "confirmed_label": "nonsense", "student": "s2"},
        {"message_id": "old-3", "text": "grey light", "confirmed_label": "lights", "student": "s2"},
    )


def test_good_rows_are_taken_in_once_and_a_bad_one_is_named_by_line(aaq: Callable[..., Result], tmp_path: Path) -> None:
    file = str(old(tmp_path / "old.jsonl"))
    first, second = aaq("history", "import", file), aaq("history", "import", file)
    assert "2 new, 0 known before, 1 left out." in first.output
    assert "old.jsonl:2: left out: confirmed_label 'nonsense'" in first.output
    assert "secret words" not in first.output
    assert "0 new, 2 known before" in second.output


def test_an_export_says_what_it_wrote_and_a_pseudonym_leads_nowhere_without_the_student(
    aaq: Callable[..., Result], tmp_path: Path
) -> None:
    aaq("history", "import", str(old(tmp_path / "old.jsonl")))
    said = aaq("history", "export", "out.csv", "--since", "2025-01-01", "--until", "2025-12-31")
    assert "2 labels, 0 of them without words" in said.output
    assert STUDENT not in (tmp_path / "out.csv").read_text("utf-8")
    assert aaq("history", "who", "s-00000000000000000000").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("export", "out.xlsx"), "ends in .csv, .jsonl, .parquet"),
        (("export", "out.csv", "--since", "yesterday"), "is not a day or time"),
        (("import",), "give either a file or --jira"),
        (("import", "nowhere.csv"), "nowhere.csv"),
        (("import", "--jira", "project = TS"), "AAQ_JIRA_URL"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    aaq: Callable[..., Result], arguments: tuple[str, ...], says: str
) -> None:
    ended = aaq("history", *arguments)
    assert ended.exit_code == 1
    assert says in ended.output
    assert "Traceback" not in ended.output


def test_erasing_asks_for_the_id_again(aaq: Callable[..., Result], tmp_path: Path) -> None:
    aaq("history", "import", str(old(tmp_path / "old.jsonl")))
    refused = aaq("erase", STUDENT, typed="somebody else\n")
    assert refused.exit_code == 1
    assert "nothing was changed" in refused.output
    done = aaq("erase", STUDENT, typed=f"{STUDENT}\n")
    assert "1 imported label lose" in done.output
    assert "Erased." in done.output
    assert "nothing is known of this student" in aaq("erase", STUDENT, "--yes").output
    assert b"cannot pay" not in (tmp_path / "aaq.db").read_bytes()


def test_erasing_nobody_finishes_what_is_left_and_says_so(aaq: Callable[..., Result]) -> None:
    assert "Nothing is left to do elsewhere." in aaq("erase").output
