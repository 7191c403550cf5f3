"""The queue, the message, and the forms behind a coach's keys."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from model.taxonomy import LabelUnknown
from serve.oncall import Risk
from serve.pages import view
from serve.pages.site import Site, to_queue
from serve.review import AlreadyReviewed, MessageMissing, NothingToConfirm, Reviewing
from serve.store.database import Database
from serve.store.deliveries import deliveries_of
from serve.store.messages import count_open, get_message, open_messages, student_history
from serve.store.records import StoredMessage, User

_SHOWN = 200
SAID = {
    "confirmed": "Confirmed.",
    "corrected": "Corrected.",
    "undone": "Undone. The message is back in the queue.",
    "acknowledged": "Acknowledged. This one is yours.",
    "acknowledged-before": "Somebody has acknowledged this one already.",
    "already": "Another coach has decided this one. Nothing was changed.",
    "missing": "This message is not here any more.",
    "nothing": "There is no suggestion to confirm. Choose a label.",
    "stale": "This form was from an earlier sign-in. Nothing was changed; please try again.",
}


def build_queue(site: Site, database: Database, reviewing: Reviewing) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Coach = Annotated[User, Depends(site.coach)]

    @router.get("/")
    def home() -> Response:
        return RedirectResponse("/queue", 303)

    @router.get("/queue")
    def queue(
        request: Request, user: Coach, message: str | None = None, said: str | None = None, undo: str | None = None
    ) -> Response:
        with database.read() as connection:
            waiting = open_messages(connection, _SHOWN)
            counts = count_open(connection)
            chosen = message or view.following(waiting, "")
            shown = get_message(connection, chosen) if chosen else None
            history: list[StoredMessage] = []
            if shown and shown.student:
                history = [m for m in student_history(connection, shown.student.id, 6) if m.id != shown.id]
            deliveries = deliveries_of(connection, shown.id) if shown else []
        return site.page(
            request,
            "queue.html",
            user=user,
            groups=view.groups(waiting),
            counts=counts,
            message=shown,
            asked_for=message is not None,
            missing=message is not None and shown is None,
            history=history,
            deliveries=deliveries,
            said=SAID.get(said or ""),
            undo=undo,
        )

    @router.get("/queue/list")
    def queue_list(request: Request, user: Coach, message: str | None = None) -> Response:
        with database.read() as connection:
            waiting = open_messages(connection, _SHOWN)
            counts = count_open(connection)
            shown = get_message(connection, message) if message else None
        return site.page(request, "_list.html", user=user, groups=view.groups(waiting), counts=counts, message=shown)

    def decided(message_id: str, said: str, decide: Callable[[], str]) -> Response:
        """Do it, then on to the next message; whatever stood in the way is said on the page."""
        with database.read() as connection:
            after = view.following(open_messages(connection, _SHOWN), message_id)
        try:
            review_id = decide()
        except AlreadyReviewed:
            return to_queue(message=message_id, said="already")
        except NothingToConfirm:
            return to_queue(message=message_id, said="nothing")
        except (MessageMissing, LabelUnknown):
            return to_queue(said="missing")
        with database.read() as connection:
            done = get_message(connection, message_id)
        # An escalation that nobody has taken stays in front of the coach.
        stays = done is not None and done.escalation is not None and done.escalation.acknowledged_at is None
        return to_queue(message=message_id if stays else after, said=said, undo=review_id)

    @router.post("/messages/{message_id}/confirm", dependencies=site.same_session)
    def confirm(message_id: str, user: Coach) -> Response:
        return decided(message_id, "confirmed", lambda: reviewing.confirm(message_id, user.id).id)

    @router.post("/messages/{message_id}/correct", dependencies=site.same_session)
    def correct(message_id: str, user: Coach, label: Annotated[str, Form()] = "") -> Response:
        return decided(message_id, "corrected", lambda: reviewing.correct(message_id, label, user.id).id)

    @router.post("/messages/{message_id}/acknowledge", dependencies=site.same_session)
    def acknowledge(
        message_id: str,
        user: Coach,
        note: Annotated[str, Form(max_length=5000)] = "",
        risk: Annotated[Risk, Form()] = Risk.UNSURE,
    ) -> Response:
        try:
            first = reviewing.acknowledge(message_id, user.id, note.strip() or None, risk)
        except MessageMissing:
            return to_queue(said="missing")
        return to_queue(message=message_id, said="acknowledged" if first else "acknowledged-before")

    @router.post("/reviews/{review_id}/undo", dependencies=site.same_session)
    def undo(review_id: str) -> Response:
        try:
            return to_queue(message=reviewing.undo(review_id), said="undone")
        except MessageMissing:
            return to_queue(said="missing")

    return router
