"""All pages: what they stand on, and where each group of them is made."""

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from model.taxonomy import Taxonomy
from serve.auth import People
from serve.clock import Clock
from serve.erasing import Erasing
from serve.live import LiveRelease
from serve.monitor import Monitor
from serve.pages.deciding import build_deciding
from serve.pages.erasures import build_erasures
from serve.pages.errors import ErrorPages
from serve.pages.labels import build_labels
from serve.pages.queue import build_queue
from serve.pages.releases import build_releases
from serve.pages.sign_in import build_sign_in
from serve.pages.site import HERE, FormStale, NotSignedIn, Site
from serve.pages.students import build_students
from serve.profiles import Profiles
from serve.releasing import Releasing
from serve.review import Reviewing
from serve.shadow import Shadow
from serve.store.database import Database
from serve.suspects import Suspects


@dataclass(frozen=True, slots=True)
class LoopServices:
    """What the pages about the model stand on."""

    releasing: Releasing
    shadow: Shadow
    monitor: Monitor
    erasing: Erasing
    suspects: Suspects


@dataclass(frozen=True, slots=True)
class PageServices:
    """What the pages stand on."""

    database: Database
    people: People
    reviewing: Reviewing
    profiles: Profiles
    live: LiveRelease
    loop: LoopServices
    taxonomy: Taxonomy
    clock: Clock


def add_pages(app: FastAPI, services: PageServices) -> ErrorPages:
    """Add the pages, their static files and what happens without a sign-in. Returns what shows failures."""
    database, taxonomy, clock = services.database, services.taxonomy, services.clock
    site = Site(services.people, taxonomy, clock)
    failures = ErrorPages(site)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(build_sign_in(site, services.people))
    app.include_router(build_queue(site, database, services.reviewing, services.live, taxonomy, clock))
    app.include_router(build_deciding(site, database, services.reviewing, taxonomy, clock))
    app.include_router(build_students(site, database, services.profiles, taxonomy, clock))
    loop = services.loop
    app.include_router(build_releases(site, database, loop.releasing, loop.shadow, services.live, loop.monitor))
    app.include_router(build_labels(site, loop.suspects))
    app.include_router(build_erasures(site, loop.erasing))
    app.add_exception_handler(NotSignedIn, failures.on_no_session)
    app.add_exception_handler(FormStale, failures.on_stale_form)
    return failures
