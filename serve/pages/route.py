"""The forms below a message: keep what is written, preview it, send it; the student's yes; what was not delivered."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from model.taxonomy import LabelUnknown, Taxonomy
from serve.actions.acting import Acting
from serve.actions.taking import ActionRefused, ActionUnknown
from serve.delivering.settling import NothingToSettle, Settling
from serve.pages.carried import Posted
from serve.pages.filters import shown_of
from serve.pages.route_part import Asked, RouteParts
from serve.pages.site import Site, redirect
from serve.shift.labelling import AlreadyReviewed, ClaimedByAnother, MessageMissing
from serve.store.database import Database
from serve.store.deliveries import get_delivery
from serve.store.messages import get_message
from serve.store.records import User


def build_route(
    site: Site, database: Database, acting: Acting, settling: Settling, parts: RouteParts, taxonomy: Taxonomy
) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Coach = Annotated[User, Depends(site.coach)]

    def to_queue(request: Request, **more: str | None) -> Response:
        """Back to the list as it was narrowed."""
        return redirect("/queue", {**shown_of(request, taxonomy).parameters(), **more})

    def to_form(request: Request, message_id: str, action: str, fields: Mapping[str, str], **more: str) -> Response:
        """Back to an action's form below its message."""
        return to_queue(request, message=message_id, act=action, **{"as": fields.get("as")}, **more)

    @router.post("/messages/{message_id}/actions/{action}", dependencies=site.same_session)
    def act(request: Request, message_id: str, action: str, user: Coach, fields: Posted) -> Response:
        try:
            acting.save(message_id, action, fields, user.id)  # whatever follows, what was written is kept
            if fields.get("do") != "send":
                return to_form(request, message_id, action, fields, said="kept")
            sent = acting.send(
                message_id,
                action,
                fields,
                user.id,
                second_yes=fields.get("second_yes") == "yes",
                label=fields.get("as"),
                previewed=fields.get("previewed", ""),
            )
        except (MessageMissing, LabelUnknown):
            return to_queue(request, said="missing")
        except AlreadyReviewed:
            return to_form(request, message_id, action, fields, said="already")
        except ClaimedByAnother:
            return to_form(request, message_id, action, fields, said="claimed")
        except ActionRefused as refused:
            return to_form(request, message_id, action, fields, refused=type(refused).__name__)
        return to_queue(
            request, message=message_id, said="sent-before" if sent.repeated else "sent", undo=sent.review_id
        )

    @router.post("/messages/{message_id}/actions/{action}/draft", dependencies=site.same_session)
    def keep(request: Request, message_id: str, action: str, user: Coach, fields: Posted) -> Response:
        """Keep a draft while it is written; answers with the preview of what would be sent now."""
        try:
            acting.save(message_id, action, fields, user.id)
        except (MessageMissing, ActionUnknown) as error:
            raise HTTPException(404, str(error)) from None
        with database.read() as connection:
            message = get_message(connection, message_id)
        form = message and parts.of(message, user, Asked(fields.get("as"), action)).form(action)
        if form is None:
            raise HTTPException(404, "this route does not do this")
        return site.page(request, "_live.html", form=form, fragment=True)

    @router.post("/messages/{message_id}/yes", dependencies=site.same_session)
    def student_agrees(request: Request, message_id: str, user: Coach, fields: Posted) -> Response:
        try:
            acting.record_yes(message_id, user.id)
        except MessageMissing:
            return to_queue(request, said="missing")
        return to_form(request, message_id, "referral", fields, said="agreed")

    @router.post("/deliveries/{delivery_id}/again", dependencies=site.same_session)
    def again(request: Request, delivery_id: str, user: Coach) -> Response:
        return settled(request, delivery_id, "again", lambda: settling.try_again(delivery_id, user.id))

    @router.post("/deliveries/{delivery_id}/by-hand", dependencies=site.same_session)
    def by_hand(request: Request, delivery_id: str, user: Coach) -> Response:
        return settled(request, delivery_id, "by-hand", lambda: settling.close(delivery_id, user.id))

    def settled(request: Request, delivery_id: str, said: str, settle: Callable[[], None]) -> Response:
        with database.read() as connection:
            delivery = get_delivery(connection, delivery_id)
        if delivery is None:
            return to_queue(request, said="missing")
        try:
            settle()
        except NothingToSettle:
            said = "settled-before"
        return to_queue(request, message=delivery.message_id, said=said)

    return router
