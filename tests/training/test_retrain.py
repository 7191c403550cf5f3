"""`aaq retrain`, `aaq releases` and `aaq labels review`, as they are typed, in a school of their own."""

import csv
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from school import SmallSchool
from typer.testing import CliRunner

from aaq import app
from model.history import HistoryRow, as_json
from model.journal import Step, read_journal
from model.live import live_id
from model.release import load_release
from model.taxonomy import Taxonomy
from model.verdicts import Says, Verdict, add_verdict, read_verdicts
from training.retrain import SUSPECTS
from training.suspects import Suspect, as_csv

CANARY = "zebraumbrella"


def write_history(path: Path, rows: list[HistoryRow]) -> Path:
    lines = [json.dumps(as_json(row)) for row in rows]
    path.write_text("\n".join(lines) + "\nnonsense\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def kept(school: SmallSchool, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder of releases after one honest run, with erased rows in it, and the history's file."""
    folder = tmp_path_factory.mktemp("kept")
    shutil.copytree(school.releases, folder / "releases")
    erased = [replace(row, text="", message_id=f"erased-{row.message_id}") for row in school.history[:10]]
    said = [replace(row, text=f"{row.text} {CANARY}") for row in school.history[:10]]
    path = write_history(folder / "history.jsonl", [*school.history[10:], *erased])
    again = school.retrain([*school.history[10:], *erased], folder / "releases")
    assert CANARY in said[0].text
    assert again.learned.n_erased == 10
    return folder / "releases", path


def run(*arguments: object, input: str | None = None):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=input)


def candidate(releases: Path) -> str:
    return max(path.parent.name for path in releases.glob("*/gate.json"))


def test_erased_messages_leave_nothing_in_a_release(kept: tuple[Path, Path]) -> None:
    releases, _ = kept
    assert all(CANARY.encode() not in path.read_bytes() for path in releases.rglob("*") if path.is_file())


def test_the_release_is_guarded_by_the_corpus_alone(kept: tuple[Path, Path], taxonomy: Taxonomy) -> None:
    releases, _ = kept
    release = load_release(releases / candidate(releases), taxonomy)
    alone = load_release(releases / live_id(releases), taxonomy)
    assert release.guard is not None
    assert release.guard.threshold == alone.thresholds.distress
    assert release.manifest["data"]["history"]["n_rows"] > 400


def test_suspects_are_named_without_words_and_mostly_are_mistakes(kept: tuple[Path, Path], school: SmallSchool) -> None:
    releases, _ = kept
    text = (releases / candidate(releases) / SUSPECTS).read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert set(rows[0]) == {"message_id", "coach", "student", "confirmed_label", "likely_label", "quality"}
    n_mistakes = sum(row["confirmed_label"] != school.truth[row["message_id"]] for row in rows)
    assert n_mistakes > len(rows) / 4  # coaches err in one of twenty


def test_a_candidate_is_listed_shown_compared_promoted_and_rolled_back(
    kept: tuple[Path, Path], school: SmallSchool
) -> None:
    releases, _ = kept
    name, at = candidate(releases), ("--releases", releases)
    first = live_id(releases)
    assert "passed against" in " ".join(run("releases", "list", *at).stdout.split())
    shown = run("releases", "show", name, *at).stdout
    assert "kept: distress recall" in shown
    told = run("releases", "diff", name, "--data", school.data, *at).stdout
    assert "distress no longer escalated: 0 of" in told
    assert "towards it:" in told
    assert run("releases", "shadow", name, *at).exit_code == 0
    refused = run("releases", "promote", name, "--why", "better", "--who", "kim", *at)
    assert "second person" in refused.stderr
    assert live_id(releases) == first
    assert run("releases", "promote", name, "--why", "x", "--who", "kim", "--second", "lee", *at).exit_code == 0
    assert live_id(releases) == name
    assert run("releases", "rollback", "--why", "too many alarms", "--who", "kim", *at).exit_code == 0
    assert live_id(releases) == first
    assert [entry.action for entry in read_journal(releases)] == [
        Step.PROMOTED, Step.SHADOWED, Step.PROMOTED, Step.ROLLED_BACK
    ]  # fmt: skip


def test_a_run_that_comes_too_early_says_so_and_does_nothing(kept: tuple[Path, Path], school: SmallSchool) -> None:
    releases, history = kept
    before = sorted(releases.iterdir())
    ended = run(
        "retrain", "--history", history, "--trigger", "new-labels", "--releases", releases, "--data", school.data
    )
    assert ended.exit_code == 0
    assert "not now: 0 new labels" in ended.stdout
    assert "not JSON" in ended.stderr
    assert sorted(releases.iterdir()) == before


def test_without_a_live_release_there_is_nothing_to_compare_with(tmp_path: Path, school: SmallSchool) -> None:
    ended = run("retrain", "--releases", tmp_path, "--data", school.data)
    assert ended.exit_code == 1
    assert "aaq train" in ended.stderr


def test_a_person_looks_at_suspects_once(tmp_path: Path, school: SmallSchool) -> None:
    rows = list(school.history[:4])
    (tmp_path / "1").mkdir()
    suspects = [Suspect(row.message_id, "alma", "s", row.confirmed_label, "ui", 0.01) for row in rows]
    (tmp_path / "1" / SUSPECTS).write_bytes(as_csv(suspects))
    history = write_history(tmp_path / "history.jsonl", rows)
    ask = ("labels", "review", "--history", history, "--releases", tmp_path, "--who", "kim")
    first = run(*ask, input="k\nnonsense\nblog\nd\nq\n")
    assert "3 looked at, 1 left" in first.stdout
    said = {verdict.message_id: (verdict.says, verdict.label) for verdict in read_verdicts(tmp_path).values()}
    assert said[rows[0].message_id] == (Says.KEEP, rows[0].confirmed_label)
    assert said[rows[1].message_id] == (Says.CHANGE, "blog")
    assert said[rows[2].message_id][0] is Says.DROP
    assert "1 of 1" in run(*ask, input="s\n").stdout


def test_the_last_verdict_on_a_message_counts(tmp_path: Path) -> None:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    for says in (Says.KEEP, Says.DROP):
        add_verdict(tmp_path, Verdict("m1", says, "ui", "kim", at))
    assert read_verdicts(tmp_path)["m1"].says is Says.DROP
