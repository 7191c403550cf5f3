"""What every transport promises, whatever its vendor: one delivery, one attempt, one honest word about how it ended.

The vendors are local servers that behave as they do; the clients are the real ones.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import ip_network
from mailbox import Mailbox
from pathlib import Path
from typing import Any

import pytest
from doubles import HandClock
from lines import BadLine, Line
from pydantic import SecretStr
from vendors import PASSING, REFUSALS, UNREADABLE, Answer, Jira, Receiver, Slack

from serve.delivering.outbox import AAQ, DESTINATIONS, FORM, JIRA, MAIL, ON_CALL, SLACK, WEBHOOK, Action
from serve.transports.aaq import AaqTransport
from serve.transports.base import CanBeAsked, CanBeChecked, Delivery, DeliveryFailed, Kind, Transport
from serve.transports.console import ConsoleTransport
from serve.transports.form import FormTransport
from serve.transports.gate import Gate
from serve.transports.jira import JiraTransport
from serve.transports.jira_client import JiraServer
from serve.transports.mail import MailServer, MailTransport
from serve.transports.on_call import OnCallTransport
from serve.transports.slack import SlackTransport
from serve.transports.webhook import WebhookTransport

CANARY = "zebra-umbrella-canary"
CONTACT = {"name": "Maya", "slack": "U1", "mail": "maya@school.example"}
BODIES: dict[str, dict[str, Any]] = {
    ON_CALL: {"contact": CONTACT, "says": "Please read.", "quote": CANARY, "subject": "AAQ", "link": "https://x/1"},
    JIRA: {"summary": f"grey light {CANARY}", "description": CANARY, "category": "lights", "priority": "High"},
    SLACK: {"text": f"a pattern {CANARY}", "channel": "C1"},
    MAIL: {"to": ["lead@school.example"], "subject": "AAQ: please look", "text": CANARY},
    FORM: {"fields": {"what": CANARY}},
    AAQ: {"question_id": "q1", "assign_to": "enrollments"},
    WEBHOOK: {"event": "message.received", "data": {"id": "m1"}},
}
SECRET = SecretStr(Receiver.SECRET)
QUICK = (1.0, 0.4)  # seconds to connect, to read


@dataclass
class Subject:
    """A transport, the vendor behind it and the line between them."""

    transport: Transport
    delivery: Delivery
    vendor: Any = None
    line: BadLine | None = None

    def deliver(self) -> Any:
        return self.transport.deliver(self.delivery)


def delivery_to(destination: str) -> Delivery:
    action = {ON_CALL: Action.DISTRESS_NOTICE, JIRA: Action.TICKET}.get(destination, Action.WEBHOOK)
    return Delivery("d" * 32, action, destination, dict(BODIES[destination]), f"{action}:review-1:{destination}")


def jira(vendor: Jira, port: int) -> Transport:
    return JiraTransport(JiraServer(f"http://127.0.0.1:{port}", "bot@x", SecretStr("token"), timeout=QUICK))


def slack(vendor: Slack, port: int) -> Transport:
    return SlackTransport(SecretStr("xoxb-1"), url=f"http://127.0.0.1:{port}/api/", timeout=QUICK[1])  # type: ignore[arg-type]


def mail(port: int, tls: tuple[Path, Path]) -> MailTransport:
    password = SecretStr("mail-password")
    server = MailServer("127.0.0.1", port, "aaq", password, "aaq@school.example", ca_file=str(tls[0]), timeout=QUICK[1])
    return MailTransport(server)


def gate(tls: tuple[Path, Path]) -> Gate:
    return Gate(["127.0.0.1"], [ip_network("127.0.0.0/8")], str(tls[0]), QUICK)


@pytest.fixture
def make(tls: tuple[Path, Path]) -> Iterator[Callable[[str], Subject]]:
    """Make a subject by its name: a destination, "jira data center", or "console <destination>"."""
    with ExitStack() as closing:

        def made(name: str) -> Subject:
            if name.startswith("console"):
                destination = name.removeprefix("console ")
                return Subject(ConsoleTransport(io.StringIO()), delivery_to(destination))
            vendor: Any
            match name:
                case "jira data center":
                    vendor = Jira(HandClock(), cloud=False)
                case "jira":
                    vendor = Jira(HandClock())
                case "slack" | "on-call":
                    vendor = Slack()
                case "mail":
                    vendor = Mailbox(tls)
                case _:
                    vendor = Receiver(tls)
            line = BadLine(vendor.port, lambda: len(vendor.works))
            closing.callback(vendor.close)
            closing.callback(line.close)
            destination = name.removesuffix(" data center")
            delivery = delivery_to(destination)
            url = f"https://127.0.0.1:{line.port}/hook"
            transport: Transport
            match destination:
                case "jira":
                    transport = jira(vendor, line.port)
                case "slack":
                    transport = slack(vendor, line.port)
                case "on-call":
                    transport = OnCallTransport(slack=slack(vendor, line.port), mail=None)
                case "mail":
                    transport = mail(line.port, tls)
                case "form":
                    transport = FormTransport(gate(tls), url, SECRET)
                case "aaq":
                    transport = AaqTransport(gate(tls), url, SECRET)
                case _:
                    transport = WebhookTransport(gate(tls), SECRET)
                    delivery.body["url"] = url
            return Subject(transport, delivery, vendor, line)

        yield made


REAL = [*DESTINATIONS, "jira data center"]
HTTP = [name for name in REAL if name != MAIL]
every = pytest.mark.parametrize("name", [*REAL, *(f"console {name}" for name in DESTINATIONS)])
real = pytest.mark.parametrize("name", REAL)
over_http = pytest.mark.parametrize("name", HTTP)


@every
def test_a_delivery_is_done_once_and_has_a_receipt(name: str, make: Callable[[str], Subject]) -> None:
    subject = make(name)
    assert subject.deliver().reference
    if subject.vendor:
        assert len(subject.vendor.works) == 1


@real
def test_a_slow_vendor_is_waited_for(name: str, make: Callable[[str], Subject]) -> None:
    subject = make(name)
    subject.line.state = Line.SLOW
    assert subject.deliver().reference


@real
def test_where_nobody_listens_nothing_happened_and_later_may_help(name: str, make: Callable[[str], Subject]) -> None:
    subject = make(name)
    subject.line.close()
    with pytest.raises(DeliveryFailed) as failed:
        subject.deliver()
    assert failed.value.kind is Kind.RETRYABLE


@real
@pytest.mark.parametrize("state", [Line.REFUSED, Line.SILENT])
def test_a_vendor_that_says_nothing_is_never_taken_for_a_refusal(
    name: str, state: Line, make: Callable[[str], Subject]
) -> None:
    subject = make(name)
    subject.line.state = state
    with pytest.raises(DeliveryFailed) as failed:
        subject.deliver()
    assert failed.value.kind in (Kind.RETRYABLE, Kind.AMBIGUOUS)
    assert subject.vendor.works == []


@real
@pytest.mark.parametrize("state", [Line.LOST_REPLY, Line.CUT_REPLY])
def test_a_lost_reply_is_ambiguous_and_nothing_is_sent_again_underneath(
    name: str, state: Line, make: Callable[[str], Subject]
) -> None:
    subject = make(name)
    subject.line.state = state
    with pytest.raises(DeliveryFailed) as failed:
        subject.deliver()
    assert failed.value.kind is Kind.AMBIGUOUS
    assert len(subject.vendor.works) == 1


@over_http
@pytest.mark.parametrize("answer", REFUSALS)
def test_a_refusal_is_permanent_and_said_in_the_vendor_s_words(
    name: str, answer: str, make: Callable[[str], Subject]
) -> None:
    subject = make(name)
    subject.vendor.scripted.append(REFUSALS[answer])
    with pytest.raises(DeliveryFailed, match=answer) as failed:
        subject.deliver()
    assert failed.value.kind is Kind.PERMANENT
    assert CANARY not in str(failed.value)
    assert "<" not in str(failed.value)


@over_http
@pytest.mark.parametrize("answer", PASSING)
def test_a_vendor_that_asks_to_wait_is_heard(name: str, answer: str, make: Callable[[str], Subject]) -> None:
    subject = make(name)
    refusal, wait = PASSING[answer]
    subject.vendor.scripted.append(refusal)
    with pytest.raises(DeliveryFailed) as failed:
        subject.deliver()
    assert (failed.value.kind, failed.value.retry_after) == (Kind.RETRYABLE, wait)


@over_http
@pytest.mark.parametrize("answer", UNREADABLE)
def test_an_answer_that_says_neither_yes_nor_no_is_ambiguous(
    name: str, answer: str, make: Callable[[str], Subject]
) -> None:
    subject = make(name)
    if name in (FORM, AAQ, WEBHOOK) and answer.startswith("200"):
        pytest.skip("a webhook's answer is its status; its body is not read")
    subject.vendor.scripted.append(UNREADABLE[answer])
    with pytest.raises(DeliveryFailed) as failed:
        subject.deliver()
    assert failed.value.kind is Kind.AMBIGUOUS
    assert CANARY not in str(failed.value)


@real
def test_what_is_wrong_with_a_vendor_is_said_before_anything_is_sent(name: str, make: Callable[[str], Subject]) -> None:
    subject = make(name)
    if not isinstance(subject.transport, CanBeChecked):
        pytest.skip("its address comes with each delivery, or it is checked as its parts")
    assert subject.transport.check() == []
    assert subject.vendor.works == []
    cut_off = make(name)
    cut_off.line.close()
    (problem,) = cut_off.transport.check()
    assert "no connection" in problem


@pytest.mark.parametrize("name", ["jira", "jira data center"])
def test_who_can_be_asked_says_where_it_is_or_that_it_is_not_there(name: str, make: Callable[[str], Subject]) -> None:
    subject = make(name)
    assert isinstance(subject.transport, CanBeAsked)
    assert subject.transport.look_up(subject.delivery) is None
    subject.line.state = Line.LOST_REPLY
    subject.transport._client = None  # the next connection goes over the bad line
    with pytest.raises(DeliveryFailed):
        subject.deliver()
    subject.line.state = Line.CLEAR
    found = subject.transport.look_up(subject.delivery)
    assert found is not None
    assert found.reference == "TS-1"


@pytest.mark.parametrize("name", ["jira", "jira data center"])
@pytest.mark.parametrize("answer", [*UNREADABLE.values(), *REFUSALS.values(), Answer(429), Answer(200, [])])
def test_who_cannot_answer_is_never_taken_for_not_there(
    name: str, answer: Answer, make: Callable[[str], Subject]
) -> None:
    subject = make(name)
    assert isinstance(subject.transport, CanBeAsked)
    subject.deliver()
    subject.vendor.always = answer
    with pytest.raises(DeliveryFailed):
        subject.transport.look_up(subject.delivery)


def test_every_destination_has_a_body_here() -> None:
    assert set(BODIES) == set(DESTINATIONS)
