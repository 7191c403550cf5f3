"""How leased rows become deliveries: one each, unless a destination says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from serve.store.records import Lease
from serve.transports.base import Delivery

MOST_AT_ONCE = 100  # rows that one delivery may tell of


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery to a vendor that fulfils one leased row, or several of them (a digest)."""

    delivery: Delivery
    leases: Sequence[Lease]


class Packing(Protocol):
    """How a destination's rows become deliveries; what must not be stored in a row is added here."""

    def most(self, n_due: int, now: datetime) -> int:
        """How many rows to take at once; n_due is counted up to MOST_AT_ONCE."""
        ...

    def pack(self, leases: Sequence[Lease], now: datetime) -> Sequence[Parcel]:
        """The deliveries that tell all of them."""
        ...


class OneByOne:
    """Each row is a delivery, as it was written."""

    def most(self, n_due: int, now: datetime) -> int:
        """One."""
        return 1

    def pack(self, leases: Sequence[Lease], now: datetime) -> Sequence[Parcel]:
        """As they are."""
        return [Parcel(as_delivery(lease), [lease]) for lease in leases]


def as_delivery(lease: Lease) -> Delivery:
    """A row as its transport gets it."""
    return Delivery(lease.id, lease.action, lease.destination, lease.body, lease.idempotency_key)
