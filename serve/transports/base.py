"""What every transport does, and how it fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable


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
    """What the vendor said when it accepted: its own id for the thing, where to look at it, and what is lacking."""

    reference: str
    url: str | None = None
    note: str | None = None


class Kind(StrEnum):
    """How an attempt failed, decided where the vendor is known."""

    PERMANENT = "permanent"  # the vendor refused; the same again is refused again
    RETRYABLE = "retryable"  # certainly not accepted; later it may be
    AMBIGUOUS = "ambiguous"  # the vendor may have done the work: no answer, or none that can be read


class DeliveryFailed(Exception):
    """The vendor did not accept, or did not say so. The message is the vendor's words, never a student's."""

    def __init__(self, words: str, kind: Kind, *, retry_after: timedelta | None = None) -> None:
        """`retry_after`: what the vendor asked for."""
        super().__init__(words)
        self.kind = kind
        self.retry_after = retry_after


class Transport(Protocol):
    """A way out of the application."""

    def deliver(self, delivery: Delivery) -> Receipt:
        """Deliver once. Raises DeliveryFailed; retries nothing itself."""
        ...


@runtime_checkable
class CanBeAsked(Transport, Protocol):
    """A vendor that can be asked whether it has a delivery; after an ambiguous attempt it is, before anything else."""

    def look_up(self, delivery: Delivery) -> Receipt | None:
        """The delivery's receipt; None when it is certainly not there as of now.

        Raises DeliveryFailed when it cannot be told.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it stands over there. done: nobody works on it any more."""

    key: str
    summary: str
    status: str
    done: bool
    url: str


@runtime_checkable
class KeepsTickets(Protocol):
    """A vendor that says how its tickets stand."""

    def statuses(self, keys: Sequence[str]) -> Sequence[Ticket]:
        """The tickets with these keys, up to 50; those that are gone are left out. Raises DeliveryFailed."""
        ...


@runtime_checkable
class CanBeChecked(Protocol):
    """A vendor whose settings can be tried without sending anything."""

    def check(self) -> list[str]:
        """What is wrong, in plain words, a problem each; empty when nothing is."""
        ...
