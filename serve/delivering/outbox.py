"""The life of a delivery, its keys, and what is written in the same transaction as the decision that asked for it.

Vendors are called by the worker only, after the commit.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from serve.clock import new_id
from serve.delivering.events import Event, escalation_opened
from serve.store.deliveries import insert_delivery
from serve.store.records import NewDelivery
from serve.store.reviews import open_escalation
from serve.store.webhooks import listeners


class State(StrEnum):
    """Where a delivery is.

    queued -> leased -> delivered
                     -> retrying -> leased ...
                     -> unknown  -> leased ...   the vendor is asked; found: delivered, not there: created once more
                     -> dead                     a coach decides

    A lease that runs out is as good as no answer: the next worker begins where `unknown` does.
    """

    QUEUED = "queued"  # nobody has tried
    LEASED = "leased"  # one worker is trying, until its lease ends
    DELIVERED = "delivered"  # the vendor said yes
    RETRYING = "retrying"  # the vendor said no; another attempt is due later
    UNKNOWN = "unknown"  # the vendor may have done it; it is asked at `due_at`, before anything is sent again
    DEAD = "dead"  # no attempt will follow by itself; shown to a coach with the vendor's words


class Action(StrEnum):
    """What is told."""

    DISTRESS_NOTICE = "distress_notice"  # to a person on call; the only one that goes out by itself
    TICKET = "ticket"  # to the developers
    REFERRAL = "referral"  # assign to Enrollments, which resolves the question
    REFERRAL_REPLY = "referral_reply"  # the reply that asks the student first
    REPLY = "reply"  # any other reply draft: resources for a project, an answer
    ESCALATION_FORM = "escalation_form"  # to the full-time team
    MANAGER_NOTICE = "manager_notice"  # a pattern of struggling, to the TC manager
    PROFILE_NOTE = "profile_note"  # on the student's admin profile
    WEBHOOK = "webhook"  # an event, to a program of the school


MUST_ARRIVE = frozenset({Action.DISTRESS_NOTICE})

# Each has a queue and a thread of its own: a hanging Jira never delays a distress notice.
ON_CALL = "on-call"
JIRA = "jira"
SLACK = "slack"
MAIL = "mail"
FORM = "form"
AAQ = "aaq"
WEBHOOK = "webhook"
DESTINATIONS = (ON_CALL, JIRA, SLACK, MAIL, FORM, AAQ, WEBHOOK)

_IN_DISTRESS = "A student may be in distress. Please read the message now."
_IN_DANGER = "A student may be in danger. Please read the message now and act."


def notice_key(message_id: str, step: int = 0) -> str:
    """One notice for each message and step of the walk through the contacts, however often it is escalated."""
    return f"{Action.DISTRESS_NOTICE}:{message_id}:{ON_CALL}:{step}"


def delivery_key(action: Action, destination: str, subject_id: str) -> str:
    """One delivery of an action to a destination for each subject: the review, message, note or event that asked."""
    return f"{action}:{subject_id}:{destination}"


def message_url(address: str, message_id: str) -> str:
    """Where a person reads the message; holds an id and no words."""
    return f"{address}/queue?message={message_id}"


def digest_key(keys: Iterable[str]) -> str:
    """One digest for each set of notices that leave together."""
    return f"digest:{hashlib.sha256(' '.join(sorted(keys)).encode()).hexdigest()[:32]}"


def escalate(connection: sa.Connection, *, message_id: str, urgent: bool, address: str, now: datetime) -> None:
    """Open the message's escalation and ask for its first notice. Does nothing the second time."""
    escalation_id = new_id()
    if open_escalation(connection, escalation_id, message_id, urgent=urgent, opened_at=now):
        tell_programs(connection, escalation_opened(message_id, escalation_id, urgent=urgent), now)
        insert_notice(connection, message_id=message_id, urgent=urgent, address=address, step=0, now=now)


def insert_notice(
    connection: sa.Connection, *, message_id: str, urgent: bool, address: str, step: int, now: datetime
) -> bool:
    """Ask for the notice of one step of the walk through the contacts; false when it was asked for before.

    The row says no name and none of the student's words: `serve/distress/notices.py` adds both as it leaves.
    """
    return insert_delivery(
        connection,
        NewDelivery(
            id=new_id(),
            message_id=message_id,
            action=Action.DISTRESS_NOTICE,
            destination=ON_CALL,
            body={
                "says": _IN_DANGER if urgent else _IN_DISTRESS,
                "urgent": urgent,
                "link": message_url(address, message_id),
                "step": step,
            },
            idempotency_key=notice_key(message_id, step),
            due_at=now,
            urgency=2 if urgent else 1,
        ),
    )


def tell_programs(connection: sa.Connection, event: Event, now: datetime) -> None:
    """Ask for an event to be told to each of the school's programs that listens to it."""
    for webhook in listeners(connection, event.name):
        insert_delivery(
            connection,
            NewDelivery(
                id=new_id(),
                message_id=event.message_id,
                action=Action.WEBHOOK,
                destination=WEBHOOK,
                body={"event": event.name, "url": webhook.url, "data": event.data},
                idempotency_key=delivery_key(Action.WEBHOOK, webhook.id, f"{event.name}:{event.subject_id}"),
                due_at=now,
            ),
        )
