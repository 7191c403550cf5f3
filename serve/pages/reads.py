"""Who read the words of which distress case, for admins. Ids and times; no words."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from serve.pages.site import Site
from serve.store.audit import newest_readings
from serve.store.database import Database
from serve.store.records import User

_ROWS = 100
WHERE = {
    "list": "in the list",
    "message": "on its page",
    "student": "on the student's page",
    "api": "through a program",
}


def build_reads(site: Site, database: Database) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Admin = Annotated[User, Depends(site.role("admin"))]

    @router.get("/reads")
    def reads(request: Request, user: Admin, before: datetime | None = None, last: str = "") -> Response:
        after = (before, last) if before is not None and before.tzinfo and last else None
        with database.read() as connection:
            rows = newest_readings(connection, _ROWS + 1, after)
        more = rows[_ROWS - 1] if len(rows) > _ROWS else None
        return site.page(
            request, "reads.html", user=user, rows=rows[:_ROWS], more=more, where=WHERE, first=after is None
        )

    return router
