"""What every page shares: the signed-in person, forms that belong to the session, templates."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from model.taxonomy import Taxonomy
from serve.auth import People, csrf_holds
from serve.clock import Clock
from serve.pages import view
from serve.store.records import User

HERE = Path(__file__).parent


class NotSignedIn(PermissionError):
    """A page that needs a person."""


class FormStale(PermissionError):
    """A form that was not made for this session."""


class Site:
    """Hands the routers their dependencies and renders their templates."""

    def __init__(
        self, people: People, taxonomy: Taxonomy, clock: Clock, alarm: Callable[[], str | None] = lambda: None
    ) -> None:
        """`alarm`: what every page must say before anything else."""
        self._people = people
        self._alarm = alarm
        self._clock = clock
        self._templates = Jinja2Templates(HERE / "templates")
        self._templates.env.globals |= {"view": view, "taxonomy": taxonomy}

    @property
    def coach(self) -> Callable[[Request], User]:
        """A dependency: the person behind the session. Raises NotSignedIn."""

        def coach(request: Request) -> User:
            user = self._people.user_of(request.session)
            if user is None:
                raise NotSignedIn
            return user

        return coach

    @property
    def same_session(self) -> list[Any]:
        """Dependencies of every form: somebody is signed in, and the form was made for them. Raises FormStale."""

        def form_of_session(request: Request, csrf: Annotated[str, Form()] = "") -> None:
            if not csrf_holds(request.session, csrf):
                raise FormStale

        # The coach is looked up first: without a session there is no form to judge.
        return [Depends(self.coach), Depends(form_of_session)]

    def page(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A rendered template, with the time and the session's form token in it."""
        context |= {"now": self._clock(), "csrf": request.session.get("csrf", ""), "alarm": self._alarm()}
        return self._templates.TemplateResponse(request, template, context, status_code=status)


def to_queue(**parameters: str | None) -> RedirectResponse:
    """To the queue; parameters that are None are left out."""
    return redirect("/queue", parameters)


def redirect(path: str, parameters: Mapping[str, str | None]) -> RedirectResponse:
    """A see-other to a page of ours."""
    given = {name: value for name, value in parameters.items() if value}
    return RedirectResponse(f"{path}?{urlencode(given)}" if given else path, 303)


def own_path(path: str) -> str:
    """An address of ours; anything else becomes the queue."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/queue"


async def to_sign_in(request: Request, _: Exception) -> Response:
    """What happens without a session."""
    asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    target = f"/sign-in?{urlencode({'next': asked})}" if request.method == "GET" else "/sign-in"
    return RedirectResponse(target, 303)


async def on_stale_form(_request: Request, _: Exception) -> Response:
    """What happens to a form of an earlier session."""
    return to_queue(said="stale")
