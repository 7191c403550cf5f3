"""The database: tables as migrated, one process, one writer, all or nothing."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from serve.store.database import Database, DatabaseInUse, TooManyWaiting
from serve.store.migrate import configuration, migrate
from serve.store.tables import metadata, students


@pytest.fixture
def database(tmp_path: Path):
    with Database(f"sqlite:///{tmp_path / 'x.db'}") as opened:
        migrate(opened.engine)
        yield opened


def student(name: str):
    values = {"id": name, "plan": "free", "seen_at": sa.func.now()}
    return lambda connection: connection.execute(sa.insert(students).values(**values))


def count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(students)) or 0)


def test_the_migrations_make_the_tables_that_the_code_describes(database: Database) -> None:
    with database.engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_fails_in_a_group_takes_nothing_else_with_it(database: Database) -> None:
    gate = threading.Event()
    blocker = threading.Thread(target=lambda: database.write(lambda _: gate.wait(10)))
    blocker.start()
    results: list[object] = []

    def write(name: str) -> None:
        try:
            database.write(student(name))
            results.append("ok")
        except sa.exc.IntegrityError:
            results.append("refused")

    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "a", "b")]
    for thread in writers:
        thread.start()
    gate.set()
    for thread in [blocker, *writers]:
        thread.join()
    assert sorted(map(str, results)) == ["ok", "ok", "refused"]
    assert count(database) == 2


def test_a_reader_cannot_write(database: Database) -> None:
    with database.read() as connection, pytest.raises(sa.exc.OperationalError, match="readonly"):
        connection.execute(sa.delete(students))


def test_a_failing_commit_reaches_every_caller(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")

    def too_large(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE big AS SELECT randomblob(9000000) AS b")

    with pytest.raises(sa.exc.OperationalError, match="full"):
        database.write(too_large)
    assert count(database) == 0


def test_a_second_process_is_refused_by_name(database: Database, tmp_path: Path) -> None:
    with pytest.raises(DatabaseInUse, match=r"held by process \d+"):
        Database(f"sqlite:///{tmp_path / 'x.db'}")


def test_too_many_waiting_writes_are_refused_at_once(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'y.db'}", waiting_limit=1) as database:
        gate, busy = threading.Event(), threading.Event()

        def block(_: sa.Connection) -> None:
            busy.set()
            gate.wait(10)

        first = threading.Thread(target=lambda: database.write(block))
        first.start()
        assert busy.wait(5)
        second = threading.Thread(target=lambda: database.write(lambda _: None))
        second.start()
        while database.n_waiting == 0:
            pass
        with pytest.raises(TooManyWaiting):
            database.write(lambda _: None)
        gate.set()
        first.join()
        second.join()


def test_writes_are_on_disk_when_they_are_answered(database: Database) -> None:
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_an_earlier_database_is_brought_up_with_its_rows(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'old.db'}") as database:
        with database.engine.begin() as connection:
            command.upgrade(configuration(connection), "0001")
            for statement in (
                "INSERT INTO messages (id, sender, body_hash, text, asked_at, received_at)"
                " VALUES ('m', 's', 'h', 'hello', '2026-11-23', '2026-11-23 09:00:00.000000')",
                "INSERT INTO decisions (message_id, outcome, urgent, reasons, candidates, probabilities, evidence,"
                " decided_at) VALUES ('m', 'abstain', 0, '[]', '[]', '{}', '[]', '2026-11-23')",
            ):
                connection.exec_driver_sql(statement)
        migrate(database.engine)
        with database.read() as connection:
            rows = connection.exec_driver_sql("SELECT rank_at = received_at, blind FROM messages").all()
        assert rows == [(1, 0)]
        with database.engine.begin() as connection:
            command.downgrade(configuration(connection), "0001")
