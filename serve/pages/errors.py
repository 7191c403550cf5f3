"""What a browser is shown when something did not work: what happened, what is safe, what to do; and what was typed.

Programs get `application/problem+json` (serve/requests.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request, Response
from starlette.datastructures import FormData

from serve.pages.carried import carried_by
from serve.pages.site import NotAllowed, Site

# Fields that a machine filled in, or that nobody may see again. What remains was typed by a person.
_NOT_TYPED = frozenset({"csrf", "id", "message", "student", "back", "next", "label", "kind", "take_over", "password"})
_NOT_TYPED |= {"as", "do", "previewed", "second_yes", "check"}


@dataclass(frozen=True, slots=True)
class Failure:
    """The words of an error page. happened: what did · safe: what is as it was · do: what helps."""

    happened: str
    safe: str
    do: str


_FAILURES: Mapping[int, Failure] = {
    403: Failure("This is not for your account.", "Nothing was changed.", "Ask a manager if it should be."),
    404: Failure("There is no such page.", "Nothing was changed.", "It was erased, or the address has a mistake."),
    413: Failure("That was too long to take in.", "Nothing was stored.", "Shorten it and send it again."),
    422: Failure("A field of the form could not be read.", "Nothing was changed.", "Go back and try again."),
    500: Failure(
        "Something in the service broke.",
        "Messages that came in are stored, and what you did before is kept.",
        "Try again; if it stays, tell whoever runs the service.",
    ),
    503: Failure(
        "The service is too busy, or its database does not answer.",
        "Nothing was changed; messages that came in are stored.",
        "Wait a moment and try again.",
    ),
}


def wants_page(request: Request) -> bool:
    """Whether a person is looking, rather than a program."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1")


class ErrorPages:
    """Shows failures in the pages' own style."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request, status: int, happened: str | None = None) -> Response:
        """The page of a status, with what was typed into the form that failed."""
        failure = _FAILURES.get(status) or _FAILURES[500 if status >= 500 else 404]
        failure = Failure(happened or failure.happened, failure.safe, failure.do)
        return self._site.page(request, "error.html", status, failure=failure, typed=typed(await _form(request)))

    async def on_no_session(self, request: Request, _: Exception) -> Response:
        """To the sign-in and back; text that was being sent is shown first, so that it is not lost."""
        form = await _form(request)
        asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
        target = f"/sign-in?{urlencode({'next': asked})}" if request.method == "GET" else "/sign-in"
        if not typed(form):
            return Response(status_code=303, headers={"Location": target})
        if carried := carried_by(request.url.path, form):
            shown = {"next": "/queue", "refused": None, "name": "", "carried": carried}
            return self._site.page(request, "sign_in.html", 401, **shown)
        ended = Failure(
            "Your sign-in ended before this was sent.",
            "Nothing was changed.",
            "Copy what you wrote, then sign in again.",
        )
        return self._site.page(request, "error.html", 401, failure=ended, typed=typed(form), sign_in=True)

    async def on_not_allowed(self, request: Request, error: Exception) -> Response:
        """A page for another role, and who may open it."""
        assert isinstance(error, NotAllowed)
        article = "an" if error.role[0] in "aeiou" else "a"
        return await self.show(
            request, 403, f"This is for {article} {error.role}, and you are signed in as {error.user.name}."
        )

    async def on_stale_form(self, request: Request, _: Exception) -> Response:
        """A form of an earlier sign-in: text that was typed is offered to be sent again, with one press."""
        form = await _form(request)
        if not typed(form):
            return Response(status_code=303, headers={"Location": "/queue?said=stale"})
        stale = Failure("This form was from an earlier sign-in.", "Nothing was changed.", "Look it over, then send it.")
        again = [(name, value) for name, value in _texts(form) if name not in {"csrf", "password"}]
        return self._site.page(request, "error.html", 409, failure=stale, again=again, typed=typed(form))


def typed(form: FormData) -> Sequence[tuple[str, str]]:
    """(field, text) of what a person typed."""
    return [(name, value) for name, value in _texts(form) if name not in _NOT_TYPED and value.strip()]


def _texts(form: FormData) -> Sequence[tuple[str, str]]:
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


async def _form(request: Request) -> FormData:
    """The form as it was sent; empty when there is none, or when it was the sign-in."""
    kind = request.headers.get("content-type", "")
    is_form = kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data"))
    if request.method != "POST" or not is_form or request.url.path == "/sign-in":
        return FormData()
    return await request.form()
