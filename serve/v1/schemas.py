"""What programs that review send and get."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from serve.distress.oncall import Risk
from serve.schemas import MessageResponse, StudentFields, message_fields
from serve.store.records import StoredMessage


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LabelRequest(_Request):
    """What a message is."""

    label: str = Field(max_length=40, examples=["lights"])


class ClaimRequest(_Request):
    """take_over: also when another coach has it open."""

    take_over: bool = False


class AcknowledgeRequest(_Request):
    """A note is kept with the escalation."""

    note: str | None = Field(None, max_length=5000, examples=["called her, she is fine for today"])
    risk: Risk = Risk.UNSURE


class BurstRequest(_Request):
    """Messages of one burst."""

    messages: list[str] = Field(max_length=300)


class ActionRequest(_Request):
    """The fields of an action's form, by name.

    label: the route under which it is done · previewed: the `digest` of the draft that was looked at; another one is
    refused · second_yes: for what asks twice.
    """

    fields: dict[str, str] = Field(examples=[{"what": "the light stays grey"}])
    label: str | None = Field(None, max_length=40)
    previewed: str | None = Field(None, max_length=64)
    second_yes: bool = False


class NoteRequest(_Request):
    """A line of a student's profile. id: 32 hexadecimal digits of your own; the same id again writes nothing."""

    id: str = Field(pattern="^[0-9a-f]{32}$", examples=["0123456789abcdef0123456789abcdef"])
    text: str = Field(max_length=5000, examples=["lost on closures again; we did the lab together"])
    kind: Literal["note", "flag"] = "note"
    message: str | None = Field(None, max_length=32)


class MessageDetails(MessageResponse):
    """A message with its words. label and what belongs to it are kept back while it is in the blind sample."""

    text: str
    asked_at: AwareDatetime
    question_url: str | None
    lesson: str | None
    environment: str | None
    student: StudentFields | None
    review_id: str | None
    blind: bool


class MessagesPage(BaseModel):
    """Newest first. next_cursor: for the page after this; null on the last."""

    messages: list[MessageDetails]
    next_cursor: str | None


class ReviewResponse(BaseModel):
    """What a coach said, as it is kept. confirmed_label: null for a skip, which is not a label."""

    id: str
    message_id: str
    kind: Literal["confirmation", "correction", "blind", "skip"]
    suggested_label: str | None
    confirmed_label: str | None
    coach_id: str
    made_at: AwareDatetime


class ReviewsResponse(BaseModel):
    """The reviews of a burst; those that could not be confirmed are left out."""

    batch_id: str | None
    reviews: list[ReviewResponse]


class UndoneResponse(BaseModel):
    """The messages that wait again."""

    messages: list[str]


class ClaimResponse(BaseModel):
    """Who has a message open, until when."""

    message_id: str
    coach: str
    ends_at: AwareDatetime


class FirstResponse(BaseModel):
    """first: false when it had been said before, and nothing was changed."""

    first: bool


class DraftResponse(BaseModel):
    """What would be sent now. problems: why it cannot be yet · digest: give it back as `previewed`."""

    body: dict[str, Any]
    problems: list[str]
    digest: str


class SentResponse(BaseModel):
    """A delivery on its way. repeated: it had been asked for before · review_id: the label that was put with it."""

    delivery_id: str
    repeated: bool
    review_id: str | None


class DeliveryFields(BaseModel):
    """What is told to whom, and how that stands. error: the other side's words."""

    id: str
    message_id: str
    action: str
    destination: str
    state: Literal["queued", "leased", "delivered", "retrying", "unknown", "dead"]
    n_attempts: int
    created_at: AwareDatetime
    delivered_at: AwareDatetime | None
    error: str | None


class DeliveriesResponse(BaseModel):
    """Deliveries, the first asked for first."""

    deliveries: list[DeliveryFields]


class CaseFields(BaseModel):
    """A distress case that is not done, without its words."""

    message_id: str
    student: str | None
    urgent: bool
    opened_at: AwareDatetime
    acknowledged_at: AwareDatetime | None
    acknowledged_by: str | None
    read_by: str | None


class CasesResponse(BaseModel):
    """Those that nobody has first."""

    escalations: list[CaseFields]


class NoteFields(BaseModel):
    """A line of a student's profile. coach: a name."""

    id: str
    kind: Literal["note", "flag"]
    text: str
    coach: str
    message_id: str | None
    made_at: AwareDatetime


class PatternFields(BaseModel):
    """What a coach is shown about a student's history; never acted on alone."""

    key: str
    says: str


class StudentLineFields(BaseModel):
    """A student in a list."""

    id: str
    name: str | None
    github_username: str | None
    plan: str
    seen_at: AwareDatetime
    n_messages: int
    n_notes: int
    n_flags: int
    n_escalations: int


class StudentsPage(BaseModel):
    """The most recently seen first."""

    students: list[StudentLineFields]
    next_cursor: str | None


class StudentResponse(StudentFields):
    """A student's profile. messages: ids, newest first."""

    notes: list[NoteFields]
    patterns: list[PatternFields]
    messages: list[str]


def details(message: StoredMessage, *, for_coach: bool) -> dict[str, Any]:
    """A message as `MessageDetails`. for_coach: what the blind sample keeps back is kept back."""
    student = message.student
    fields = message_fields(message) | {
        "text": message.text,
        "asked_at": message.asked_at.isoformat(),
        "question_url": message.question_url,
        "lesson": message.lesson,
        "environment": message.environment,
        "student": student
        and {
            "id": student.id,
            "name": student.name,
            "github_username": student.github_username,
            "plan": student.plan,
        },
        "review_id": message.review_id,
        "blind": message.blind,
    }
    if for_coach and message.suggestion_hidden:
        fields |= {"label": None, "confidence": None, "route": None, "candidates": [], "reasons": []}
        fields |= {"probabilities": {}, "evidence": []}
    return fields
