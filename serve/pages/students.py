"""The admin profiles: a list to search, a page for each student, and the note form."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response

from model.taxonomy import Taxonomy
from serve.clock import Clock, new_id
from serve.pages.filters import LONGEST_SEARCH
from serve.pages.said import said_line
from serve.pages.site import Site, own_path, redirect, with_parameters
from serve.pages.weeks import weeks
from serve.shift.patterns import load_rules, patterns
from serve.shift.profiles import NoteEmpty, Profiles, StudentMissing
from serve.store.database import Database
from serve.store.notes import notes_of
from serve.store.records import User
from serve.store.students import find_students, get_student, past_messages

_PAGE = 50
_MESSAGES = 300
_SEARCH = "search_students"  # in the session: a name does not belong in an address


def build_students(site: Site, database: Database, profiles: Profiles, taxonomy: Taxonomy, clock: Clock) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Coach = Annotated[User, Depends(site.coach)]
    rules = load_rules()

    @router.get("/students")
    def students(request: Request, user: Coach, before: datetime | None = None) -> Response:
        words = str(request.session.get(_SEARCH, ""))
        before = before if before is None or before.tzinfo else None
        with database.read() as connection:
            found = find_students(connection, words or None, _PAGE + 1, before)
        more = found[_PAGE - 1].seen_at.isoformat() if len(found) > _PAGE else None
        return site.page(
            request, "students.html", user=user, students=found[:_PAGE], words=words, more=more, first=before is None
        )

    @router.post("/students/search", dependencies=site.same_session)
    def search(request: Request, words: Annotated[str, Form(max_length=LONGEST_SEARCH)] = "") -> Response:
        request.session[_SEARCH] = words.strip()
        return redirect("/students", {})

    @router.get("/students/{student_id:path}")
    def student(request: Request, user: Coach, student_id: str) -> Response:
        now = clock()
        with database.read() as connection:
            found = get_student(connection, student_id)
            if found is None:
                raise HTTPException(404, "There is no student with this id, or not any more.")
            notes = notes_of(connection, student_id)
            messages = past_messages(connection, student_id, _MESSAGES)
            line = said_line(connection, request, taxonomy)
        site.saw(user, [message.id for message in messages if message.escalated], "student")
        return site.page(
            request,
            "student.html",
            user=user,
            student=found,
            notes=notes,
            messages=messages,
            patterns=patterns(messages, notes, now, rules),
            weeks=weeks([message.received_at for message in messages], now),
            line=line,
            note_id=new_id(),
        )

    @router.post("/notes", dependencies=site.same_session)
    def add_note(
        user: Coach,
        id: Annotated[str, Form(pattern="^[0-9a-f]{32}$")],
        student: Annotated[str, Form(max_length=200)],
        text: Annotated[str, Form(max_length=5000)] = "",
        kind: Annotated[str, Form(pattern="^(note|flag)$")] = "note",
        message: Annotated[str, Form(max_length=32)] = "",
        back: Annotated[str, Form(max_length=2000)] = "/queue",
    ) -> Response:
        try:
            first = profiles.add_note(
                id, student_id=student, message_id=message or None, kind=kind, text=text, coach_id=user.id
            )
            said = "noted" if first else "noted-before"
        except NoteEmpty:
            said = "note-empty"
        except StudentMissing:
            return redirect("/students", {"said": "missing-student"})
        return redirect(with_parameters(own_path(back), said=said), {})

    return router
