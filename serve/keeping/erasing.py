"""A student is erased: from the database and its log, from files made of it, and from what is learned next.

First one transaction takes out every word and name. What is outside the database follows and is repeated until it is
done, also by the next process: the exports, the rows that `aaq retrain` would learn from, the file's free pages.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from model.answer import parts
from model.history import HistoryUnreadable, read_history
from model.release import ReleaseCorrupt, ReleaseMissing, read_manifest
from model.verdicts import Says, Verdict, add_verdict, read_verdicts
from serve.clock import Clock, new_id
from serve.loop.history_files import write_rows
from serve.loop.pseudonyms import Pseudonyms
from serve.store.database import Database
from serve.store.erasing import (
    Erasure,
    Found,
    Leftover,
    all_erasures,
    erase_student,
    erased_ids,
    find_student,
    finish,
    leftovers,
    tick_leftover,
    unfinished,
)
from serve.store.history import Export, all_exports, forget_export, set_export_problem

_log = structlog.get_logger()


class NobodyToErase(LookupError):
    """Nothing is known of this student (any more)."""


class NotSeenYet(ValueError):
    """A distress case of the student has not been acknowledged: a person comes first."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What an erasure cannot do by itself.

    files: exports that could not be rewritten, with the reason · releases: those that learned from a history and may
    know a word of it, until they are replaced and deleted · log_busy: a reader kept the write-ahead log from being
    emptied; it is tried again.
    """

    leftovers: Sequence[Leftover]
    files: Sequence[Export]
    releases: Sequence[str]
    log_busy: bool = False


class Erasing:
    """The service behind `aaq erase` and the page."""

    def __init__(self, database: Database, pseudonyms: Pseudonyms, releases: Path, clock: Clock) -> None:
        self._database = database
        self._pseudonyms = pseudonyms
        self._releases = releases
        self._clock = clock

    def look(self, student_id: str) -> Found:
        """What there is of a student. Raises NobodyToErase."""
        with self._database.read() as connection:
            found = find_student(connection, student_id, self._pseudonyms.student(student_id))
        if not found.anything:
            raise NobodyToErase("nothing is known of this student")
        return found

    def erase(self, student_id: str, by: str, *, also_unseen: bool = False) -> Remains:
        """Erase everything; returns what is left for people to do.

        Raises NobodyToErase, or NotSeenYet unless `also_unseen`.
        """
        found = self.look(student_id)
        if found.n_unseen and not also_unseen:
            raise NotSeenYet(f"{found.n_unseen} of this student's distress cases have not been acknowledged by anybody")
        now, instead = self._clock(), f"erased-{new_id()}"
        pseudonym = self._pseudonyms.student(student_id)
        self._database.write(
            lambda connection: erase_student(connection, student_id, pseudonym, instead=instead, by=by, erased_at=now)
        )
        _log.info("student.erased", erasure=instead, by=by, n_messages=found.n_messages)
        finished = self.finish()
        return replace(self.remains(), log_busy=not finished)

    def finish(self) -> bool:
        """Do what is outside the database for every erasure that still needs it; false when some of it must wait."""
        with self._database.read() as connection:
            waiting = unfinished(connection)
            ids = {message_id for erasure in waiting for message_id in erased_ids(connection, erasure.student_id)}
        if not waiting:
            return True
        self._teach(ids)
        take_from_exports(self._database, ids)
        if not self._database.scrub():
            _log.warning("erasure.log_busy")
            return False
        now = self._clock()
        for erasure in waiting:
            self._database.write(partial(finish, student_id=erasure.student_id, finished_at=now))
        return True

    def _teach(self, ids: Collection[str]) -> None:
        """Rows of exports that we do not know of are not learned from either: `aaq retrain` honours this."""
        if not self._releases.is_dir():
            return
        said = read_verdicts(self._releases)
        for message_id in sorted(ids):
            if message_id not in said or said[message_id].says is not Says.DROP:
                add_verdict(self._releases, Verdict(message_id, Says.DROP, "", "aaq erase", self._clock()))

    def remains(self) -> Remains:
        """What people still have to do, for all erasures."""
        with self._database.read() as connection:
            outside = [one for one in leftovers(connection) if one.done_at is None]
            files = [one for one in all_exports(connection) if one.problem]
            erasures = all_erasures(connection)
        since = max((one.erased_at for one in erasures), default=None)
        return Remains(outside, files, learned_before(self._releases, since) if since else [])

    def all(self) -> Sequence[Erasure]:
        """Who was erased, without a name; the latest first."""
        with self._database.read() as connection:
            return all_erasures(connection)

    def tick(self, delivery_id: str, user_id: str) -> bool:
        """Somebody deleted it at the vendor; false when it was ticked before, or is not on the list."""
        now = self._clock()
        return self._database.write(lambda connection: tick_leftover(connection, delivery_id, by=user_id, done_at=now))


def take_from_exports(database: Database, ids: Collection[str]) -> None:
    """Rewrite every known export without the words of these messages; what cannot be rewritten is kept on a list."""
    with database.read() as connection:
        exports = all_exports(connection)
    for export in exports:
        problem: str | None = None
        try:
            _take_from(Path(export.path), ids)
        except FileNotFoundError:
            database.write(partial(forget_export, path=export.path))
            continue
        except (HistoryUnreadable, OSError, ValueError) as error:
            problem = str(error) if isinstance(error, HistoryUnreadable) else type(error).__name__
        database.write(partial(set_export_problem, path=export.path, problem=problem))


def _take_from(path: Path, ids: Collection[str]) -> None:
    """Raises FileNotFoundError, OSError, or HistoryUnreadable for a file that was changed since we wrote it."""
    history = read_history(path, parts()[0])
    if history.bad:
        raise HistoryUnreadable(f"line {history.bad[0].line} is not as it was written")
    if not any(row.message_id in ids and row.text for row in history.rows):
        return
    rows = (replace(row, text="", student=None) if row.message_id in ids else row for row in history.rows)
    write_rows(path, rows)


def learned_before(releases: Path, since: datetime) -> Sequence[str]:
    """Releases that learned from a history before a time."""
    found: list[str] = []
    for manifest in sorted(releases.glob("[0-9]*/manifest.json")):
        try:
            record = read_manifest(manifest.parent)
            history, made_at = record["data"].get("history"), datetime.fromisoformat(record["made_at"])
        except (ReleaseMissing, ReleaseCorrupt, KeyError, TypeError, ValueError):
            continue
        if history and history.get("n_rows") and made_at < since:
            found.append(manifest.parent.name)
    return found
