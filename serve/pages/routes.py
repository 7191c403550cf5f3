"""The queue, the message, and the forms behind a coach's keys."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, FastAPI, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from starlette.staticfiles import StaticFiles

from model.taxonomy import LabelUnknown, Taxonomy
from serve.auth import People, SignInRefused, csrf_holds
from serve.clock import Clock
from serve.pages import view
from serve.review import AlreadyReviewed, MessageMissing, NothingToConfirm, Reviewing
from serve.store.database import Database
from serve.store.deliveries import deliveries_of
from serve.store.messages import count_open, get_message, open_messages, student_history
from serve.store.records import StoredMessage, User

_HERE = Path(__file__).parent
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


class NotSignedIn(PermissionError):
    """A page that needs a person."""


class FormStale(PermissionError):
    """A form that was not made for this session."""


@dataclass(frozen=True, slots=True)
class PageServices:
    """What the pages stand on."""

    database: Database
    people: People
    reviewing: Reviewing
    taxonomy: Taxonomy
    clock: Clock


def add_pages(app: FastAPI, services: PageServices) -> None:
    """Add the pages, their static files and what happens without a sign-in."""
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    app.include_router(build_pages(services))

    async def to_sign_in(request: Request, _: Exception) -> Response:
        asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
        target = f"/sign-in?{urlencode({'next': asked})}" if request.method == "GET" else "/sign-in"
        return RedirectResponse(target, 303)

    async def to_queue(_request: Request, _: Exception) -> Response:
        return _to_queue(said="stale")

    app.add_exception_handler(NotSignedIn, to_sign_in)
    app.add_exception_handler(FormStale, to_queue)


def _to_queue(**parameters: str | None) -> RedirectResponse:
    given = {name: value for name, value in parameters.items() if value}
    return RedirectResponse(f"/queue?{urlencode(given)}" if given else "/queue", 303)


def _own_path(path: str) -> str:
    """An address of ours; anything else becomes the queue."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/queue"


def build_pages(services: PageServices) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    templates = Jinja2Templates(_HERE / "templates")
    templates.env.globals |= {"view": view, "taxonomy": services.taxonomy}

    def coach(request: Request) -> User:
        user = services.people.user_of(request.session)
        if user is None:
            raise NotSignedIn
        return user

    Coach = Annotated[User, Depends(coach)]

    def form_of_session(request: Request, csrf: Annotated[str, Form()] = "") -> None:
        if not csrf_holds(request.session, csrf):
            raise FormStale

    # The coach is looked up first: without a session there is no form to judge.
    SameSession = [Depends(coach), Depends(form_of_session)]

    def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        context |= {"now": services.clock(), "csrf": request.session.get("csrf", "")}
        return templates.TemplateResponse(request, template, context, status_code=status)

    @router.get("/")
    def home() -> Response:
        return RedirectResponse("/queue", 303)

    @router.get("/sign-in")
    def sign_in_page(request: Request, next: str = "/queue") -> Response:
        return page(request, "sign_in.html", next=_own_path(next), refused=None, name="")

    @router.post("/sign-in")
    def sign_in(
        request: Request,
        name: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=500)] = "",
        next: Annotated[str, Form()] = "/queue",
    ) -> Response:
        try:
            services.people.sign_in(request.session, name, password)
        except SignInRefused as refused:
            return page(request, "sign_in.html", 403, next=_own_path(next), refused=str(refused), name=name)
        return RedirectResponse(_own_path(next), 303)

    @router.post("/sign-out", dependencies=SameSession)
    def sign_out(request: Request) -> Response:
        request.session.clear()
        return RedirectResponse("/sign-in", 303)

    @router.get("/queue")
    def queue(
        request: Request, user: Coach, message: str | None = None, said: str | None = None, undo: str | None = None
    ) -> Response:
        with services.database.read() as connection:
            waiting = open_messages(connection, _SHOWN)
            counts = count_open(connection)
            chosen = message or view.following(waiting, "")
            shown = get_message(connection, chosen) if chosen else None
            history: list[StoredMessage] = []
            if shown and shown.student:
                history = [m for m in student_history(connection, shown.student.id, 6) if m.id != shown.id]
            deliveries = deliveries_of(connection, shown.id) if shown else []
        return page(
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
        with services.database.read() as connection:
            waiting = open_messages(connection, _SHOWN)
            counts = count_open(connection)
            shown = get_message(connection, message) if message else None
        return page(request, "_list.html", user=user, groups=view.groups(waiting), counts=counts, message=shown)

    def decided(message_id: str, said: str, decide: Callable[[], str]) -> Response:
        """Do it, then on to the next message; whatever stood in the way is said on the page."""
        with services.database.read() as connection:
            after = view.following(open_messages(connection, _SHOWN), message_id)
        try:
            review_id = decide()
        except AlreadyReviewed:
            return _to_queue(message=message_id, said="already")
        except NothingToConfirm:
            return _to_queue(message=message_id, said="nothing")
        except (MessageMissing, LabelUnknown):
            return _to_queue(said="missing")
        with services.database.read() as connection:
            done = get_message(connection, message_id)
        # An escalation that nobody has taken stays in front of the coach.
        stays = done is not None and done.escalation is not None and done.escalation.acknowledged_at is None
        return _to_queue(message=message_id if stays else after, said=said, undo=review_id)

    @router.post("/messages/{message_id}/confirm", dependencies=SameSession)
    def confirm(message_id: str, user: Coach) -> Response:
        return decided(message_id, "confirmed", lambda: services.reviewing.confirm(message_id, user.id).id)

    @router.post("/messages/{message_id}/correct", dependencies=SameSession)
    def correct(message_id: str, user: Coach, label: Annotated[str, Form()] = "") -> Response:
        return decided(message_id, "corrected", lambda: services.reviewing.correct(message_id, label, user.id).id)

    @router.post("/messages/{message_id}/acknowledge", dependencies=SameSession)
    def acknowledge(message_id: str, user: Coach, note: Annotated[str, Form(max_length=5000)] = "") -> Response:
        try:
            first = services.reviewing.acknowledge(message_id, user.id, note.strip() or None)
        except MessageMissing:
            return _to_queue(said="missing")
        return _to_queue(message=message_id, said="acknowledged" if first else "acknowledged-before")

    @router.post("/reviews/{review_id}/undo", dependencies=SameSession)
    def undo(review_id: str) -> Response:
        try:
            return _to_queue(message=services.reviewing.undo(review_id), said="undone")
        except MessageMissing:
            return _to_queue(said="missing")

    return router
