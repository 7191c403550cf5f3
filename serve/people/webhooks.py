"""Addresses of the school's own programs that are told what happens."""

from collections.abc import Callable, Sequence

import structlog

from serve.clock import Clock, new_id
from serve.delivering.events import EventName
from serve.store.database import Database
from serve.store.records import WebhookRow
from serve.store.webhooks import insert_webhook, list_webhooks, remove_webhook

_log = structlog.get_logger()


class EventUnknown(ValueError):
    """A webhook must name at least one event, and only events that there are."""


class Webhooks:
    """The service behind the programs page."""

    def __init__(self, database: Database, clock: Clock, refuse_unless_allowed: Callable[[str], None]) -> None:
        """`refuse_unless_allowed` raises AddressRefused for an address that must not be called."""
        self._database = database
        self._clock = clock
        self._refuse_unless_allowed = refuse_unless_allowed

    def all(self) -> Sequence[WebhookRow]:
        """Every address that is told something."""
        with self._database.read() as connection:
            return list_webhooks(connection)

    def add(self, name: str, url: str, events: Sequence[str]) -> WebhookRow:
        """Begin to tell an address these events. Raises EventUnknown or AddressRefused."""
        known = [event for event in EventName if event in events]
        if not known or len(known) != len(set(events)):
            raise EventUnknown(f"choose at least one of: {', '.join(EventName)}")
        self._refuse_unless_allowed(url)
        row = WebhookRow(new_id(), name, url, known, self._clock())
        self._database.write(lambda connection: insert_webhook(connection, row))
        _log.info("webhook.added", webhook=row.id)
        return row

    def remove(self, webhook_id: str) -> bool:
        """Tell an address nothing new; what is in the outbox for it is still tried. False when it is not there."""
        now = self._clock()
        return self._database.write(lambda connection: remove_webhook(connection, webhook_id, now))
