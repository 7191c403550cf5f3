"""The school's own programs are told what happened: signed, once for each event, without a word of a message."""

import json
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from certificates import make_certificate
from doubles import Service, ServiceFactory
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError
from vendors import Receiver

from serve.clock import utc_now
from serve.delivering.outbox import DESTINATIONS, WEBHOOK
from serve.transports.gate import Gate
from serve.transports.webhook import WebhookTransport

SECRET = Receiver.SECRET
DISTRESS = "zebra-canary: i'm done with this course, i feel so stupid and i want to quit"
LIGHTS = "tests pass, I pushed, the light is still grey"
EVENTS = ("message.decided", "message.reviewed", "escalation.opened", "escalation.acknowledged")


@pytest.fixture
def service(start_service: ServiceFactory) -> Service:
    """A service whose worker the test runs by hand, and that may call 127.0.0.1."""
    return start_service(worker=False, webhook_hosts="hooks.example,127.0.0.1", own_networks="127.0.0.0/8")


def admin(service: Service) -> str:
    """Sign in as an admin; returns the form token."""
    people = service.client.app.state.people
    service.client.post("/sign-in", data={"name": "root", "password": people.add_user("root", "admin")})
    return str(service.client.get("/programs").text.split('name="csrf" value="')[1].split('"')[0])


def listen(service: Service, *events: str, url: str = "https://hooks.example/aaq") -> str:
    """Add a webhook as an admin does; returns the admin's form token."""
    csrf = admin(service)
    form = {"csrf": csrf, "name": "widget", "url": url, "event": events}
    answer = service.client.post("/programs/webhooks", data=form)
    assert answer.headers["location"] == "/programs?said=listening", answer.text
    return csrf


def told(service: Service) -> list[dict[str, Any]]:
    """The bodies of what is in the outbox for webhooks, in order."""
    with service.client.app.state.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT body FROM outbox WHERE destination = 'webhook' ORDER BY rowid").all()
    return [json.loads(row[0]) for row in rows]


def test_each_thing_that_happens_is_told_once_with_ids_and_labels(service: Service) -> None:
    csrf = listen(service, *EVENTS)
    sent = service.post(DISTRESS, question_id="q-1", student={"id": "s1", "name": "Maya Canary"})["id"]
    for _ in range(2):  # a double click is one event
        service.client.post(f"/messages/{sent}/acknowledge", data={"csrf": csrf, "note": "note-canary"})
        service.client.post(f"/messages/{sent}/correct", data={"csrf": csrf, "label": "distress"})
    bodies = told(service)
    assert [body["event"] for body in bodies] == [
        "message.decided", "escalation.opened", "escalation.acknowledged", "message.reviewed"
    ]  # fmt: skip
    assert {body["data"]["message_id"] for body in bodies} == {sent}
    assert bodies[0]["data"]["question_id"] == "q-1"
    assert bodies[3]["data"]["confirmed_label"] == "distress"
    assert "canary" not in str(bodies).lower()


def test_only_what_was_asked_for_is_told_and_nothing_after_it_was_removed(service: Service) -> None:
    csrf = listen(service, "escalation.opened")
    service.post(LIGHTS)
    assert told(service) == []
    service.post(DISTRESS)
    assert [body["event"] for body in told(service)] == ["escalation.opened"]
    page = service.client.get("/programs").text
    remove = page.split('action="/programs/webhooks/')[1].split('"')[0]
    service.client.post(f"/programs/webhooks/{remove}", data={"csrf": csrf})
    service.post(DISTRESS)
    assert len(told(service)) == 1


def test_a_message_that_is_not_stored_is_not_told(service: Service) -> None:
    listen(service, *EVENTS)
    headers = {**service.headers, "Idempotency-Key": "k-1"}
    for text in (LIGHTS, LIGHTS, "another text"):
        service.client.post("/v1/messages", json={"text": text}, headers=headers)
    assert len(told(service)) == 1


def test_the_blind_sample_keeps_its_suggestion_back(start_service: ServiceFactory) -> None:
    service = start_service(worker=False, webhook_hosts="hooks.example", blind_share=1)
    csrf = listen(service, *EVENTS)
    sent = service.post(LIGHTS)["id"]
    (decided,) = told(service)
    assert (decided["data"]["label"], decided["data"]["candidates"], decided["data"]["blind"]) == (None, [], True)
    service.client.post(f"/messages/{sent}/correct", data={"csrf": csrf, "label": "github"})
    assert told(service)[1]["data"]["suggested_label"] == "lights"


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x", "https://other.example/x", "https://u:p@hooks.example/", "https://169.254.169.254/",
        "https://[::1]/", "ftp://hooks.example/", "javascript:alert(1)", "https://hooks.example:99999/", "",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_called_is_refused_when_it_is_typed(service: Service, url: str) -> None:
    csrf = admin(service)
    form = {"csrf": csrf, "name": "x", "url": url, "event": EVENTS}
    answer = service.client.post("/programs/webhooks", data=form)
    assert (answer.status_code, "Nothing was changed" in answer.text) == (200, True)
    assert "No program is told anything" in service.client.get("/programs").text


def test_no_event_and_an_unknown_event_are_refused(service: Service) -> None:
    csrf = admin(service)
    for events in ([], ["message.read"], ["message.decided", "message.read"]):
        form = {"csrf": csrf, "name": "x", "url": "https://hooks.example/", "event": events}
        assert service.client.post("/programs/webhooks", data=form).headers["location"] == "/programs?said=no-event"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[tuple[Receiver, Path]]:
    tls = make_certificate(tmp_path)
    opened = Receiver(tls)
    yield opened, tls[0]
    opened.close()


def test_what_arrives_is_signed_as_standard_webhooks_say(service: Service, receiver) -> None:
    vendor, certificate = receiver
    listen(service, "message.decided", url=vendor.address)
    sent = service.post(LIGHTS)["id"]
    gate = Gate(["127.0.0.1"], [ip_network("127.0.0.0/8")], str(certificate))
    transport = WebhookTransport(gate, SecretStr(SECRET), utc_now)
    worker = service.client.app.state.worker
    delivering = type(worker)(
        service.client.app.state.database,
        dict.fromkeys(DESTINATIONS, service.transport) | {WEBHOOK: transport},
        service.clock,
        lease_for=service.settings.lease_for,
    )
    assert delivering.deliver_one(WEBHOOK)
    (call,) = vendor.calls
    assert len(vendor.works) == 1  # the receiver has verified it
    event = Webhook(SECRET).verify(call.body, dict(call.headers))
    assert event["type"] == "message.decided"
    assert event["data"]["message_id"] == sent
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(call.body.replace(b"lights", b"github"), dict(call.headers))
