"""Messages, students, escalations and deliveries, read for a coach; and a sender's own messages."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import JSONResponse

from serve.clock import Clock
from serve.people.audit import Audit
from serve.requests import TolerantRoute
from serve.shift.patterns import load_rules, patterns
from serve.store.database import Database
from serve.store.deliveries import deliveries_of
from serve.store.message_pages import MessageFilters, message_page
from serve.store.messages import messages_where, own
from serve.store.notes import notes_of
from serve.store.records import StoredMessage, User
from serve.store.shift import open_cases
from serve.store.students import find_students, get_student, past_messages
from serve.v1.asking import Asking, Reader
from serve.v1.cursor import cursor_of, place_of
from serve.v1.refusals import problems
from serve.v1.schemas import (
    CasesResponse,
    DeliveriesResponse,
    MessageDetails,
    MessagesPage,
    StudentResponse,
    StudentsPage,
    details,
)

Limit = Annotated[int, Query(ge=1, le=100, description="Rows of a page.")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before.")]
Short = Annotated[str | None, Query(max_length=200)]


def build_reading(asking: Asking, database: Database, audit: Audit, clock: Clock) -> APIRouter:
    """The router."""
    router = APIRouter(prefix="/v1", route_class=TolerantRoute)
    AsReader = Annotated[Reader, Depends(asking.reader)]
    ForCoach = Annotated[User, Depends(asking.coach)]
    rules = load_rules()

    def shown(reader: Reader, found: list[StoredMessage]) -> list[dict[str, Any]]:
        if reader.coach is not None:
            audit.saw(reader.coach.id, [message.id for message in found if message.escalation], "api")
        return [details(message, for_coach=reader.coach is not None) for message in found]

    @router.get("/messages", response_model=MessagesPage, responses=problems(400, 403))
    def list_messages(
        reader: AsReader,
        state: Annotated[Literal["open", "resolved", "all"], Query(description="open: waits for a coach.")] = "all",
        label: Annotated[str | None, Query(max_length=40, description="What it is, else what was suggested.")] = None,
        outcome: Literal["suggest", "abstain", "escalate"] | None = None,
        plan: Literal["paid", "free", "unknown"] | None = None,
        lesson: Short = None,
        student: Short = None,
        unacknowledged: Annotated[bool, Query(description="Only distress cases that nobody has.")] = False,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> JSONResponse:
        """Messages, newest first: for a `send` key those that it sent itself, for a coach all."""
        filters = MessageFilters(
            sender=None if reader.coach else reader.caller.key_id,
            label=label,
            outcome=outcome,
            plan=plan,
            lesson=lesson,
            student_id=student,
            open=None if state == "all" else state == "open",
            escalated=unacknowledged,
        )
        with database.read() as connection:
            found = list(message_page(connection, filters, limit + 1, place_of(cursor)))
        page = found[:limit]
        following = cursor_of(page[-1].received_at, page[-1].id) if len(found) > limit else None
        return JSONResponse({"messages": shown(reader, page), "next_cursor": following})

    @router.get("/messages/{message_id}", response_model=MessageDetails, responses=problems(400, 403, 404))
    def read(message_id: str, reader: AsReader) -> JSONResponse:
        """A message: its words, its answer and what became of it. Another sender's is not there."""
        mine = None if reader.coach else reader.caller.key_id
        with database.read() as connection:
            found = list(messages_where(connection, own(message_id, mine), 1))
        if not found:
            raise HTTPException(404, "there is no message with this id")
        return JSONResponse(shown(reader, found)[0])

    @router.get(
        "/messages/{message_id}/deliveries", response_model=DeliveriesResponse, responses=problems(400, 403, 404)
    )
    def deliveries(message_id: str, reader: AsReader) -> Any:
        """What was told to whom about a message, and how that stands."""
        mine = None if reader.coach else reader.caller.key_id
        with database.read() as connection:
            if not messages_where(connection, own(message_id, mine), 1):
                raise HTTPException(404, "there is no message with this id")
            found = deliveries_of(connection, message_id)
        return {"deliveries": [asdict(delivery) for delivery in found]}

    @router.get("/escalations", response_model=CasesResponse, responses=problems(400, 403))
    def escalations(_: ForCoach) -> Any:
        """Distress cases that are not done, those that nobody has first; without their words."""
        with database.read() as connection:
            found = open_cases(connection, clock())
        return {"escalations": [asdict(case) for case in found]}

    @router.get("/students", response_model=StudentsPage, responses=problems(400, 403))
    def students(_: ForCoach, limit: Limit = 50, cursor: Cursor = None) -> Any:
        """Students, the most recently seen first."""
        place = place_of(cursor)
        with database.read() as connection:
            found = find_students(connection, None, limit + 1, place and place[0])
        page = found[:limit]
        following = cursor_of(page[-1].seen_at, page[-1].id) if len(found) > limit else None
        return {"students": [asdict(line) for line in page], "next_cursor": following}

    @router.get("/students/{student_id:path}", response_model=StudentResponse, responses=problems(400, 403, 404))
    def student(student_id: str, _: ForCoach) -> Any:
        """A student's profile: notes, flags, patterns, and the ids of their messages."""
        with database.read() as connection:
            found = get_student(connection, student_id)
            if found is None:
                raise HTTPException(404, "there is no student with this id")
            notes, past = notes_of(connection, student_id), past_messages(connection, student_id, 300)
        return {
            **asdict(found),
            "notes": [asdict(note) for note in notes],
            "patterns": [{"key": one.key, "says": one.says} for one in patterns(past, notes, clock(), rules)],
            "messages": [message.id for message in past],
        }

    return router
