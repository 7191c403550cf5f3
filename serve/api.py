"""The programs' side: `/v1`, and the three addresses that say how the service is."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from serve.clock import Clock
from serve.distress.reconcile import channels_problem
from serve.loop.live import LiveRelease
from serve.metrics import Metrics
from serve.people.api_keys import Caller
from serve.people.audit import Audit
from serve.people.auth import People
from serve.requests import TolerantRoute, problem
from serve.schemas import (
    AnswerFields,
    MessageRequest,
    MessageResponse,
    PredictionRequest,
    PredictionsResponse,
    message_fields,
)
from serve.store.database import Database
from serve.store.messages import count_open
from serve.triage import Triage
from serve.v1.asking import build_asking
from serve.v1.deciding import DecidingServices, build_deciding_api
from serve.v1.reading import build_reading
from serve.v1.refusals import problems


@dataclass(frozen=True, slots=True)
class ApiServices:
    """What the API stands on."""

    database: Database
    live: LiveRelease
    people: People
    triage: Triage
    audit: Audit
    deciding: DecidingServices
    metrics: Metrics
    clock: Clock
    body_bytes: int
    batch_bytes: int


def build_api(services: ApiServices) -> APIRouter:
    """The router."""
    router = APIRouter()
    versioned = APIRouter(prefix="/v1", route_class=TolerantRoute)

    asking = build_asking(services.people)
    Sender = Annotated[Caller, Depends(asking.caller)]

    @versioned.post(
        "/predictions",
        response_model=AnswerFields | PredictionsResponse,
        responses=problems(),
        max_body_size=services.batch_bytes,
    )
    def predict(request: PredictionRequest, _: Sender) -> JSONResponse:
        """Answer one text or a batch. Nothing is stored and nobody is told."""
        if request.text is not None:
            return JSONResponse(services.triage.answer(request.text).full())
        answers = [services.triage.answer(text).full() for text in request.texts or ()]
        return JSONResponse({"predictions": answers})

    @versioned.post(
        "/messages",
        status_code=201,
        response_model=MessageResponse,
        responses={200: {"model": MessageResponse, "description": "A repeat: the first answer."}, **problems(409)},
        max_body_size=services.body_bytes,
    )
    def receive(
        request: MessageRequest,
        sender: Sender,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    ) -> JSONResponse:
        """Store a message, then answer. 201 is said after the commit; a repeat gets the first, 200."""
        received = services.triage.receive(request.submission(), sender.key_id, idempotency_key)
        if not received.repeated:
            services.metrics.decisions.labels(received.message.decision.outcome).inc()
        status = 200 if received.repeated else 201
        location = {"Location": f"/v1/messages/{received.message.id}"}
        return JSONResponse(message_fields(received.message), status_code=status, headers=location)

    @router.get("/healthz", include_in_schema=False)
    def healthy() -> Mapping[str, str]:
        """Whether the process answers at all."""
        return {"status": "ok"}

    @router.get("/readyz", include_in_schema=False)
    def ready(_: Request) -> Any:
        """Whether messages can be taken in.

        `release_problem` says why everything goes to a human, `notices_problem` that nobody is reached, when it is so.
        """
        try:
            with services.database.read() as connection:
                n_open, n_unacknowledged = count_open(connection)
                notices_problem = channels_problem(connection, services.clock())
        except SQLAlchemyError as error:
            return problem(503, "Service Unavailable", f"the database cannot be read ({type(error).__name__})")
        release = services.live.answerer.release
        return {
            "status": "ready" if release else "ready without a release: every message goes to a human",
            "release": release.id if release else None,
            "release_problem": services.live.problem,
            "n_open_messages": n_open,
            "n_unacknowledged_escalations": n_unacknowledged,
            "notices_problem": notices_problem,
        }

    @router.get("/version", include_in_schema=False)
    def versions() -> Mapping[str, str | None]:
        """What runs."""
        release = services.live.answerer.release
        return {"version": package_version(), "release": release.id if release else None}

    router.include_router(build_deciding_api(asking, services.deciding, services.body_bytes))
    router.include_router(build_reading(asking, services.database, services.audit, services.clock))

    def may_measure(request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if not _on_this_machine(request) and not (scheme.lower() == "bearer" and services.people.keys.caller(key)):
            raise HTTPException(401, "send Authorization: Bearer <API key>", {"WWW-Authenticate": "Bearer"})

    @router.get("/metrics", include_in_schema=False, dependencies=[Depends(may_measure)])
    def metrics() -> Response:
        """For Prometheus."""
        return Response(services.metrics.written(), media_type=CONTENT_TYPE_LATEST)

    router.include_router(versioned)
    return router


_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def _on_this_machine(request: Request) -> bool:
    """Whether nobody but this machine can be asking: a proxy on it speaks for others, and says so."""
    host = request.client.host if request.client else ""
    return host in ("127.0.0.1", "::1") and not any(name in request.headers for name in _FORWARDED)


def package_version() -> str:
    """The installed version, or "0" from a tree that is not installed."""
    try:
        return version("aaq-triage")
    except PackageNotFoundError:
        return "0"
