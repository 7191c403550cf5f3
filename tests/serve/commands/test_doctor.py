"""`aaq doctor` says for every part whether it is right, and how to mend what is not."""

from pathlib import Path

import pytest
from doubles import HandClock, RecordingTransport
from typer.testing import CliRunner

from serve.cli import app
from serve.commands.doctor import Finding, examine
from serve.delivering.outbox import DESTINATIONS, JIRA, WEBHOOK
from serve.settings import Settings
from serve.transports.base import DeliveryFailed, Kind
from serve.transports.console import ConsoleTransport


class Checked(RecordingTransport):
    """A vendor with something to say about itself."""

    problems: tuple[str, ...] = ()

    def check(self) -> list[str]:
        return list(self.problems)


def findings(tmp_path: Path, releases: Path, settings: dict | None = None, **more: object) -> list[Finding]:
    given = {"database": f"sqlite:///{tmp_path / 'aaq.db'}", "releases": releases} | (settings or {})
    return list(examine(Settings(_env_file=None, **given), HandClock(), **more))


def wrong(found: list[Finding]) -> list[str]:
    return [str(finding) for finding in found if finding.wrong]


def test_a_fresh_machine_has_nothing_to_mend_and_every_setting_is_named(tmp_path: Path, releases: Path) -> None:
    found = findings(tmp_path, releases)
    assert wrong(found) == []
    subjects = [finding.subject for finding in found]
    assert {f"AAQ_{name.upper()}" for name in Settings.model_fields} <= set(subjects)
    assert {"database", "release", "routing", "on call", *DESTINATIONS} <= set(subjects)
    assert all(str(finding).count("\n") == 0 for finding in found)


def test_no_secret_is_printed(tmp_path: Path, releases: Path) -> None:
    found = findings(tmp_path, releases, {"secret_key": "canary" * 8})
    assert "canary" not in "".join(map(str, found))


def test_what_is_missing_says_how_to_mend_it(tmp_path: Path, releases: Path) -> None:
    routes = tmp_path / "ours.toml"
    routes.write_text("labels = 1", "utf-8")
    said = "\n".join(wrong(findings(tmp_path, tmp_path / "none", {"routing": routes, "host": "192.0.2.1"})))
    assert "WRONG release: " in said
    assert "`aaq train` makes one" in said
    assert "ours.toml: there must be a table" in said
    assert "AAQ_HOST" in said


def test_a_vendor_without_contacts_is_wrong(tmp_path: Path, releases: Path) -> None:
    settings = {"slack_token": "xoxb-canary-1"}
    (said,) = wrong(findings(tmp_path, releases, settings))
    assert "AAQ_ON_CALL" in said
    assert "two contacts and a last responder" in said


def test_each_problem_of_a_vendor_has_its_line(tmp_path: Path, releases: Path) -> None:
    jira = Checked()
    jira.problems = ("the account may not create issues in TS", "labels are not on the create screen")
    transports = dict.fromkeys(DESTINATIONS, ConsoleTransport()) | {JIRA: jira}
    said = wrong(findings(tmp_path, releases, transports=transports))
    assert len(said) == len(jira.problems)
    assert all(problem in line for problem, line in zip(jira.problems, said, strict=True))
    assert jira.delivered == []


def test_send_test_delivers_one_marked_test_to_each_destination(tmp_path: Path, releases: Path) -> None:
    transport = Checked()
    found = findings(tmp_path, releases, transports=dict.fromkeys(DESTINATIONS, transport), send_test=True)
    assert wrong(found) == []
    told = [delivery.destination for delivery in transport.delivered]
    assert set(told) == set(DESTINATIONS) - {WEBHOOK}
    assert all("test" in str(delivery.body).lower() for delivery in transport.delivered)
    transport.refuse = DeliveryFailed("the project is archived", Kind.PERMANENT)
    found = findings(tmp_path, releases, transports=dict.fromkeys(DESTINATIONS, transport), send_test=True)
    assert any("the project is archived" in line for line in wrong(found))


def test_the_command_ends_with_one_when_something_is_wrong(
    tmp_path: Path, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AAQ_RELEASES", str(releases))
    good = CliRunner().invoke(app, ["doctor"])
    assert (good.exit_code, good.output.splitlines()[-1]) == (0, "Nothing to mend.")
    monkeypatch.setenv("AAQ_RELEASES", str(tmp_path))
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 1
    monkeypatch.setenv("AAQ_PORT", "99999")
    bad = CliRunner().invoke(app, ["doctor"])
    assert bad.exit_code == 1
    assert "WRONG settings: AAQ_PORT" in bad.output
