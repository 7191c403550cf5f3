"""What a coach's word writes, inside the caller's transaction: labels, skips, their undoing, and who may decide."""

from datetime import datetime

import sqlalchemy as sa

from serve.clock import new_id
from serve.delivering.events import message_reviewed
from serve.delivering.outbox import tell_programs
from serve.store.claims import claim_of, end_claim
from serve.store.messages import get_message, mark_resolved, show_suggestion
from serve.store.records import Claim, Review, StoredMessage
from serve.store.reviews import insert_review, undo_review


class MessageMissing(LookupError):
    """There is no such message (any more)."""


class AlreadyReviewed(ValueError):
    """Somebody has decided this message; what they said stands until it is undone."""


class NothingToConfirm(ValueError):
    """No suggested label was shown, so there is nothing to confirm."""


class ClaimedByAnother(ValueError):
    """Another coach has the message open; taking it over is possible, by saying so."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(f"{claim.coach} has this message open")
        self.claim = claim


def existing(connection: sa.Connection, message_id: str) -> StoredMessage:
    """The message. Raises MessageMissing."""
    message = get_message(connection, message_id)
    if message is None:
        raise MessageMissing("this message is not here any more")
    return message


def shown_label(message: StoredMessage) -> str | None:
    """The suggestion that a coach has in front of them, None when there is none or it is hidden."""
    return None if message.suggestion_hidden else message.decision.label


def free_for(connection: sa.Connection, message_id: str, coach_id: str, now: datetime) -> None:
    """Raises ClaimedByAnother when another coach has the message open."""
    claim = claim_of(connection, message_id, now)
    if claim is not None and claim.coach_id != coach_id:
        raise ClaimedByAnother(claim)


def review_of(
    message: StoredMessage, kind: str, label: str | None, coach_id: str, now: datetime, batch_id: str | None = None
) -> Review:
    """A review as it is kept: what was said, beside what the machine had said. label: None for a skip."""
    decision = message.decision
    return Review(
        id=new_id(),
        message_id=message.id,
        kind=kind,
        suggested_label=decision.label,
        suggested_outcome=decision.outcome,
        confidence=decision.confidence,
        release=decision.release,
        confirmed_label=label,
        coach_id=coach_id,
        made_at=now,
        batch_id=batch_id,
    )


def put_label(
    connection: sa.Connection,
    message: StoredMessage,
    label: str,
    coach_id: str,
    now: datetime,
    batch_id: str | None = None,
) -> Review:
    """Write what the coach said, take the message out of the queue and let go of it."""
    agreed = label == message.decision.label
    kind = "blind" if message.suggestion_hidden else "confirmation" if agreed else "correction"
    review = review_of(message, kind, label, coach_id, now, batch_id)
    insert_review(connection, review)
    mark_resolved(connection, message.id, now)
    end_claim(connection, message.id, coach_id)
    tell_programs(connection, message_reviewed(review), now)
    return review


def take_back(connection: sa.Connection, review: Review, now: datetime) -> None:
    """Undo a review and put its message in the queue again; nothing happens the second time."""
    if undo_review(connection, review.id, now) and review.confirmed_label is not None:
        mark_resolved(connection, review.message_id, None)
        if review.kind == "blind":
            show_suggestion(connection, review.message_id)  # the coach has seen it: another label is not blind
