"""A session that ended while a coach was writing loses nothing: what was posted is carried through the sign-in form.

Without a script it travels as hidden fields, and is a draft again once the coach is known.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from serve.acting import Acting
from serve.labelling import MessageMissing
from serve.pages.route import posted, to_action
from serve.pages.site import Site, to_queue
from serve.taking import ActionUnknown

_WRITING = re.compile(r"/messages/([0-9a-f]{32})/actions/([a-z_]{1,40})")  # the forms whose fields are carried
CARRIED = "carried:"  # before the name of each carried field
_OF_SESSION = ("csrf", "do", "previewed", "second_yes", "check")
Handler = Callable[[Request, Exception], Awaitable[Response]]


def on_session_ended(site: Site) -> Handler:
    """What happens to whoever has no session (any more)."""

    async def handler(request: Request, _: Exception) -> Response:
        if request.method == "POST" and _WRITING.fullmatch(request.url.path):
            fields = await posted(request)
            carried = {"path": request.url.path, "fields": _without_session(fields)}
            return site.page(request, "sign_in.html", 403, next="/queue", refused=None, name="", carried=carried)
        asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
        target = f"/sign-in?{urlencode({'next': asked})}" if request.method == "GET" else "/sign-in"
        return RedirectResponse(target, 303)

    return handler


def on_stale_form(site: Site) -> Handler:
    """What happens to a form of an earlier session. Its fields are kept only when the coach says so again."""

    async def handler(request: Request, _: Exception) -> Response:
        if not _WRITING.fullmatch(request.url.path):
            return to_queue(said="stale")
        fields = _without_session(await posted(request))
        return site.page(request, "stale.html", 403, path=request.url.path, fields=fields)

    return handler


def keep_carried(acting: Acting, fields: Mapping[str, str], coach_id: str) -> Response | None:
    """Keep what was carried through the sign-in form as this coach's draft; where to go on, None when nothing was."""
    writing = _WRITING.fullmatch(fields.get("carried_path", ""))
    if writing is None:
        return None
    message_id, action = writing.groups()
    carried = _carried(fields)
    try:
        acting.save(message_id, action, carried, coach_id)
    except (MessageMissing, ActionUnknown):
        return to_queue(said="missing")
    return to_action(message_id, action, carried.get("label"), said="kept")


def still_carried(fields: Mapping[str, str]) -> dict[str, object] | None:
    """What a refused sign-in carries on; None when nothing was carried."""
    if not _WRITING.fullmatch(fields.get("carried_path", "")):
        return None
    return {"path": fields["carried_path"], "fields": _carried(fields)}


def _carried(fields: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(CARRIED): value for name, value in fields.items() if name.startswith(CARRIED)}


def _without_session(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields that are a coach's work. `check` is carried as one field already."""
    return {name: value for name, value in fields.items() if name not in _OF_SESSION and value}
