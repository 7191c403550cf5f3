"""A worker's process that ends by kill -9 at a chosen step of a delivery."""

import os
import signal
import threading
from datetime import datetime, timedelta
from enum import Enum

from outbox import worker_with
from pydantic import SecretStr

from serve.delivering.outbox import ON_CALL
from serve.distress.notices import Notices
from serve.distress.roster import Contact, Roster
from serve.store.database import Database
from serve.transports.base import Delivery, Receipt, Transport
from serve.transports.jira import JiraTransport
from serve.transports.jira_client import JiraServer
from serve.transports.mail import MailServer, MailTransport
from serve.transports.on_call import OnCallTransport


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

    def __init__(self, now: datetime, step: Step, destination: str) -> None:
        self._now = now
        self._thread = f"deliver-{destination}"
        self._step = step
        self.delivered = False

    def __call__(self) -> datetime:
        if threading.current_thread().name == self._thread and (
            self._step is Step.BEFORE_CLAIM or (self._step is Step.BEFORE_MARK and self.delivered)
        ):
            die()
        return self._now


class Dying:
    """A real transport, and death on the way to it."""

    def __init__(self, real: Transport, step: Step, clock: DyingClock) -> None:
        self._real = real
        self._step = step
        self._clock = clock

    def deliver(self, delivery: Delivery) -> Receipt:
        if self._step is Step.AFTER_CLAIM:
            die()
        receipt = self._real.deliver(delivery)
        self._clock.delivered = True
        return receipt


def jira_at(address: str) -> JiraTransport:
    """The real transport to a local Jira."""
    return JiraTransport(JiraServer(address, "bot@school.example", SecretStr("token"), timeout=(2.0, 2.0)))


def mail_at(port: int, ca_file: str) -> OnCallTransport:
    """The real transport to people on call, by a local mail server."""
    password = SecretStr("mail-password")
    server = MailServer("127.0.0.1", port, "aaq", password, "aaq@school.example", ca_file=ca_file, timeout=2.0)
    return OnCallTransport(slack=None, mail=MailTransport(server))


ROSTER = Roster((Contact("Maya", mail="maya@school.example"),), Contact("Lead", mail="lead@school.example"))


def work_and_die(url: str, transport: Transport, destination: str, step: Step, now: datetime) -> None:
    """The process: open the database, deliver, die."""
    clock = DyingClock(now, step, destination)
    with Database(url) as database:
        packing = {ON_CALL: Notices(database, lambda: ROSTER, "http://aaq", with_words=False)}
        dying = {destination: Dying(transport, step, clock)}
        worker = worker_with(database, clock, dying, packing=packing, attempt_for=timedelta(seconds=20))  # type: ignore[arg-type]
        worker.start()
        threading.Event().wait(60)
