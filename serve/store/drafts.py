"""What a coach is writing and has not sent."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from serve.store.records import SavedDraft
from serve.store.tables import drafts


def save_draft(
    connection: sa.Connection,
    *,
    message_id: str,
    coach_id: str,
    action: str,
    fields: Mapping[str, str],
    saved_at: datetime,
) -> None:
    """Keep a coach's draft in place of their last."""
    mine = (drafts.c.message_id == message_id, drafts.c.coach_id == coach_id, drafts.c.action == action)
    values = {"fields": dict(fields), "saved_at": saved_at}
    if connection.execute(drafts.update().where(*mine).values(**values)).rowcount == 0:
        connection.execute(drafts.insert().values(message_id=message_id, coach_id=coach_id, action=action, **values))


def drafts_of(connection: sa.Connection, message_id: str, coach_id: str) -> Mapping[str, SavedDraft]:
    """A coach's drafts about a message, by action."""
    rows = connection.execute(
        sa.select(drafts.c.action, drafts.c.fields, drafts.c.saved_at).where(
            drafts.c.message_id == message_id, drafts.c.coach_id == coach_id
        )
    )
    return {row.action: SavedDraft(row.action, row.fields, row.saved_at) for row in rows}


def forget_drafts(connection: sa.Connection, message_id: str, action: str) -> None:
    """Nobody's draft is needed once the action is taken."""
    connection.execute(drafts.delete().where(drafts.c.message_id == message_id, drafts.c.action == action))
