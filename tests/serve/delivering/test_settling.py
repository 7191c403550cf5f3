"""What is dead goes back to a coach, and what becomes of tickets after they were made."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from doubles import HandClock
from dying import jira_at
from outbox import ask_for_tickets, run_until_done, worker_with
from vendors import Answer, Jira

from serve.actions.tickets import open_tickets, read_back
from serve.delivering.outbox import JIRA, State
from serve.delivering.settling import NothingToSettle, Settling, copyable
from serve.delivering.worker import Worker
from serve.people.auth import People
from serve.store.database import Database
from serve.store.deliveries import get_delivery
from serve.store.migrate import migrate


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(f"sqlite:///{tmp_path / 'aaq.db'}") as opened:
        migrate(opened.engine)
        yield opened


@pytest.fixture
def jira(clock: HandClock) -> Iterator[Jira]:
    vendor = Jira(clock)
    yield vendor
    vendor.close()


@pytest.fixture
def worker(database: Database, clock: HandClock, jira: Jira) -> Worker:
    return worker_with(database, clock, {JIRA: jira_at(jira.address)})


@pytest.fixture
def settling(database: Database, clock: HandClock) -> Settling:
    return Settling(database, clock, lambda: None)


@pytest.fixture
def coach(database: Database, clock: HandClock) -> str:
    people = People(database, clock, timedelta(hours=1), timedelta(hours=1))
    people.add_user("maya", "coach")
    with database.read() as connection:
        return str(connection.exec_driver_sql("SELECT id FROM users").scalar())


def test_a_refused_ticket_is_tried_again_when_a_coach_says_so(
    database: Database, clock: HandClock, jira: Jira, worker: Worker, settling: Settling, coach: str
) -> None:
    ask_for_tickets(database, 1, clock())
    jira.scripted.append(Answer(400, {"errors": {"priority": "'High' is not valid"}}))
    run_until_done(database, worker, clock, JIRA)
    (dead,) = settling.waiting()
    assert "'High' is not valid" in str(dead.error)
    assert copyable(dead).splitlines() == [
        "summary: grey light", "description: what was seen", "category: lights", "priority: High",
    ]  # fmt: skip
    settling.try_again(dead.id, coach)
    assert settling.waiting() == []
    run_until_done(database, worker, clock, JIRA)
    assert len(jira.works) == 1
    with pytest.raises(NothingToSettle):
        settling.try_again(dead.id, coach)


def test_what_jira_may_have_is_looked_up_before_it_is_tried_again(
    database: Database, clock: HandClock, jira: Jira, worker: Worker, settling: Settling, coach: str
) -> None:
    ask_for_tickets(database, 1, clock())
    jira.lag = lambda: timedelta(minutes=16)  # slower than we wait for
    jira.scripted.append(Answer(502, b""))  # nothing done
    jira.scripted.append(Answer(worked=True, lost=True))  # done, and not said
    run_until_done(database, worker, clock, JIRA)
    (dead,) = settling.waiting()
    assert "has not been found" in str(dead.error)
    clock.move(minutes=5)
    settling.try_again(dead.id, coach)
    run_until_done(database, worker, clock, JIRA)
    assert len(jira.works) == 1
    with database.read() as connection:
        settled = get_delivery(connection, dead.id)
    assert settled is not None
    assert (settled.state, settled.receipt) == (
        State.DELIVERED, {"reference": "TS-1", "url": f"{jira.address}/browse/TS-1", "note": None},
    )  # fmt: skip


def test_a_coach_closes_what_was_done_by_hand_and_it_stays_on_record(
    database: Database, clock: HandClock, jira: Jira, worker: Worker, settling: Settling, coach: str
) -> None:
    ask_for_tickets(database, 1, clock())
    jira.scripted.append(Answer(404, {"errorMessages": ["No project could be found"]}))
    run_until_done(database, worker, clock, JIRA)
    (dead,) = settling.waiting()
    settling.close(dead.id, coach)
    assert settling.waiting() == []
    for again in (settling.close, settling.try_again):
        with pytest.raises(NothingToSettle):
            again(dead.id, coach)
    with database.read() as connection:
        closed = get_delivery(connection, dead.id)
    assert closed is not None
    assert (closed.state, closed.closed_by, closed.closed_at) == (State.DEAD, coach, clock())


def test_how_a_ticket_stands_is_kept_and_a_burst_is_offered_an_open_one(
    database: Database, clock: HandClock, jira: Jira, worker: Worker
) -> None:
    ask_for_tickets(database, 2, clock())
    run_until_done(database, worker, clock, JIRA)
    jira.works[0]["status"], jira.works[1]["status"] = "In Progress", "Done"
    assert read_back(database, jira_at(jira.address), clock()) == 2
    assert read_back(database, jira_at(jira.address), clock()) == 0
    with database.read() as connection:
        (offered,) = open_tickets(connection, "lights", clock() - timedelta(hours=2))
        assert open_tickets(connection, "ide", clock() - timedelta(hours=2)) == []
    assert offered.receipt is not None
    assert (offered.receipt["reference"], offered.receipt["status"]) == ("TS-1", "In Progress")
