"""The admin profile: coaches leave notes and flags about a student for each other."""

import sqlalchemy as sa
import structlog

from serve.clock import Clock
from serve.store.database import Database
from serve.store.messages import get_message
from serve.store.notes import KINDS, insert_note
from serve.store.students import get_student

_log = structlog.get_logger()


class StudentMissing(LookupError):
    """There is no such student (any more)."""


class NoteEmpty(ValueError):
    """A note without a word."""


class Profiles:
    """The service behind the note form."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add_note(
        self, note_id: str, *, student_id: str, message_id: str | None, kind: str, text: str, coach_id: str
    ) -> bool:
        """Write a note or a flag; false when it was written before: `note_id` is the form's, a double click has one id.

        Raises StudentMissing, NoteEmpty, or ValueError for another kind. A message that is gone is left out.
        """
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r} is not one of: {', '.join(KINDS)}")
        if not text.strip():
            raise NoteEmpty("a note needs a word")
        now = self._clock()

        def store(connection: sa.Connection) -> bool:
            if get_student(connection, student_id) is None:
                raise StudentMissing("this student is not here any more")
            about = message_id if message_id and get_message(connection, message_id) else None
            return insert_note(
                connection,
                note_id,
                student_id=student_id,
                message_id=about,
                kind=kind,
                text=text.strip(),
                coach_id=coach_id,
                made_at=now,
            )

        first = self._database.write(store)
        _log.info("note.written", note=note_id, kind=kind, coach=coach_id, first=first)
        return first
