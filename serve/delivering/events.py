"""What the school's own programs are told: ids and labels, never a word of a message. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from serve.store.records import NewMessage, Review, StoredDecision


class EventName(StrEnum):
    """What can be listened to."""

    MESSAGE_DECIDED = "message.decided"  # a message came in and was answered
    MESSAGE_REVIEWED = "message.reviewed"  # a coach said what it is
    ESCALATION_OPENED = "escalation.opened"  # a student may be in distress
    ESCALATION_ACKNOWLEDGED = "escalation.acknowledged"  # a person has the case in hand


@dataclass(frozen=True, slots=True)
class Event:
    """subject_id: of what happened, once; with the name it tells two deliveries of one event from two events."""

    name: EventName
    message_id: str
    subject_id: str
    data: Mapping[str, object]


def message_decided(message: NewMessage, decision: StoredDecision) -> Event:
    """What the machine said. A message of the blind sample keeps its suggestion back: a program would show it."""
    hidden = message.blind
    data = {
        "message_id": message.id,
        "question_id": message.question_id,
        "outcome": decision.outcome,
        "urgent": decision.urgent,
        "blind": message.blind,
        "label": None if hidden else decision.label,
        "route": None if hidden else decision.route,
        "candidates": [] if hidden else list(decision.candidates),
        "reasons": [] if hidden else list(decision.reasons),
        "release": decision.release,
    }
    return Event(EventName.MESSAGE_DECIDED, message.id, message.id, data)


def message_reviewed(review: Review) -> Event:
    """What a coach said."""
    data = {
        "message_id": review.message_id,
        "review_id": review.id,
        "kind": review.kind,
        "suggested_label": review.suggested_label,
        "confirmed_label": review.confirmed_label,
        "coach_id": review.coach_id,
        "release": review.release,
    }
    return Event(EventName.MESSAGE_REVIEWED, review.message_id, review.id, data)


def escalation_opened(message_id: str, escalation_id: str, *, urgent: bool) -> Event:
    """A student may be in distress."""
    data = {"message_id": message_id, "escalation_id": escalation_id, "urgent": urgent}
    return Event(EventName.ESCALATION_OPENED, message_id, escalation_id, data)


def escalation_acknowledged(message_id: str, escalation_id: str, coach_id: str) -> Event:
    """A person has the case in hand."""
    data = {"message_id": message_id, "escalation_id": escalation_id, "coach_id": coach_id}
    return Event(EventName.ESCALATION_ACKNOWLEDGED, message_id, escalation_id, data)
