"""The page on which an admin erases a student, and on which what vendors still hold is ticked off."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from serve.keeping.erasing import Erasing, NobodyToErase, NotSeenYet
from serve.pages.site import Site, redirect
from serve.store.records import User

_SAID = {"erased": "Erased. What is left for people to do is below.", "ticked": "Ticked off."}
_Id = Annotated[str, Form(max_length=200)]


def build_erasures(site: Site, erasing: Erasing) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Manager = Annotated[User, Depends(site.role("manager"))]
    form = site.form("manager")

    def shown(request: Request, user: User, status: int = 200, refused: str | None = None) -> Response:
        said = _SAID.get(request.query_params.get("said", ""))
        return site.page(
            request,
            "erasures.html",
            status,
            user=user,
            remains=erasing.remains(),
            erasures=erasing.all(),
            refused=refused,
            said=said,
        )

    @router.get("/erasures")
    def erasures(request: Request, user: Manager) -> Response:
        return shown(request, user)

    @router.post("/erasures", dependencies=form)
    def erase(
        request: Request, user: Manager, student: _Id, again: _Id, also_unseen: Annotated[bool, Form()] = False
    ) -> Response:
        if student != again:
            return shown(request, user, 409, "The two ids differ.")
        try:
            erasing.erase(student, user.name, also_unseen=also_unseen)
        except NobodyToErase:
            return shown(request, user, 404, "Nothing is known of a student with this id.")
        except NotSeenYet as error:
            return shown(request, user, 409, f"{str(error).capitalize()}. See to that first.")
        return redirect("/erasures", {"said": "erased"})

    @router.post("/erasures/tick", dependencies=form)
    def tick(user: Manager, delivery: _Id) -> Response:
        erasing.tick(delivery, user.id)
        return redirect("/erasures", {"said": "ticked"})

    return router
