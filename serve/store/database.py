"""One way in: `read` for looking, `write` for changing.

SQLite: one process, one writing connection on one thread, which commits what is waiting as a group: measured, a single
writer answers at p99 58 ms where several threads take 969 ms; and two connections that checkpoint a WAL can
corrupt it (SQLite before 3.51.3), so readers never do. PostgreSQL: a transaction a call, on the caller's thread.
"""

import fcntl
import os
import queue
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
Work = Callable[[sa.Connection], T]

_GROUP = 64  # pieces of work in one commit
_STOP = object()
_SCRUB = object()


class DatabaseInUse(RuntimeError):
    """Another process holds the SQLite database."""


class DatabaseUnsafe(RuntimeError):
    """The database is set so that an acknowledged message could be lost."""


class TooManyWaiting(RuntimeError):
    """More writes are waiting than may; try again later."""


class Database:
    """An open database. Use as a context manager, or call `close`."""

    def __init__(self, url: str, *, waiting_limit: int = 256) -> None:
        """Raises DatabaseInUse, DatabaseUnsafe, or SQLAlchemy's OperationalError when it cannot be opened."""
        self._is_sqlite = url.startswith("sqlite:")
        if self._is_sqlite:
            path = Path(url.removeprefix("sqlite:///"))
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(path)
            self._writing = _sqlite_engine(url, writing=True)
            self._reading = _sqlite_engine(url, writing=False)
            self._waiting: queue.Queue[Any] = queue.Queue(waiting_limit)
            self._opened, self._n_commits = secrets.token_hex(4), 0
            self._writer = threading.Thread(target=self._write_groups, name="database-writer", daemon=True)
            self._writer.start()
        else:
            self._writing = self._reading = sa.create_engine(
                url, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True
            )
            with self._writing.connect() as connection:
                settings = ("fsync", "synchronous_commit")
                unsafe = [name for name in settings if connection.scalar(sa.text(f"SHOW {name}")) == "off"]
            if unsafe:
                self._writing.dispose()
                raise DatabaseUnsafe(f"PostgreSQL's {unsafe[0]} is off: acknowledged messages could be lost")

    @property
    def engine(self) -> sa.Engine:
        """The writing engine, for migrations."""
        return self._writing

    @property
    def n_waiting(self) -> int:
        """Writes that wait for the writer; always 0 on PostgreSQL."""
        return self._waiting.qsize() if self._is_sqlite else 0

    def version(self) -> str:
        """Another one after every commit: while it stays the same, so does everything that was read."""
        if self._is_sqlite:
            return f"{self._opened}.{self._n_commits}"
        with self.read() as connection:
            return str(connection.scalar(sa.text("SELECT pg_current_snapshot()::text")))

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection that sees one consistent state and cannot change it."""
        with self._reading.connect() as connection:
            yield connection

    def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction and return its result after the commit.

        Whatever `work` raises undoes its changes alone and is raised here. Raises TooManyWaiting at once when the
        writer has more to do than it may.
        """
        if not self._is_sqlite:
            with self._writing.begin() as connection:
                return work(connection)
        future: Future[T] = Future()
        try:
            self._waiting.put_nowait((work, future))
        except queue.Full:
            raise TooManyWaiting("too many writes are waiting") from None
        return future.result()

    def scrub(self, *, whole: bool = True) -> bool:
        """Leave no trace of what was deleted in the database's files; false when a reader stood in the way.

        whole: also of what was deleted before the database began to overwrite; writes wait while the file is rewritten.
        """
        if not self._is_sqlite:
            with self._writing.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(sa.text("VACUUM FULL" if whole else "VACUUM"))
            return True
        future: Future[bool] = Future()
        self._waiting.put(((_SCRUB, whole), future))
        return future.result()

    def close(self) -> None:
        """Finish what is waiting, then let go of the database."""
        if self._is_sqlite:
            self._waiting.put(_STOP)
            self._writer.join()
        self._reading.dispose()
        self._writing.dispose()
        if self._is_sqlite:
            os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write_groups(self) -> None:
        stopping = False
        while not stopping:
            group = [self._waiting.get()]
            while len(group) < _GROUP and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
            stopping = _STOP in group
            scrubs = [item for item in group if item is not _STOP and isinstance(item[0], tuple)]
            self._write_group([item for item in group if item is not _STOP and item not in scrubs])
            for (_, whole), future in scrubs:
                self._scrub(whole, future)

    def _write_group(self, group: list[tuple[Work[Any], Future[Any]]]) -> None:
        """One commit for the group; each piece of work in its own savepoint, answered only after the commit."""
        if not group:
            return
        results: list[tuple[Future[Any], Any]] = []
        try:
            with self._writing.begin() as connection:
                for work, future in group:
                    try:
                        with connection.begin_nested():
                            results.append((future, work(connection)))
                    except DBAPIError as error:
                        if error.connection_invalidated or _is_whole_database(error):
                            raise
                        future.set_exception(error)
                    except BaseException as error:  # noqa: BLE001  it belongs to the caller, who is waiting for it
                        future.set_exception(error)
        except BaseException as error:  # noqa: BLE001  nothing of the group is committed: every caller must know
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        self._n_commits += 1
        for future, result in results:
            future.set_result(result)

    def _scrub(self, whole: bool, future: "Future[bool]") -> None:
        """On the writer's own connection, between groups: another one that checkpoints can corrupt the file."""
        try:
            with self._writing.connect() as connection:
                cursor = connection.connection.cursor()
                if whole:
                    cursor.execute("VACUUM")
                busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                cursor.close()
            future.set_result(not busy)
        except BaseException as error:  # noqa: BLE001  it belongs to the caller, who is waiting for it
            future.set_exception(error)


def _is_whole_database(error: DBAPIError) -> bool:
    """Whether the failure is of the database (disk full, read-only, locked) rather than of one statement."""
    return isinstance(error, sa.exc.OperationalError)


def _lock(path: Path) -> int:
    """Hold `<database>.lock` for as long as this process lives; it names the holder."""
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 200).decode("utf-8", "replace").strip()
        os.close(handle)
        raise DatabaseInUse(
            f"{path} is held by process {holder}: SQLite is for one process; stop it, or use PostgreSQL"
        ) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle


def _sqlite_engine(url: str, *, writing: bool) -> sa.Engine:
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": 10})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        if writing:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA secure_delete=ON")  # what was erased is overwritten, not only unlinked
            cursor.execute("PRAGMA temp_store=MEMORY")  # a VACUUM leaves no copy in a folder for everybody
        else:
            cursor.execute("PRAGMA query_only=ON")
            cursor.execute("PRAGMA wal_autocheckpoint=0")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
