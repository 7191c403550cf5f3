"""All pages: what they stand on, and where each group of them is made."""

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from model.taxonomy import Taxonomy
from serve.auth import People
from serve.clock import Clock
from serve.pages.queue import build_queue
from serve.pages.sign_in import build_sign_in
from serve.pages.site import HERE, FormStale, NotSignedIn, Site, on_stale_form, to_sign_in
from serve.reconcile import channels_problem
from serve.review import Reviewing
from serve.store.database import Database


@dataclass(frozen=True, slots=True)
class PageServices:
    """What the pages stand on."""

    database: Database
    people: People
    reviewing: Reviewing
    taxonomy: Taxonomy
    clock: Clock


def add_pages(app: FastAPI, services: PageServices) -> None:
    """Add the pages, their static files and what happens without a sign-in."""

    def alarm() -> str | None:
        with services.database.read() as connection:
            return channels_problem(connection, services.clock())

    site = Site(services.people, services.taxonomy, services.clock, alarm)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(build_sign_in(site, services.people))
    app.include_router(build_queue(site, services.database, services.reviewing))
    app.add_exception_handler(NotSignedIn, to_sign_in)
    app.add_exception_handler(FormStale, on_stale_form)
