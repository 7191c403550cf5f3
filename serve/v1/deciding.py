"""What a coach's keys do, for programs. Every route has a form on the pages; both call the same services."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from serve.actions.acting import Acting
from serve.delivering.settling import Settling
from serve.requests import TolerantRoute
from serve.review import Reviewing
from serve.shift.profiles import Profiles
from serve.store.records import Review, User
from serve.v1.asking import Asking
from serve.v1.refusals import problems, refusals
from serve.v1.schemas import (
    AcknowledgeRequest,
    ActionRequest,
    BurstRequest,
    ClaimRequest,
    ClaimResponse,
    DraftResponse,
    FirstResponse,
    LabelRequest,
    NoteRequest,
    ReviewResponse,
    ReviewsResponse,
    SentResponse,
    UndoneResponse,
)

_ERRORS = problems(400, 403, 404, 409)


@dataclass(frozen=True, slots=True)
class DecidingServices:
    """What deciding stands on."""

    reviewing: Reviewing
    acting: Acting
    settling: Settling
    profiles: Profiles


def build_deciding_api(asking: Asking, services: DecidingServices, body_bytes: int) -> APIRouter:
    """The router."""
    router = APIRouter(prefix="/v1", route_class=TolerantRoute, max_body_size=body_bytes)
    ForCoach = Annotated[User, Depends(asking.coach)]
    reviewing, acting, settling, profiles = (
        services.reviewing,
        services.acting,
        services.settling,
        services.profiles,
    )

    @router.post("/messages/{message_id}/confirm", response_model=ReviewResponse, responses=_ERRORS)
    def confirm(message_id: str, coach: ForCoach) -> Any:
        """Say that the suggested label is right."""
        with refusals():
            return asdict(reviewing.confirm(message_id, coach.id))

    @router.post("/messages/{message_id}/correct", response_model=ReviewResponse, responses=_ERRORS)
    def correct(message_id: str, request: LabelRequest, coach: ForCoach) -> Any:
        """Say what the label is. Correcting to distress escalates."""
        with refusals():
            return asdict(reviewing.correct(message_id, request.label, coach.id))

    @router.post("/messages/{message_id}/skip", response_model=ReviewResponse, responses=_ERRORS)
    def skip(message_id: str, coach: ForCoach) -> Any:
        """Leave it to somebody else; not a label."""
        with refusals():
            return asdict(reviewing.skip(message_id, coach.id))

    @router.post("/messages/{message_id}/claim", response_model=ClaimResponse, responses=_ERRORS)
    def claim(message_id: str, request: ClaimRequest, coach: ForCoach) -> Any:
        """Say that the coach has it open; it ends by itself after five minutes."""
        with refusals():
            return asdict(reviewing.claim(message_id, coach.id, take_over=request.take_over))

    @router.post("/messages/{message_id}/acknowledge", response_model=FirstResponse, responses=_ERRORS)
    def acknowledge(message_id: str, request: AcknowledgeRequest, coach: ForCoach) -> Any:
        """Say that the coach has this distress case in hand."""
        with refusals():
            return {"first": reviewing.acknowledge(message_id, coach.id, request.note, request.risk)}

    @router.post("/reviews/{review_id}/undo", response_model=UndoneResponse, responses=_ERRORS)
    def undo(review_id: str, coach: ForCoach) -> Any:
        """Take a review back; its message waits again. Safe to repeat."""
        with refusals():
            return {"messages": [reviewing.undo(review_id)]}

    @router.post("/bursts/confirm", response_model=ReviewsResponse, responses=_ERRORS)
    def confirm_many(request: BurstRequest, coach: ForCoach) -> Any:
        """Confirm a burst of the same problem at once; never distress."""
        made = reviewing.confirm_many(request.messages, coach.id)
        return {"batch_id": _batch(made), "reviews": [asdict(review) for review in made]}

    @router.post("/bursts/{batch_id}/undo", response_model=UndoneResponse, responses=_ERRORS)
    def undo_many(batch_id: str, coach: ForCoach) -> Any:
        """Take a burst's confirmations back. Safe to repeat."""
        with refusals():
            return {"messages": list(reviewing.undo_many(batch_id))}

    @router.post("/messages/{message_id}/actions/{action}/draft", response_model=DraftResponse, responses=_ERRORS)
    def draft(message_id: str, action: str, request: ActionRequest, coach: ForCoach) -> Any:
        """Keep the coach's draft of an action, and see what would be sent now."""
        with refusals():
            acting.save(message_id, action, request.fields, coach.id)
            composed = acting.preview(message_id, action, request.fields, coach.id, request.label)
        return {"body": dict(composed.body), "problems": list(composed.problems), "digest": composed.digest}

    @router.post("/messages/{message_id}/actions/{action}", response_model=SentResponse, responses=_ERRORS)
    def send(message_id: str, action: str, request: ActionRequest, coach: ForCoach) -> Any:
        """Ask for the delivery of an action, once: a ticket, a referral, a note ..."""
        with refusals():
            sent = acting.send(
                message_id,
                action,
                request.fields,
                coach.id,
                second_yes=request.second_yes,
                label=request.label,
                previewed=request.previewed,
            )
        return asdict(sent)

    @router.post("/messages/{message_id}/yes", response_model=FirstResponse, responses=_ERRORS)
    def student_agrees(message_id: str, coach: ForCoach) -> Any:
        """Record that the student agrees to be referred."""
        with refusals():
            return {"first": acting.record_yes(message_id, coach.id)}

    @router.post("/deliveries/{delivery_id}/again", status_code=204, responses=_ERRORS)
    def again(delivery_id: str, coach: ForCoach) -> None:
        """Attempt a dead delivery again, now."""
        with refusals():
            settling.try_again(delivery_id, coach.id)

    @router.post("/deliveries/{delivery_id}/by-hand", status_code=204, responses=_ERRORS)
    def by_hand(delivery_id: str, coach: ForCoach) -> None:
        """Say that a dead delivery was done by hand, or is not needed."""
        with refusals():
            settling.close(delivery_id, coach.id)

    @router.post("/students/{student_id}/notes", response_model=FirstResponse, responses=_ERRORS)
    def add_note(student_id: str, request: NoteRequest, coach: ForCoach) -> Any:
        """Write a note or a flag on a student's profile."""
        with refusals():
            first = profiles.add_note(
                request.id,
                student_id=student_id,
                message_id=request.message,
                kind=request.kind,
                text=request.text,
                coach_id=coach.id,
            )
        return {"first": first}

    return router


def _batch(reviews: Sequence[Review]) -> str | None:
    return reviews[0].batch_id if reviews else None
