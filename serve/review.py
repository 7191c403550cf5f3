"""A coach decides: confirm, correct, undo, acknowledge. Each leaves a labelled example with its provenance."""

from collections.abc import Callable

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from model.taxonomy import Taxonomy
from serve.clock import Clock, new_id
from serve.oncall import Risk
from serve.outbox import Action, escalate
from serve.store.database import Database
from serve.store.messages import get_message, mark_resolved
from serve.store.records import Review, StoredMessage
from serve.store.reviews import acknowledge_escalation, get_review, insert_review, undo_review
from serve.store.settling import close_pending

_log = structlog.get_logger()


class MessageMissing(LookupError):
    """There is no such message (any more)."""


class AlreadyReviewed(ValueError):
    """Somebody has decided this message; what they said stands until it is undone."""


class NothingToConfirm(ValueError):
    """The machine suggested no label, so there is nothing to confirm."""


class Reviewing:
    """The service behind the coach's keys."""

    def __init__(
        self, database: Database, taxonomy: Taxonomy, clock: Clock, address: str, on_notice: Callable[[], None]
    ) -> None:
        self._database = database
        self._taxonomy = taxonomy
        self._clock = clock
        self._address = address
        self._on_notice = on_notice

    def confirm(self, message_id: str, coach_id: str) -> Review:
        """Say that the suggested label is right.

        Raises MessageMissing, AlreadyReviewed or NothingToConfirm.
        """
        return self._review(message_id, coach_id, None)

    def correct(self, message_id: str, label: str, coach_id: str) -> Review:
        """Say what the label is. Correcting to distress escalates, as the machine would have.

        Raises MessageMissing, AlreadyReviewed or LabelUnknown.
        """
        return self._review(message_id, coach_id, self._taxonomy[label].key)

    def _review(self, message_id: str, coach_id: str, label: str | None) -> Review:
        now = self._clock()

        def store(connection: sa.Connection) -> tuple[Review, bool]:
            message = _existing(connection, message_id)
            suggested = message.decision.label
            confirmed = label or suggested
            if confirmed is None:
                raise NothingToConfirm("there is no suggestion to confirm: choose a label")
            review = Review(
                id=new_id(),
                message_id=message_id,
                kind="confirmation" if confirmed == suggested else "correction",
                suggested_label=suggested,
                suggested_outcome=message.decision.outcome,
                confidence=message.decision.confidence,
                release=message.decision.release,
                confirmed_label=confirmed,
                coach_id=coach_id,
                made_at=now,
            )
            if message.review_id is not None:
                raise AlreadyReviewed(f"{message.reviewed_by} has decided this one")
            insert_review(connection, review)
            mark_resolved(connection, message_id, now)
            found = confirmed == self._taxonomy.distress.key and message.escalation is None
            if found:
                escalate(connection, message_id=message_id, urgent=False, address=self._address, now=now)
            return review, found

        try:
            review, escalated = self._database.write(store)
        except IntegrityError:
            raise AlreadyReviewed("another coach has just decided this one") from None
        if escalated:
            self._on_notice()
        _log.info("message.reviewed", message=message_id, kind=review.kind, coach=coach_id)
        return review

    def undo(self, review_id: str) -> str:
        """Take a review back and put its message in the queue again. Returns the message's id. Safe to repeat.

        An escalation that the review opened stays open: its notice is out.
        """
        now = self._clock()

        def store(connection: sa.Connection) -> str:
            review = get_review(connection, review_id)
            if review is None:
                raise MessageMissing("there is nothing to undo")
            if undo_review(connection, review_id, now):
                mark_resolved(connection, review.message_id, None)
            return review.message_id

        message_id = self._database.write(store)
        _log.info("message.review_undone", message=message_id, review=review_id)
        return message_id

    def acknowledge(self, message_id: str, coach_id: str, note: str | None, risk: Risk = Risk.UNSURE) -> bool:
        """Say that a person has this distress case in hand; false when somebody said so before.

        Nobody else is told then. Raises MessageMissing when the message has no escalation.
        """
        now = self._clock()

        def store(connection: sa.Connection) -> bool:
            if _existing(connection, message_id).escalation is None:
                raise MessageMissing("this message is not escalated")
            close_pending(connection, message_id, Action.DISTRESS_NOTICE, by=coach_id, closed_at=now)
            return acknowledge_escalation(
                connection, message_id, by=coach_id, note=note, risk=risk, acknowledged_at=now
            )

        first = self._database.write(store)
        _log.info("escalation.acknowledged", message=message_id, coach=coach_id, first=first)
        return first


def _existing(connection: sa.Connection, message_id: str) -> StoredMessage:
    message = get_message(connection, message_id)
    if message is None:
        raise MessageMissing("this message is not here any more")
    return message
