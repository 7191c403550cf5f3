"""The same on PostgreSQL: tables, a message with its notice, each delivery to one worker, unsafe settings refused."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pgserver
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from candidates import add_candidate, copy_of
from doubles import ServiceFactory

from model.answer import parts
from model.history import HistoryRow, read_history
from model.live import make_shadow
from serve.clock import utc_now
from serve.delivering.outbox import ON_CALL
from serve.distress.notices import Notices
from serve.distress.reconcile import channels_problem, find
from serve.distress.roster import CONSOLE_ROSTER
from serve.keeping.retention import end_retention
from serve.loop.history import Histories
from serve.store.database import Database, DatabaseUnsafe
from serve.store.deliveries import claim, deliveries_of
from serve.store.looking import look_at
from serve.store.migrate import migrate
from serve.store.people import find_user
from serve.store.shadow import count_shadow, disagreements
from serve.store.tables import metadata


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture
def empty(url: str) -> str:
    """A database of its own, for a test that counts what is there."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE counted")
    engine.dispose()
    return str(sa.make_url(url).set(database="counted").render_as_string(hide_password=False))


def test_the_migrations_make_the_tables_that_the_code_describes(url: str) -> None:
    with Database(url) as database:
        migrate(database.engine)
        with database.engine.begin() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_message_is_kept_and_its_notice_leaves(url: str, start_service: ServiceFactory, tmp_path: Path) -> None:
    service = start_service(database=url, secret_key="k" * 40)
    sent = service.post("i feel like giving up \x00 i want to quit", student={"id": "s-1", "plan": "paid"})
    assert sent["outcome"] == "escalate"
    assert service.transport.news.wait(10)
    csrf = service.sign_in()
    service.client.post(f"/messages/{sent['id']}/confirm", data={"csrf": csrf})
    found = service.client.get(f"/v1/messages/{sent['id']}", headers=service.headers).json()
    assert found["confirmed_label"] == sent["label"]


def test_the_shift_s_pages_read_and_write_the_same(url: str, start_service: ServiceFactory) -> None:
    service = start_service(database=url, secret_key="k" * 40)
    sent = [service.post(f"the light is grey, tests pass {i}", student={"id": "s-9"})["id"] for i in range(3)]
    service.post("i feel like giving up, i want to quit")
    csrf = service.sign_in()
    etag = service.client.get("/queue/list").headers["etag"]
    assert service.client.get("/queue/list", headers={"If-None-Match": etag}).status_code == 304
    service.client.get(f"/queue?message={sent[0]}")
    assert service.client.get("/queue/list", headers={"If-None-Match": etag}).status_code == 200
    for query in ("label=distress", "plan=unknown", "state=free", "state=mine", "state=decided", "lesson=x"):
        assert service.client.get(f"/queue/list?{query}").status_code == 200
    note = {"csrf": csrf, "id": "c" * 32, "student": "s-9", "text": "lost", "kind": "flag"}
    for address, form in (
        (f"/messages/{sent[0]}/skip", {}),
        ("/bursts/confirm", {"message": sent}),
        ("/notes", note),
        ("/queue/search", {"words": "grey"}),
    ):
        assert service.client.post(address, data={"csrf": csrf} | form).status_code == 303
    assert "lost" in service.client.get("/students/s-9").text
    assert "s-9" in service.client.get("/students").text
    found = service.client.get(f"/v1/messages/{sent[1]}", headers=service.headers).json()
    assert found["confirmed_label"] == found["label"]


def test_each_delivery_goes_to_one_of_many_workers(url: str, start_service: ServiceFactory) -> None:
    service = start_service(database=url, worker=False, secret_key="k" * 40)
    expected = {str(service.post(f"i give up, i want to quit ({i})")["id"]) for i in range(20)}
    claimed: list[str] = []

    now = utc_now()

    def work() -> None:
        with Database(url) as database:
            while leases := database.write(
                lambda connection: claim(connection, ON_CALL, now=now, leased_until=now + timedelta(minutes=5))
            ):
                claimed.extend(lease.message_id for lease in leases)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(claimed) == len(set(claimed))
    assert expected <= set(claimed)


def test_the_walk_goes_on_and_who_is_forgotten_is_found(url: str, start_service: ServiceFactory) -> None:
    service = start_service(database=url, worker=False, secret_key="k" * 40)
    sent = str(service.post("i give up, i want to quit this course")["id"])
    database: Database = service.client.app.state.database
    later = service.clock() + timedelta(minutes=16)
    Notices(database, lambda: CONSOLE_ROSTER, "http://aaq", with_words=True).walk_on(later)
    with database.read() as connection:
        assert [row.body["step"] for row in deliveries_of(connection, sent)] == [0, 1]
    with look_at(url) as connection:
        assert sent in [finding.message_id for finding in find(connection, later)]
        assert channels_problem(connection, later)


@pytest.mark.parametrize("setting", ["synchronous_commit"])
def test_settings_that_can_lose_an_acknowledged_message_are_refused(url: str, setting: str) -> None:
    with pytest.raises(DatabaseUnsafe, match=setting):
        Database(f"{url}{'&' if '?' in url else '?'}options=-c%20{setting}%3Doff")


def test_labels_go_out_figures_add_up_a_candidate_is_compared_and_words_go(
    empty: str, start_service: ServiceFactory, releases: Path, tmp_path: Path
) -> None:
    own = copy_of(releases, tmp_path / "releases")
    make_shadow(own, add_candidate(own, "20261120-090000-candidate", thresholds={"confidence": 0.9999999}))
    service = start_service(database=empty, worker=False, releases=own, secret_key="k" * 40)
    state = service.client.app.state
    student = {"id": "maya@school.example", "name": "Maya"}
    sent = service.post("the light is still grey although all my tests pass and i pushed", student=student)
    state.shadow.stop()
    with state.database.read() as connection:
        coach = find_user(connection, "coach").id
        assert count_shadow(connection, "20261120-090000-candidate").n_different == 1
        assert len(disagreements(connection, "20261120-090000-candidate", 10)) == 1
    state.reviewing.confirm(str(sent["id"]), coach)
    assert {figure.name: figure.latest.n for figure in state.monitor.figures()}["override_rate"] == 1
    shown = exported(state.histories, tmp_path)[str(sent["id"])]
    assert (shown.provenance, shown.confirmed_label) == ("confirmation", "lights")
    old = replace(shown, message_id="old", student=student["id"])
    assert [state.histories.take_in([old]).n_new for _ in range(2)] == [1, 0]
    state.reviewing.correct(
        str(service.post("npm says the port is in use when i start the react app")["id"]), "ide", coach
    )
    assert not state.erasing.erase(student["id"], "tests").log_busy
    rows = exported(state.histories, tmp_path)
    assert [(rows[one].text, rows[one].confirmed_label) for one in (sent["id"], "old")] == [("", "lights")] * 2
    tomorrow = service.clock.now + timedelta(days=1)
    assert [end_retention(state.database, tomorrow) for _ in range(2)] == [1, 0]


def exported(histories: Histories, folder: Path) -> dict[str, HistoryRow]:
    histories.export(folder / "history.parquet")
    return {row.message_id: row for row in read_history(folder / "history.parquet", parts()[0]).rows}
