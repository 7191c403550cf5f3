"""A worker's process that ends by kill -9 at a chosen step of a delivery."""

import os
import signal
import threading
from datetime import datetime, timedelta
from enum import Enum

from outbox import worker_with
from pydantic import SecretStr

from serve.outbox import JIRA
from serve.store.database import Database
from serve.transports.base import Delivery, Receipt
from serve.transports.jira import JiraTransport
from serve.transports.jira_client import JiraServer


class Step(Enum):
    """Where the process dies."""

    BEFORE_CLAIM = "before claim"
    AFTER_CLAIM = "after claim"
    AFTER_POST = "after POST"  # Jira has made the ticket and not yet answered: the test kills, see `Vendor.on_work`
    BEFORE_MARK = "before mark"


def die() -> None:
    """Like a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingClock:
    """Stands still; the delivering thread dies when it asks for the time before a claim, or before a mark."""

    def __init__(self, now: datetime, step: Step) -> None:
        self._now = now
        self._step = step
        self.delivered = False

    def __call__(self) -> datetime:
        if threading.current_thread().name == f"deliver-{JIRA}" and (
            self._step is Step.BEFORE_CLAIM or (self._step is Step.BEFORE_MARK and self.delivered)
        ):
            die()
        return self._now


class DyingJira:
    """The real transport, and death on the way to it."""

    def __init__(self, real: JiraTransport, step: Step, clock: DyingClock) -> None:
        self._real = real
        self._step = step
        self._clock = clock

    def deliver(self, delivery: Delivery) -> Receipt:
        if self._step is Step.AFTER_CLAIM:
            die()
        receipt = self._real.deliver(delivery)
        self._clock.delivered = True
        return receipt

    def look_up(self, delivery: Delivery) -> Receipt | None:
        return self._real.look_up(delivery)


def jira_at(address: str) -> JiraTransport:
    """The real transport to a local Jira."""
    return JiraTransport(JiraServer(address, "bot@school.example", SecretStr("token"), timeout=(2.0, 2.0)))


def work_and_die(url: str, address: str, step: Step, now: datetime) -> None:
    """The process: open the database, deliver, die."""
    clock = DyingClock(now, step)
    with Database(url) as database:
        transport = DyingJira(jira_at(address), step, clock)
        worker = worker_with(database, clock, {JIRA: transport}, attempt_for=timedelta(seconds=20))  # type: ignore[arg-type]
        worker.start()
        threading.Event().wait(60)
