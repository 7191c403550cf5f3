"""Delivers what the outbox holds: claim, deliver, mark. One thread for each destination, so none delays another."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from serve.clock import Clock
from serve.delivering.deadline import within
from serve.delivering.outbox import DESTINATIONS, MUST_ARRIVE, State
from serve.delivering.packing import MOST_AT_ONCE, OneByOne, Packing, Parcel
from serve.delivering.retry import after_failure, after_no_answer, after_not_found
from serve.store.database import Database
from serve.store.deliveries import claim, count_due, mark, mark_delivered
from serve.store.records import Lease
from serve.transports.base import CanBeAsked, Delivery, DeliveryFailed, Receipt, Transport

_log = structlog.get_logger()
IDLE_SECONDS = 2.0
LONGEST_PAUSE = timedelta(minutes=5)  # of a whole destination whose vendor asks for one


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that the worker's process does every so often, in a thread of its own, with the time as argument."""

    name: str
    every: timedelta
    do: Callable[[datetime], object]


class Worker:
    """Start it once a process; `wake` it when there is something new."""

    def __init__(
        self,
        database: Database,
        transports: Mapping[str, Transport],
        clock: Clock,
        *,
        lease_for: timedelta,
        attempt_for: timedelta = timedelta(seconds=30),
        packing: Mapping[str, Packing] | None = None,
        chores: Sequence[Chore] = (),
    ) -> None:
        """`transports`: by destination. `attempt_for`: when an attempt counts as unanswered; shorter than the lease.

        Raises ValueError when a destination has no transport.
        """
        if missing := set(DESTINATIONS) - set(transports):
            raise ValueError(f"no transport for: {', '.join(sorted(missing))}")
        self._database = database
        self._transports = transports
        self._clock = clock
        self._lease_for = lease_for
        self._attempt_for = attempt_for
        self._packing = dict.fromkeys(transports, OneByOne()) | dict(packing or {})
        self._resume_at: dict[str, datetime] = {}
        self._stopping = threading.Event()
        self._news = {name: threading.Event() for name in (*transports, *(chore.name for chore in chores))}
        self._threads = [
            threading.Thread(target=self._run, args=(name,), name=f"deliver-{name}", daemon=True) for name in transports
        ] + [threading.Thread(target=self._repeat, args=(chore,), name=chore.name, daemon=True) for chore in chores]

    def start(self) -> None:
        """Begin to deliver."""
        for thread in self._threads:
            thread.start()

    def wake(self, destination: str | None = None) -> None:
        """Look again now rather than at the next turn: at one destination, or at all."""
        for name in (destination,) if destination else self._transports:
            self._news[name].set()

    def stop(self) -> None:
        """Finish the attempts under way and end."""
        self._stopping.set()
        for news in self._news.values():
            news.set()
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

    def _repeat(self, chore: Chore) -> None:
        while not self._stopping.is_set():
            self._news[chore.name].clear()
            try:
                chore.do(self._clock())
            except Exception as error:  # noqa: BLE001  the same: it is done again at the next turn
                _log.error("chore.failed", chore=chore.name, error=type(error).__name__)
            self._news[chore.name].wait(chore.every.total_seconds())

    def deliver_one(self, destination: str) -> bool:
        """Attempt what is most urgent, or ask the vendor about it; false when nothing is due."""
        now = self._clock()
        if now < self._resume_at.get(destination, now):
            return False
        with self._database.read() as connection:
            n_due = count_due(connection, destination, now, MOST_AT_ONCE)
        if n_due == 0:
            return False
        transport, packing = self._transports[destination], self._packing[destination]
        leases = self._database.write(
            lambda connection: claim(
                connection,
                destination,
                now=now,
                leased_until=now + self._lease_for,
                can_be_asked=isinstance(transport, CanBeAsked),
                most=packing.most(n_due, now),
            )
        )
        for parcel in packing.pack(leases, now):
            self._handle(transport, parcel)
        return bool(leases)

    def _handle(self, transport: Transport, parcel: Parcel) -> None:
        if self._clock() >= parcel.leases[0].leased_until:
            return  # it slept on the way here, and others may have it by now
        asked = isinstance(transport, CanBeAsked)
        for lease in parcel.leases:
            if isinstance(transport, CanBeAsked) and lease.unknown_since is not None:
                self._look_up(transport, parcel.delivery, lease)
                return
        try:
            receipt = within(self._attempt_for, lambda: transport.deliver(parcel.delivery))
        except DeliveryFailed as failure:
            self._failed(parcel, failure, can_be_asked=asked)
        else:
            self._delivered(parcel.leases, receipt)

    def _look_up(self, transport: CanBeAsked, delivery: Delivery, lease: Lease) -> None:
        try:
            receipt = within(self._attempt_for, lambda: transport.look_up(delivery))
        except DeliveryFailed as failure:
            progress = after_no_answer(lease, now=self._clock(), retry_after=failure.retry_after)
            words = f"it is not known whether it arrived, and asking failed: {failure}"
        else:
            if receipt is not None:
                self._delivered([lease], receipt)
                return
            progress = after_not_found(lease, now=self._clock())
            words = "there was no readable answer, and it has not been found since"
        self._database.write(partial(mark, lease=lease, progress=progress, error=words))
        _log.warning("delivery.looked_up", action=lease.action, delivery=lease.id, state=progress.state)

    def _delivered(self, leases: Sequence[Lease], receipt: Receipt) -> None:
        now = self._clock()
        said = asdict(receipt)
        for lease in leases:
            marked = self._database.write(partial(mark_delivered, lease=lease, delivered_at=now, receipt=said))
            _log.info(
                "delivery.delivered", action=lease.action, delivery=lease.id, n_attempts=lease.n_attempts, marked=marked
            )

    def _failed(self, parcel: Parcel, failure: DeliveryFailed, *, can_be_asked: bool) -> None:
        now = self._clock()
        if failure.retry_after is not None:
            self._resume_at[parcel.delivery.destination] = now + min(failure.retry_after, LONGEST_PAUSE)
        for lease in parcel.leases:
            progress = after_failure(
                lease,
                failure.kind,
                now=now,
                retry_after=failure.retry_after,
                must_arrive=lease.action in MUST_ARRIVE,
                can_be_asked=can_be_asked,
            )
            self._database.write(partial(mark, lease=lease, progress=progress, error=str(failure)))
            log = _log.error if progress.state == State.DEAD else _log.warning
            log("delivery.failed", action=lease.action, delivery=lease.id, n=lease.n_attempts, state=progress.state)
