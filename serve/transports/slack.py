"""Slack: a direct message to a named person, a post in a channel. https://docs.slack.dev/reference/methods/chat.postMessage

Slack cannot be asked whether a message arrived (it says ok for a deleted user, too), so after a lost reply it is sent
again: a double notice is harmless, a missing one is not. What ends an escalation is a person's acknowledgement.
"""

import http.client
import logging
import ssl
from collections.abc import Mapping
from typing import Any, NoReturn

from pydantic import SecretStr
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from serve.transports.asked_wait import asked_wait
from serve.transports.base import Delivery, DeliveryFailed, Kind, Receipt
from serve.transports.markup import slack_literal

# https://docs.slack.dev/reference/methods/chat.postMessage#errors: these may pass; every other refusal is final.
_PASSING = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
     "team_added_to_org", "accesslimited", "message_limit_exceeded"}
)  # fmt: skip
_PERSON = ("U", "W")
_LONGEST_SECTION, _MOST_SECTIONS = 3000, 45  # https://docs.slack.dev/reference/block-kit/blocks/section-block
_silent = logging.getLogger("serve.transports.slack")
_silent.setLevel(logging.CRITICAL)  # the client logs what it sends and gets; that may hold a student's words


def escape(text: str) -> str:
    """Plain text that Slack shows as it is: https://docs.slack.dev/messaging/formatting-message-text#escaping"""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class SlackTransport:
    """Posts with a bot token that may `chat:write` and `im:write`."""

    def __init__(
        self,
        token: SecretStr,
        *,
        channel: str | None = None,
        url: str = "https://slack.com/api/",
        ca_file: str | None = None,
        timeout: int = 10,
    ) -> None:
        """`channel`: where a delivery goes that names none."""
        self._channel = channel
        # No retry handlers: the default ones send a message again when only its reply was lost.
        self._client = WebClient(
            token.get_secret_value(),
            base_url=url,
            timeout=timeout,
            retry_handlers=[],
            logger=_silent,
            ssl=ssl.create_default_context(cafile=ca_file) if ca_file else None,
        )

    def deliver(self, delivery: Delivery) -> Receipt:
        """Post `text`, and `quote` and `link` when there are any. Raises DeliveryFailed.

        To a person (`channel` begins with U or W) it goes as a direct message; only there is the quote shown.
        """
        channel = delivery.body.get("channel") or self._channel
        if not channel:
            raise DeliveryFailed("no channel is named (AAQ_SLACK_CHANNEL)", Kind.PERMANENT)
        body, direct = delivery.body, channel.startswith(_PERSON)
        try:
            if direct:
                channel = self._client.conversations_open(users=channel)["channel"]["id"]
            said = self._client.chat_postMessage(
                channel=channel,
                text=slack_literal(body["text"]),  # what a locked screen shows: never the quote
                blocks=_blocks(body, quote=body.get("quote") if direct else None),
                unfurl_links=False,
                unfurl_media=False,
            )
            return Receipt(f"{said['channel']}/{said['ts']}")
        except SlackApiError as error:
            _fail(error)
        except (KeyError, TypeError, ValueError) as error:
            raise DeliveryFailed("Slack's answer could not be read", Kind.AMBIGUOUS) from error
        except (OSError, http.client.HTTPException) as error:
            raise _no_answer(error) from error

    def check(self) -> list[str]:
        """Whether the token is good for what we do."""
        try:
            said = self._client.auth_test()
        except SlackApiError as error:
            return [_words(error.response)]
        except (OSError, http.client.HTTPException) as error:
            return [str(_no_answer(error))]
        given = {name.lower(): value for name, value in said.headers.items()}.get("x-oauth-scopes")
        if given is None:
            return []
        scopes = {scope.strip() for scope in given.split(",")}
        return [f"the token lacks the scope {scope}" for scope in ("chat:write", "im:write") if scope not in scopes]


def _blocks(body: Mapping[str, Any], *, quote: str | None) -> list[dict[str, Any]]:
    """Our words with their escapes; a student's words as rich text, where no character is markup."""
    blocks = [_section(part) for part in _parts(slack_literal(body["text"]))]
    if quote:
        quoted = {"type": "text", "text": quote[:10_000]}
        blocks.append({"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [quoted]}]})
    if body.get("link"):
        blocks.append(_section(f"<{escape(body['link'])}>"))
    return blocks


def _parts(text: str) -> list[str]:
    """Whole lines in parts that a section takes, 3,000 characters; a longer line is cut."""
    parts = [""]
    for line in text.splitlines():
        if len(parts[-1]) + len(line) >= _LONGEST_SECTION:
            parts.append("")
        parts[-1] += f"{line[: _LONGEST_SECTION - 1]}\n"
    return [part.rstrip("\n") for part in parts if part.strip()][:_MOST_SECTIONS]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _no_answer(error: Exception) -> DeliveryFailed:
    """A urllib error: refused before anything was sent, or silence afterwards."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, ConnectionRefusedError | ssl.SSLError) or type(reason).__name__ == "gaierror":
        return DeliveryFailed(f"no connection to Slack ({type(reason).__name__})", Kind.RETRYABLE)
    return DeliveryFailed(f"Slack did not answer ({type(reason).__name__})", Kind.AMBIGUOUS)


def _fail(error: SlackApiError) -> NoReturn:
    response = error.response
    status, wait = response.status_code, asked_wait(dict(response.headers))
    said = response.data.get("error") if isinstance(response.data, dict) else None
    if status == 429 or said in _PASSING:
        raise DeliveryFailed(_words(response), Kind.RETRYABLE, retry_after=wait) from error
    if status >= 500 or (status == 200 and (said is None or str(said).startswith("Received a"))):
        raise DeliveryFailed(_words(response), Kind.AMBIGUOUS, retry_after=wait) from error
    raise DeliveryFailed(_words(response), Kind.PERMANENT) from error


def _words(response: Any) -> str:
    said = response.data.get("error") if isinstance(response.data, dict) else None
    readable = isinstance(said, str) and said.replace("_", "").isalnum()
    return f"Slack answered {response.status_code}: {said if readable else 'something that cannot be read'}"
