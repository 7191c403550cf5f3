"""From settings to transports and people on call; `aaq reconcile` beside a database that a service holds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from doubles import HandClock, ServiceFactory
from outbox import ROSTER
from vendors import Receiver, Slack

from serve.delivering.outbox import AAQ, DESTINATIONS, FORM, JIRA, MAIL, ON_CALL, SLACK, WEBHOOK
from serve.delivery import build_transports, on_call_of
from serve.settings import Settings, SettingsWrong
from serve.store.database import Database
from serve.store.tables import outbox
from serve.transports.aaq import AaqTransport
from serve.transports.console import ConsoleTransport
from serve.transports.form import FormTransport, PrefilledForm
from serve.transports.jira import JiraTransport
from serve.transports.mail import MailTransport
from serve.transports.on_call import OnCallTransport
from serve.transports.slack import SlackTransport
from serve.transports.webhook import WebhookTransport

ALL = {
    "jira_url": "https://school.atlassian.net",
    "jira_token": "t",
    "slack_token": "xoxb-1",
    "mail_host": "mail.school.example",
    "mail_from": "aaq@school.example",
    "form_url": "https://forms.school.example/hook",
    "form_secret": Receiver.SECRET,
    "aaq_url": "https://aaq.school.example/hook",
    "aaq_secret": Receiver.SECRET,
    "webhook_secret": Receiver.SECRET,
    "webhook_hosts": "forms.school.example, aaq.school.example",
}
REAL = {
    ON_CALL: OnCallTransport, JIRA: JiraTransport, SLACK: SlackTransport, MAIL: MailTransport, FORM: FormTransport,
    AAQ: AaqTransport, WEBHOOK: WebhookTransport,
}  # fmt: skip


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, **given)


def kinds(made: Settings) -> dict[str, type]:
    return {name: type(transport) for name, transport in build_transports(made, HandClock()).items()}


def test_without_any_vendor_everything_is_printed_and_the_console_is_on_call() -> None:
    assert kinds(settings()) == dict.fromkeys(DESTINATIONS, ConsoleTransport)
    assert "console" in on_call_of(settings())().last_responder.name


def test_each_vendor_that_is_configured_is_real() -> None:
    assert kinds(settings(**ALL)) == REAL


def test_a_google_form_stands_in_for_an_endpoint() -> None:
    made = settings(form_prefill="https://docs.google.com/forms/d/e/1/viewform", form_entries={"what": "entry.1"})
    assert kinds(made)[FORM] is PrefilledForm


@pytest.mark.parametrize("name", ["jira_url", "slack_token", "mail_host", "form_url", "aaq_url", "webhook_secret"])
def test_with_a_vendor_but_nobody_on_call_it_does_not_start(name: str) -> None:
    vendor = name.partition("_")[0]
    given = {key: value for key, value in ALL.items() if key.partition("_")[0] == vendor}
    with pytest.raises(SettingsWrong, match="two contacts and a last responder"):
        on_call_of(settings(**given))


def test_contacts_must_be_reachable_by_what_is_configured(tmp_path: Path) -> None:
    path = tmp_path / "on_call.toml"
    path.write_text(ROSTER.replace('slack = "U2"', ""), "utf-8")
    slack_only = {"slack_token": "xoxb-1", "on_call": path}
    with pytest.raises(SettingsWrong, match="Sam cannot be reached"):
        on_call_of(settings(**slack_only))
    both = {**slack_only, "mail_host": "mail.school.example", "mail_from": "aaq@school.example"}
    assert [contact.name for contact in on_call_of(settings(**both))().contacts] == ["Maya", "Sam"]
    with pytest.raises(SettingsWrong, match="nobody can be reached"):
        on_call_of(settings(on_call=path))
    with pytest.raises(SettingsWrong, match="cannot be read"):
        on_call_of(settings(**{**both, "on_call": tmp_path / "gone.toml"}))


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"jira_url": "https://x.example"}, "AAQ_JIRA_URL needs AAQ_JIRA_TOKEN"),
        ({"mail_host": "x"}, "AAQ_MAIL_HOST needs AAQ_MAIL_FROM"),
        ({"form_url": "https://x.example"}, "AAQ_FORM_URL needs AAQ_FORM_SECRET"),
        ({"attempt_seconds": 60, "lease_seconds": 60}, "shorter than"),
        ({"own_networks": "10.0.0.0/99"}, "own_networks"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(given, rule) -> None:
    with pytest.raises(ValueError, match=rule):
        settings(**given)


def test_an_address_that_may_not_be_called_stops_the_start() -> None:
    with pytest.raises(SettingsWrong, match="not on the list"):
        build_transports(settings(**{**ALL, "webhook_hosts": "forms.school.example"}), HandClock())


def reconcile(folder: Path, database: str, **given: str) -> "subprocess.CompletedProcess[str]":
    """The real command, in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AAQ_")}
    named = {f"AAQ_{name.upper()}": value for name, value in {"database": database, **given}.items()}
    return subprocess.run(
        [sys.executable, "-c", "from aaq import main; main()", "reconcile"],
        cwd=folder, env=clean | named, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_reconcile_finds_beside_a_running_service_whom_nobody_was_told_of_and_calls_the_last_responder(
    start_service: ServiceFactory, tmp_path: Path
) -> None:
    service = start_service(worker=False)  # else its walk through the contacts would begin again by itself
    well = reconcile(tmp_path, service.settings.database)
    assert (well.returncode, "seen by a person" in well.stdout) == (0, True)
    sent = service.post("i feel like giving up, i want to quit")
    database: Database = service.client.app.state.database
    database.write(lambda connection: connection.execute(outbox.delete()))
    slack = Slack()
    (tmp_path / "on_call.toml").write_text(ROSTER, "utf-8")
    vendor = {"slack_token": "x", "slack_url": slack.address, "on_call": "on_call.toml"}
    ended = reconcile(tmp_path, service.settings.database, **vendor)
    slack.close()
    assert ended.returncode == 1
    assert f"{sent['id']}  nobody was ever told" in ended.stdout
    assert "giving up" not in ended.stdout + ended.stderr
    assert [said["channel"] for said in slack.works] == ["D-U9"]


def test_reconcile_makes_no_database(tmp_path: Path) -> None:
    ended = reconcile(tmp_path, "sqlite:///var/nothing.db")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "var").exists()
