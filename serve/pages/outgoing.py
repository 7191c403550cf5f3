"""Deliveries in the words that a coach reads: what went where, what came of it, what to do when it did not. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from serve.delivering.settling import copyable
from serve.store.records import ActionTaken, DeliveryStatus

_ACTIONS: Mapping[str, str] = {
    "distress_notice": "Distress notice",
    "ticket": "Ticket",
    "referral": "Assigned to Enrollments",
    "referral_reply": "Reply that asks the student",
    "reply": "Reply",
    "escalation_form": "Escalation form",
    "manager_notice": "Note to the manager",
    "profile_note": "Profile note",
    "webhook": "Event",
}
_DESTINATIONS: Mapping[str, str] = {
    "on-call": "the person on call",
    "jira": "Jira",
    "slack": "Slack",
    "mail": "mail",
    "form": "the full-time team",
    "aaq": "AAQ",
    "webhook": "a program of the school",
}
_STATES: Mapping[str, str] = {
    "queued": "waiting to be sent",
    "leased": "being sent",
    "delivered": "delivered",
    "retrying": "not accepted yet, will be tried again",
    "unknown": "no answer: it may have arrived, and is being looked up",
    "dead": "could not be delivered",
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery on the page.

    tone: "done", "now" (somebody must see to it) or "" · reference: the vendor's, as TS-12 · status: the ticket's ·
    note: what is lacking, as a file that could not be attached.
    """

    id: str
    name: str
    destination: str
    state: str
    tone: str
    at: datetime
    by: str | None
    reference: str | None
    url: str | None
    status: str | None
    note: str | None
    vendor_words: str | None
    text: str | None  # to copy, when it did not arrive
    can_settle: bool


def destination_name(destination: str) -> str:
    """A destination as a coach calls it."""
    return _DESTINATIONS.get(destination, destination)


def outgoing(deliveries: Sequence[DeliveryStatus], taken: Sequence[ActionTaken]) -> list[Outgoing]:
    """What was sent about a message, in the order in which it was asked for."""
    by_delivery = {action.delivery_id: action for action in taken}
    return [_one(delivery, by_delivery.get(delivery.id)) for delivery in deliveries]


def _one(delivery: DeliveryStatus, taken: ActionTaken | None) -> Outgoing:
    receipt = delivery.receipt or {}
    closed = delivery.closed_at is not None
    stuck = delivery.state in ("dead", "unknown") and not closed
    name = _ACTIONS.get(delivery.action, delivery.action)
    if taken and taken.priority:
        name = f"{name}, {taken.priority}"
    if delivery.body.get("add_to"):
        name = f"Added to {delivery.body['add_to']}"
    return Outgoing(
        id=delivery.id,
        name=name,
        destination=destination_name(delivery.destination),
        state="done by hand" if closed else _STATES.get(delivery.state, delivery.state),
        tone="now" if stuck else "done" if closed or delivery.state == "delivered" else "",
        at=delivery.closed_at or delivery.delivered_at or delivery.created_at,
        by=(taken.coach or "by itself") if taken else None,
        reference=receipt.get("reference"),
        url=receipt.get("url"),
        status=receipt.get("status"),
        note=receipt.get("note"),
        vendor_words=delivery.error if delivery.state != "delivered" else None,
        text=copyable(delivery) if stuck else None,
        can_settle=delivery.state == "dead" and not closed,
    )
