"""A distress notice to a named person, by whatever way reaches them: Slack first, then mail."""

from collections.abc import Callable, Mapping
from typing import Any

from serve.transports.base import Delivery, DeliveryFailed, Kind, Receipt, Transport

_MOST_HOPEFUL = (Kind.AMBIGUOUS, Kind.RETRYABLE, Kind.PERMANENT)


class OnCallTransport:
    """Tries a contact's ways in order; the first that is accepted is enough."""

    def __init__(self, *, slack: Transport | None, mail: Transport | None) -> None:
        self._ways: list[tuple[str, Transport, Callable[[Mapping[str, Any]], dict[str, Any]]]] = []
        if slack is not None:
            self._ways.append(("slack", slack, _for_slack))
        if mail is not None:
            self._ways.append(("mail", mail, _for_mail))

    def deliver(self, delivery: Delivery) -> Receipt:
        """Tell the body's `contact`. Raises DeliveryFailed with what each way said."""
        failures: list[DeliveryFailed] = []
        for name, transport, shape in self._ways:
            if not delivery.body["contact"].get(name):
                continue
            told = Delivery(
                delivery.id, delivery.action, delivery.destination, shape(delivery.body), delivery.idempotency_key
            )
            try:
                receipt = transport.deliver(told)
                return Receipt(f"{delivery.body['contact']['name']}: {name} {receipt.reference}", receipt.url)
            except DeliveryFailed as failure:
                failures.append(failure)
        if not failures:
            raise DeliveryFailed("there is no way to this contact: no Slack and no mail", Kind.PERMANENT)
        words = "; ".join(str(failure) for failure in failures)
        kind = next(kind for kind in _MOST_HOPEFUL if any(failure.kind is kind for failure in failures))
        waits = [failure.retry_after for failure in failures]
        asked = [wait for wait in waits if wait is not None]
        raise DeliveryFailed(words, kind, retry_after=min(asked) if len(asked) == len(waits) else None)


def _for_slack(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "channel": body["contact"]["slack"],
        "text": body["says"],
        "quote": body.get("quote"),
        "link": body.get("link"),
    }


def _for_mail(body: Mapping[str, Any]) -> dict[str, Any]:
    parts = [body["says"], *(f"> {line}" for line in str(body.get("quote") or "").splitlines()), body.get("link")]
    return {
        "to": [body["contact"]["mail"]],
        "subject": body["subject"],
        "text": "\n\n".join(part for part in parts if part),
    }
