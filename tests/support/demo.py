"""The service in this process, behind a real port; with a plausible afternoon in it (demo.toml) when asked."""

import socket
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import uvicorn
from fastapi import FastAPI

from serve.app import create_app
from serve.clock import new_id
from serve.settings import Settings
from serve.store.people import find_user
from serve.store.records import Student
from serve.triage import Submission

DEMO = Path(__file__).with_name("demo.toml")


class ShiftedClock:
    """The real time, or a time before it."""

    def __init__(self) -> None:
        self.minutes = 0.0

    def __call__(self) -> datetime:
        return datetime.now(UTC) - timedelta(minutes=self.minutes)


@dataclass
class Running:
    """A service that answers. passwords: of the coaches by name."""

    address: str
    passwords: dict[str, str]
    app: FastAPI
    clock: ShiftedClock
    api_key: str

    def post(self, text: str, **fields: object) -> str:
        """Send a message as AAQ does; returns its id."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        sent = {"text": text, **fields}
        return str(httpx2.post(f"{self.address}/v1/messages", json=sent, headers=headers).json()["id"])


@contextmanager
def running(folder: Path, releases: Path, **settings: object) -> Iterator[Running]:
    """Serve on a free port until the block ends."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)  # who connects before the server runs waits instead of being refused
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        database = f"sqlite:///{folder / 'demo.db'}"
        given = {"database": database, "releases": releases, "address": address, "blind_share": 0}
        clock = ShiftedClock()
        app = create_app(Settings(_env_file=None, **(given | settings)), clock=clock)
        people = app.state.people
        passwords = {name: people.add_user(name, role) for name, role in (("coach", "admin"), ("Priya", "coach"))}
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Running(address, passwords, app, clock, people.add_api_key("demo").key)
        finally:
            server.should_exit = True
            thread.join()


def write_demo(service: Running) -> None:
    """The afternoon of demo.toml, at its times."""
    state, clock = service.app.state, service.clock
    document = tomllib.loads(DEMO.read_text("utf-8"))
    known = ("id", "name", "github_username", "plan")
    students = {row["id"]: Student(*(row[name] for name in known)) for row in document["student"]}
    with state.database.read() as connection:
        coach = find_user(connection, "Priya")
    assert coach is not None
    for row in document["message"]:
        clock.minutes = row["minutes"]
        told = {name: row.get(name) for name in ("lesson", "environment")}
        submission = Submission(row["text"].strip(), student=students[row["student"]], **told)
        message = state.triage.receive(submission, "demo", None).message
        if "decided" in row:
            state.reviewing.correct(message.id, row["decided"], coach.id)
            if message.escalation:
                state.reviewing.acknowledge(message.id, coach.id, None)
    for row in document["note"]:
        clock.minutes = row["minutes"]
        about = {"student_id": row["student"], "message_id": None, "kind": row["kind"], "text": row["text"]}
        state.profiles.add_note(new_id(), coach_id=coach.id, **about)
    clock.minutes = 0
