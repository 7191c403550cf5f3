"""What Slack gets, and which of its refusals are final: the real client against a local Slack."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from vendors import Answer, Slack

from serve.transports.base import Delivery, DeliveryFailed, Kind
from serve.transports.on_call import OnCallTransport
from serve.transports.slack import SlackTransport

MARKUP = "<!channel> *bold* _it_ `code` <https://evil.example|click> &amp; @here :smile: a\nb"


@pytest.fixture
def slack() -> Iterator[Slack]:
    vendor = Slack()
    yield vendor
    vendor.close()


@pytest.fixture
def transport(slack: Slack) -> SlackTransport:
    return SlackTransport(SecretStr("xoxb-1"), channel="C7", url=slack.address)


def delivery(**body: object) -> Delivery:
    return Delivery("d1", "manager_notice", "slack", body, "k")


def test_a_direct_message_quotes_a_student_literally(slack: Slack, transport: SlackTransport) -> None:
    transport.deliver(delivery(channel="U1", text="Please read.", quote=MARKUP, link="https://aaq.example/queue?m=1"))
    (said,) = slack.works
    assert said["channel"] == "D-U1"
    quote = said["blocks"][1]["elements"][0]["elements"]
    assert quote == [{"type": "text", "text": MARKUP}]  # rich text: no character of it is markup
    assert said["blocks"][2]["text"]["text"] == "<https://aaq.example/queue?m=1>"
    assert said["text"] == "Please read."


def test_our_text_is_escaped_and_no_mention_gets_through(slack: Slack, transport: SlackTransport) -> None:
    transport.deliver(delivery(channel="C1", text=MARKUP))
    shown = slack.works[0]["blocks"][0]["text"]
    assert "<" not in shown["text"]
    assert "&lt;!channel&gt;" in shown["text"]
    assert shown["verbatim"] is True


def test_a_channel_never_gets_the_words(slack: Slack, transport: SlackTransport) -> None:
    transport.deliver(delivery(channel="C1", text="Please read.", quote="i want to quit", link="https://x/1"))
    assert "quit" not in str(slack.works)


def test_what_names_no_channel_goes_to_the_setting_s(slack: Slack, transport: SlackTransport) -> None:
    transport.deliver(delivery(text="a pattern"))
    assert slack.works[0]["channel"] == "C7"
    with pytest.raises(DeliveryFailed, match="AAQ_SLACK_CHANNEL"):
        SlackTransport(SecretStr("xoxb-1"), url=slack.address).deliver(delivery(text="a pattern"))


def test_a_long_text_is_split_between_lines_and_arrives_whole(slack: Slack, transport: SlackTransport) -> None:
    lines = [f"{i} {'x' * 90}" for i in range(200)]
    transport.deliver(delivery(text="\n".join(lines)))
    parts = [block["text"]["text"] for block in slack.works[0]["blocks"]]
    assert all(len(part) <= 3000 for part in parts)
    assert "\n".join(parts).splitlines() == lines


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("channel_not_found", Kind.PERMANENT),
        ("not_in_channel", Kind.PERMANENT),
        ("invalid_auth", Kind.PERMANENT),
        ("account_inactive", Kind.PERMANENT),
        ("missing_scope", Kind.PERMANENT),
        ("user_not_found", Kind.PERMANENT),
        ("ratelimited", Kind.RETRYABLE),
        ("internal_error", Kind.RETRYABLE),
        ("fatal_error", Kind.RETRYABLE),
        ("service_unavailable", Kind.RETRYABLE),
    ],
)
def test_slack_says_no_with_a_200(error: str, kind: Kind, slack: Slack, transport: SlackTransport) -> None:
    slack.scripted.append(Answer(200, {"ok": False, "error": error}))
    with pytest.raises(DeliveryFailed, match=error) as failed:
        transport.deliver(delivery(text="x"))
    assert failed.value.kind is kind


def test_a_token_without_its_scopes_is_said(slack: Slack, transport: SlackTransport) -> None:
    slack.scopes = "chat:write"
    assert transport.check() == ["the token lacks the scope im:write"]


MAYA = {"name": "Maya", "slack": "U1", "mail": "maya@school.example"}


class TestOnCall:
    """Slack first, then mail."""

    def notice(self, **contact: str | None) -> Delivery:
        body = {
            "contact": {**MAYA, **contact},
            "says": "Please read.",
            "quote": "i want to quit",
            "subject": "AAQ: a student may be in distress",
            "link": "https://x/1",
        }
        return Delivery("d1", "distress_notice", "on-call", body, "k")

    def test_mail_is_tried_when_slack_refuses(self, slack: Slack, transport: SlackTransport) -> None:
        sent: list[Delivery] = []

        class Mail:
            def deliver(self, delivery: Delivery) -> object:
                sent.append(delivery)
                raise DeliveryFailed("550 no", Kind.PERMANENT)

        on_call = OnCallTransport(slack=transport, mail=Mail())  # type: ignore[arg-type]
        slack.scripted.append(Answer(200, {"ok": False, "error": "ratelimited"}))
        with pytest.raises(DeliveryFailed, match="ratelimited; 550 no") as failed:
            on_call.deliver(self.notice())
        assert failed.value.kind is Kind.RETRYABLE  # the more hopeful of the two
        (mail,) = sent
        assert mail.body["to"] == ["maya@school.example"]
        assert "quit" not in mail.body["subject"]
        assert "> i want to quit" in mail.body["text"]
        assert on_call.deliver(self.notice()).reference.startswith("Maya: slack")
        assert len(sent) == 1

    def test_a_contact_without_a_way_is_said(self, transport: SlackTransport) -> None:
        with pytest.raises(DeliveryFailed, match="no way"):
            OnCallTransport(slack=transport, mail=None).deliver(self.notice(slack=None))
