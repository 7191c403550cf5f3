"""How a service's refusals are said to programs: RFC 9457, with the same words as on the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import HTTPException
from pydantic import BaseModel, Field

from model.taxonomy import LabelUnknown
from serve.actions.taking import ActionRefused, ActionUnknown
from serve.delivering.settling import NothingToSettle
from serve.shift.labelling import AlreadyReviewed, ClaimedByAnother, MessageMissing, NothingToConfirm
from serve.shift.profiles import NoteEmpty, StudentMissing

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (MessageMissing, 404),
    (StudentMissing, 404),
    (ActionUnknown, 404),
    (AlreadyReviewed, 409),
    (ClaimedByAnother, 409),
    (NothingToSettle, 409),
    (NothingToConfirm, 422),
    (LabelUnknown, 422),
    (NoteEmpty, 422),
    (ActionRefused, 422),
)


class FieldProblem(BaseModel):
    """A field and the rule that it breaks; never its value."""

    field: str
    rule: str


class Problem(BaseModel):
    """RFC 9457: what happened, without a word of what was sent."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str | None = Field(None, examples=["maya has decided this one"])
    errors: list[FieldProblem] | None = None


@contextmanager
def refusals() -> Iterator[None]:
    """Turns what a service refuses into a status."""
    known = tuple(kind for kind, _ in _STATUS)
    try:
        yield
    except known as refused:
        status = next(status for kind, status in _STATUS if isinstance(refused, kind))
        raise HTTPException(status, str(refused)) from None


_WORDS = {
    400: "The request lacks something that it must say.",
    401: "There is no such key.",
    403: "The key may not do this.",
    404: "It is not here, or not any more.",
    409: "Somebody was first; nothing was changed.",
    413: "The body is larger than it may be.",
    422: "A field breaks its rule; nothing was changed.",
    503: "Too busy, or the database does not answer; nothing was stored. See Retry-After.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for its documentation."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": _WORDS[status], "content": content}
        for status in sorted({401, 413, 422, 503, *statuses})
    }
