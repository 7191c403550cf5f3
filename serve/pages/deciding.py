"""The forms behind a coach's keys. Each says what happened; what is sent twice happens once."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from model.taxonomy import LabelUnknown, Taxonomy
from serve.clock import Clock
from serve.distress.oncall import Risk
from serve.pages.filters import shown_of
from serve.pages.listing import following, load_listing
from serve.pages.site import Site, redirect
from serve.review import Reviewing
from serve.shift.labelling import AlreadyReviewed, ClaimedByAnother, MessageMissing, NothingToConfirm
from serve.store.database import Database
from serve.store.messages import get_message
from serve.store.records import Review, User

_MOST_ALIKE = 300


def build_deciding(site: Site, database: Database, reviewing: Reviewing, taxonomy: Taxonomy, clock: Clock) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Coach = Annotated[User, Depends(site.coach)]

    def to_queue(request: Request, **more: str | None) -> Response:
        """Back to the list as it was narrowed."""
        return redirect("/queue", {**shown_of(request, taxonomy).parameters(), **more})

    def next_after(request: Request, message_id: str, user: User) -> str | None:
        with database.read() as connection:
            return following(load_listing(connection, shown_of(request, taxonomy), user.id, clock()), message_id)

    def decided(request: Request, user: User, message_id: str, said: str, decide: Callable[[], Review]) -> Response:
        """Do it, then on to the next message; whatever stood in the way is said on the page."""
        after = next_after(request, message_id, user)
        try:
            review = decide()
        except AlreadyReviewed:
            return to_queue(request, message=message_id, said="already")
        except ClaimedByAnother:
            return to_queue(request, message=message_id, said="claimed")
        except NothingToConfirm:
            return to_queue(request, message=message_id, said="nothing")
        except (MessageMissing, LabelUnknown):
            return to_queue(request, said="missing")
        with database.read() as connection:
            done = get_message(connection, message_id)
        # An escalation that nobody has taken stays in front of the coach.
        stays = done is not None and done.escalation is not None and done.escalation.acknowledged_at is None
        stays = stays and review.kind != "skip"
        said = "blind" if review.kind == "blind" else said
        return to_queue(request, message=message_id if stays else after, said=said, undo=review.id)

    @router.post("/messages/{message_id}/confirm", dependencies=site.same_session)
    def confirm(request: Request, message_id: str, user: Coach) -> Response:
        return decided(request, user, message_id, "confirmed", lambda: reviewing.confirm(message_id, user.id))

    @router.post("/messages/{message_id}/correct", dependencies=site.same_session)
    def correct(request: Request, message_id: str, user: Coach, label: Annotated[str, Form()] = "") -> Response:
        return decided(request, user, message_id, "corrected", lambda: reviewing.correct(message_id, label, user.id))

    @router.post("/messages/{message_id}/skip", dependencies=site.same_session)
    def skip(request: Request, message_id: str, user: Coach) -> Response:
        return decided(request, user, message_id, "skipped", lambda: reviewing.skip(message_id, user.id))

    @router.post("/messages/{message_id}/claim", dependencies=site.same_session)
    def claim(request: Request, message_id: str, user: Coach, take_over: Annotated[bool, Form()] = False) -> Response:
        try:
            reviewing.claim(message_id, user.id, take_over=take_over)
        except MessageMissing:
            return to_queue(request, said="missing")
        except ClaimedByAnother:
            return to_queue(request, message=message_id, said="claimed")
        return to_queue(request, message=message_id, said="taken" if take_over else None)

    @router.post("/messages/{message_id}/acknowledge", dependencies=site.same_session)
    def acknowledge(
        request: Request,
        message_id: str,
        user: Coach,
        note: Annotated[str, Form(max_length=5000)] = "",
        risk: Annotated[Risk, Form()] = Risk.UNSURE,
    ) -> Response:
        try:
            first = reviewing.acknowledge(message_id, user.id, note.strip() or None, risk)
        except MessageMissing:
            return to_queue(request, said="missing")
        return to_queue(request, message=message_id, said="acknowledged" if first else "acknowledged-before")

    @router.post("/bursts/confirm", dependencies=site.same_session)
    def confirm_many(
        request: Request, user: Coach, message: Annotated[Sequence[str], Form(max_length=_MOST_ALIKE)] = ()
    ) -> Response:
        after = next_after(request, message[0] if message else "", user)
        reviews = reviewing.confirm_many(message, user.id)
        if not reviews:
            return to_queue(request, said="none")
        done = {review.message_id for review in reviews}
        if after in done:
            after = None
        return to_queue(request, message=after, said="many", batch=reviews[0].batch_id)

    @router.post("/reviews/{review_id}/undo", dependencies=site.same_session)
    def undo(request: Request, review_id: str) -> Response:
        try:
            return to_queue(request, message=reviewing.undo(review_id), said="undone")
        except MessageMissing:
            return to_queue(request, said="missing")

    @router.post("/bursts/{batch_id}/undo", dependencies=site.same_session)
    def undo_many(request: Request, batch_id: str) -> Response:
        try:
            return to_queue(request, message=reviewing.undo_many(batch_id)[0], said="undone-many")
        except MessageMissing:
            return to_queue(request, said="missing")

    return router
