"""A student is erased: every word and name is gone from every file, labels and counts stay, and the rest is listed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from doubles import Service, ServiceFactory

from model.history import read_history
from model.taxonomy import Taxonomy
from model.verdicts import Says, read_verdicts
from serve.clock import new_id
from serve.delivering.outbox import JIRA, Action, delivery_key
from serve.keeping.erasing import Erasing, NobodyToErase, NotSeenYet
from serve.keeping.retention import Daily, end_retention
from serve.keeping.upkeep import chores
from serve.store.deliveries import claim, insert_delivery, mark_delivered
from serve.store.erasing import IDENTITY, WORDS
from serve.store.people import find_user
from serve.store.records import NewDelivery
from serve.store.tables import decisions, escalations, messages, metadata, notes, outbox, reviews, students

STUDENT = "maya@canary-school.example"
CANARY = "canary"
FIELDS = {
    "question_id": "canary-question",
    "question_url": "https://aaq.example/canary",
    "lesson": "canary lesson",
    "environment": "canary environment",
    "student": {"id": STUDENT, "name": "Canary Maya", "github_username": "canary-maya", "plan": "paid"},
}
OTHER = {"student": {"id": "s2", "name": "Linh"}}

# Columns that hold no student's words and do not say who one is: ids of ours, words of ours, of coaches or vendors.
HARMLESS = {
    "messages": "id sender student_id",
    "decisions": "message_id label outcome route reasons candidates probabilities release",
    "reviews": "id message_id kind suggested_label suggested_outcome release confirmed_label coach_id batch_id",
    "escalations": "id message_id acknowledged_by risk",
    "notes": "id student_id message_id kind coach_id",
    "claims": "message_id coach_id",
    "outbox": "id message_id action destination idempotency_key state receipt closed_by",
    "users": "id name role password_hash external_id",
    "api_keys": "id name prefix key_hash scope",
    "imported_labels": "message_id confirmed_label suggested_label outcome release provenance coach action_taken",
    "history_exports": "path problem",
    "erasures": "student_id asked_by",
    "left_outside": "delivery_id done_by",
    "shadow_answers": "message_id release label outcome",
    "promotion_requests": "release user_id why",
    "drafts": "message_id coach_id action",
    "student_yeses": "message_id coach_id",
    "actions_taken": "delivery_id message_id action label priority coach_id",
    "audit": "id user_id what message_id",
    "webhooks": "id name url events",
}
# Rows that are deleted or emptied by name in serve/store/erasing.py.
BY_NAME = {"students": "id name github_username plan", "imported_labels": "text student"}


def test_every_column_that_can_hold_words_is_erased_or_known_to_hold_none() -> None:
    forgotten = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.String | sa.JSON)
        and column.name not in {*WORDS.get(table.name, {}), *IDENTITY.get(table.name, {})}
        and column.name not in f"{HARMLESS.get(table.name, '')} {BY_NAME.get(table.name, '')}".split()
    ]
    assert forgotten == [], "say in serve/store/erasing.py what happens to them, or here why nothing must"


def erasing(service: Service) -> Erasing:
    found: Erasing = service.client.app.state.erasing
    return found


def plant(service: Service, files: Path) -> dict[str, str]:
    """Words of the student everywhere that this version keeps any."""
    state = service.client.app.state
    with state.database.read() as connection:
        coach = find_user(connection, "coach").id
    ids = {
        "lights": service.post(f"{CANARY} light is still grey although all my tests pass", **FIELDS)["id"],
        "distress": service.post(f"{CANARY} i want to give up and quit everything", **FIELDS)["id"],
        "other": service.post("the light is grey, kept words", **OTHER)["id"],
    }
    state.reviewing.acknowledge(ids["distress"], coach, f"{CANARY} said in the chat")
    state.reviewing.correct(ids["lights"], "lights", coach)
    state.reviewing.correct(ids["other"], "lights", coach)
    for message_id in (ids["lights"], None):
        state.profiles.add_note(
            new_id(), student_id=STUDENT, message_id=message_id, kind="note", text=f"{CANARY} note", coach_id=coach
        )
    now, ticket = service.clock.now, new_id()

    def ticketed(connection: sa.Connection) -> None:
        key, body = delivery_key(Action.TICKET, JIRA, ticket), {"summary": CANARY, "description": f"{CANARY} text"}
        insert_delivery(connection, NewDelivery(ticket, str(ids["lights"]), Action.TICKET, JIRA, body, key, now))
        (lease,) = claim(connection, JIRA, now=now, leased_until=now + timedelta(minutes=1))
        receipt = {"reference": "TS-7", "url": "https://jira.example/browse/TS-7"}
        mark_delivered(connection, lease, delivered_at=now, receipt=receipt)

    state.database.write(ticketed)
    state.histories.export(files / "history.csv")
    state.histories.export(files / "history.parquet")
    return {name: str(message_id) for name, message_id in ids.items()}


@pytest.fixture
def quiet(start_service: ServiceFactory, tmp_path: Path) -> Service:
    """No worker, and releases of its own."""
    return start_service(worker=False, releases=tmp_path / "releases")


def holding(folder: Path) -> list[str]:
    """The files below a folder in which the canary still sings."""
    (folder / "releases").mkdir(exist_ok=True)
    return sorted(
        path.name
        for path in folder.rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes().lower().replace(b"c\x00a\x00n", b"can")
    )


def test_no_word_or_name_is_left_in_any_file(quiet: Service, tmp_path: Path, taxonomy: Taxonomy) -> None:
    (tmp_path / "releases").mkdir()
    ids = plant(quiet, tmp_path)
    assert "history.csv" in holding(tmp_path)
    assert {"aaq.db", "aaq.db-wal"} & set(holding(tmp_path))
    erasing(quiet).erase(STUDENT, "tests")
    assert holding(tmp_path) == []
    for name in ("history.csv", "history.parquet"):
        rows = {row.message_id: row for row in read_history(tmp_path / name, taxonomy).rows}
        assert rows[ids["lights"]].text == ""
        assert rows[ids["lights"]].confirmed_label == "lights"
        assert rows[ids["other"]].text == "the light is grey, kept words"


def test_labels_and_counts_stay(quiet: Service, tmp_path: Path) -> None:
    plant(quiet, tmp_path)

    def counts() -> list[int]:
        with quiet.client.app.state.database.read() as connection:
            tables = (messages, decisions, reviews, escalations, notes, outbox, students)
            return [int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0) for table in tables]

    before = counts()
    erasing(quiet).erase(STUDENT, "tests")
    assert counts() == before


def test_what_is_held_elsewhere_is_listed_until_it_is_ticked_off(quiet: Service, tmp_path: Path) -> None:
    plant(quiet, tmp_path)
    (ticket,) = erasing(quiet).erase(STUDENT, "tests").leftovers
    assert (ticket.destination, ticket.reference) == (JIRA, "TS-7")
    assert ticket.url == "https://jira.example/browse/TS-7"
    with quiet.client.app.state.database.read() as connection:
        coach = find_user(connection, "coach").id
    assert erasing(quiet).tick(ticket.delivery_id, coach)
    assert not erasing(quiet).tick(ticket.delivery_id, coach)
    assert erasing(quiet).remains().leftovers == []


def test_what_has_not_left_is_not_sent_any_more(quiet: Service, tmp_path: Path) -> None:
    plant(quiet, tmp_path)
    erasing(quiet).erase(STUDENT, "tests")
    with quiet.client.app.state.database.read() as connection:
        pending = sa.select(outbox.c.id).where(outbox.c.state == "queued", outbox.c.closed_at.is_(None))
        assert connection.scalars(pending).all() == []


def test_a_distress_case_that_nobody_has_seen_comes_first(quiet: Service) -> None:
    quiet.post("i want to give up and quit everything", **FIELDS)
    with pytest.raises(NotSeenYet, match="1 of this student's distress cases"):
        erasing(quiet).erase(STUDENT, "tests")
    erasing(quiet).erase(STUDENT, "tests", also_unseen=True)
    with pytest.raises(NobodyToErase):
        erasing(quiet).look(STUDENT)


def test_later_training_is_told_of_rows_in_files_that_we_do_not_know(quiet: Service, tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    ids = plant(quiet, tmp_path)
    erasing(quiet).erase(STUDENT, "tests")
    said = read_verdicts(tmp_path / "releases")
    assert {said[ids[name]].says for name in ("lights", "distress")} == {Says.DROP}
    assert ids["other"] not in said


def test_an_export_that_was_changed_by_hand_is_listed_and_one_that_is_gone_is_forgotten(
    quiet: Service, tmp_path: Path
) -> None:
    plant(quiet, tmp_path)
    (tmp_path / "history.csv").write_text(f"nonsense {CANARY}", "utf-8")
    (tmp_path / "history.parquet").unlink()
    (file,) = erasing(quiet).erase(STUDENT, "tests").files
    assert file.path == str(tmp_path / "history.csv")


def test_a_label_that_was_imported_loses_its_words_too(quiet: Service, tmp_path: Path, taxonomy: Taxonomy) -> None:
    ids = plant(quiet, tmp_path)
    moved = read_history(tmp_path / "history.csv", taxonomy).rows
    quiet.client.app.state.histories.take_in(replace(row, message_id=f"old {row.message_id}") for row in moved)
    assert erasing(quiet).look(STUDENT).n_imported == 1
    erasing(quiet).erase(STUDENT, "tests")
    assert holding(tmp_path) == []
    quiet.client.app.state.histories.export(tmp_path / "again.jsonl")
    texts = {row.message_id: row.text for row in read_history(tmp_path / "again.jsonl", taxonomy).rows}
    assert texts[f"old {ids['lights']}"] == ""
    assert texts[f"old {ids['other']}"] != ""


def test_the_words_of_a_student_who_writes_again_are_kept(quiet: Service, tmp_path: Path) -> None:
    plant(quiet, tmp_path)
    erasing(quiet).erase(STUDENT, "tests")
    sent = quiet.post("a new question, asked later", student={"id": STUDENT})
    with quiet.client.app.state.database.read() as connection:
        kept = connection.scalar(sa.select(messages.c.text).where(messages.c.id == sent["id"]))
    assert kept == "a new question, asked later"


def test_retention_drops_old_words_keeps_labels_and_waits_for_people(
    quiet: Service, tmp_path: Path, taxonomy: Taxonomy
) -> None:
    (tmp_path / "releases").mkdir()
    ids = plant(quiet, tmp_path)
    unseen = str(quiet.post("i want to give up and quit everything, unseen")["id"])
    database = quiet.client.app.state.database
    quiet.clock.move(days=100)
    new = str(quiet.post("a fresh question")["id"])
    assert end_retention(database, quiet.clock.now - timedelta(days=90)) == 2
    assert end_retention(database, quiet.clock.now - timedelta(days=90)) == 0
    with database.read() as connection:
        texts = {row.id: row.text for row in connection.execute(sa.select(messages.c.id, messages.c.text))}
    assert (texts[ids["lights"]], texts[ids["other"]]) == ("", "")
    assert texts[unseen]
    assert texts[new]
    assert texts[ids["distress"]]  # acknowledged, and nobody has said yet what it is
    rows = read_history(tmp_path / "history.csv", taxonomy).rows
    assert [(row.text, row.confirmed_label) for row in rows] == [("", "lights"), ("", "lights")]


def test_the_workers_process_ends_retention_finishes_erasures_and_writes_the_history(
    start_service: ServiceFactory, tmp_path: Path, taxonomy: Taxonomy
) -> None:
    file = tmp_path / "daily.jsonl"
    service = start_service(worker=False, releases=tmp_path / "releases", retention_days=30, history_file=file)
    (tmp_path / "releases").mkdir()
    ids = plant(service, tmp_path)
    state = service.client.app.state
    (upkeep,) = chores(service.settings, state.database, state.erasing, state.histories)
    upkeep.do(service.clock.now + timedelta(days=29))
    assert {row.message_id: row.text for row in read_history(file, taxonomy).rows}[ids["lights"]]
    upkeep.do(service.clock.now + timedelta(days=31))
    assert {row.message_id: row.text for row in read_history(file, taxonomy).rows}[ids["lights"]] == ""


def test_what_is_daily_is_done_once_a_day_however_often_it_is_asked(quiet: Service) -> None:
    done: list[object] = []
    daily = Daily(done.append)
    for _ in range(3):
        daily(quiet.clock.now)
    quiet.clock.move(hours=24)
    daily(quiet.clock.now)
    assert len(done) == 2
