"""What every transport does, and how it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to tell one destination. idempotency_key: the same on every attempt."""

    id: str
    action: str
    destination: str
    body: Mapping[str, Any]
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the vendor said when it accepted: its own id for the thing, and where to look at it."""

    reference: str
    url: str | None = None


class DeliveryFailed(Exception):
    """The vendor did not accept. The message is the vendor's words, never a student's.

    permanent: trying the same again cannot help, as far as the transport knows its vendor.
    """

    def __init__(self, words: str, *, permanent: bool, retry_after: timedelta | None = None) -> None:
        super().__init__(words)
        self.permanent = permanent
        self.retry_after = retry_after


class Transport(Protocol):
    """A way out of the application."""

    def deliver(self, delivery: Delivery) -> Receipt:
        """Deliver once. Raises DeliveryFailed; retries nothing itself."""
        ...
