"""What has been kept long enough."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from serve.store.erasing import drop_words
from serve.store.tables import escalations, imported_labels, messages, notes, outbox

_PENDING = ("queued", "leased", "retrying", "unknown", "dead")  # a dead one waits for a coach, who needs its words


def drop_old_words(connection: sa.Connection, before: datetime, most: int) -> Sequence[str]:
    """Empty what the oldest messages say that are done with; returns their ids."""
    unseen = sa.select(escalations.c.message_id).where(escalations.c.acknowledged_at.is_(None))
    unsent = sa.select(outbox.c.message_id).where(outbox.c.state.in_(_PENDING), outbox.c.closed_at.is_(None))
    ids = connection.scalars(
        sa.select(messages.c.id)
        .where(
            messages.c.received_at < before,
            messages.c.text != "",
            messages.c.resolved_at.is_not(None),
            messages.c.id.not_in(unseen),
            messages.c.id.not_in(unsent),
        )
        .order_by(messages.c.received_at)
        .limit(most)
    ).all()
    if ids:
        drop_words(connection, sa.select(messages.c.id).where(messages.c.id.in_(ids)))
    return ids


def drop_old_notes(connection: sa.Connection, before: datetime) -> int:
    """Empty the notes and flags that are as old; returns how many."""
    old = sa.and_(notes.c.made_at < before, notes.c.text != "")
    return connection.execute(notes.update().where(old).values(text="")).rowcount


def drop_old_imports(connection: sa.Connection, before: datetime) -> Sequence[str]:
    """The same for labels from elsewhere; returns their messages' ids."""
    old = sa.and_(imported_labels.c.made_at < before, imported_labels.c.text != "")
    ids = connection.scalars(sa.select(imported_labels.c.message_id).where(old)).all()
    connection.execute(imported_labels.update().where(old).values(text=""))
    return ids
