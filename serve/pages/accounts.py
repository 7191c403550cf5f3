"""Who signs in, for admins: add, change what somebody may do, a new password, shut out and let in again."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy.exc import IntegrityError

from serve.pages.site import Site, redirect
from serve.people.accounts import ROLES, Accounts, LastAdmin, PersonMissing, Role, SignsInElsewhere
from serve.store.records import User

_PAGE = "/people"
_SAID = {
    "role": "Changed. It holds from their next click on.",
    "disabled": "Disabled and signed out. What they said stays theirs.",
    "enabled": "Enabled again, with the password they had.",
    "last": "This is the only admin. Make somebody else one first; nothing was changed.",
    "missing": "There is no such person (any more). Nothing was changed.",
    "elsewhere": "This person signs in through the school and has no password here.",
    "taken": "There is somebody with this name already. Nothing was changed.",
    "nameless": "A person needs a name.",
}


def build_accounts(site: Site, accounts: Accounts) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Admin = Annotated[User, Depends(site.role("admin"))]

    def page(request: Request, user: User, **shown: Any) -> Response:
        people = accounts.all()
        # A password is shown in the answer to the form itself: never in an address, a cookie or a second page.
        return site.page(request, "people.html", user=user, people=people, roles=ROLES, **shown)

    def changed(said: str, change: Callable[[], object]) -> Response:
        try:
            change()
        except LastAdmin:
            said = "last"
        except PersonMissing:
            said = "missing"
        return redirect(_PAGE, {"said": said})

    @router.get(_PAGE)
    def people(request: Request, user: Admin, said: str = "") -> Response:
        return page(request, user, said=_SAID.get(said))

    @router.post(_PAGE, dependencies=site.form("admin"))
    def add(
        request: Request,
        user: Admin,
        name: Annotated[str, Form(max_length=200)] = "",
        role: Annotated[Role, Form()] = "coach",
    ) -> Response:
        name = name.strip()
        if not name:
            return redirect(_PAGE, {"said": "nameless"})
        try:
            password = accounts.add(name, role)
        except IntegrityError:
            return redirect(_PAGE, {"said": "taken"})
        return page(request, user, new_for=name, new_password=password)

    @router.post("/people/{user_id}/role", dependencies=site.form("admin"))
    def change_role(user_id: str, role: Annotated[Role, Form()]) -> Response:
        return changed("role", lambda: accounts.change_role(user_id, role))

    @router.post("/people/{user_id}/disable", dependencies=site.form("admin"))
    def disable(user_id: str) -> Response:
        return changed("disabled", lambda: accounts.disable(user_id))

    @router.post("/people/{user_id}/enable", dependencies=site.form("admin"))
    def enable(user_id: str) -> Response:
        return changed("enabled", lambda: accounts.enable(user_id))

    @router.post("/people/{user_id}/reset", dependencies=site.form("admin"))
    def reset(request: Request, user: Admin, user_id: str) -> Response:
        try:
            password = accounts.reset(user_id)
        except PersonMissing:
            return redirect(_PAGE, {"said": "missing"})
        except SignsInElsewhere:
            return redirect(_PAGE, {"said": "elsewhere"})
        return page(request, user, new_for=accounts.find(user_id).name, new_password=password)

    return router
