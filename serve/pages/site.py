"""What every page shares: the signed-in person, forms that belong to the session, templates."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from model.taxonomy import Taxonomy
from serve.clock import Clock
from serve.pages import view
from serve.pages.evidence import segments
from serve.people.accounts import ROLES, Role, may
from serve.people.audit import Audit, Where
from serve.people.auth import People, csrf_holds
from serve.routing import Routing
from serve.store.records import User

HERE = Path(__file__).parent


class NotSignedIn(PermissionError):
    """A page that needs a person."""


class NotAllowed(PermissionError):
    """A page for another role. role: the one it needs."""

    def __init__(self, user: User, role: Role) -> None:
        super().__init__(f"this page is for a {role}")
        self.user = user
        self.role = role


class FormStale(PermissionError):
    """A form that was not made for this session."""


class Site:
    """Hands the routers their dependencies and renders their templates."""

    def __init__(
        self,
        people: People,
        audit: Audit,
        taxonomy: Taxonomy,
        clock: Clock,
        routing: Routing,
        alarm: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`alarm`: what every page must say before anything else."""
        self._people = people
        self._audit = audit
        self._alarm = alarm
        self._clock = clock
        self._templates = Jinja2Templates(HERE / "templates")
        self._templates.env.trim_blocks = self._templates.env.lstrip_blocks = True
        self._templates.env.globals |= {"view": view, "taxonomy": taxonomy, "segments": segments, "routing": routing}
        self._templates.env.globals["may"] = may
        self._roles = {role: self._person(role) for role in ROLES}

    def role(self, role: Role) -> Callable[[Request], User]:
        """A dependency: the person behind the session, who may do at least what `role` may.

        Raises NotSignedIn or NotAllowed. The one place where a page's role is checked.
        """
        return self._roles[role]

    @property
    def coach(self) -> Callable[[Request], User]:
        """A dependency: whoever is signed in. Raises NotSignedIn."""
        return self.role("coach")

    @property
    def same_session(self) -> list[Any]:
        """Dependencies of every coach's form: somebody is signed in, and the form was made for them."""
        return self.form("coach")

    def form(self, role: Role) -> list[Any]:
        """Dependencies of a form for `role`. Raises NotSignedIn, NotAllowed or FormStale."""

        def form_of_session(request: Request, csrf: Annotated[str, Form()] = "") -> None:
            if not csrf_holds(request.session, csrf):
                raise FormStale

        # The person is looked up first: without a session there is no form to judge.
        return [Depends(self.role(role)), Depends(form_of_session)]

    def _person(self, role: Role) -> Callable[[Request], User]:
        def person(request: Request) -> User:
            user = self._people.user_of(request.session)
            if user is None:
                raise NotSignedIn
            if not may(user.role, role):
                raise NotAllowed(user, role)
            return user

        return person

    def saw(self, user: User, cases: Iterable[str], where: Where) -> None:
        """Note which distress cases' words a page is about to show; every page that shows messages calls this.

        cases: ids of messages with an escalation.
        """
        self._audit.saw(user.id, cases, where)

    def page(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A rendered template, with the time and the session's form token in it."""
        context |= {"now": self._clock(), "csrf": request.scope.get("session", {}).get("csrf", "")}
        context["alarm"] = self._alarm()
        return self._templates.TemplateResponse(request, template, context, status_code=status)


def to_queue(**parameters: str | None) -> RedirectResponse:
    """To the queue; parameters that are None are left out."""
    return redirect("/queue", parameters)


def redirect(path: str, parameters: Mapping[str, str | None]) -> RedirectResponse:
    """A see-other to a page of ours."""
    given = {name: value for name, value in parameters.items() if value}
    return RedirectResponse(f"{path}?{urlencode(given)}" if given else path, 303)


def with_parameters(address: str, **parameters: str) -> str:
    """An address of ours with these parameters set, the others kept."""
    path, _, query = address.partition("?")
    return f"{path}?{urlencode(dict(parse_qsl(query)) | parameters)}"


def own_path(path: str) -> str:
    """An address of ours; anything else becomes the queue."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/queue"
