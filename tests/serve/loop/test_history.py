"""What coaches said goes out with its provenance and comes back in once; nobody is named, and no cell runs."""

import csv
import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import jsonschema
import pyarrow.parquet as pq
import pytest
from doubles import DATA, Service
from hypothesis import given
from hypothesis import strategies as st

from model.cells import guarded, plain
from model.history import HistoryRow, Provenance, read_history
from model.taxonomy import Taxonomy
from serve.loop.history import Histories
from serve.store.people import find_user

LIGHTS = "the light is still grey although all my tests pass and i pushed"
SCHEMA = json.loads((DATA / "history_schema.json").read_text("utf-8"))


def histories(service: Service) -> Histories:
    found: Histories = service.client.app.state.histories
    return found


def reviewed(service: Service) -> dict[str, str]:
    """Messages and what a coach did about each, by name."""
    reviewing = service.client.app.state.reviewing
    with service.client.app.state.database.read() as connection:
        coach = find_user(connection, "coach").id
    ids = {
        name: str(service.post(f"{LIGHTS} ({name})", student={"id": "maya@school.example", "name": "Maya R."})["id"])
        for name in ("confirmed", "corrected", "undone", "skipped", "untouched")
    }
    reviewing.confirm(ids["confirmed"], coach)
    service.clock.move(minutes=1)
    reviewing.correct(ids["corrected"], "github", coach)
    reviewing.undo(reviewing.confirm(ids["undone"], coach).id)
    reviewing.skip(ids["skipped"], coach)
    return ids


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_labels_that_stand_are_written_and_what_is_no_label_is_counted(
    service: Service, tmp_path: Path, taxonomy: Taxonomy, kind: str
) -> None:
    ids = reviewed(service)
    path = tmp_path / f"history.{kind}"
    done = histories(service).export(path)
    assert (done.n_rows, done.left_out.n_undone, done.left_out.n_skips) == (2, 1, 1)
    history = read_history(path, taxonomy)
    assert history.bad == ()
    first, second = history.rows
    assert (first.message_id, first.provenance, first.confirmed_label) == (ids["confirmed"], "confirmation", "lights")
    assert (second.message_id, second.provenance, second.confirmed_label) == (ids["corrected"], "correction", "github")
    assert second.suggested_label == "lights"
    assert second.confidence
    assert second.release == service.client.get("/version").json()["release"]
    assert second.made_at == service.clock.now


def test_an_export_is_what_the_schema_says(service: Service, tmp_path: Path) -> None:
    reviewed(service)
    histories(service).export(tmp_path / "history.jsonl")
    for line in (tmp_path / "history.jsonl").read_text("utf-8").splitlines():
        jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(line))
    histories(service).export(tmp_path / "history.parquet")
    assert pq.read_schema(tmp_path / "history.parquet").names == list(SCHEMA["properties"])


def test_people_have_pseudonyms_that_stay_the_same(service: Service, tmp_path: Path, taxonomy: Taxonomy) -> None:
    reviewed(service)
    for name in ("a.csv", "b.csv"):
        histories(service).export(tmp_path / name)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert "maya" not in (tmp_path / "a.csv").read_text("utf-8").lower()
    one, other = read_history(tmp_path / "a.csv", taxonomy).rows
    assert one.student == other.student
    assert one.coach == other.coach
    histories(service).export(tmp_path / "real.csv", real_ids=True)
    assert read_history(tmp_path / "real.csv", taxonomy).rows[0].student == "maya@school.example"


def test_only_the_owner_can_read_an_export(service: Service, tmp_path: Path) -> None:
    histories(service).export(tmp_path / "history.csv")
    assert (tmp_path / "history.csv").stat().st_mode & 0o077 == 0


def test_since_is_included_and_until_is_not(service: Service, tmp_path: Path, taxonomy: Taxonomy) -> None:
    ids = reviewed(service)
    second = service.clock.now
    export, path = histories(service).export, tmp_path / "part.jsonl"
    export(path, since=second)
    assert [row.message_id for row in read_history(path, taxonomy).rows] == [ids["corrected"]]
    export(path, until=second)
    assert [row.message_id for row in read_history(path, taxonomy).rows] == [ids["confirmed"]]


def row(service: Service, message_id: str, text: str, minutes: int = 0) -> HistoryRow:
    at = service.clock.now - timedelta(days=300, minutes=minutes)
    given = (message_id, text, "account", None, None, None, None, Provenance.IMPORTED, None, "s-old", at, None)
    return HistoryRow(*given)


def test_what_is_imported_twice_is_there_once_and_goes_out_again(
    service: Service, tmp_path: Path, taxonomy: Taxonomy
) -> None:
    rows = [row(service, "old-1", "cannot pay"), row(service, "old-2", "=1+1"), row(service, "old-1", "repeated")]
    assert histories(service).take_in(rows).n_new == 2
    again = histories(service).take_in(rows)
    assert (again.n_new, again.n_known) == (0, 3)
    reviewed(service)
    histories(service).export(tmp_path / "all.csv")
    found = read_history(tmp_path / "all.csv", taxonomy).rows
    assert [one.text for one in found[:2]] == ["cannot pay", "=1+1"]
    assert len(found) == 4


def test_an_own_message_that_comes_back_is_known(service: Service, tmp_path: Path, taxonomy: Taxonomy) -> None:
    reviewed(service)
    histories(service).export(tmp_path / "history.parquet")
    done = histories(service).take_in(read_history(tmp_path / "history.parquet", taxonomy).rows)
    assert (done.n_new, done.n_known) == (0, 2)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'=", "''@"])
def test_no_cell_of_an_export_is_a_formula(service: Service, tmp_path: Path, taxonomy: Taxonomy, start: str) -> None:
    text = f'{start}HYPERLINK("http://elsewhere.example","x")'
    histories(service).take_in([row(service, "=cmd|' /C calc'!A0", text)])
    histories(service).export(tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        for cells in csv.reader(file):
            assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    (found,) = read_history(tmp_path / "x.csv", taxonomy).rows
    assert (found.message_id, found.text) == ("=cmd|' /C calc'!A0", text)


@given(st.text(alphabet="'=+-@\t\rab", max_size=6))
def test_what_is_made_harmless_comes_back_as_it_was(cell: str) -> None:
    assert plain(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_thousand_and_one_labels_of_one_moment_are_each_written_once(
    service: Service, tmp_path: Path, taxonomy: Taxonomy
) -> None:
    rows = [row(service, f"m{i:05}", f"text {i}") for i in range(2001)]
    assert histories(service).take_in(rows).n_new == 2001
    histories(service).export(tmp_path / "many.jsonl")
    found = read_history(tmp_path / "many.jsonl", taxonomy).rows
    assert [asdict(one)["message_id"] for one in found] == [one.message_id for one in rows]
