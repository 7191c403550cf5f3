"""Requests that may hold odd bytes, and errors that never repeat them.

A student in distress must not be turned away for a stray byte: invalid UTF-8, NUL and lone surrogates become U+FFFD and
are accepted. What is no JSON at all, or too much, is refused as `application/problem+json` (RFC 9457).
"""

import json
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from model.text import storable


class ProblemResponse(JSONResponse):
    """RFC 9457."""

    media_type = "application/problem+json"


def problem(status: int, title: str, detail: str | None = None, **more: Any) -> ProblemResponse:
    """An error body: what happened, without a word of what was sent."""
    headers = more.pop("headers", None)
    body = {"type": "about:blank", "title": title, "status": status, **more}
    if detail:
        body["detail"] = detail
    return ProblemResponse(body, status_code=status, headers=headers)


class _TolerantRequest(Request):
    async def json(self) -> Any:
        """The body with odd characters replaced."""
        text = (await self.body()).decode("utf-8", "replace")
        return _storable(json.loads(text, parse_constant=_refuse_constant))


class TolerantRoute(APIRoute):
    """A route whose JSON body may hold odd characters."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler over a tolerant request."""
        handler = super().get_route_handler()

        async def tolerant(request: Request) -> Response:
            return await handler(_TolerantRequest(request.scope, request.receive))

        return tolerant


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(name): _storable(item) for name, item in value.items()}
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise HTTPException(422, f"{name} is not JSON")


async def on_http_error(_: Request, error: Exception) -> Response:
    """Every error raised by name."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, _title(error.status_code), str(error.detail), headers=error.headers)


async def on_invalid(_: Request, error: Exception) -> Response:
    """Which field breaks which rule; never its value."""
    assert isinstance(error, RequestValidationError)
    errors = [
        {"field": ".".join(str(part) for part in item["loc"][1:]) or "body", "rule": item["msg"]}
        for item in error.errors()
    ]
    return problem(422, _title(422), "; ".join(f"{item['field']}: {item['rule']}" for item in errors), errors=errors)


def _title(status: int) -> str:
    return HTTPStatus(status).phrase
