"""Distress reaches a person: the walk through the contacts, a digest for many at once, the alarm when nothing works.

Slack is a local server that limits as Slack does; the clock is moved by hand.
"""

import re
import shlex
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from doubles import HandClock, Service, ServiceFactory
from outbox import worker_with
from pydantic import SecretStr
from vendors import Answer, Call, Slack

from serve.delivering.outbox import ON_CALL, State
from serve.delivering.worker import Worker
from serve.distress.alarm import AGAIN_AFTER, Alarm
from serve.distress.notices import Notices
from serve.distress.reconcile import PATIENCE, Reconciler, find
from serve.distress.roster import Contact, Roster
from serve.store.database import Database
from serve.store.deliveries import deliveries_of
from serve.store.tables import escalations, outbox
from serve.transports.base import Delivery, DeliveryFailed, Kind, Receipt
from serve.transports.on_call import OnCallTransport
from serve.transports.slack import SlackTransport

DISTRESS = "i feel like giving up, i want to quit this course"
URGENT = "i want to kill myself"
ROSTER = Roster(
    (Contact("Maya", slack="U1"), Contact("Sam", slack="U2")), Contact("Lead", slack="U9", mail="lead@school.example")
)


class LimitedSlack(Slack):
    """Takes a burst of three, then one message a second."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self._clock = clock
        self.gone: set[str] = set()
        self.told_at: list[tuple[float, str, str]] = []  # seconds, to whom, all that was shown

    def answer(self, call: Call) -> Answer:
        now = self._clock().timestamp()
        if self.is_work(call) and call.json["channel"] in self.gone:
            return Answer(200, {"ok": False, "error": "account_inactive"})
        if self.is_work(call) and len([at for at, _, _ in self.told_at if at > now - 3]) >= 3:
            return Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "10"})
        return super().answer(call)

    def work(self, call: Call) -> Answer:
        shown = " ".join(re.findall(r"message=(\w{32})", str(call.json["blocks"]))) + str(call.json["blocks"])
        self.told_at.append((self._clock().timestamp(), call.json["channel"], shown))
        return super().work(call)


@pytest.fixture
def service(start_service: ServiceFactory) -> Service:
    return start_service(worker=False)


@pytest.fixture
def slack(service: Service) -> Iterator[LimitedSlack]:
    vendor = LimitedSlack(service.clock)
    yield vendor
    vendor.close()


@pytest.fixture
def database(service: Service) -> Database:
    opened: Database = service.client.app.state.database
    return opened


class Desk:
    """The worker's process, driven by hand."""

    def __init__(self, service: Service, database: Database, transport: object) -> None:
        self.clock = service.clock
        self.notices = Notices(database, lambda: ROSTER, service.settings.address, with_words=True)
        self.worker: Worker = worker_with(
            database, service.clock, {ON_CALL: transport}, packing={ON_CALL: self.notices}
        )  # type: ignore[dict-item]

    def pass_time(self, *, seconds: int, step: int = 1) -> None:
        """All that the process does in this time."""
        for _ in range(0, seconds, step):
            self.notices.walk_on(self.clock())
            while self.worker.deliver_one(ON_CALL):
                pass
            self.clock.move(seconds=step)


@pytest.fixture
def desk(service: Service, database: Database, slack: LimitedSlack) -> Desk:
    real = SlackTransport(SecretStr("xoxb-1"), url=slack.address)
    return Desk(service, database, OnCallTransport(slack=real, mail=None))


def test_nobody_acknowledges_so_the_next_is_told_then_the_last_responder(
    service: Service, desk: Desk, slack: LimitedSlack
) -> None:
    service.post(DISTRESS)
    begin = service.clock().timestamp()
    desk.pass_time(seconds=26 * 60, step=15)
    told = [(round((at - begin) / 60), whom) for at, whom, _ in slack.told_at]
    assert told == [(0, "D-U1"), (5, "D-U2"), (10, "D-U1"), (15, "D-U9"), (20, "D-U2"), (25, "D-U1")]
    assert all("giving up" in shown for _, _, shown in slack.told_at)
    assert all("giving up" not in said["text"] for said in slack.works)  # what a locked screen shows


def test_an_acknowledgement_with_its_risk_and_note_ends_it(
    service: Service, desk: Desk, slack: LimitedSlack, database: Database
) -> None:
    sent = service.post(DISTRESS)
    desk.pass_time(seconds=60)
    desk.notices.walk_on(service.clock() + timedelta(minutes=5))  # the next one is written and waits
    csrf = service.sign_in()
    service.client.post(
        f"/messages/{sent['id']}/acknowledge", data={"csrf": csrf, "risk": "danger", "note": "called them"}
    )
    desk.pass_time(seconds=3600, step=60)
    assert len(slack.told_at) == 1
    with database.read() as connection:
        case = connection.execute(sa.select(escalations)).one()
        waiting = [row for row in deliveries_of(connection, str(sent["id"])) if row.state != State.DELIVERED]
    assert (case.risk, case.note) == ("danger", "called them")
    assert case.acknowledged_at is not None
    assert [row.closed_by == case.acknowledged_by for row in waiting] == [True]
    found = service.client.get(f"/v1/messages/{sent['id']}", headers=service.headers).json()
    assert found["escalation"]["risk"] == "danger"


def test_a_contact_who_cannot_be_reached_does_not_hold_up_the_next(
    service: Service, desk: Desk, slack: LimitedSlack
) -> None:
    service.post(DISTRESS)
    slack.gone.add("D-U1")
    desk.pass_time(seconds=60)
    assert [whom for _, whom, _ in slack.told_at] == ["D-U2"]


def test_fifty_at_once_the_most_urgent_first_and_all_within_ninety_seconds(
    service: Service, desk: Desk, slack: LimitedSlack, database: Database
) -> None:
    ids = [str(service.post(DISTRESS)["id"]) for _ in range(47)]
    urgent = [str(service.post(URGENT)["id"]) for _ in range(3)]
    begin = service.clock().timestamp()
    desk.pass_time(seconds=90)
    first = " ".join(shown for at, _, shown in slack.told_at if at - begin <= 5)
    assert all(message_id in first for message_id in urgent)
    all_told = " ".join(shown for _, _, shown in slack.told_at)
    assert all(message_id in all_told for message_id in [*ids, *urgent])
    assert len(slack.told_at) <= 12
    with database.read() as connection:
        assert set(connection.scalars(sa.select(outbox.c.state))) == {State.DELIVERED}


def test_when_no_channel_works_the_pages_the_probe_and_a_command_say_so(
    start_service: ServiceFactory, tmp_path: Path
) -> None:
    mark = tmp_path / "alarm.txt"
    program = f"import sys, pathlib; pathlib.Path({str(mark)!r}).write_text(sys.argv[1])"
    service = start_service(worker=False)
    database: Database = service.client.app.state.database
    service.transport.refuse = DeliveryFailed("Slack answered 500", Kind.AMBIGUOUS)
    desk = Desk(service, database, service.transport)
    command = shlex.join([sys.executable, "-c", program])
    reconciler = Reconciler(database, service.transport, lambda: ROSTER, Alarm(command), "http://aaq")
    service.post(DISTRESS)
    service.sign_in()
    assert service.client.get("/readyz").json()["notices_problem"] is None
    assert 'role="alert"' not in service.client.get("/queue").text
    desk.pass_time(seconds=61)
    reconciler.look_at_channels(service.clock())
    assert "do not get through" in service.client.get("/readyz").json()["notices_problem"]
    assert "do not get through" in service.client.get("/queue").text
    assert "do not get through" in mark.read_text()
    service.transport.refuse = None
    desk.pass_time(seconds=120)
    assert service.client.get("/readyz").json()["notices_problem"] is None
    service.transport.refuse = DeliveryFailed("Slack answered 500", Kind.AMBIGUOUS)
    desk.pass_time(seconds=6 * 60, step=10)  # somebody was told, and now the next one cannot be
    assert service.client.get("/readyz").json()["notices_problem"]


class TestReconciler:
    """Looks past the outbox."""

    def found(self, database: Database, service: Service) -> list[tuple[str, str]]:
        with database.read() as connection:
            return [(finding.message_id, finding.why) for finding in find(connection, service.clock())]

    def test_distress_that_nobody_acknowledged_is_found_after_a_quarter_of_an_hour(
        self, service: Service, database: Database, desk: Desk
    ) -> None:
        sent = service.post(DISTRESS)
        desk.pass_time(seconds=10)
        service.clock.now += PATIENCE - timedelta(seconds=20)
        assert self.found(database, service) == []
        service.clock.move(seconds=20)
        assert self.found(database, service) == [(sent["id"], "nobody has acknowledged it for 15 minutes")]
        csrf = service.sign_in()
        service.client.post(f"/messages/{sent['id']}/acknowledge", data={"csrf": csrf})
        assert self.found(database, service) == []

    def test_a_notice_that_is_gone_is_found_at_once_and_the_last_responder_is_called_directly(
        self, service: Service, database: Database
    ) -> None:
        sent = service.post(DISTRESS)
        database.write(lambda connection: connection.execute(outbox.delete()))
        assert self.found(database, service) == [(sent["id"], "nobody was ever told")]
        reconciler = Reconciler(database, service.transport, lambda: ROSTER, Alarm(None), "http://aaq")
        for _ in range(3):
            reconciler.look(service.clock())
        (call,) = service.transport.delivered
        assert call.body["contact"]["name"] == "Lead"
        assert "giving up" not in str(call)
        service.clock.now += AGAIN_AFTER
        reconciler.look(service.clock())
        assert len(service.transport.delivered) == 2

    def test_an_escalation_that_is_gone_too_is_found_from_the_decision_and_from_the_review(
        self, service: Service, database: Database
    ) -> None:
        by_machine = service.post(DISTRESS)
        by_coach = service.post("how do i sort an array by two keys")
        csrf = service.sign_in()
        service.client.post(f"/messages/{by_coach['id']}/correct", data={"csrf": csrf, "label": "distress"})
        database.write(lambda connection: connection.execute(outbox.delete()))
        database.write(lambda connection: connection.execute(escalations.delete()))
        assert {message for message, _ in self.found(database, service)} == {by_machine["id"], by_coach["id"]}

    def test_an_alarm_that_cannot_be_sent_does_not_stop_the_next_look(
        self, service: Service, database: Database
    ) -> None:
        class Broken:
            def deliver(self, delivery: Delivery) -> Receipt:
                raise DeliveryFailed("no", Kind.RETRYABLE)

        service.post(DISTRESS)
        service.clock.now += PATIENCE
        reconciler = Reconciler(database, Broken(), lambda: ROSTER, Alarm("/does/not/exist"), "http://aaq")
        assert len(reconciler.look(service.clock())) == 1
