"""A coach decides: confirm, correct, skip, undo, acknowledge. Each label is an example with its provenance."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from model.taxonomy import Taxonomy
from serve.clock import Clock, new_id
from serve.delivering.events import escalation_acknowledged
from serve.delivering.outbox import Action, escalate, tell_programs
from serve.distress.oncall import Risk
from serve.shift.labelling import (
    AlreadyReviewed,
    MessageMissing,
    NothingToConfirm,
    existing,
    free_for,
    put_label,
    review_of,
    shown_label,
    take_back,
)
from serve.store.claims import claim_of, end_claim, put_claim
from serve.store.database import Database
from serve.store.messages import get_message
from serve.store.records import Claim, Review, StoredMessage
from serve.store.reviews import acknowledge_escalation, batch_reviews, get_review, insert_review, skip_of
from serve.store.settling import close_pending

_log = structlog.get_logger()
CLAIM_FOR = timedelta(minutes=5)  # a message that nobody looks at any more is free again after this


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

    def claim(self, message_id: str, coach_id: str, *, take_over: bool = False) -> Claim:
        """Say that this coach has the message open, or still has. It ends by itself after CLAIM_FOR.

        Raises MessageMissing, or ClaimedByAnother unless `take_over`.
        """
        now = self._clock()

        def store(connection: sa.Connection) -> Claim:
            existing(connection, message_id)
            if not take_over:
                free_for(connection, message_id, coach_id, now)
            put_claim(connection, message_id, coach_id, now=now, ends_at=now + CLAIM_FOR)
            claim = claim_of(connection, message_id, now)
            assert claim is not None
            return claim

        try:
            return self._database.write(store)
        except IntegrityError:  # both opened it at once, and the other was first
            with self._database.read() as connection:
                free_for(connection, message_id, coach_id, now)
            raise

    def release_claim(self, message_id: str, coach_id: str) -> None:
        """Let go of a message; nothing happens when this coach did not have it."""
        self._database.write(lambda connection: end_claim(connection, message_id, coach_id))

    def confirm(self, message_id: str, coach_id: str) -> Review:
        """Say that the suggested label is right.

        Raises MessageMissing, AlreadyReviewed, ClaimedByAnother or NothingToConfirm.
        """
        return self._review(message_id, coach_id, None)

    def correct(self, message_id: str, label: str, coach_id: str) -> Review:
        """Say what the label is; blind, when the suggestion was not shown.

        Correcting to distress escalates, as the machine would have.
        Raises MessageMissing, AlreadyReviewed, ClaimedByAnother or LabelUnknown.
        """
        return self._review(message_id, coach_id, self._taxonomy[label].key)

    def _review(self, message_id: str, coach_id: str, label: str | None) -> Review:
        now = self._clock()

        def store(connection: sa.Connection) -> tuple[Review, bool]:
            message = existing(connection, message_id)
            said = label or shown_label(message)
            if (current := self._current(connection, message)) is not None:
                # A double click, a second tab or the back button: it was said, and is not said twice.
                if (current.coach_id, current.confirmed_label) == (coach_id, said):
                    return current, False
                raise AlreadyReviewed(f"{message.reviewed_by} has decided this one")
            if said is None:
                raise NothingToConfirm("there is no suggestion to confirm: choose a label")
            free_for(connection, message_id, coach_id, now)
            review = put_label(connection, message, said, coach_id, now)
            found = said == self._taxonomy.distress.key and message.escalation is None
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

    def _current(self, connection: sa.Connection, message: StoredMessage) -> Review | None:
        return get_review(connection, message.review_id) if message.review_id else None

    def confirm_many(self, message_ids: Sequence[str], coach_id: str) -> Sequence[Review]:
        """Confirm a burst of the same problem at once; all that may be, in one transaction, with one batch_id.

        What was decided, claimed, escalated or erased meanwhile is left as it is; so is distress, always, and what
        is in the blind sample.
        """
        now = self._clock()
        batch_id = new_id()

        def may(connection: sa.Connection, message: StoredMessage | None) -> bool:
            if message is None or message.review_id or message.escalation or message.blind:
                return False
            claim = claim_of(connection, message.id, now)
            suggested = message.decision.outcome == "suggest" and message.decision.label != self._taxonomy.distress.key
            return suggested and (claim is None or claim.coach_id == coach_id)

        def store(connection: sa.Connection) -> Sequence[Review]:
            found = [get_message(connection, message_id) for message_id in dict.fromkeys(message_ids)]
            return [
                put_label(connection, message, str(message.decision.label), coach_id, now, batch_id)
                for message in found
                if message is not None and may(connection, message)
            ]

        reviews = self._database.write(store)
        _log.info("burst.confirmed", batch=batch_id, n=len(reviews), coach=coach_id)
        return reviews

    def skip(self, message_id: str, coach_id: str) -> Review:
        """Leave a message to somebody else. Not a label: it waits on. Safe to repeat.

        Raises MessageMissing or AlreadyReviewed.
        """
        now = self._clock()

        def store(connection: sa.Connection) -> Review:
            message = existing(connection, message_id)
            if message.review_id is not None:
                raise AlreadyReviewed(f"{message.reviewed_by} has decided this one")
            end_claim(connection, message_id, coach_id)
            earlier = skip_of(connection, message_id, coach_id)
            if earlier is not None:
                return earlier
            review = review_of(message, "skip", None, coach_id, now)
            insert_review(connection, review)
            return review

        return self._database.write(store)

    def undo(self, review_id: str) -> str:
        """Take a review back and put its message in the queue again. Returns the message's id. Safe to repeat.

        An escalation that the review opened stays open: its notice is out.
        """
        now = self._clock()

        def store(connection: sa.Connection) -> str:
            review = get_review(connection, review_id)
            if review is None:
                raise MessageMissing("there is nothing to undo")
            take_back(connection, review, now)
            return review.message_id

        message_id = self._database.write(store)
        _log.info("message.review_undone", message=message_id, review=review_id)
        return message_id

    def undo_many(self, batch_id: str) -> Sequence[str]:
        """Take a burst's confirmations back. Returns the ids of its messages. Safe to repeat. Raises MessageMissing."""
        now = self._clock()

        def store(connection: sa.Connection) -> Sequence[str]:
            reviews = batch_reviews(connection, batch_id)
            if not reviews:
                raise MessageMissing("there is nothing to undo")
            for review in reviews:
                take_back(connection, review, now)
            return [review.message_id for review in reviews]

        message_ids = self._database.write(store)
        _log.info("burst.undone", batch=batch_id, n=len(message_ids))
        return message_ids

    def acknowledge(self, message_id: str, coach_id: str, note: str | None, risk: Risk = Risk.UNSURE) -> bool:
        """Say that a person has this distress case in hand; false when somebody said so before.

        Nobody else is told then. Never refused for a claim: whoever is there takes it. Raises MessageMissing when the
        message has no escalation.
        """
        now = self._clock()

        def store(connection: sa.Connection) -> bool:
            escalation = existing(connection, message_id).escalation
            if escalation is None:
                raise MessageMissing("this message is not escalated")
            close_pending(connection, message_id, Action.DISTRESS_NOTICE, by=coach_id, closed_at=now)
            first = acknowledge_escalation(
                connection, message_id, by=coach_id, note=note, risk=risk, acknowledged_at=now
            )
            if first:
                tell_programs(connection, escalation_acknowledged(message_id, escalation.id, coach_id), now)
            return first

        first = self._database.write(store)
        _log.info("escalation.acknowledged", message=message_id, coach=coach_id, first=first)
        return first
