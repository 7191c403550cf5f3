"""Rows of the outbox, and a worker that is driven by hand from one due time to the next."""

import io
from datetime import datetime, timedelta

import sqlalchemy as sa
from doubles import HandClock

from serve.clock import new_id
from serve.delivering.outbox import DESTINATIONS, JIRA, Action, delivery_key
from serve.delivering.worker import Worker
from serve.store.database import Database
from serve.store.deliveries import insert_delivery
from serve.store.messages import insert_message
from serve.store.records import NewDelivery, NewMessage, StoredDecision
from serve.store.tables import outbox
from serve.transports.base import Transport
from serve.transports.console import ConsoleTransport

TICKET = {"summary": "grey light", "description": "what was seen", "category": "lights", "priority": "High"}
LEASE = timedelta(seconds=60)
ROSTER = """
[[contacts]]
name = "Maya"
slack = "U1"
[[contacts]]
name = "Sam"
slack = "U2"
mail = "sam@school.example"
[last_responder]
name = "Lead"
slack = "U9"
"""  # the file of AAQ_ON_CALL


def store_message(connection: sa.Connection, now: datetime) -> str:
    """A stored message, its decision to a human."""
    message_id = new_id()
    message = NewMessage(message_id, "s", None, "h", None, "the light is grey", now, None, None, None, None, now)
    decision = StoredDecision(None, None, "abstain", None, False, ["no_model"], [], {}, [], None, now)
    insert_message(connection, message, decision)
    return message_id


def ask_for_tickets(database: Database, n: int, now: datetime) -> list[str]:
    """`n` tickets, each for a message of its own. Returns their keys."""

    def write(connection: sa.Connection) -> list[str]:
        keys = []
        for _ in range(n):
            message_id = store_message(connection, now)
            key = delivery_key(Action.TICKET, JIRA, message_id)
            insert_delivery(connection, NewDelivery(new_id(), message_id, Action.TICKET, JIRA, TICKET, key, now))
            keys.append(key)
        return keys

    return database.write(write)


def worker_with(database: Database, clock: HandClock, transports: dict[str, Transport], **more: object) -> Worker:
    """A worker that is not started; what is not given prints to nobody."""
    quiet = dict.fromkeys(DESTINATIONS, ConsoleTransport(io.StringIO()))
    return Worker(database, {**quiet, **transports}, clock, lease_for=LEASE, **more)  # type: ignore[arg-type]


def run_until_done(database: Database, worker: Worker, clock: HandClock, destination: str) -> None:
    """Deliver everything, moving the clock to each next due time."""
    pending = sa.and_(outbox.c.destination == destination, outbox.c.state.not_in(("delivered", "dead")))
    while True:
        while worker.deliver_one(destination):
            pass
        with database.read() as connection:
            rows = connection.execute(sa.select(outbox.c.due_at, outbox.c.leased_until).where(pending)).all()
        if not rows:
            return
        clock.now = max(
            clock.now + timedelta(seconds=1), min(max(row.due_at, row.leased_until or row.due_at) for row in rows)
        )
