"""Tickets after they were made: how they stand, read back by the worker, and which one a burst of messages may join."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from serve.delivering.outbox import Action
from serve.store.database import Database
from serve.store.records import DeliveryStatus
from serve.store.settling import delivered_since, set_receipt
from serve.transports.base import KeepsTickets, Transport

WATCHED_FOR = timedelta(days=30)
_AT_ONCE = 50


def is_open(ticket: DeliveryStatus) -> bool:
    """Whether somebody may still work on it, as far as was read back."""
    return not (ticket.receipt or {}).get("done", False)


def read_back(database: Database, transport: Transport, now: datetime) -> int:
    """Ask the vendor how our open tickets stand and keep what it says. Returns how many changed.

    Raises DeliveryFailed; the next turn asks again.
    """
    if not isinstance(transport, KeepsTickets):
        return 0
    with database.read() as connection:
        made = delivered_since(connection, Action.TICKET, now - WATCHED_FOR)
    watched = [ticket for ticket in made if ticket.receipt and is_open(ticket)]
    n_changed = 0
    for start in range(0, len(watched), _AT_ONCE):
        part = {str((ticket.receipt or {})["reference"]): ticket for ticket in watched[start : start + _AT_ONCE]}
        for said in transport.statuses(list(part)):
            ticket = part[said.key]
            receipt = {**(ticket.receipt or {}), "status": said.status, "done": said.done}
            if receipt != ticket.receipt:
                database.write(lambda c, i=ticket.id, r=receipt: set_receipt(c, i, r))  # type: ignore[misc]
                n_changed += 1
    return n_changed


def open_tickets(connection: sa.Connection, category: str, since: datetime) -> Sequence[DeliveryStatus]:
    """Our tickets of a category made since then that are not done, the newest first: a burst joins one of them."""
    made = delivered_since(connection, Action.TICKET, since)
    return [ticket for ticket in made if ticket.body.get("category") == category and is_open(ticket)]
