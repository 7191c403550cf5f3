"""The whole program with its vendors as local servers: Jira hangs, or it is killed in the middle of a ticket."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from invariants import check_invariants
from lines import BadLine, Line
from outbox import ROSTER, ask_for_tickets
from processes import Program
from vendors import Jira, Slack

from serve.clock import utc_now
from serve.delivering.outbox import State
from serve.store.database import Database
from serve.store.migrate import migrate

DISTRESS = "i feel like giving up, i want to quit this course"


@pytest.fixture
def jira() -> Iterator[Jira]:
    vendor = Jira(utc_now)
    yield vendor
    vendor.close()


@pytest.fixture
def slack() -> Iterator[Slack]:
    vendor = Slack()
    yield vendor
    vendor.close()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'aaq.db'}"


@pytest.fixture
def keys(database_url: str) -> list[str]:
    """A ticket that was asked for before the program starts."""
    with Database(database_url) as database:
        migrate(database.engine)
        return ask_for_tickets(database, 1, utc_now() - timedelta(seconds=1))


def program(folder: Path, releases: Path, database_url: str, jira_url: str, slack: Slack) -> Program:
    (folder / "on_call.toml").write_text(ROSTER, "utf-8")
    return Program(
        folder, releases, database=database_url, on_call=str(folder / "on_call.toml"), slack_token="xoxb-1",
        slack_url=slack.address, jira_url=jira_url, jira_user="bot@school.example", jira_token="token",
        lease_seconds="5", attempt_seconds="4",
    )  # fmt: skip


def test_while_jira_hangs_a_distress_notice_leaves_within_five_seconds(
    tmp_path: Path, releases: Path, database_url: str, keys: list[str], jira: Jira, slack: Slack
) -> None:
    line = BadLine(jira.port, lambda: len(jira.works))
    line.state = Line.SILENT
    told = threading.Event()
    slack.on_work = told.set
    running = program(tmp_path, releases, database_url, f"http://127.0.0.1:{line.port}", slack)
    running.start()
    assert line.reached.wait(10)
    answer = httpx2.post(
        f"{running.address}/v1/messages",
        json={"text": DISTRESS},
        headers={"Authorization": f"Bearer {running.api_key}"},
    )
    assert told.wait(5)
    running.kill()
    line.close()
    (notice,) = slack.works
    assert notice["channel"] == "D-U1"
    assert answer.json()["id"] in str(notice["blocks"])
    assert DISTRESS in str(notice["blocks"])
    assert DISTRESS not in running.output + running.logs
    with Database(database_url) as database:
        check_invariants(database, asked_for=keys, tickets=jira.works)


@pytest.mark.faults
def test_killed_while_jira_makes_the_ticket_and_started_again_there_is_one_ticket(
    tmp_path: Path, releases: Path, database_url: str, keys: list[str], jira: Jira, slack: Slack
) -> None:
    running = program(tmp_path, releases, database_url, jira.address, slack)
    died = threading.Event()

    def kill() -> None:
        os.kill(running.pid, signal.SIGKILL)
        died.set()

    jira.on_work = kill
    running.start(wait=False)
    assert died.wait(30)
    running.kill()
    jira.on_work = lambda: None
    looked_up = threading.Event()
    jira.on_read = lambda call: looked_up.set() if call.path.endswith("/search/jql") else None
    running.start()
    assert looked_up.wait(15)  # five seconds of lease, then the look-up
    assert running.stop() in (0, -signal.SIGTERM)
    with Database(database_url) as database:
        assert check_invariants(database, asked_for=keys, tickets=jira.works) == {State.DELIVERED: 1}
    assert len(jira.works) == 1
