"""The queue and the message: what a coach has open all day."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from model.taxonomy import Taxonomy
from serve.clock import Clock, new_id
from serve.loop.live import LiveRelease
from serve.pages.filters import LONGEST_SEARCH, SEARCH, STATES, shown_of
from serve.pages.listing import following, load_listing
from serve.pages.pane import load_pane
from serve.pages.route_part import RouteParts, asked_of
from serve.pages.said import said_line
from serve.pages.site import Site, redirect
from serve.review import Reviewing
from serve.shift.labelling import ClaimedByAnother, MessageMissing
from serve.shift.patterns import load_rules
from serve.store.claims import claim_of
from serve.store.database import Database, TooManyWaiting
from serve.store.messages import count_open
from serve.store.records import User


def build_queue(
    site: Site,
    database: Database,
    reviewing: Reviewing,
    live: LiveRelease,
    taxonomy: Taxonomy,
    clock: Clock,
    parts: RouteParts,
) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Coach = Annotated[User, Depends(site.coach)]
    rules = load_rules()

    @router.get("/")
    def home() -> Response:
        return redirect("/queue", {})

    @router.get("/queue")
    def queue(request: Request, user: Coach, message: str | None = None) -> Response:
        now, shown = clock(), shown_of(request, taxonomy)
        if message:
            _open(reviewing, message, user.id)
        with database.read() as connection:
            listing = load_listing(connection, shown, user.id, now)
            chosen = message or following(listing, "") or next((row.id for row in listing.rows), None)
            pane = chosen and load_pane(connection, chosen, now, taxonomy=taxonomy, live=live, rules=rules)
            counts = count_open(connection)
            line = said_line(connection, request, taxonomy)
        site.saw(user, listing.cases, "list")
        if pane:
            site.saw(user, pane.cases, "message")
        return site.page(
            request,
            "queue.html",
            user=user,
            listing=listing,
            counts=counts,
            pane=pane or None,
            part=parts.of(pane.message, user, asked_of(request)) if pane else None,
            asked_for=message,
            line=line,
            note_id=new_id(),
            states=STATES,
        )

    @router.get("/queue/list")
    def queue_list(request: Request, user: Coach, message: str = "", active: bool = False) -> Response:
        """The list alone, for the script that keeps it fresh: 304 and no query as long as nothing has changed."""
        now, shown = clock(), shown_of(request, taxonomy)
        if active and message:
            _keep(database, reviewing, message, user.id, now)
        # Ages and claims move with the clock: once a minute the list is another one.
        asked = hash((shown.filters, shown.group, shown.after, message))
        etag = f'"{database.version()}.{int(now.timestamp()) // 60}.{user.id[:8]}.{asked & 0xFFFFFFFF:x}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        with database.read() as connection:
            listing = load_listing(connection, shown, user.id, now)
            counts = count_open(connection)
        site.saw(user, listing.cases, "list")
        page = site.page(request, "_list.html", user=user, listing=listing, counts=counts, current=message)
        page.headers["ETag"] = etag
        return page

    @router.post("/queue/search", dependencies=site.same_session)
    def search(request: Request, words: Annotated[str, Form(max_length=LONGEST_SEARCH)] = "") -> Response:
        request.session[SEARCH] = words.strip()
        return redirect("/queue", shown_of(request, taxonomy).first_page().parameters())

    return router


def _open(reviewing: Reviewing, message_id: str, coach_id: str) -> None:
    """Opening a message claims it softly. Whatever comes of it, the page shows: reading works when writing does not."""
    try:
        reviewing.claim(message_id, coach_id)
    except (ClaimedByAnother, MessageMissing, TooManyWaiting, SQLAlchemyError):
        return


def _keep(database: Database, reviewing: Reviewing, message_id: str, coach_id: str, now: datetime) -> None:
    """A coach who is at work keeps the message; the claim is written again when half of it has passed."""
    with database.read() as connection:
        claim = claim_of(connection, message_id, now)
    if claim is None or (claim.coach_id == coach_id and claim.ends_at - now < (claim.ends_at - claim.claimed_at) / 2):
        _open(reviewing, message_id, coach_id)
