"""A signed webhook (standardwebhooks.com): what the form, AAQ and a school's own programs are told with.

The id is the delivery's idempotency key, the same on every attempt, so that a receiver can tell a repeat.
"""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from serve.clock import Clock, utc_now
from serve.transports.asked_wait import asked_wait
from serve.transports.base import Delivery, DeliveryFailed, Kind, Receipt
from serve.transports.gate import AddressRefused, Gate

_LONGEST_ANSWER = 100_000
_LATER = (408, 425, 429)


class SecretUnusable(ValueError):
    """A secret that is not base64 after `whsec_`, or empty."""


def signer_of(secret: SecretStr) -> Webhook:
    """What signs with this secret. Raises SecretUnusable."""
    try:
        return Webhook(secret.get_secret_value())
    except (ValueError, RuntimeError, EmptyWebhookSecretError):
        raise SecretUnusable("a secret must be whsec_ and base64, as standardwebhooks.com has it") from None


def post_signed(
    gate: Gate, url: str, signer: Webhook, delivery: Delivery, data: Mapping[str, Any], clock: Clock = utc_now
) -> Receipt:
    """Post `{type, timestamp, data}` once. Raises DeliveryFailed."""
    now = clock()
    body = json.dumps({"type": delivery.action, "timestamp": now.isoformat(), "data": dict(data)})
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "aaq-triage",
        "webhook-id": delivery.idempotency_key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(delivery.idempotency_key, now, body),
    }
    try:
        connection = gate.connect(url)
    except AddressRefused as error:
        raise DeliveryFailed(str(error), Kind.PERMANENT) from error
    except ssl.SSLError as error:
        raise DeliveryFailed(f"the certificate was refused: {error.reason or 'TLS failed'}", Kind.RETRYABLE) from error
    except OSError as error:
        raise DeliveryFailed(f"no connection: {error.strerror or type(error).__name__}", Kind.RETRYABLE) from error
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("POST", target, body.encode(), headers)
        answer = connection.getresponse()
        said = answer.read(_LONGEST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryFailed(f"no answer: {type(error).__name__}", Kind.AMBIGUOUS) from error
    finally:
        connection.close()
    return _receipt(answer, said, delivery)


def _receipt(answer: http.client.HTTPResponse, said: bytes, delivery: Delivery) -> Receipt:
    if 200 <= answer.status < 300:
        return Receipt(delivery.idempotency_key, _link(said))
    words = f"answered {answer.status} {answer.reason}"
    if 300 <= answer.status < 400:
        raise DeliveryFailed(f"{words}: redirects are not followed", Kind.PERMANENT)
    if answer.status in _LATER:
        raise DeliveryFailed(words, Kind.RETRYABLE, retry_after=asked_wait(dict(answer.headers)))
    if answer.status >= 500:
        raise DeliveryFailed(words, Kind.AMBIGUOUS, retry_after=asked_wait(dict(answer.headers)))
    raise DeliveryFailed(words, Kind.PERMANENT)


def _link(said: bytes) -> str | None:
    """The answer's `url`, when it has one: where the thing can be looked at."""
    try:
        url = json.loads(said).get("url")
    except (ValueError, AttributeError):
        return None
    return url if isinstance(url, str) and url.startswith("https://") and len(url) <= 2000 else None


def problems_of(gate: Gate, url: str) -> list[str]:
    """What is wrong with an address, without sending anything."""
    problems: list[str] = []
    try:
        gate.connect(url).close()
    except AddressRefused as error:
        problems.append(str(error))
    except ssl.SSLError as error:
        problems.append(f"the certificate was refused: {error.reason or 'TLS failed'}")
    except OSError as error:
        problems.append(f"{urlsplit(url).hostname}: no connection: {error.strerror or type(error).__name__}")
    return problems


class Endpoint:
    """One address that each action is posted to; `type` says which it is."""

    def __init__(self, gate: Gate, url: str, secret: SecretStr, clock: Clock = utc_now) -> None:
        """Raises AddressRefused or SecretUnusable."""
        gate.refuse_unless_allowed(url)
        self._gate = gate
        self._url = url
        self._signer = signer_of(secret)
        self._clock = clock

    def data_of(self, delivery: Delivery) -> Mapping[str, Any]:
        """What is posted: the delivery's body."""
        return delivery.body

    def deliver(self, delivery: Delivery) -> Receipt:
        """Post it once. Raises DeliveryFailed."""
        return post_signed(self._gate, self._url, self._signer, delivery, self.data_of(delivery), self._clock)

    def check(self) -> list[str]:
        """What is wrong with the address."""
        return problems_of(self._gate, self._url)


class WebhookTransport:
    """Events to addresses of the school's own programs; the body names the address."""

    def __init__(self, gate: Gate, secret: SecretStr, clock: Clock = utc_now) -> None:
        """Raises SecretUnusable."""
        self._gate = gate
        self._signer = signer_of(secret)
        self._clock = clock

    def deliver(self, delivery: Delivery) -> Receipt:
        """Post the event once, with its name as the type. Raises DeliveryFailed."""
        event = replace(delivery, action=delivery.body["event"])
        return post_signed(self._gate, event.body["url"], self._signer, event, event.body["data"], self._clock)
