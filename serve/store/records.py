"""What is kept, as the services see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Student:
    """A student as the sender described them. plan: paid, free or unknown."""

    id: str
    name: str | None
    github_username: str | None
    plan: str


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that is about to be stored.

    sender: the API key's id · body_hash: tells a repeat from a conflict · blind: labelled before its suggestion shows ·
    rank_at: its place in the queue, the time of receipt when None.
    """

    id: str
    sender: str
    idempotency_key: str | None
    body_hash: str
    question_id: str | None
    text: str
    asked_at: datetime
    question_url: str | None
    lesson: str | None
    environment: str | None
    student: Student | None
    received_at: datetime
    blind: bool = False
    rank_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """What the machine said about a message, with the field names of `model.answer.Answer.full`."""

    label: str | None
    confidence: float | None
    outcome: str
    route: str | None
    urgent: bool
    reasons: Sequence[str]
    candidates: Sequence[str]
    probabilities: Mapping[str, float]
    evidence: Sequence[Mapping[str, Any]]
    release: str | None
    decided_at: datetime
    known_share: float | None = None  # of the text's words, that the release had seen

    @property
    def escalate_to_human(self) -> bool:
        return self.outcome != "suggest"


@dataclass(frozen=True, slots=True)
class Escalation:
    """A distress case: open until a person acknowledges it."""

    id: str
    urgent: bool
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None  # a name
    risk: str | None = None  # safe, unsure or danger, as the acknowledger sees it


@dataclass(frozen=True, slots=True)
class Review:
    """What a coach said: a labelled example with what was shown and which release said it.

    kind: confirmation, correction, blind (labelled before the suggestion showed) or skip, which is not a label and has
    none · batch_id: of a burst that was confirmed at once.
    """

    id: str
    message_id: str
    kind: str
    suggested_label: str | None
    suggested_outcome: str
    confidence: float | None
    release: str | None
    confirmed_label: str | None
    coach_id: str
    made_at: datetime
    undone_at: datetime | None = None
    batch_id: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Who has a message open, until when."""

    message_id: str
    coach_id: str
    coach: str  # a name
    claimed_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """A line of a student's admin profile. kind: note, or flag when others should look twice."""

    id: str
    student_id: str
    message_id: str | None
    kind: str
    text: str
    coach_id: str
    coach: str  # a name
    made_at: datetime


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message with everything known about it now."""

    id: str
    question_id: str | None
    text: str
    asked_at: datetime
    question_url: str | None
    lesson: str | None
    environment: str | None
    student: Student | None
    received_at: datetime
    resolved_at: datetime | None
    body_hash: str
    decision: StoredDecision
    escalation: Escalation | None
    confirmed_label: str | None
    reviewed_by: str | None  # a name
    review_id: str | None
    blind: bool = False

    @property
    def suggestion_hidden(self) -> bool:
        """Whether nobody may see yet what the machine said."""
        return self.blind and self.review_id is None


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """An outbox row that is about to be written."""

    id: str
    message_id: str
    action: str
    destination: str
    body: Mapping[str, Any]
    idempotency_key: str
    due_at: datetime
    urgency: int = 0  # 2: somebody in danger, 1: distress; the higher leaves first


@dataclass(frozen=True, slots=True)
class Lease:
    """A delivery that this worker, and no other, may attempt until `leased_until`.

    unknown_since: set when the vendor may have it already, so that it is asked before anything is sent.
    """

    id: str
    message_id: str
    action: str
    destination: str
    body: Mapping[str, Any]
    idempotency_key: str
    n_attempts: int  # this one included
    fence: int
    leased_until: datetime
    unknown_since: datetime | None = None
    n_unknown: int = 0
    n_look_ups: int = 0
    n_look_ups_failed: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a delivery goes from here: its next state, when it is due, and what is known of its look-ups."""

    state: str
    due_at: datetime
    unknown_since: datetime | None
    n_unknown: int
    n_look_ups: int
    n_look_ups_failed: int

    @classmethod
    def of(cls, lease: Lease) -> "Progress":
        """A leased delivery as it stands."""
        counts = (lease.n_unknown, lease.n_look_ups, lease.n_look_ups_failed)
        return cls("leased", lease.leased_until, lease.unknown_since, *counts)


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """An outbox row as people see it."""

    id: str
    message_id: str
    action: str
    destination: str
    state: str
    n_attempts: int
    created_at: datetime
    due_at: datetime
    delivered_at: datetime | None
    error: str | None  # the vendor's words
    receipt: Mapping[str, Any] | None  # reference and url
    body: Mapping[str, Any]
    closed_at: datetime | None  # a person said that nothing more is to be sent
    closed_by: str | None  # a user's id


@dataclass(frozen=True, slots=True)
class ActionTaken:
    """One thing that was sent about a message. coach: a name, None when the route did it by itself."""

    delivery_id: str
    message_id: str
    action: str
    label: str
    priority: str | None
    coach_id: str | None
    taken_at: datetime
    coach: str | None = None


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A ticket that a burst of the same problem can be added to. reference: the vendor's, as TS-12."""

    reference: str
    url: str | None
    summary: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class StudentYes:
    """A student agreed to a referral; coach: the name of who recorded it."""

    said_at: datetime
    coach: str


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """What a coach has written for an action and not sent."""

    action: str
    fields: Mapping[str, str]
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in. role: coach, manager or admin · external_id: "issuer subject" of the school's sign-in."""

    id: str
    name: str
    role: str
    password_hash: str
    session_epoch: int
    disabled_at: datetime | None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A person as an admin sees them."""

    id: str
    name: str
    role: str
    external_id: str | None
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's key without the key. scope: send or review · used_on: the last day (UTC) on which it was used."""

    id: str
    name: str
    scope: str
    prefix: str
    created_at: datetime
    used_on: date | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One read of a distress case's words. who: a name · what: where it was read."""

    id: str
    who: str
    what: str
    message_id: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """An address of the school's own programs. events: the names of those it is told."""

    id: str
    name: str
    url: str
    events: Sequence[str]
    created_at: datetime
