"""Delivers what the outbox holds: claim, deliver, mark. One thread for each destination, so none delays another."""

import threading
from collections.abc import Mapping
from datetime import timedelta

import structlog

from serve.clock import Clock
from serve.outbox import DESTINATIONS, MUST_ARRIVE, State
from serve.retry import decide_retry
from serve.store.database import Database
from serve.store.deliveries import claim, mark
from serve.store.records import Lease
from serve.transports.base import Delivery, DeliveryFailed, Kind, Receipt, Transport

_log = structlog.get_logger()
IDLE_SECONDS = 2.0


class Worker:
    """Start it once a process; `wake` it when there is something new."""

    def __init__(
        self, database: Database, transports: Mapping[str, Transport], clock: Clock, lease_for: timedelta
    ) -> None:
        """`transports`: by destination. Raises ValueError when a destination has none."""
        if missing := set(DESTINATIONS) - set(transports):
            raise ValueError(f"no transport for: {', '.join(sorted(missing))}")
        self._database = database
        self._transports = transports
        self._clock = clock
        self._lease_for = lease_for
        self._stopping = threading.Event()
        self._news = {destination: threading.Event() for destination in transports}
        self._threads = [
            threading.Thread(target=self._run, args=(destination,), name=f"deliver-{destination}", daemon=True)
            for destination in transports
        ]

    def start(self) -> None:
        """Begin to deliver."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look again now rather than at the next turn."""
        for news in self._news.values():
            news.set()

    def stop(self) -> None:
        """Finish the attempts under way and end."""
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _run(self, destination: str) -> None:
        news = self._news[destination]
        while not self._stopping.is_set():
            news.clear()
            try:
                while not self._stopping.is_set() and self.deliver_one(destination):
                    pass
            except Exception as error:  # noqa: BLE001  the database is away: what is due stays due, and is tried again
                _log.error("delivery.paused", destination=destination, error=type(error).__name__)
            news.wait(IDLE_SECONDS)

    def deliver_one(self, destination: str) -> bool:
        """Attempt the delivery that has been due longest; false when nothing is due."""
        now = self._clock()
        lease = self._database.write(
            lambda connection: claim(connection, destination, now=now, leased_until=now + self._lease_for)
        )
        if lease is None:
            return False
        delivery = Delivery(lease.id, lease.action, lease.destination, lease.body, lease.idempotency_key)
        try:
            receipt = self._transports[destination].deliver(delivery)
        except DeliveryFailed as failure:
            self._failed(lease, failure)
        else:
            self._delivered(lease, receipt)
        return True

    def _delivered(self, lease: Lease, receipt: Receipt) -> None:
        now = self._clock()
        marked = self._database.write(
            lambda connection: mark(
                connection,
                lease,
                state=State.DELIVERED,
                delivered_at=now,
                receipt={"reference": receipt.reference, "url": receipt.url},
            )
        )
        _log.info(
            "delivery.delivered", action=lease.action, delivery=lease.id, n_attempts=lease.n_attempts, marked=marked
        )

    def _failed(self, lease: Lease, failure: DeliveryFailed) -> None:
        retry = decide_retry(
            permanent=failure.kind is Kind.PERMANENT,
            n_attempts=lease.n_attempts,
            retry_after=failure.retry_after,
            gives_up=lease.action not in MUST_ARRIVE,
        )
        state = State.DEAD if retry.after is None else State.RETRYING
        due_at = self._clock() + (retry.after or timedelta())
        self._database.write(lambda connection: mark(connection, lease, state=state, due_at=due_at, error=str(failure)))
        _log.warning(
            "delivery.failed", action=lease.action, delivery=lease.id, n_attempts=lease.n_attempts, state=state
        )
