"""The page on which a manager decides which release answers."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from model.journal import JournalCorrupt
from model.policy import Outcome
from model.promotion import NothingBefore, PromotionRefused
from model.release import ReleaseCorrupt, ReleaseMissing
from serve.loop.live import LiveRelease
from serve.loop.monitor import Monitor
from serve.loop.releasing import Releasing
from serve.loop.shadow import Shadow
from serve.pages.site import Site, redirect
from serve.pages.watching_part import pictures
from serve.store.database import Database
from serve.store.records import User
from serve.store.shadow import count_shadow, disagreements

_MOST = 30  # disagreements on the page
_Id = Annotated[str, Form(max_length=100)]
_Why = Annotated[str, Form(max_length=500)]
_SAID = {
    "promoted": "Done: it answers from the next message on.",
    "asked": "You have asked for it. It answers as soon as another manager agrees.",
    "taken-back": "The request is taken back. Nothing was changed.",
    "rolled-back": "Done: the release before answers again, from the next message on.",
    "unseen": "It answers unseen from now on. Coaches notice nothing.",
    "unseen-ended": "Nothing answers unseen any more.",
}


def build_releases(
    site: Site, database: Database, releasing: Releasing, shadow: Shadow, live: LiveRelease, monitor: Monitor
) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Manager = Annotated[User, Depends(site.role("manager"))]
    form = site.form("manager")

    def shown(request: Request, user: User, status: int = 200, refused: str | None = None) -> Response:
        try:
            overview = releasing.overview()
        except JournalCorrupt as error:
            return site.page(request, "releases.html", 500, user=user, overview=None, refused=str(error))
        unseen = next((candidate.id for candidate in overview.candidates if candidate.in_shadow), None)
        with database.read() as connection:
            counts = count_shadow(connection, unseen) if unseen else None
            differing = disagreements(connection, unseen, _MOST) if unseen else []
        site.saw(user, [one.message_id for one in differing if one.live_outcome == Outcome.ESCALATE], "list")
        return site.page(
            request,
            "releases.html",
            status,
            user=user,
            overview=overview,
            unseen=unseen,
            counts=counts,
            disagreements=differing,
            shadow_problem=shadow.problem,
            live_problem=live.problem,
            watched=pictures(monitor.figures()),
            refused=refused,
            said=_SAID.get(request.query_params.get("said", "")),
        )

    def decided(request: Request, user: User, do: Callable[[], str]) -> Response:
        """Do it, or say on the page why not."""
        try:
            said = do()
        except (PromotionRefused, NothingBefore, ReleaseMissing, ReleaseCorrupt, JournalCorrupt) as error:
            return shown(request, user, 409, str(error))
        return redirect("/releases", {"said": said})

    @router.get("/releases")
    def releases(request: Request, user: Manager) -> Response:
        return shown(request, user)

    @router.post("/releases/promote", dependencies=form)
    def promote(request: Request, user: Manager, release: _Id, why: _Why = "") -> Response:
        def do() -> str:
            _known(release)
            answers = releasing.promote(release, user, _said(why))
            live.refresh()
            return "promoted" if answers else "asked"

        return decided(request, user, do)

    @router.post("/releases/take-back", dependencies=form)
    def take_back(request: Request, user: Manager, release: _Id) -> Response:
        releasing.take_back_request(release)
        return redirect("/releases", {"said": "taken-back"})

    @router.post("/releases/roll-back", dependencies=form)
    def roll_back(request: Request, user: Manager, why: _Why = "") -> Response:
        def do() -> str:
            releasing.roll_back(user, _said(why))
            live.refresh()
            return "rolled-back"

        return decided(request, user, do)

    @router.post("/releases/shadow", dependencies=form)
    def run_unseen(request: Request, user: Manager, release: _Id = "") -> Response:
        def do() -> str:
            if release:
                _known(release)
            why = "to see how it does on live messages" if release else "it was seen enough"
            releasing.run_unseen(release or None, user, why)
            return "unseen" if release else "unseen-ended"

        return decided(request, user, do)

    return router


def _known(release: str) -> None:
    """A release is a folder's name, not a path. Raises ReleaseMissing."""
    if not release[:1].isdigit() or "/" in release or ".." in release:
        raise ReleaseMissing("there is no such release")


def _said(why: str) -> str:
    return " ".join(why.split()) or "no reason given"
