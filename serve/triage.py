"""A message comes in: answer it, store it with its decision and its notice, tell the worker."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from model.answer import Answer
from model.policy import Outcome, Reason
from model.text import storable
from serve.actions.automatic import Automatic
from serve.clock import Clock, new_id
from serve.delivering.events import message_decided
from serve.delivering.outbox import escalate, tell_programs
from serve.loop.live import LiveRelease
from serve.shift.ranking import rank_at
from serve.shift.sampling import in_blind_sample
from serve.store.database import Database
from serve.store.messages import find_repeat, get_message, insert_message
from serve.store.records import NewMessage, StoredDecision, StoredMessage, Student

_log = structlog.get_logger()


class IdempotencyConflict(ValueError):
    """The sender used this Idempotency-Key before, for something else."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A message as a sender hands it in."""

    text: str
    question_id: str | None = None
    asked_at: datetime | None = None
    question_url: str | None = None
    lesson: str | None = None
    environment: str | None = None
    student: Student | None = None

    def fingerprint(self) -> str:
        """SHA-256 over every field: the same submission again, or another one."""
        student = self.student
        fields = [self.text, self.question_id, self.question_url, self.lesson, self.environment]
        fields += [student.id, student.name, student.github_username, student.plan] if student else []
        fields.append(self.asked_at.isoformat() if self.asked_at else None)
        return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Received:
    """A message that is safely stored. repeated: it was stored by an earlier request with the same key."""

    message: StoredMessage
    repeated: bool


class Triage:
    """The service that takes messages in."""

    def __init__(
        self,
        database: Database,
        live: LiveRelease,
        clock: Clock,
        address: str,
        on_notice: Callable[[], None],
        blind_share: float = 0.0,
        automatic: Automatic | None = None,
        on_stored: Callable[[str, str], None] = lambda message_id, text: None,
    ) -> None:
        """`on_notice` is called after the commit when there is something to deliver.

        blind_share: of the messages, 0 to 1, that are labelled before their suggestion shows ·
        automatic: what routes do by themselves, nothing when None ·
        on_stored: called after every commit with the message's id and text; must return at once.
        """
        self._database = database
        self._live = live
        self._clock = clock
        self._address = address
        self._on_notice = on_notice
        self._blind_share = blind_share
        self._automatic = automatic
        self._on_stored = on_stored

    def answer(self, text: str) -> Answer:
        """Answer one text. A failing release means a human, never an error."""
        answerer = self._live.answerer
        try:
            return answerer.answer(text)
        except Exception as error:  # noqa: BLE001  whatever went wrong, the student must reach a person
            _log.error("answer.failed", error=type(error).__name__, release=answerer.release and answerer.release.id)
            return answerer.answer_without_model(text, Reason.MODEL_FAILED)

    def receive(self, submission: Submission, sender: str, idempotency_key: str | None) -> Received:
        """Store a message, its decision and its notice in one transaction, then return it.

        Raises IdempotencyConflict, or TooManyWaiting and database errors with nothing stored.
        """
        now = self._clock()
        fingerprint = submission.fingerprint()
        if idempotency_key is not None and (repeat := self._repeat(sender, idempotency_key, fingerprint)):
            return repeat
        message = _new_message(submission, sender, idempotency_key, fingerprint, now)
        answer = self.answer(message.text)
        decision = stored_decision(answer, now)
        message = self._placed(message, decision)
        escalated = answer.decision.outcome is Outcome.ESCALATE

        def store(connection: sa.Connection) -> tuple[StoredMessage, bool]:
            insert_message(connection, message, decision)
            tell_programs(connection, message_decided(message, decision), now)
            if escalated:
                escalate(connection, message_id=message.id, urgent=decision.urgent, address=self._address, now=now)
            stored = get_message(connection, message.id)
            assert stored is not None
            acted = self._automatic is not None and self._automatic.act(connection, stored, now)
            return stored, escalated or acted

        try:
            stored, to_deliver = self._database.write(store)
        except IntegrityError:
            # The same key arrived twice at once: the database let one in, and this is the other.
            if idempotency_key is not None and (repeat := self._repeat(sender, idempotency_key, fingerprint)):
                return repeat
            raise
        if to_deliver:
            self._on_notice()
        self._on_stored(message.id, message.text)
        _log.info("message.received", message=message.id, outcome=decision.outcome, release=decision.release)
        return Received(stored, repeated=False)

    def _placed(self, message: NewMessage, decision: StoredDecision) -> NewMessage:
        """The message with its place in the queue, and whether its suggestion is kept back until it is labelled."""
        share = self._blind_share if decision.label is not None else 0.0  # nothing to keep back without a suggestion
        blind = in_blind_sample(message.id, decision.outcome, share)
        place = rank_at(message.received_at, decision.probabilities.values(), blind=blind)
        return replace(message, blind=blind, rank_at=place)

    def _repeat(self, sender: str, idempotency_key: str, fingerprint: str) -> Received | None:
        with self._database.read() as connection:
            earlier = find_repeat(connection, sender, idempotency_key)
        if earlier is None:
            return None
        if earlier.body_hash != fingerprint:
            raise IdempotencyConflict("this Idempotency-Key was used for another message")
        return Received(earlier, repeated=True)


def _new_message(
    submission: Submission, sender: str, idempotency_key: str | None, fingerprint: str, now: datetime
) -> NewMessage:
    def plain(value: str | None) -> str | None:
        return None if value is None else storable(value)

    student = submission.student
    return NewMessage(
        id=new_id(),
        sender=sender,
        idempotency_key=idempotency_key,
        body_hash=fingerprint,
        question_id=plain(submission.question_id),
        text=storable(submission.text),
        asked_at=submission.asked_at or now,
        question_url=plain(submission.question_url),
        lesson=plain(submission.lesson),
        environment=plain(submission.environment),
        student=student
        and Student(storable(student.id), plain(student.name), plain(student.github_username), student.plan),
        received_at=now,
    )


def stored_decision(answer: Answer, decided_at: datetime) -> StoredDecision:
    """An answer as it is kept."""
    decision = answer.decision
    return StoredDecision(
        label=decision.label,
        confidence=decision.confidence,
        outcome=decision.outcome.value,
        route=decision.route,
        urgent=decision.urgent,
        reasons=[reason.value for reason in decision.reasons],
        candidates=list(decision.candidates),
        probabilities=dict(answer.probabilities),
        evidence=[
            {"label": span.label, "start": span.start, "end": span.end, "weight": span.weight}
            for span in answer.evidence
        ],
        release=answer.release,
        decided_at=decided_at,
        known_share=answer.known_share,
    )
