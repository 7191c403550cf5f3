"""Which of the school's programs listen to what."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from serve.store.records import WebhookRow
from serve.store.tables import webhooks

_ROW = [webhooks.c[name] for name in WebhookRow.__dataclass_fields__]


def insert_webhook(connection: sa.Connection, row: WebhookRow) -> None:
    """Begin to tell an address; events before this are not told."""
    connection.execute(
        webhooks.insert().values(
            id=row.id, name=row.name, url=row.url, events=list(row.events), created_at=row.created_at
        )
    )


def list_webhooks(connection: sa.Connection) -> Sequence[WebhookRow]:
    """All that are told something, the first made first."""
    rows = connection.execute(
        sa.select(*_ROW).where(webhooks.c.removed_at.is_(None)).order_by(webhooks.c.created_at, webhooks.c.id)
    )
    return [WebhookRow(**row._mapping) for row in rows]


def listeners(connection: sa.Connection, event: str) -> Sequence[WebhookRow]:
    """Those that are told this event."""
    return [row for row in list_webhooks(connection) if event in row.events]


def remove_webhook(connection: sa.Connection, webhook_id: str, removed_at: datetime) -> bool:
    """Tell an address nothing new; false when there is none with this id."""
    changed = connection.execute(
        webhooks.update()
        .where(webhooks.c.id == webhook_id, webhooks.c.removed_at.is_(None))
        .values(removed_at=removed_at)
    )
    return changed.rowcount == 1
