"""Labels that the last training found suspect, for a second look on a page; what is said there the next one honours."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from model.taxonomy import Taxonomy
from model.verdicts import Says, Verdict, add_verdict, read_verdicts
from serve.clock import Clock
from serve.store.database import Database
from serve.store.escalations import escalated_among
from serve.store.history import words_of
from serve.store.records import User

SUSPECTS = "suspects.csv"  # in a candidate's folder, written by `aaq retrain`
_log = structlog.get_logger()


class SuspectsUnreadable(ValueError):
    """The file is not as training wrote it; says which."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that others' messages speak against. coach: as the history named them · text: what the student wrote ·
    escalated: whether it was a distress case.
    """

    message_id: str
    coach: str
    confirmed_label: str
    likely_label: str
    text: str
    escalated: bool


@dataclass(frozen=True, slots=True)
class SecondLooks:
    """release: whose training found them, None when none has · waiting: worst first; without words, none."""

    release: str | None
    waiting: Sequence[Suspect]
    n_done: int


class Suspects:
    """The service behind the second look."""

    def __init__(self, database: Database, releases: Path, taxonomy: Taxonomy, clock: Clock) -> None:
        self._database = database
        self._releases = releases
        self._taxonomy = taxonomy
        self._clock = clock

    def look(self) -> SecondLooks:
        """What waits, of the newest candidate that has suspects. Raises SuspectsUnreadable."""
        found = sorted(self._releases.glob(f"[0-9]*/{SUSPECTS}"))
        if not found:
            return SecondLooks(None, [], 0)
        rows = self._read(found[-1])
        said = read_verdicts(self._releases)
        with self._database.read() as connection:
            ids = [row["message_id"] for row in rows]
            words, cases = words_of(connection, ids), escalated_among(connection, ids)
        waiting = [
            Suspect(
                row["message_id"],
                row["coach"],
                row["confirmed_label"],
                row["likely_label"],
                words[row["message_id"]],
                row["message_id"] in cases,
            )
            for row in rows
            if row["message_id"] not in said and words.get(row["message_id"])
        ]
        return SecondLooks(found[-1].parent.name, waiting, sum(row["message_id"] in said for row in rows))

    def _read(self, path: Path) -> Sequence[dict[str, str]]:
        needed = ("message_id", "coach", "confirmed_label", "likely_label")
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))
        for row in rows:
            labels = (row.get("confirmed_label"), row.get("likely_label"))
            if any(row.get(name) is None for name in needed) or any(label not in self._taxonomy for label in labels):
                raise SuspectsUnreadable(f"{path.parent.name}/{path.name} is not as training wrote it")
        return rows

    def say(self, message_id: str, says: Says, label: str, user: User) -> None:
        """Remember a second look. label: the right one. Raises LabelUnknown."""
        add_verdict(self._releases, Verdict(message_id, says, self._taxonomy[label].key, user.name, self._clock()))
        _log.info("label.looked_at", message=message_id, says=says, user=user.id)
