"""The page for a second look at labels that training found suspect: keep, change or drop, a key each."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response

from model.taxonomy import LabelUnknown
from model.verdicts import Says
from serve.loop.suspects import Suspects, SuspectsUnreadable
from serve.pages.site import Site, redirect
from serve.store.records import User

_SAID = {
    "keep": "Kept: the coach was right.",
    "change": "Changed.",
    "drop": "Dropped: nobody learns from it.",
    "gone": "Somebody has looked at this one already. Nothing was changed.",
}


def build_labels(site: Site, suspects: Suspects) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Manager = Annotated[User, Depends(site.role("manager"))]

    @router.get("/labels")
    def labels(request: Request, user: Manager) -> Response:
        try:
            found = suspects.look()
        except (SuspectsUnreadable, ValueError) as error:
            raise HTTPException(500, f"{error}.") from None
        site.saw(user, [suspect.message_id for suspect in found.waiting[:1] if suspect.escalated], "message")
        said = _SAID.get(request.query_params.get("said", ""))
        return site.page(request, "labels.html", user=user, found=found, said=said)

    @router.post("/labels", dependencies=site.form("manager"))
    def say(
        user: Manager,
        message: Annotated[str, Form(max_length=200)],
        says: Annotated[Says, Form()] = Says.CHANGE,
        label: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        waiting = {suspect.message_id: suspect for suspect in suspects.look().waiting}
        suspect = waiting.get(message)
        if suspect is None:  # a double click, or another manager was first
            return redirect("/labels", {"said": "gone"})
        if says is not Says.CHANGE:
            label = suspect.confirmed_label
        elif label == suspect.confirmed_label:
            says = Says.KEEP
        try:
            suspects.say(message, says, label, user)
        except LabelUnknown:
            raise HTTPException(422, "Choose one of the labels.") from None
        return redirect("/labels", {"said": says.value})

    return router
