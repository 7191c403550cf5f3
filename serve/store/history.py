"""What coaches said about messages, here and elsewhere, as rows of a history; and the files that were made of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from model.history import COLUMNS, HistoryRow, Provenance
from model.policy import Outcome
from serve.store.tables import history_exports, imported_labels, messages, outbox, reviews

_PAGE = 1000
# What goes out by itself, or to programs, is not what a coach did about the message.
_NOT_TAKEN = ("distress_notice", "webhook")
_STANDING = sa.and_(reviews.c.undone_at.is_(None), reviews.c.confirmed_label.is_not(None))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Reviews that are no labels, by kind."""

    n_undone: int
    n_skips: int


@dataclass(frozen=True, slots=True)
class Export:
    """A file that holds messages' words. problem: why erased words could not be taken out of it."""

    path: str
    made_at: datetime
    n_rows: int
    problem: str | None


def labelled(connection: sa.Connection, since: datetime | None, until: datetime | None) -> Iterator[HistoryRow]:
    """Every message that has a label now, oldest label first. since <= made_at < until."""
    query = (
        sa.select(
            reviews.c.id,
            reviews.c.message_id,
            messages.c.text,
            reviews.c.confirmed_label,
            reviews.c.suggested_label,
            reviews.c.confidence,
            reviews.c.suggested_outcome,
            reviews.c.release,
            reviews.c.kind,
            reviews.c.coach_id,
            messages.c.student_id,
            reviews.c.made_at,
        )
        .join(messages, messages.c.id == reviews.c.message_id)
        .where(_STANDING, *_between(reviews.c.made_at, since, until))
    )
    for page in _pages(connection, query, reviews.c.made_at, reviews.c.id):
        actions = _actions(connection, [row.message_id for row in page])
        for row in page:
            yield HistoryRow(
                message_id=row.message_id,
                text=row.text,
                confirmed_label=row.confirmed_label,
                suggested_label=row.suggested_label,
                confidence=row.confidence,
                outcome=Outcome(row.suggested_outcome) if row.release else None,
                release=row.release,
                provenance=Provenance(row.kind),
                coach=row.coach_id,
                student=row.student_id,
                made_at=row.made_at,
                action_taken=actions.get(row.message_id),
            )


def imported(connection: sa.Connection, since: datetime | None, until: datetime | None) -> Iterator[HistoryRow]:
    """Every label that was brought in from elsewhere, oldest first."""
    query = sa.select(*[imported_labels.c[name] for name in COLUMNS]).where(
        *_between(imported_labels.c.made_at, since, until)
    )
    for page in _pages(connection, query, imported_labels.c.made_at, imported_labels.c.message_id):
        for row in page:
            known = dict(row._mapping)
            known["provenance"] = Provenance(known["provenance"])
            known["outcome"] = Outcome(known["outcome"]) if known["outcome"] else None
            yield HistoryRow(**known)


def _between(
    column: "sa.Column[Any]", since: datetime | None, until: datetime | None
) -> "list[sa.ColumnElement[bool]]":
    return [*([column >= since] if since else []), *([column < until] if until else [])]


def _pages(
    connection: sa.Connection, query: "sa.Select[Any]", made_at: "sa.Column[Any]", key: "sa.Column[Any]"
) -> "Iterator[Sequence[sa.Row[Any]]]":
    """The rows in order, a page at a time, so that memory stays flat."""
    last: tuple[Any, Any] | None = None
    while True:
        after = [] if last is None else [sa.or_(made_at > last[0], sa.and_(made_at == last[0], key > last[1]))]
        page = connection.execute(query.where(*after).order_by(made_at, key).limit(_PAGE)).all()
        if page:
            yield page
        if len(page) < _PAGE:
            return
        last = (page[-1]._mapping[made_at.name], page[-1]._mapping[key.name])


def _actions(connection: sa.Connection, message_ids: Sequence[str]) -> dict[str, str]:
    """The first action that a coach took about each message."""
    rows = connection.execute(
        sa.select(outbox.c.message_id, outbox.c.action)
        .where(outbox.c.message_id.in_(message_ids), outbox.c.action.not_in(_NOT_TAKEN))
        .order_by(outbox.c.created_at.desc(), outbox.c.id.desc())
    )
    return {row.message_id: row.action for row in rows}


def left_out(connection: sa.Connection, since: datetime | None, until: datetime | None) -> LeftOut:
    """How much of what coaches did is no label."""
    counts = [
        sa.select(sa.func.count()).select_from(reviews).where(what, *_between(reviews.c.made_at, since, until))
        for what in (
            sa.and_(reviews.c.undone_at.is_not(None), reviews.c.kind != "skip"),
            reviews.c.kind == "skip",
        )
    ]
    n_undone, n_skips = (int(connection.scalar(count) or 0) for count in counts)
    return LeftOut(n_undone, n_skips)


def insert_imported(connection: sa.Connection, rows: Sequence[HistoryRow], imported_at: datetime) -> int:
    """Keep those whose message is not known yet, here or from an earlier import; returns how many."""
    ids = [row.message_id for row in rows]
    known = {
        message_id
        for column in (imported_labels.c.message_id, messages.c.id)
        for message_id in connection.scalars(sa.select(column).where(column.in_(ids)))
    }
    new = {row.message_id: asdict(row) | {"imported_at": imported_at} for row in reversed(rows)}
    fresh = [values for message_id, values in new.items() if message_id not in known]
    if fresh:
        connection.execute(imported_labels.insert(), fresh)
    return len(fresh)


def words_of(connection: sa.Connection, message_ids: Sequence[str]) -> Mapping[str, str]:
    """What students wrote in these messages, here or imported; the ids that are not known are left out."""
    found: dict[str, str] = {}
    for key, text in (
        (imported_labels.c.message_id, imported_labels.c.text),
        (messages.c.id, messages.c.text),
    ):
        rows = connection.execute(sa.select(key.label("id"), text.label("text")).where(key.in_(message_ids)))
        found |= {row.id: row.text for row in rows}
    return found


def put_export(connection: sa.Connection, path: str, n_rows: int, made_at: datetime) -> None:
    """Remember a file that is about to hold messages' words."""
    connection.execute(history_exports.delete().where(history_exports.c.path == path))
    connection.execute(history_exports.insert().values(path=path, made_at=made_at, n_rows=n_rows))


def all_exports(connection: sa.Connection) -> Sequence[Export]:
    """The files that are known, newest first."""
    rows = connection.execute(sa.select(history_exports).order_by(history_exports.c.made_at.desc()))
    return [Export(**row._mapping) for row in rows]


def forget_export(connection: sa.Connection, path: str) -> None:
    """The file is gone."""
    connection.execute(history_exports.delete().where(history_exports.c.path == path))


def set_export_problem(connection: sa.Connection, path: str, problem: str | None) -> None:
    """Whether words that were erased may still be in a file, and why."""
    connection.execute(history_exports.update().where(history_exports.c.path == path).values(problem=problem))
