"""Which programs may send and review, and which are told what happens: API keys and webhooks, for admins."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response

from serve.delivering.events import EventName
from serve.pages.site import Site, redirect
from serve.people.api_keys import ApiKeys, KeyMissing, Scope
from serve.people.webhooks import EventUnknown, Webhooks
from serve.store.records import User
from serve.transports.gate import AddressRefused

_PAGE = "/programs"
_SAID = {
    "revoked": "Revoked. Requests with this key are refused from now on.",
    "missing": "It is not here any more. Nothing was changed.",
    "nameless": "A program needs a name.",
    "listening": "It is told from now on.",
    "removed": "It is told nothing new.",
    "no-event": "Choose at least one event.",
}


def build_programs(site: Site, keys: ApiKeys, webhooks: Webhooks) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Admin = Annotated[User, Depends(site.role("admin"))]

    def page(request: Request, user: User, **shown: Any) -> Response:
        shown |= {"keys": keys.all(), "webhooks": webhooks.all(), "events": list(EventName)}
        return site.page(request, "programs.html", user=user, **shown)

    @router.get(_PAGE)
    def programs(request: Request, user: Admin, said: str = "") -> Response:
        return page(request, user, said=_SAID.get(said))

    @router.post("/programs/keys", dependencies=site.form("admin"))
    def add_key(
        request: Request,
        user: Admin,
        name: Annotated[str, Form(max_length=200)] = "",
        scope: Annotated[Scope, Form()] = "send",
    ) -> Response:
        name = name.strip()
        if not name:
            return redirect(_PAGE, {"said": "nameless"})
        return page(request, user, new_for=name, new_key=keys.add(name, scope).key)

    @router.post("/programs/keys/{key_id}/revoke", dependencies=site.form("admin"))
    def revoke_key(key_id: str) -> Response:
        try:
            keys.revoke(key_id)
        except KeyMissing:
            return redirect(_PAGE, {"said": "missing"})
        return redirect(_PAGE, {"said": "revoked"})

    @router.post("/programs/webhooks", dependencies=site.form("admin"))
    def add_webhook(
        request: Request,
        user: Admin,
        name: Annotated[str, Form(max_length=200)] = "",
        url: Annotated[str, Form(max_length=2000)] = "",
        event: Annotated[Sequence[str], Form(max_length=20)] = (),
    ) -> Response:
        try:
            webhooks.add(name.strip() or url, url.strip(), event)
        except EventUnknown:
            return redirect(_PAGE, {"said": "no-event"})
        except AddressRefused as refused:
            return page(request, user, said=f"Nothing was changed: {refused}.", url=url, name=name, chosen=event)
        return redirect(_PAGE, {"said": "listening"})

    @router.post("/programs/webhooks/{webhook_id}/remove", dependencies=site.form("admin"))
    def remove_webhook(webhook_id: str) -> Response:
        return redirect(_PAGE, {"said": "removed" if webhooks.remove(webhook_id) else "missing"})

    return router
