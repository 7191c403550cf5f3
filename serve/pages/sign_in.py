"""Signing in and out: by name and password, or through the school's own sign-in when it is configured."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from serve.actions.acting import Acting
from serve.pages.carried import Carried, Posted, carried_on, keep_carried
from serve.pages.site import FormStale, Site, own_path
from serve.people.auth import People, SignInRefused
from serve.people.oidc import Oidc, OidcRefused

_NEXT = "next"  # where the school's sign-in leads to, kept in the session meanwhile


def not_from_elsewhere(request: Request) -> None:
    """Refuses a form that another site sends: it could sign a person in as somebody else. Raises FormStale.

    There is no session yet whose token the form could hold; browsers say where a form comes from.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise FormStale


def build_sign_in(site: Site, people: People, acting: Acting, oidc: Oidc | None) -> APIRouter:
    """The router. oidc: None when only passwords are used."""
    router = APIRouter(include_in_schema=False)

    def page(
        request: Request, next: str, refused: object = None, name: str = "", carried: Carried | None = None
    ) -> Response:
        shown = {"next": own_path(next), "refused": refused, "name": name, "carried": carried, "oidc": oidc}
        return site.page(request, "sign_in.html", 403 if refused else 200, **shown)

    @router.get("/sign-in")
    def sign_in_page(request: Request, next: str = "/queue") -> Response:
        return page(request, next)

    @router.post("/sign-in", dependencies=[Depends(not_from_elsewhere)])
    def sign_in(
        request: Request,
        fields: Posted,
        name: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=500)] = "",
        next: Annotated[str, Form()] = "/queue",
    ) -> Response:
        carried = carried_on(fields)
        try:
            user = people.sign_in(request.session, name, password, request.client.host if request.client else "")
        except SignInRefused as refused:
            return page(request, next, refused, name, carried)
        return keep_carried(acting, carried, user.id) if carried else RedirectResponse(own_path(next), 303)

    @router.post("/sign-out", dependencies=site.same_session)
    def sign_out(request: Request) -> Response:
        request.session.clear()
        return RedirectResponse("/sign-in", 303)

    if oidc is None:
        return router

    @router.get("/sign-in/school")
    async def leave(request: Request, next: str = "/queue") -> Response:
        try:
            response = await oidc.leave(request)
        except OidcRefused as refused:
            return page(request, next, refused)
        request.session[_NEXT] = own_path(next)
        return response

    @router.get("/sign-in/school/back")
    async def arrive(request: Request) -> Response:
        next = own_path(str(request.session.get(_NEXT, "/queue")))
        try:
            user = await oidc.arrive(request)
        except OidcRefused as refused:
            return page(request, next, refused)
        people.begin_session(request.session, user)
        return RedirectResponse(next, 303)

    return router
