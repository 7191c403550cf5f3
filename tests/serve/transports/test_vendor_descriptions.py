"""Our requests against the vendors' own interface descriptions, through a validating mock (Prism).

Needs Node, and two folders: VENDOR_SPECS with jira-openapi.json and slack-openapi.json, PRISM with node_modules of
`npm install @stoplight/prism-cli`. Skipped, with the reason, where one is not there.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from serve.transports.base import Delivery, DeliveryFailed
from serve.transports.jira import JiraTransport
from serve.transports.jira_client import JiraServer
from serve.transports.slack import SlackTransport

SPECS, PRISM = os.environ.get("VENDOR_SPECS", ""), os.environ.get("PRISM", "")
BINARY = Path(PRISM) / "node_modules/.bin/prism"

pytestmark = [
    pytest.mark.skipif(not SPECS, reason="VENDOR_SPECS does not name the folder of the vendors' descriptions"),
    pytest.mark.skipif(not PRISM or not BINARY.exists(), reason="PRISM does not name a folder with Prism in it"),
    pytest.mark.skipif(shutil.which("node") is None, reason="Node is not here"),
]
TICKET = Delivery(
    "0" * 32, "ticket", "jira", {"summary": "s", "description": "d", "category": "lights", "priority": "High"}, "k"
)


class Mock:
    """Prism over one description; `violations` are the requests of ours that it does not allow."""

    def __init__(self, description: Path, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                ["node", BINARY, "mock", description, "-h", "127.0.0.1", "-p", str(self.port)],
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + 90
        while "Prism is listening" not in log.read_text("utf-8"):
            assert self._process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, "Prism does not answer"
            time.sleep(0.1)  # polling a real process

    @property
    def violations(self) -> list[str]:
        return [line for line in self._log.read_text("utf-8").splitlines() if "Violation: request." in line]

    @property
    def n_requests(self) -> int:
        return self._log.read_text("utf-8").count("Request received")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


@pytest.fixture
def mock(tmp_path: Path) -> Iterator[Callable[[str], Mock]]:
    started: list[Mock] = []

    def start(name: str) -> Mock:
        started.append(Mock(Path(SPECS) / name, tmp_path / "prism.log"))
        return started[-1]

    yield start
    for running in started:
        running.close()


def test_what_we_ask_of_jira_is_in_its_description(mock: Callable[[str], Mock]) -> None:
    jira = mock("jira-openapi.json")
    transport = JiraTransport(JiraServer(f"http://127.0.0.1:{jira.port}", "bot@school.example", SecretStr("token")))
    assert transport.deliver(TICKET).reference
    for ask in (
        lambda: transport.look_up(TICKET),
        lambda: transport.open_tickets("lights", timedelta(hours=2)),
        lambda: transport.statuses(["TS-1"]),
        transport.check,
    ):
        with suppress(DeliveryFailed):  # the mock's own examples need not make sense
            ask()
    assert jira.n_requests >= 6
    assert jira.violations == []


def test_what_we_ask_of_slack_is_in_its_description(mock: Callable[[str], Mock]) -> None:
    slack = mock("slack-openapi.json")
    transport = SlackTransport(SecretStr("xoxb-1"), url=f"http://127.0.0.1:{slack.port}/")
    body = {"channel": "U1", "text": "Please read.", "quote": "words", "link": "https://aaq.example/1"}
    with suppress(DeliveryFailed):
        transport.deliver(Delivery("d", "distress_notice", "slack", body, "k"))
    with suppress(DeliveryFailed):
        transport.deliver(Delivery("d", "manager_notice", "slack", {**body, "channel": "C1"}, "k"))
    transport.check()
    assert slack.n_requests >= 3
    assert slack.violations == []
