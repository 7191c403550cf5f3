"""Where the service is assembled, and nowhere else. Whatever is outside is an argument; tests pass fakes here."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.sessions import SessionMiddleware

from model.answer import parts
from serve.actions.acting import Acting
from serve.actions.automatic import Automatic
from serve.api import ApiServices, build_api, package_version
from serve.clock import Clock, utc_now
from serve.delivering.outbox import ON_CALL
from serve.delivering.settling import Settling
from serve.delivery import build_transports, build_worker, gate_of, on_call_of
from serve.keeping.erasing import Erasing
from serve.keeping.upkeep import chores, pseudonyms_of
from serve.loop.history import Histories
from serve.loop.live import LiveRelease
from serve.loop.monitor import Monitor
from serve.loop.releasing import Releasing
from serve.loop.shadow import Shadow
from serve.loop.suspects import Suspects
from serve.metrics import Metrics
from serve.pages.errors import ErrorPages, wants_page
from serve.pages.routes import LoopServices, PageServices, add_pages
from serve.people.audit import Audit
from serve.people.auth import People
from serve.people.kept_keys import kept_key
from serve.people.oidc import Oidc, oidc_settings
from serve.people.webhooks import Webhooks
from serve.requests import ProblemResponse, on_http_error, on_invalid, problem
from serve.review import Reviewing
from serve.routing import load_routing
from serve.settings import Settings
from serve.shift.profiles import Profiles
from serve.store.database import Database, TooManyWaiting
from serve.store.migrate import migrate
from serve.transports.base import Transport
from serve.triage import IdempotencyConflict, Triage
from serve.v1.deciding import DecidingServices
from serve.v1.openapi import DescribedApp

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def create_app(
    settings: Settings, *, clock: Clock = utc_now, transports: Mapping[str, Transport] | None = None
) -> FastAPI:
    """The service over an opened and migrated database. Raises SettingsWrong, RoutingWrong, or what `Database` raises.

    transports: by destination; a console twin for each by default.
    """
    routing = load_routing(parts()[0], settings.routing)
    transports, on_call = transports or build_transports(settings, clock), on_call_of(settings)
    database = Database(settings.database, waiting_limit=settings.waiting_limit)
    migrate(database.engine)
    live = LiveRelease(settings.releases, settings.release_key_bytes)
    pseudonyms = pseudonyms_of(settings)
    erasing = Erasing(database, pseudonyms, settings.releases, clock)
    histories = Histories(database, pseudonyms, clock)
    upkeep = chores(settings, database, erasing, histories)
    worker = build_worker(settings, database, clock, transports, on_call, upkeep)
    people = People(database, clock, settings.session_idle, settings.session_longest)
    oidc_ = oidc_settings(settings)
    oidc = Oidc(oidc_, people.accounts, settings.address) if oidc_ else None
    taxonomy = parts()[0]
    shadow = Shadow(database, settings.releases, settings.release_key_bytes, clock)
    automatic = Automatic(routing, taxonomy, settings.address)
    triage = Triage(database, live, clock, settings.address, worker.wake, settings.blind_share, automatic, shadow.offer)
    reviewing = Reviewing(database, taxonomy, clock, settings.address, partial(worker.wake, ON_CALL))
    acting = Acting(database, taxonomy, routing, clock, settings.address, worker.wake)
    settling = Settling(database, clock, worker.wake)
    profiles = Profiles(database, clock)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        live.start()
        shadow.start()
        if settings.worker:
            worker.start()
        yield
        worker.stop()
        shadow.stop()
        live.stop()
        database.close()

    app = DescribedApp(
        title="AAQ Triage",
        version=package_version(),
        lifespan=running,
        docs_url="/docs" if settings.show_api_docs else None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.show_api_docs else None,
        strict_content_type=False,
    )
    app.state.people = people
    app.state.database = database
    app.state.acting, app.state.worker = acting, worker
    app.state.erasing, app.state.histories, app.state.shadow = erasing, histories, shadow
    app.state.triage, app.state.reviewing, app.state.profiles = triage, reviewing, profiles
    app.state.monitor = monitor = Monitor(database, shadow, clock)
    audit, metrics = Audit(database, clock), Metrics(database, live, clock, settings.metrics_folder, monitor)
    deciding = DecidingServices(reviewing, acting, settling, profiles)
    sizes = (settings.body_bytes, settings.batch_bytes)
    app.include_router(build_api(ApiServices(database, live, people, triage, audit, deciding, metrics, clock, *sizes)))
    webhooks = Webhooks(database, clock, gate_of(settings).refuse_unless_allowed)
    releasing = Releasing(database, settings.releases, settings.release_key_bytes, clock)
    suspects = Suspects(database, settings.releases, taxonomy, clock)
    loop = LoopServices(releasing, shadow, monitor, erasing, suspects)
    services = PageServices(
        database,
        people,
        oidc,
        audit,
        reviewing,
        profiles,
        acting,
        settling,
        routing,
        live,
        webhooks,
        loop,
        taxonomy,
        clock,
    )
    error_pages = add_pages(app, services)
    _handle_errors(app, error_pages)
    app.add_middleware(
        SessionMiddleware,
        secret_key=session_secret(settings),
        session_cookie="__Host-aaq" if settings.over_https else "aaq",
        max_age=int(settings.session_longest.total_seconds()),
        same_site="lax",
        https_only=settings.over_https,
    )

    # Inside the next middleware, which gives its refusals the form of ours.
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=settings.batch_bytes)

    @app.middleware("http")
    async def add_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
        began = time.perf_counter()
        response = await call_next(request)
        route = getattr(request.scope.get("route"), "path", "none")
        metrics.note_request(request.method, route, response.status_code, time.perf_counter() - began)
        if response.status_code == 413 and response.headers.get("content-type") != ProblemResponse.media_type:
            response = problem(413, "Content Too Large", "the request's body is larger than it may be")
        response.headers.update(_HEADERS)
        if settings.over_https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not request.url.path.startswith("/static/"):
            response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _handle_errors(app: FastAPI, pages: ErrorPages) -> None:
    """Failures by name: a page for a person, `application/problem+json` for a program."""

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if wants_page(request):
            own_words = error.detail if error.detail != HTTPStatus(error.status_code).phrase else None
            return await pages.show(request, error.status_code, own_words)
        return await on_http_error(request, error)

    async def on_input(request: Request, error: Exception) -> Response:
        return await pages.show(request, 422) if wants_page(request) else await on_invalid(request, error)

    async def on_crash(request: Request, _: Exception) -> Response:
        failed = await pages.show(request, 500) if wants_page(request) else problem(500, "Internal Server Error")
        failed.headers.update(_HEADERS)  # made outside the middleware that adds them elsewhere
        return failed

    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_input)
    app.add_exception_handler(Exception, on_crash)
    named: dict[type[Exception], Callable[[Exception], Response]] = {
        IdempotencyConflict: lambda error: problem(409, "Conflict", str(error)),
        TooManyWaiting: lambda error: problem(503, "Service Unavailable", str(error), headers={"Retry-After": "1"}),
        SQLAlchemyError: lambda error: problem(
            503,
            "Service Unavailable",
            f"nothing was stored: the database failed ({type(error).__name__}); send it again with the same key",
            headers={"Retry-After": "5"},
        ),
    }
    for kind, answer in named.items():

        async def handler(
            request: Request, error: Exception, answer: Callable[[Exception], Response] = answer
        ) -> Response:
            plain = answer(error)
            return await pages.show(request, plain.status_code) if wants_page(request) else plain

        app.add_exception_handler(kind, handler)


def session_secret(settings: Settings) -> str:
    """The key that signs cookies: the setting, or one made at the first start and kept beside the database."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    return kept_key(settings.database, "session-secret")
