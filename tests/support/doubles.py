"""Stand-ins for what is outside, and a running service over them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi.testclient import TestClient

from serve.settings import Settings
from serve.transports.base import Delivery, DeliveryFailed, Receipt

DATA = Path(__file__).parents[2] / "data"
MADE_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class RecordingTransport:
    """Keeps what it is given; refuses while told to."""

    def __init__(self) -> None:
        self.delivered: list[Delivery] = []
        self.refuse: DeliveryFailed | None = None
        self.news = threading.Event()

    def deliver(self, delivery: Delivery) -> Receipt:
        if self.refuse is not None:
            raise self.refuse
        self.delivered.append(delivery)
        self.news.set()
        return Receipt(f"recorded-{len(self.delivered)}")


@dataclass
class Service:
    """A running service with everything outside replaced."""

    client: TestClient
    clock: HandClock
    transport: RecordingTransport
    settings: Settings
    api_key: str
    password: str
    name: str = "coach"
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.api_key}"}

    def post(self, text: str, **fields: object) -> dict[str, object]:
        """Send a message as AAQ does and return the answer."""
        answer = self.client.post("/v1/messages", json={"text": text, **fields}, headers=self.headers)
        assert answer.status_code == 201, answer.text
        body: dict[str, object] = answer.json()
        return body

    def sign_in(self) -> str:
        """Sign in as the coach; returns the form token."""
        self.client.post("/sign-in", data={"name": self.name, "password": self.password})
        page = self.client.get("/queue").text
        return page.split('name="csrf" value="')[1].split('"')[0]

    def another_coach(self, name: str) -> "Service":
        """A second coach, in a browser of their own; they have an account afterwards and are not signed in."""
        password = self.client.app.state.people.add_user(name, "coach")  # type: ignore[attr-defined]
        client = TestClient(self.client.app, base_url=str(self.client.base_url), follow_redirects=False)
        return Service(client, self.clock, self.transport, self.settings, self.api_key, password, name)


ServiceFactory = Callable[..., Service]
