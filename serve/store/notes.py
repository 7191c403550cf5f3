"""A student's admin profile: the notes and flags that coaches leave for each other."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from serve.store.records import Note
from serve.store.tables import notes, users

KINDS = ("note", "flag")


def insert_note(
    connection: sa.Connection,
    note_id: str,
    *,
    student_id: str,
    message_id: str | None,
    kind: str,
    text: str,
    coach_id: str,
    made_at: datetime,
) -> bool:
    """Write a note or a flag; false when a note with this id is there already."""
    if connection.scalar(sa.select(notes.c.id).where(notes.c.id == note_id)):
        return False
    connection.execute(
        notes.insert().values(
            id=note_id,
            student_id=student_id,
            message_id=message_id,
            kind=kind,
            text=text,
            coach_id=coach_id,
            made_at=made_at,
        )
    )
    return True


def notes_of(connection: sa.Connection, student_id: str, limit: int = 200) -> Sequence[Note]:
    """A student's notes and flags, newest first."""
    rows = connection.execute(
        sa.select(notes, users.c.name.label("coach"))
        .join(users, users.c.id == notes.c.coach_id)
        .where(notes.c.student_id == student_id)
        .order_by(notes.c.made_at.desc(), notes.c.id)
        .limit(limit)
    )
    return [Note(**row._mapping) for row in rows]
