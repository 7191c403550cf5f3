"""Faults of delivery: lost replies, kill -9 at every step, a vendor that hangs, a worker that wakes too late.

A short run of each is in the suite; `make faults` runs them at full length.
"""

import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from mailbox import Mailbox
from pathlib import Path

import dying
import pytest
from certificates import make_certificate
from doubles import HandClock
from dying import ROSTER, Step, jira_at, mail_at, work_and_die
from invariants import check_invariants
from outbox import LEASE, ask_for_tickets, run_until_done, store_message, worker_with
from vendors import Answer, Jira

from serve.delivering.outbox import JIRA, ON_CALL, State, escalate
from serve.distress.notices import Notices
from serve.store.database import Database
from serve.store.deliveries import count_by_state
from serve.store.migrate import migrate
from serve.transports.base import Delivery, Receipt, Transport


def runs(short: int, full: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("n", [short, pytest.param(full, marks=pytest.mark.faults)])


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'aaq.db'}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with Database(url) as opened:
        migrate(opened.engine)
        yield opened


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def jira(clock: HandClock) -> Iterator[Jira]:
    vendor = Jira(clock)
    yield vendor
    vendor.close()


@runs(40, 500)
def test_lost_replies_make_no_ticket_twice_and_lose_none(
    n: int, database: Database, clock: HandClock, jira: Jira
) -> None:
    chance = random.Random(20261123)  # noqa: S311  chance, not secrets
    jira.lag = lambda: timedelta(seconds=chance.uniform(1, 14 * 60))
    jira.fate = lambda: Answer(worked=True, lost=True) if chance.random() < 0.3 else None
    keys = ask_for_tickets(database, n, clock())
    run_until_done(database, worker_with(database, clock, {JIRA: jira_at(jira.address)}), clock, JIRA)
    assert check_invariants(database, asked_for=keys, tickets=jira.works) == {State.DELIVERED: n}
    n_posts = sum(call.method == "POST" for call in jira.calls)
    print(f"\n{n} tickets: {n_posts} created, {n_posts - n} twice, {n - len(jira.works)} missing")
    assert n_posts == len(jira.works) == n


@runs(40, 500)
def test_lost_requests_are_created_once_more(n: int, database: Database, clock: HandClock, jira: Jira) -> None:
    chance = random.Random(20261124)  # noqa: S311
    jira.lag = lambda: timedelta(minutes=5)
    jira.fate = lambda: Answer(502, b"<html>") if chance.random() < 0.3 else None  # and nothing was done
    keys = ask_for_tickets(database, n, clock())
    run_until_done(database, worker_with(database, clock, {JIRA: jira_at(jira.address)}), clock, JIRA)
    states = check_invariants(database, asked_for=keys, tickets=jira.works)
    assert states[State.DELIVERED] == len(jira.works)
    assert states[State.DEAD] == n - len(jira.works)  # lost twice: a coach decides
    assert 0 < states[State.DEAD] < n * 0.25


@runs(2, 25)
@pytest.mark.parametrize("step", Step)
def test_kill_9_at_each_step_of_a_delivery_makes_one_ticket(
    n: int, step: Step, tmp_path: Path, clock: HandClock, jira: Jira
) -> None:
    for i in range(n):
        url = f"sqlite:///{tmp_path / f'{i}.db'}"
        with Database(url) as database:
            migrate(database.engine)
            keys = ask_for_tickets(database, 1, clock())
        kill_at(step, url, jira_at(jira.address), JIRA, clock, jira)
        with Database(url) as database:
            run_until_done(database, worker_with(database, clock, {JIRA: jira_at(jira.address)}), clock, JIRA)
            assert check_invariants(database, asked_for=keys, tickets=jira.works) == {State.DELIVERED: 1}
        if n > 2:
            print(f"\r{step.value}: {i + 1} of {n}", end="", flush=True)
    assert len(jira.works) == n


@runs(1, 25)
@pytest.mark.parametrize("step", Step)
def test_kill_9_at_each_step_of_a_notice_tells_somebody_at_least_once_with_the_same_id(
    n: int, step: Step, tmp_path: Path, clock: HandClock
) -> None:
    certificate = make_certificate(tmp_path)
    mailbox = Mailbox(certificate)
    transport = mail_at(mailbox.port, str(certificate[0]))
    for i in range(n):
        mailbox.works.clear()
        url = f"sqlite:///{tmp_path / f'{i}.db'}"
        with Database(url) as database:
            migrate(database.engine)
            database.write(
                lambda c: escalate(
                    c, message_id=store_message(c, clock()), urgent=True, address="http://aaq", now=clock()
                )
            )
        kill_at(step, url, transport, ON_CALL, clock, mailbox)
        with Database(url) as database:
            packing = {ON_CALL: Notices(database, lambda: ROSTER, "http://aaq", with_words=False)}
            run_until_done(
                database, worker_with(database, clock, {ON_CALL: transport}, packing=packing), clock, ON_CALL
            )
            assert check_invariants(database, asked_for=[], tickets=[]) == {State.DELIVERED: 1}
        assert len(mailbox.works) == (2 if step in (Step.AFTER_POST, Step.BEFORE_MARK) else 1)
        assert len({message["Message-ID"] for message in mailbox.works}) == 1
    mailbox.close()


def kill_at(
    step: Step, url: str, transport: Transport, destination: str, clock: HandClock, vendor: Jira | Mailbox
) -> None:
    """Deliver in a process that ends by kill -9 at the step."""
    processes = multiprocessing.get_context("forkserver")  # forked from a process that has imported all of it
    processes.set_forkserver_preload([dying.__name__])
    process = processes.Process(target=work_and_die, args=(url, transport, destination, step, clock()))
    if step is Step.AFTER_POST:
        vendor.on_work = lambda: os.kill(process.pid, signal.SIGKILL)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    vendor.on_work = lambda: None


class Stalling:
    """Delivers only after its lease ran out and another worker is done."""

    def __init__(self, real: object) -> None:
        self.real = real
        self.entered, self.go = threading.Event(), threading.Event()

    def deliver(self, delivery: Delivery) -> Receipt:
        self.entered.set()
        self.go.wait(20)
        return Receipt("too-late")

    def look_up(self, delivery: Delivery) -> Receipt | None:
        raise AssertionError("not asked")


@runs(2, 50)
def test_a_worker_that_stalls_past_its_lease_cannot_mark(
    n: int, database: Database, clock: HandClock, jira: Jira
) -> None:
    for _ in range(n):
        keys = ask_for_tickets(database, 1, clock())
        stalling = Stalling(None)
        slow = worker_with(database, clock, {JIRA: stalling})
        thread = threading.Thread(target=slow.deliver_one, args=(JIRA,))
        thread.start()
        assert stalling.entered.wait(10)
        clock.now += LEASE + timedelta(seconds=1)
        run_until_done(database, worker_with(database, clock, {JIRA: jira_at(jira.address)}), clock, JIRA)
        stalling.go.set()
        thread.join()
        check_invariants(database, asked_for=keys, tickets=jira.works)
    with database.read() as connection:
        assert count_by_state(connection) == {State.DELIVERED: n}


ANSWERS = {
    "400": (
        Answer(400, {"errors": {"priority": "Priority name 'High' is not valid"}}),
        State.DEAD,
    ),
    "401": (Answer(401, b"<html>"), State.DEAD),
    "404": (Answer(404, {"errorMessages": ["No project could be found with key 'TS'."]}), State.DEAD),
    "410": (Answer(410, {"errorMessages": ["The requested API has been removed."]}), State.DEAD),
    "429": (Answer(429, {}, {"Retry-After": "40"}), State.RETRYING),
    "500": (Answer(500, b"{}"), State.UNKNOWN),
    "HTML": (Answer(200, b"<!doctype html>", {"Content-Type": "text/html"}), State.UNKNOWN),
    "broken JSON": (Answer(200, b'{"key": "TS-'), State.UNKNOWN),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_jira_answers_decides_what_follows(name: str, database: Database, clock: HandClock, jira: Jira) -> None:
    answer, state = ANSWERS[name]
    jira.scripted.append(answer)
    keys = ask_for_tickets(database, 2, clock())
    worker = worker_with(database, clock, {JIRA: jira_at(jira.address)})
    assert worker.deliver_one(JIRA)
    assert check_invariants(database, asked_for=keys, tickets=jira.works) == {state: 1, State.QUEUED: 1}
    run_until_done(database, worker, clock, JIRA)
    states = check_invariants(database, asked_for=keys, tickets=jira.works)
    assert states == ({State.DEAD: 1, State.DELIVERED: 1} if state is State.DEAD else {State.DELIVERED: 2})
