"""The history goes out, for `aaq retrain`, and comes in: what a school knew before."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
import structlog

from model.history import HistoryRow
from model.text import storable
from serve.clock import Clock
from serve.loop.history_files import kind_of, write_rows
from serve.loop.pseudonyms import Pseudonyms
from serve.store.database import Database
from serve.store.erasing import count_erasures
from serve.store.history import LeftOut, imported, insert_imported, labelled, left_out, put_export

_log = structlog.get_logger()
_AT_ONCE = 500  # imported rows in one transaction


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote, and what is no label. n_erased: rows whose words are gone; they are counted in n_rows."""

    n_rows: int
    n_erased: int
    left_out: LeftOut


@dataclass(frozen=True, slots=True)
class Imported:
    """n_known: rows whose message was there already, from here or an earlier import."""

    n_new: int
    n_known: int


class Histories:
    """The service behind `aaq history`."""

    def __init__(self, database: Database, pseudonyms: Pseudonyms, clock: Clock) -> None:
        self._database = database
        self._pseudonyms = pseudonyms
        self._clock = clock

    def export(
        self, path: Path, *, since: datetime | None = None, until: datetime | None = None, real_ids: bool = False
    ) -> Exported:
        """Write every label that stands, made from `since` until before `until`, oldest first, to a file.

        Students and coaches by their pseudonyms unless `real_ids`. The file is remembered, so that a student who is
        erased later goes from it too. Raises HistoryUnreadable for a name that is no history's, or OSError.
        """
        kind_of(path)
        path, now = path.absolute(), self._clock()
        self._database.write(partial(put_export, path=str(path), n_rows=0, made_at=now))
        while True:
            exported, n_erasures = self._write(path, since, until, real_ids)
            with self._database.read() as connection:
                if count_erasures(connection) == n_erasures:
                    break  # else somebody was erased meanwhile, and what was written still knows them
        self._database.write(partial(put_export, path=str(path), n_rows=exported.n_rows, made_at=now))
        _log.info("history.exported", n=exported.n_rows)
        return exported

    def _write(
        self, path: Path, since: datetime | None, until: datetime | None, real_ids: bool
    ) -> tuple[Exported, int]:
        """What was written, and how many erasures it has seen."""
        n_erased = 0

        def rows(connection: sa.Connection) -> Iterator[HistoryRow]:
            nonlocal n_erased
            sources = (labelled(connection, since, until), imported(connection, since, until))
            for row in heapq.merge(*sources, key=lambda row: row.made_at):
                n_erased += not row.text
                yield row if real_ids else self._without_names(row)

        with self._database.read() as connection:
            n_erasures = count_erasures(connection)
            n_rows = write_rows(path, rows(connection))
            return Exported(n_rows, n_erased, left_out(connection, since, until)), n_erasures

    def _without_names(self, row: HistoryRow) -> HistoryRow:
        return replace(
            row,
            student=self._pseudonyms.student(row.student) if row.student is not None else None,
            coach=self._pseudonyms.coach(row.coach) if row.coach is not None else None,
        )

    def take_in(self, rows: Iterable[HistoryRow]) -> Imported:
        """Keep labels from elsewhere, each message once however often it comes."""
        n, n_new, now = 0, 0, self._clock()
        coming = (replace(row, text=storable(row.text)) for row in rows)
        while group := list(islice(coming, _AT_ONCE)):
            n += len(group)
            n_new += self._database.write(partial(insert_imported, rows=group, imported_at=now))
        _log.info("history.imported", n=n_new, known=n - n_new)
        return Imported(n_new, n - n_new)
