"""Words go, counts stay: what a message, a student and everything about them look like once they are erased.

`WORDS` names every column that can hold what a student wrote, or who they are; a test reads the tables and refuses a
column that is neither here nor known to be harmless.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from serve.store.tables import (
    claims,
    erasures,
    escalations,
    imported_labels,
    left_outside,
    messages,
    metadata,
    notes,
    outbox,
    students,
)

# What stands in the place of words, by table. `message_id` (of messages, `id`) says whose they are.
WORDS: Mapping[str, Mapping[str, Any]] = {
    "messages": {"text": "", "environment": None, "question_url": None},
    "decisions": {"evidence": []},
    "escalations": {"note": None},
    "outbox": {"body": {}, "error": None},
    "notes": {"text": ""},
    "drafts": {"fields": {}},
}
# What else can say who an erased student was; retention leaves it.
IDENTITY: Mapping[str, Mapping[str, Any]] = {
    "messages": {"question_id": None, "idempotency_key": None, "body_hash": "", "lesson": None},
}
_PENDING = ("queued", "leased", "retrying", "unknown")


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a student. n_unseen: distress cases that nobody has acknowledged."""

    n_messages: int
    n_notes: int
    n_imported: int
    n_unseen: int

    @property
    def anything(self) -> bool:
        return any((self.n_messages, self.n_notes, self.n_imported))


@dataclass(frozen=True, slots=True)
class Erasure:
    """A student who is gone. student_id: what stands in their place · finished_at: when files were done too."""

    student_id: str
    asked_by: str
    erased_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a vendor may still hold: to be deleted there by a person. reference: a ticket's key, a post's id..."""

    delivery_id: str
    action: str
    destination: str
    state: str
    reference: str | None
    url: str | None
    delivered_at: datetime | None
    found_at: datetime
    done_at: datetime | None


def find_student(connection: sa.Connection, student_id: str, pseudonym: str) -> Found:
    """What there is; imported rows may know the student by the pseudonym."""
    mine = sa.select(messages.c.id).where(messages.c.student_id == student_id)
    counted = [
        sa.select(sa.func.count()).select_from(messages).where(messages.c.student_id == student_id),
        sa.select(sa.func.count()).select_from(notes).where(notes.c.student_id == student_id),
        sa.select(sa.func.count()).select_from(imported_labels).where(_imported_of(student_id, pseudonym)),
        sa.select(sa.func.count())
        .select_from(escalations)
        .where(escalations.c.message_id.in_(mine), escalations.c.acknowledged_at.is_(None)),
    ]
    return Found(*(int(connection.scalar(count) or 0) for count in counted))


def _imported_of(student_id: str, pseudonym: str) -> "sa.ColumnElement[bool]":
    return imported_labels.c.student.in_((student_id, pseudonym))


def erase_student(
    connection: sa.Connection, student_id: str, pseudonym: str, *, instead: str, by: str, erased_at: datetime
) -> None:
    """Take out every word and name. `instead`: the id that stands in the student's place from now on."""
    known = connection.execute(sa.select(students).where(students.c.id == student_id)).first()
    if known is not None:
        connection.execute(students.insert().values(id=instead, plan=known.plan, seen_at=known.seen_at))
        for table in (messages, notes):
            connection.execute(table.update().where(table.c.student_id == student_id).values(student_id=instead))
        connection.execute(students.delete().where(students.c.id == student_id))
    mine = sa.select(messages.c.id).where(messages.c.student_id == instead)
    _leave_outside(connection, mine, erased_at)
    drop_words(connection, mine)
    for name, values in IDENTITY.items():
        table = metadata.tables[name]
        connection.execute(table.update().where(_message_of(table).in_(mine)).values(**values))
    connection.execute(notes.update().where(notes.c.student_id == instead).values(text=""))
    connection.execute(claims.delete().where(claims.c.message_id.in_(mine)))
    connection.execute(
        imported_labels.update().where(_imported_of(student_id, pseudonym)).values(text="", student=instead)
    )
    connection.execute(erasures.insert().values(student_id=instead, asked_by=by, erased_at=erased_at))


def drop_words(connection: sa.Connection, mine: "sa.Select[Any]") -> None:
    """Empty what messages and everything about them say. mine: their ids."""
    for name, values in WORDS.items():
        table = metadata.tables[name]
        connection.execute(table.update().where(_message_of(table).in_(mine)).values(**values))


def _message_of(table: sa.Table) -> "sa.Column[Any]":
    return table.c.id if table is messages else table.c.message_id


def _leave_outside(connection: sa.Connection, mine: "sa.Select[Any]", now: datetime) -> None:
    """What has not left is not sent any more; what was ever attempted may be there, and goes on the list."""
    own = outbox.c.message_id.in_(mine)
    there = sa.select(outbox.c.id, sa.literal(now, left_outside.c.found_at.type)).where(own, outbox.c.n_attempts > 0)
    connection.execute(left_outside.insert().from_select(["delivery_id", "found_at"], there))
    connection.execute(
        outbox.update().where(own, outbox.c.state.in_(_PENDING), outbox.c.closed_at.is_(None)).values(closed_at=now)
    )


def unfinished(connection: sa.Connection) -> Sequence[Erasure]:
    """Erasures whose files are still to be done, the oldest first."""
    rows = connection.execute(
        sa.select(erasures).where(erasures.c.finished_at.is_(None)).order_by(erasures.c.erased_at)
    )
    return [Erasure(**row._mapping) for row in rows]


def all_erasures(connection: sa.Connection, limit: int = 100) -> Sequence[Erasure]:
    """The latest first."""
    rows = connection.execute(sa.select(erasures).order_by(erasures.c.erased_at.desc()).limit(limit))
    return [Erasure(**row._mapping) for row in rows]


def count_erasures(connection: sa.Connection) -> int:
    """How many students were erased so far."""
    return int(connection.scalar(sa.select(sa.func.count()).select_from(erasures)) or 0)


def finish(connection: sa.Connection, student_id: str, finished_at: datetime) -> None:
    """Files and free pages are done too."""
    connection.execute(erasures.update().where(erasures.c.student_id == student_id).values(finished_at=finished_at))


def erased_ids(connection: sa.Connection, student_id: str) -> Sequence[str]:
    """The ids of an erased student's messages, here and imported."""
    here = sa.select(messages.c.id).where(messages.c.student_id == student_id)
    elsewhere = sa.select(imported_labels.c.message_id).where(imported_labels.c.student == student_id)
    return [*connection.scalars(here), *connection.scalars(elsewhere)]


def leftovers(connection: sa.Connection, limit: int = 500) -> Sequence[Leftover]:
    """What is to be deleted at vendors: the open ones first, the latest first."""
    rows = connection.execute(
        sa.select(
            left_outside, outbox.c.action, outbox.c.destination, outbox.c.state, outbox.c.receipt, outbox.c.delivered_at
        )
        .join(outbox, outbox.c.id == left_outside.c.delivery_id)
        .order_by(left_outside.c.done_at.is_not(None), left_outside.c.found_at.desc(), outbox.c.created_at)
        .limit(limit)
    )
    return [
        Leftover(
            row.delivery_id,
            row.action,
            row.destination,
            row.state,
            (row.receipt or {}).get("reference"),
            (row.receipt or {}).get("url"),
            row.delivered_at,
            row.found_at,
            row.done_at,
        )
        for row in rows
    ]


def tick_leftover(connection: sa.Connection, delivery_id: str, *, by: str, done_at: datetime) -> bool:
    """Somebody deleted it there; false when it was ticked before, or is not on the list."""
    changed = connection.execute(
        left_outside.update()
        .where(left_outside.c.delivery_id == delivery_id, left_outside.c.done_at.is_(None))
        .values(done_at=done_at, done_by=by)
    )
    return changed.rowcount == 1
