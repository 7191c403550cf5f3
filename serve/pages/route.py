"""The forms below a message: keep what is written, preview it, send it; the student's yes; what was not delivered."""

from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from model.taxonomy import LabelUnknown
from serve.acting import Acting
from serve.forms import CHECKED
from serve.labelling import AlreadyReviewed, MessageMissing
from serve.pages.route_part import RouteParts
from serve.pages.site import Site, to_queue
from serve.settling import NothingToSettle, Settling
from serve.store.database import Database
from serve.store.deliveries import get_delivery
from serve.store.messages import get_message
from serve.store.records import User
from serve.taking import ActionRefused, ActionUnknown


async def posted(request: Request) -> dict[str, str]:
    """A form's fields as they were posted; the ticked numbers of the checklist as one."""
    form = await request.form()
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    ticked = ",".join(str(number) for number in form.getlist("check"))
    return fields | {CHECKED: ticked or fields.get(CHECKED, "")}


Posted = Annotated[Mapping[str, str], Depends(posted)]


def build_route(site: Site, database: Database, acting: Acting, settling: Settling, parts: RouteParts) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Coach = Annotated[User, Depends(site.coach)]

    @router.post("/messages/{message_id}/actions/{action}", dependencies=site.same_session)
    def act(message_id: str, action: str, user: Coach, fields: Posted) -> Response:
        try:
            acting.save(message_id, action, fields, user.id)  # whatever follows, what was written is kept
            if fields.get("do") != "send":
                return to_action(message_id, action, fields.get("label"), said="kept")
            sent = acting.send(
                message_id,
                action,
                fields,
                user.id,
                second_yes=fields.get("second_yes") == "yes",
                label=fields.get("label"),
                previewed=fields.get("previewed"),
            )
        except (MessageMissing, LabelUnknown):
            return to_queue(said="missing")
        except AlreadyReviewed:
            return to_action(message_id, action, fields.get("label"), said="already")
        except ActionRefused as refused:
            return to_action(message_id, action, fields.get("label"), refused=type(refused).__name__)
        return to_queue(message=message_id, said="sent-before" if sent.repeated else "sent", undo=sent.review_id)

    @router.post("/messages/{message_id}/actions/{action}/draft", dependencies=site.same_session)
    def keep(request: Request, message_id: str, action: str, user: Coach, fields: Posted) -> Response:
        """Keep a draft while it is written; answers with the preview of what would be sent now."""
        try:
            acting.save(message_id, action, fields, user.id)
        except (MessageMissing, ActionUnknown) as error:
            raise HTTPException(404, str(error)) from None
        with database.read() as connection:
            message = get_message(connection, message_id)
        form = message and parts.of(message, user, label=fields.get("label"), act=action).form(action)
        if form is None:
            raise HTTPException(404, "this route does not do this")
        return site.page(request, "_live.html", form=form, fragment=True)

    @router.post("/messages/{message_id}/yes", dependencies=site.same_session)
    def student_agrees(message_id: str, user: Coach, fields: Posted) -> Response:
        try:
            acting.record_yes(message_id, user.id)
        except MessageMissing:
            return to_queue(said="missing")
        return to_action(message_id, "referral", fields.get("label"), said="agreed")

    @router.post("/deliveries/{delivery_id}/again", dependencies=site.same_session)
    def again(delivery_id: str, user: Coach) -> Response:
        return settled(delivery_id, "again", lambda: settling.try_again(delivery_id, user.id))

    @router.post("/deliveries/{delivery_id}/by-hand", dependencies=site.same_session)
    def by_hand(delivery_id: str, user: Coach) -> Response:
        return settled(delivery_id, "by-hand", lambda: settling.close(delivery_id, user.id))

    def settled(delivery_id: str, said: str, settle: Callable[[], None]) -> Response:
        with database.read() as connection:
            delivery = get_delivery(connection, delivery_id)
        if delivery is None:
            return to_queue(said="missing")
        try:
            settle()
        except NothingToSettle:
            said = "settled-before"
        return to_queue(message=delivery.message_id, said=said)

    return router


def to_action(message_id: str, action: str, label: str | None, **parameters: str) -> RedirectResponse:
    """Back to an action's form below its message."""
    given = {"message": message_id, "act": action, **({"label": label} if label else {}), **parameters}
    return RedirectResponse(f"/queue?{urlencode(given)}#act-{action}", 303)
