"""Signed webhooks and the gate before them: which addresses are called at all, and that they are the ones judged."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import SecretStr
from vendors import Answer, Receiver

from serve.transports.aaq import AaqTransport
from serve.transports.base import Delivery, DeliveryFailed, Kind
from serve.transports.form import BY_HAND, FormTransport, PrefilledForm
from serve.transports.gate import AddressRefused, Gate
from serve.transports.webhook import SecretUnusable

SECRET = SecretStr(Receiver.SECRET)
OWN = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def receiver(tls: tuple[Path, Path]) -> Iterator[Receiver]:
    vendor = Receiver(tls)
    yield vendor
    vendor.close()


@pytest.fixture
def gate(tls: tuple[Path, Path]) -> Gate:
    return Gate(["127.0.0.1", "localhost"], OWN, str(tls[0]))


def referral(key: str = "referral:review-1:aaq") -> Delivery:
    return Delivery("d1", "referral", "aaq", {"question_id": "q1", "assign_to": "enrollments"}, key)


def test_an_event_is_signed_and_has_the_same_id_on_every_attempt(receiver: Receiver, gate: Gate) -> None:
    transport = AaqTransport(gate, receiver.address, SECRET)
    receiver.scripted.append(Answer(503, worked=True))
    with pytest.raises(DeliveryFailed):
        transport.deliver(referral())
    receipt = transport.deliver(referral())
    (first, event), (second, _) = receiver.works  # the receiver verified both signatures
    assert first == second == "referral:review-1:aaq"
    assert event["type"] == "referral"
    assert event["data"] == {"question_id": "q1", "assign_to": "enrollments"}
    assert receipt.url == "https://school.example/1"
    assert receiver.calls[0].query == {"from": "aaq"}


def test_a_form_s_fields_arrive(receiver: Receiver, gate: Gate) -> None:
    delivery = Delivery("d1", "escalation_form", "form", {"fields": {"what_happened": "..."}}, "k")
    FormTransport(gate, receiver.address, SECRET).deliver(delivery)
    assert receiver.works[0][1]["data"] == {"what_happened": "..."}


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://school.example/hook", "https"),
        ("ftp://school.example/hook", "https"),
        ("file:///etc/passwd", "https"),
        ("https:///hook", "name a host"),
        ("https://user:pass@school.example/", "name or password"),
        ("https://school.example:99999/", "port"),
        ("https://evil.example/", "not on the list"),
        ("https://school.example.evil.example/", "not on the list"),
        ("https://127.0.0.1/", "inside a network"),
        ("https://[::1]/", "inside a network"),
        ("https://169.254.169.254/latest/meta-data", "inside a network"),
        ("https://10.0.0.1/", "inside a network"),
        ("https://[::ffff:127.0.0.1]/", "inside a network"),
        ("https://[64:ff9b::7f00:1]/", "inside a network"),
        ("https://0.0.0.0/", "inside a network"),
        ("https://100.64.0.1/", "inside a network"),
    ],
)
def test_an_address_is_refused_when_it_is_configured(url: str, rule: str) -> None:
    hosts = ["school.example", "127.0.0.1", "::1", "169.254.169.254", "10.0.0.1", "0.0.0.0", "100.64.0.1"]  # noqa: S104
    gate = Gate([*hosts, "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
    with pytest.raises(AddressRefused, match=rule):
        AaqTransport(gate, url, SECRET)


def test_an_allowed_name_that_points_inside_is_refused_when_it_is_called(receiver: Receiver) -> None:
    url = f"https://localhost:{receiver.port}/hook"
    transport = AaqTransport(Gate(["localhost"]), url, SECRET)  # the name alone says nothing
    with pytest.raises(DeliveryFailed, match="inside a network") as failed:
        transport.deliver(referral())
    assert failed.value.kind is Kind.PERMANENT
    assert receiver.calls == []
    assert any("inside a network" in problem for problem in transport.check())


def test_the_connection_goes_to_the_address_that_was_judged(tls: tuple[Path, Path], receiver: Receiver) -> None:
    class Rebinding(Gate):
        """Its name points to the receiver the first time it is asked, and nowhere after that."""

        def resolve(self, host: str, port: int) -> list[str]:
            asked.append(host)
            assert len(asked) == 1, "the name was asked twice"
            return ["127.0.0.1"]

    asked: list[str] = []
    gate = Rebinding(["localhost"], OWN, str(tls[0]))
    AaqTransport(gate, f"https://localhost:{receiver.port}/hook", SECRET).deliver(referral())
    assert len(receiver.works) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int, receiver: Receiver, gate: Gate) -> None:
    receiver.scripted.append(Answer(status, headers={"Location": "https://127.0.0.1/inside"}))
    with pytest.raises(DeliveryFailed, match="redirects") as failed:
        AaqTransport(gate, receiver.address, SECRET).deliver(referral())
    assert failed.value.kind is Kind.PERMANENT
    assert len(receiver.calls) == 1


def test_an_unknown_certificate_gets_nothing(receiver: Receiver) -> None:
    with pytest.raises(DeliveryFailed, match="certificate"):
        AaqTransport(Gate(["127.0.0.1"], OWN), receiver.address, SECRET).deliver(referral())
    assert receiver.calls == []


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!"])
def test_a_secret_that_cannot_sign_is_refused_when_it_is_configured(secret: str, gate: Gate) -> None:
    with pytest.raises(SecretUnusable):
        AaqTransport(gate, "https://127.0.0.1/", SecretStr(secret))


def test_a_form_without_an_endpoint_goes_back_to_the_coach_with_a_filled_in_link() -> None:
    form = PrefilledForm("https://docs.google.com/forms/d/e/1/viewform", {"what_happened": "entry.12"})
    delivery = Delivery("d1", "escalation_form", "form", {"fields": {"what_happened": "a & b"}}, "k")
    with pytest.raises(DeliveryFailed, match=BY_HAND) as failed:
        form.deliver(delivery)
    assert failed.value.kind is Kind.PERMANENT
    assert form.link({"what_happened": "a & b", "unknown": "x"}) == (
        "https://docs.google.com/forms/d/e/1/viewform?usp=pp_url&entry.12=a+%26+b"
    )
    assert form.check() == []
    assert PrefilledForm("https://forms.gle/x", {"a": "12"}).check() == ["a: a form's field is called entry.<number>"]
    with pytest.raises(AddressRefused):
        PrefilledForm("https://docs.google.com.evil.example/", {})
