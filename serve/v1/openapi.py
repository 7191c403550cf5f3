"""The description of `/v1` as a document: FastAPI's, with the form of every error in it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from serve.v1.refusals import Problem

_ABOUT = (
    "Send messages, read what was answered, and decide for a coach. Send `Authorization: Bearer <API key>`; a key of "
    "scope `review` names the coach in `AAQ-Coach`. Errors are `application/problem+json` and never repeat what was "
    "sent."
)


class DescribedApp(FastAPI):
    """An application that describes itself so. Made once, when somebody asks."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            document = get_openapi(title=self.title, version=self.version, description=_ABOUT, routes=self.routes)
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            document["components"]["schemas"] |= {**schema.pop("$defs", {}), "Problem": schema}
            self.openapi_schema = document
        return self.openapi_schema
