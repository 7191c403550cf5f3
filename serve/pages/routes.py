"""All pages: what they stand on, and where each group of them is made."""

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from model.taxonomy import Taxonomy
from serve.acting import Acting
from serve.auth import People
from serve.clock import Clock
from serve.pages.carried import on_session_ended, on_stale_form
from serve.pages.queue import build_queue
from serve.pages.route import build_route
from serve.pages.route_part import RouteParts
from serve.pages.sign_in import build_sign_in
from serve.pages.site import HERE, FormStale, NotSignedIn, Site
from serve.review import Reviewing
from serve.routing import Routing
from serve.settling import Settling
from serve.store.database import Database


@dataclass(frozen=True, slots=True)
class PageServices:
    """What the pages stand on."""

    database: Database
    people: People
    reviewing: Reviewing
    acting: Acting
    settling: Settling
    routing: Routing
    taxonomy: Taxonomy
    clock: Clock


def add_pages(app: FastAPI, services: PageServices) -> None:
    """Add the pages, their static files and what happens without a sign-in."""
    site = Site(services.people, services.taxonomy, services.clock, services.routing)
    parts = RouteParts(services.database, services.acting, services.routing, services.taxonomy)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(build_sign_in(site, services.people, services.acting))
    app.include_router(build_queue(site, services.database, services.reviewing, parts))
    app.include_router(build_route(site, services.database, services.acting, services.settling, parts))
    app.add_exception_handler(NotSignedIn, on_session_ended(site))
    app.add_exception_handler(FormStale, on_stale_form(site))
