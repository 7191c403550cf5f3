"""The life of a delivery, its keys, and what is written in the same transaction as the decision that asked for it.

Vendors are called by the worker only, after the commit.
"""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from serve.clock import new_id
from serve.store.deliveries import insert_delivery
from serve.store.records import NewDelivery
from serve.store.reviews import open_escalation


class State(StrEnum):
    """Where a delivery is.

    queued -> leased -> delivered
                     -> retrying -> leased ...
                     -> dead                     a coach decides
    """

    QUEUED = "queued"  # nobody has tried
    LEASED = "leased"  # one worker is trying, until its lease ends
    DELIVERED = "delivered"  # the vendor said yes
    RETRYING = "retrying"  # the vendor said no, or nothing; another attempt is due later
    DEAD = "dead"  # no attempt will follow by itself; shown to a coach with the vendor's words


class Action(StrEnum):
    """What is told."""

    DISTRESS_NOTICE = "distress_notice"
    TICKET = "ticket"
    REFERRAL = "referral"  # assign to Enrollments: only after the student's yes
    REFERRAL_REPLY = "referral_reply"
    REPLY = "reply"  # an answer, or resources, handed to AAQ as a draft
    ESCALATION_FORM = "escalation_form"
    MANAGER_NOTICE = "manager_notice"
    PROFILE_NOTE = "profile_note"


MUST_ARRIVE = frozenset({Action.DISTRESS_NOTICE})
ON_CALL = "on-call"
DESTINATIONS = (ON_CALL, "jira", "slack", "mail", "form", "aaq")


def notice_key(message_id: str) -> str:
    """One notice for each message, however often it is escalated."""
    return f"{Action.DISTRESS_NOTICE}:{message_id}:{ON_CALL}"


def action_key(action: str, message_id: str) -> str:
    """One delivery for each action on a message: a second click, and a second coach, find the first."""
    return f"{action}:{message_id}"


def message_url(address: str, message_id: str) -> str:
    """Where a person reads the message; holds an id and no words."""
    return f"{address}/queue?message={message_id}"


def escalate(connection: sa.Connection, *, message_id: str, urgent: bool, address: str, now: datetime) -> None:
    """Open the message's escalation and ask for its notice. Does nothing the second time."""
    if not open_escalation(connection, new_id(), message_id, urgent=urgent, opened_at=now):
        return
    insert_delivery(
        connection,
        NewDelivery(
            id=new_id(),
            message_id=message_id,
            action=Action.DISTRESS_NOTICE,
            destination=ON_CALL,
            body={
                "says": "A student may be in distress. Please read the message now.",
                "urgent": urgent,
                "link": message_url(address, message_id),
            },
            idempotency_key=notice_key(message_id),
            due_at=now,
        ),
    )
