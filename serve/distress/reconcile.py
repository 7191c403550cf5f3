"""Looks for students whom nobody looks after: from the decisions and reviews themselves, past the outbox.

`aaq reconcile`, and a timer in the worker's process. What it finds is said by ways of its own: the log, the alarm
command, and a call to the last responder that no row of the outbox stands for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from serve.clock import new_id
from serve.delivering.outbox import ON_CALL, Action
from serve.distress.alarm import Alarm
from serve.distress.notices import SUBJECT
from serve.distress.oncall import notices_overdue
from serve.distress.roster import OnCall, Roster
from serve.store.database import Database
from serve.store.escalations import Unattended, unattended, unreached_since
from serve.transports.base import Delivery, DeliveryFailed, Transport

_log = structlog.get_logger()
PATIENCE = timedelta(minutes=15)
DISTRESS = "distress"
NOTHING_GETS_THROUGH = "Distress notices do not get through: one has waited for more than a minute."


@dataclass(frozen=True, slots=True)
class Finding:
    """A message that says distress, and why it should not be as it is."""

    message_id: str
    why: str


def judge(cases: Sequence[Unattended], now: datetime) -> Sequence[Finding]:
    """Which cases are wrong: no notice was ever asked for, or nobody has acknowledged one for a quarter of an hour."""
    found: list[Finding] = []
    for case in cases:
        minutes = int((now - case.since).total_seconds() // 60)
        if case.n_notices == 0:
            found.append(Finding(case.message_id, "nobody was ever told"))
        elif now - case.since >= PATIENCE:
            found.append(Finding(case.message_id, f"nobody has acknowledged it for {minutes} minutes"))
    return found


def find(connection: sa.Connection, now: datetime) -> Sequence[Finding]:
    """What is wrong now."""
    return judge(unattended(connection, Action.DISTRESS_NOTICE, DISTRESS), now)


def channels_problem(connection: sa.Connection, now: datetime) -> str | None:
    """Why distress notices do not get through, in words for `/readyz` and the pages; None when they do."""
    since = unreached_since(connection, Action.DISTRESS_NOTICE)
    return NOTHING_GETS_THROUGH if notices_overdue(since, now) else None


class Reconciler:
    """The timer's side: finds, and raises the alarm."""

    def __init__(self, database: Database, transport: Transport, on_call: OnCall, alarm: Alarm, address: str) -> None:
        self._database = database
        self._transport = transport
        self._on_call = on_call
        self._alarm = alarm
        self._address = address

    def look(self, now: datetime) -> Sequence[Finding]:
        """Find students whom nobody looks after and say so; each at most once a quarter of an hour."""
        with self._database.read() as connection:
            found = find(connection, now)
        new = [finding for finding in found if self._alarm.is_new(finding.message_id, now)]
        if new:
            raise_alarm(new, self._alarm, self._transport, self._on_call(), self._address)
        return found

    def look_at_channels(self, now: datetime) -> None:
        """Sound the alarm when nothing gets through."""
        with self._database.read() as connection:
            problem = channels_problem(connection, now)
        if problem is not None and self._alarm.is_new("channels", now):
            self._alarm.sound(problem, {})


def raise_alarm(found: Sequence[Finding], alarm: Alarm, transport: Transport, roster: Roster, address: str) -> None:
    """Say it by every way that is not the outbox: log, command, and the last responder called directly."""
    words = f"{len(found)} distress cases have no acknowledged notice: {address}/queue"
    alarm.sound(words, {"n": len(found), "messages": [finding.message_id for finding in found]})
    last = roster.last_responder
    body = {
        "contact": {"name": last.name, "slack": last.slack, "mail": last.mail},
        "subject": SUBJECT,
        "says": words,
        "urgent": True,
        "link": f"{address}/queue?message={found[0].message_id}",
    }
    alarm_id = new_id()
    try:
        transport.deliver(Delivery(alarm_id, Action.DISTRESS_NOTICE, ON_CALL, body, f"alarm:{alarm_id}"))
    except DeliveryFailed as failure:
        _log.error("alarm.not_delivered", kind=failure.kind, words=str(failure))
