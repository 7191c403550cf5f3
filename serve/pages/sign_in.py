"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from serve.acting import Acting
from serve.auth import People, SignInRefused
from serve.pages.carried import Posted, carried_on, keep_carried
from serve.pages.site import Site, own_path


def build_sign_in(site: Site, people: People, acting: Acting) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sign-in")
    def sign_in_page(request: Request, next: str = "/queue") -> Response:
        return site.page(request, "sign_in.html", next=own_path(next), refused=None, name="")

    @router.post("/sign-in")
    def sign_in(
        request: Request,
        fields: Posted,
        name: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=500)] = "",
        next: Annotated[str, Form()] = "/queue",
    ) -> Response:
        carried = carried_on(fields)
        try:
            user = people.sign_in(request.session, name, password)
        except SignInRefused as refused:
            shown = {"refused": str(refused), "name": name, "carried": carried}
            return site.page(request, "sign_in.html", 403, next=own_path(next), **shown)
        return keep_carried(acting, carried, user.id) if carried else RedirectResponse(own_path(next), 303)

    @router.post("/sign-out", dependencies=site.same_session)
    def sign_out(request: Request) -> Response:
        request.session.clear()
        return RedirectResponse("/sign-in", 303)

    return router
