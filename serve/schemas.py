"""What programs send and get. Field names are those of `model.answer.Answer`, here and everywhere."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl, model_validator

from model.answer import LONGEST_TEXT
from serve.store.records import StoredMessage, Student
from serve.triage import Submission

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
ShortText = Annotated[str, Field(max_length=200)]
MOST_TEXTS = 1_000


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PredictionRequest(_Request):
    """One text, or up to 1,000."""

    text: Text | None = Field(None, description="One message.")
    texts: list[Text] | None = Field(None, max_length=MOST_TEXTS, description="A batch, answered in order.")

    @model_validator(mode="after")
    def _one_of_both(self) -> "PredictionRequest":
        if (self.text is None) == (self.texts is None):
            raise ValueError("give either text or texts")
        return self


class StudentFields(_Request):
    """Who asked. plan decides priorities: paid, free or unknown."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    name: ShortText | None = None
    github_username: ShortText | None = None
    plan: Literal["paid", "free", "unknown"] = "unknown"

    def stored(self) -> Student:
        """The same for the store."""
        return Student(self.id, self.name, self.github_username, self.plan)


class MessageRequest(_Request):
    """A message as AAQ hands it over."""

    text: Text
    question_id: ShortText | None = None
    asked_at: AwareDatetime | None = None
    question_url: Annotated[HttpUrl, Field(max_length=2000)] | None = None
    lesson: ShortText | None = None
    environment: ShortText | None = None
    student: StudentFields | None = None

    def submission(self) -> Submission:
        """The same for the service."""
        return Submission(
            text=self.text,
            question_id=self.question_id,
            asked_at=self.asked_at,
            question_url=str(self.question_url) if self.question_url else None,
            lesson=self.lesson,
            environment=self.environment,
            student=self.student.stored() if self.student else None,
        )


class Span(BaseModel):
    """Characters `[start, end)` of the text that push towards `label` by `weight` (log-odds)."""

    label: str
    start: int
    end: int
    weight: float


class AnswerFields(BaseModel):
    """What is said about one message."""

    label: str | None = Field(description="The most probable label; null when no release answers.")
    confidence: float | None = Field(description="Its calibrated probability, at the traffic's mix.")
    outcome: Literal["suggest", "abstain", "escalate"]
    route: str | None = Field(description="Where it goes; only when one is suggested or escalated.")
    escalate_to_human: bool = Field(description="True for abstain and escalate, always.")
    urgent: bool
    reasons: list[str]
    candidates: list[str]
    release: str | None
    probabilities: dict[str, float]
    evidence: list[Span]


class PredictionsResponse(BaseModel):
    """The answers of a batch, in the order of its texts."""

    predictions: list[AnswerFields]


class EscalationFields(BaseModel):
    """A distress case; open until a person acknowledges it."""

    urgent: bool
    opened_at: AwareDatetime
    acknowledged_at: AwareDatetime | None
    acknowledged_by: str | None
    risk: Literal["safe", "unsure", "danger"] | None = Field(description="As the acknowledger sees it.")


class MessageResponse(AnswerFields):
    """A stored message with its answer and what became of it."""

    id: str
    question_id: str | None
    received_at: AwareDatetime
    resolved_at: AwareDatetime | None
    confirmed_label: str | None
    reviewed_by: str | None
    escalation: EscalationFields | None


def message_fields(message: StoredMessage) -> dict[str, Any]:
    """A stored message as `MessageResponse`."""
    decision, escalation = message.decision, message.escalation
    return {
        "id": message.id,
        "question_id": message.question_id,
        "received_at": message.received_at.isoformat(),
        "resolved_at": message.resolved_at and message.resolved_at.isoformat(),
        "confirmed_label": message.confirmed_label,
        "reviewed_by": message.reviewed_by,
        "escalation": escalation
        and {
            "urgent": escalation.urgent,
            "opened_at": escalation.opened_at.isoformat(),
            "acknowledged_at": escalation.acknowledged_at and escalation.acknowledged_at.isoformat(),
            "acknowledged_by": escalation.acknowledged_by,
            "risk": escalation.risk,
        },
        "label": decision.label,
        "confidence": decision.confidence,
        "outcome": decision.outcome,
        "route": decision.route,
        "escalate_to_human": decision.escalate_to_human,
        "urgent": decision.urgent,
        "reasons": list(decision.reasons),
        "candidates": list(decision.candidates),
        "release": decision.release,
        "probabilities": dict(decision.probabilities),
        "evidence": list(decision.evidence),
    }
