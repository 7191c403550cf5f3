"""Mail through a real SMTP server: encrypted or not at all, one Message-ID, no header but ours."""

from collections.abc import Iterator
from dataclasses import replace
from mailbox import Mailbox
from pathlib import Path

import pytest
from doubles import HandClock
from pydantic import SecretStr

from serve.transports.base import Delivery, DeliveryFailed, Kind
from serve.transports.mail import MailServer, MailTransport


@pytest.fixture
def mailbox(tls: tuple[Path, Path]) -> Iterator[Mailbox]:
    opened = Mailbox(tls)
    yield opened
    opened.close()


@pytest.fixture
def server(mailbox: Mailbox, tls: tuple[Path, Path]) -> MailServer:
    return MailServer(
        "127.0.0.1", mailbox.port, "aaq", SecretStr("mail-password"), "aaq@school.example", ["lead@school.example"],
        str(tls[0]),
    )  # fmt: skip


def delivery(**body: object) -> Delivery:
    return Delivery("d1", "manager_notice", "mail", {"subject": "AAQ: please look", "text": "héllo ✓\n", **body}, "k")


def test_a_message_arrives_as_written(mailbox: Mailbox, server: MailServer) -> None:
    MailTransport(server, HandClock()).deliver(delivery())
    (message,) = mailbox.works
    assert message["Subject"] == "AAQ: please look"
    assert message["To"] == "lead@school.example"
    assert message["From"] == "AAQ Triage <aaq@school.example>"
    assert "Mon, 23 Nov 2026" in message["Date"]
    assert message.get_content().strip() == "héllo ✓"


def test_the_same_delivery_has_the_same_message_id_and_another_has_another(
    mailbox: Mailbox, server: MailServer
) -> None:
    transport = MailTransport(server)
    for key in ("k", "k", "other"):
        transport.deliver(replace(delivery(), idempotency_key=key))
    first, second, third = (message["Message-ID"] for message in mailbox.works)
    assert first == second != third


@pytest.mark.parametrize("field", ["subject", "to"])
def test_no_text_of_anybody_makes_a_header(field: str, mailbox: Mailbox, server: MailServer) -> None:
    attack = "x\r\nBcc: thief@evil.example\r\n\r\nbody"
    body = {"subject": attack} if field == "subject" else {"to": [f"a@b.example{attack}"]}
    if field == "to":
        with pytest.raises(DeliveryFailed) as failed:
            MailTransport(server).deliver(delivery(**body))
        assert failed.value.kind is Kind.PERMANENT
        return
    MailTransport(server).deliver(delivery(**body))
    (message,) = mailbox.works
    assert message["Bcc"] is None
    assert message["Subject"] == "x Bcc: thief@evil.example body"


def test_a_server_without_starttls_gets_nothing(server: MailServer) -> None:
    plain = Mailbox(None)
    try:
        with pytest.raises(DeliveryFailed, match="STARTTLS") as failed:
            MailTransport(replace(server, port=plain.port)).deliver(delivery())
        assert failed.value.kind is Kind.PERMANENT
        assert plain.works == []
    finally:
        plain.close()


def test_an_unknown_certificate_gets_nothing(mailbox: Mailbox, server: MailServer) -> None:
    with pytest.raises(DeliveryFailed, match="certificate"):
        MailTransport(replace(server, ca_file=None)).deliver(delivery())
    assert mailbox.works == []


@pytest.mark.parametrize(
    ("reply", "kind"), [("550 no such user", Kind.PERMANENT), ("451 try again later", Kind.RETRYABLE)]
)
def test_the_server_s_words_say_whether_later_may_help(
    reply: str, kind: Kind, mailbox: Mailbox, server: MailServer
) -> None:
    mailbox.refuse = reply
    with pytest.raises(DeliveryFailed, match=reply) as failed:
        MailTransport(server).deliver(delivery())
    assert failed.value.kind is kind


def test_a_wrong_password_is_said(server: MailServer) -> None:
    (problem,) = MailTransport(replace(server, password=SecretStr("wrong"))).check()
    assert "535" in problem
