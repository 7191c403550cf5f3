"""A running service with a plausible afternoon in it (demo.toml), for pictures and for looking at pages by hand."""

import socket
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn

from serve.app import create_app
from serve.clock import new_id
from serve.settings import Settings
from serve.store.people import find_user
from serve.store.records import Student
from serve.triage import Submission

DEMO = Path(__file__).with_name("demo.toml")


class ShiftedClock:
    """The real time, or a time before it while the demo is written."""

    def __init__(self) -> None:
        self.minutes = 0.0

    def __call__(self) -> datetime:
        return datetime.now(UTC) - timedelta(minutes=self.minutes)


@dataclass
class Demo:
    """The service's address, a coach's password (the name is coach), and what stands behind it."""

    address: str
    password: str
    app: Any
    clock: ShiftedClock
    message_ids: list[str]


@contextmanager
def running_demo(folder: Path, releases: Path, **settings: Any) -> Iterator[Demo]:
    """Serve the demo on a free port until the block ends."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        database = f"sqlite:///{folder / 'demo.db'}"
        given = {"database": database, "releases": releases, "address": address, "blind_share": 0}
        clock = ShiftedClock()
        app = create_app(Settings(_env_file=None, **(given | settings)), clock=clock)
        password = app.state.people.add_user("coach", "admin")
        app.state.people.add_user("Priya", "coach")
        ids = _write(app, clock)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield Demo(address, password, app, clock, ids)
        server.should_exit = True
        thread.join()


def _write(app: Any, clock: ShiftedClock) -> list[str]:
    document = tomllib.loads(DEMO.read_text("utf-8"))
    known = ("id", "name", "github_username", "plan")
    students = {row["id"]: Student(*(row[name] for name in known)) for row in document["student"]}
    with app.state.database.read() as connection:
        coach = find_user(connection, "coach")
    assert coach is not None
    ids = []
    for row in document["message"]:
        clock.minutes = row["minutes"]
        student = students[row["student"]]
        submission = Submission(
            row["text"].strip(), lesson=row.get("lesson"), environment=row.get("environment"), student=student
        )
        received = app.state.triage.receive(submission, "demo", None)
        ids.append(received.message.id)
        if "decided" in row:
            app.state.reviewing.correct(received.message.id, row["decided"], coach.id)
            if received.message.escalation:
                app.state.reviewing.acknowledge(received.message.id, coach.id, None)
    for row in document["note"]:
        clock.minutes = row["minutes"]
        app.state.profiles.add_note(
            new_id(), student_id=row["student"], message_id=None, kind=row["kind"], text=row["text"], coach_id=coach.id
        )
    clock.minutes = 0
    return ids
