"""All pages: what they stand on, and where each group of them is made."""

from dataclasses import dataclass

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.staticfiles import StaticFiles

from model.taxonomy import Taxonomy
from serve.actions.acting import Acting
from serve.clock import Clock
from serve.delivering.settling import Settling
from serve.distress.reconcile import channels_problem
from serve.keeping.erasing import Erasing
from serve.loop.live import LiveRelease
from serve.loop.monitor import Monitor
from serve.loop.releasing import Releasing
from serve.loop.shadow import Shadow
from serve.loop.suspects import Suspects
from serve.pages.accounts import build_accounts
from serve.pages.deciding import build_deciding
from serve.pages.erasures import build_erasures
from serve.pages.errors import ErrorPages
from serve.pages.labels import build_labels
from serve.pages.manager import build_manager
from serve.pages.programs import build_programs
from serve.pages.queue import build_queue
from serve.pages.reads import build_reads
from serve.pages.releases import build_releases
from serve.pages.route import build_route
from serve.pages.route_part import RouteParts
from serve.pages.sign_in import build_sign_in
from serve.pages.site import HERE, FormStale, NotAllowed, NotSignedIn, Site
from serve.pages.students import build_students
from serve.people.audit import Audit
from serve.people.auth import People
from serve.people.oidc import Oidc
from serve.people.webhooks import Webhooks
from serve.review import Reviewing
from serve.routing import Routing
from serve.shift.profiles import Profiles
from serve.store.database import Database


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
    oidc: Oidc | None
    audit: Audit
    reviewing: Reviewing
    profiles: Profiles
    acting: Acting
    settling: Settling
    routing: Routing
    live: LiveRelease
    webhooks: Webhooks
    loop: LoopServices
    taxonomy: Taxonomy
    clock: Clock


def add_pages(app: FastAPI, services: PageServices) -> ErrorPages:
    """Add the pages, their static files and what happens without a sign-in. Returns what shows failures."""
    database, taxonomy, clock = services.database, services.taxonomy, services.clock

    def alarm() -> str | None:
        try:
            with database.read() as connection:
                return channels_problem(connection, clock())
        except SQLAlchemyError:  # the page that says so must still come
            return None

    site = Site(services.people, services.audit, taxonomy, clock, services.routing, alarm)
    parts = RouteParts(database, services.acting, services.routing, taxonomy)
    failures = ErrorPages(site)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(build_sign_in(site, services.people, services.acting, services.oidc))
    app.include_router(build_queue(site, database, services.reviewing, services.live, taxonomy, clock, parts))
    app.include_router(build_route(site, database, services.acting, services.settling, parts, taxonomy))
    app.include_router(build_deciding(site, database, services.reviewing, taxonomy, clock))
    app.include_router(build_students(site, database, services.profiles, taxonomy, clock))
    app.include_router(build_manager(site, database, services.live, services.loop.monitor, taxonomy, clock))
    app.include_router(build_accounts(site, services.people.accounts))
    app.include_router(build_programs(site, services.people.keys, services.webhooks))
    app.include_router(build_reads(site, database))
    loop = services.loop
    app.include_router(build_releases(site, database, loop.releasing, loop.shadow, services.live, loop.monitor))
    app.include_router(build_labels(site, loop.suspects))
    app.include_router(build_erasures(site, loop.erasing))
    app.add_exception_handler(NotSignedIn, failures.on_no_session)
    app.add_exception_handler(NotAllowed, failures.on_not_allowed)
    app.add_exception_handler(FormStale, failures.on_stale_form)
    return failures
