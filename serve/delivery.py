"""The worker and its transports, made from the settings: a real one where its vendor is configured, else its twin."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from pydantic import SecretStr

from serve.actions.tickets import read_back
from serve.clock import Clock
from serve.delivering.outbox import AAQ, DESTINATIONS, FORM, JIRA, MAIL, ON_CALL, SLACK, WEBHOOK
from serve.delivering.worker import Chore, Worker
from serve.distress.alarm import Alarm
from serve.distress.notices import Notices
from serve.distress.reconcile import Reconciler
from serve.distress.roster import CONSOLE_ROSTER, OnCall, RosterFile, RosterIncomplete
from serve.settings import Settings, SettingsWrong
from serve.store.database import Database
from serve.transports.aaq import AaqTransport
from serve.transports.base import CanBeChecked, Transport
from serve.transports.console import ConsoleTransport
from serve.transports.form import FormTransport, PrefilledForm
from serve.transports.gate import AddressRefused, Gate
from serve.transports.jira import JiraTransport
from serve.transports.jira_client import JiraServer
from serve.transports.mail import MailServer, MailTransport
from serve.transports.on_call import OnCallTransport
from serve.transports.slack import SlackTransport
from serve.transports.webhook import SecretUnusable, WebhookTransport

_log = structlog.get_logger()


def build_transports(settings: Settings, clock: Clock) -> Mapping[str, Transport]:
    """A transport for each destination.

    Raises SettingsWrong when an address may not be called, or a secret cannot sign.
    """
    ca_file, gate = _ca_file(settings), gate_of(settings)
    slack = mail = None
    transports: dict[str, Transport] = dict.fromkeys(DESTINATIONS, ConsoleTransport())
    if settings.jira_url and settings.jira_token:
        transports[JIRA] = JiraTransport(_jira(settings, settings.jira_url, settings.jira_token, ca_file))
    if settings.slack_token:
        slack = SlackTransport(
            settings.slack_token, channel=settings.slack_channel, url=settings.slack_url, ca_file=ca_file
        )
        transports[SLACK] = slack
    if settings.mail_host and settings.mail_from:
        mail = MailTransport(_mail(settings, settings.mail_host, settings.mail_from, ca_file), clock)
        transports[MAIL] = mail
    if slack or mail:
        transports[ON_CALL] = OnCallTransport(slack=slack, mail=mail)
    try:
        if settings.form_url and settings.form_secret:
            transports[FORM] = FormTransport(gate, settings.form_url, settings.form_secret, clock)
        elif settings.form_prefill:
            transports[FORM] = PrefilledForm(settings.form_prefill, settings.form_entries)
        if settings.aaq_url and settings.aaq_secret:
            transports[AAQ] = AaqTransport(gate, settings.aaq_url, settings.aaq_secret, clock)
        if settings.webhook_secret:
            transports[WEBHOOK] = WebhookTransport(gate, settings.webhook_secret, clock)
    except (AddressRefused, SecretUnusable) as error:
        raise SettingsWrong(str(error)) from None
    return transports


def gate_of(settings: Settings) -> Gate:
    """Which addresses the form, AAQ and webhooks may be at."""
    return Gate(settings.webhook_hosts, settings.own_networks, _ca_file(settings))


def _ca_file(settings: Settings) -> str | None:
    return str(settings.ca_file) if settings.ca_file else None


def _jira(settings: Settings, url: str, token: SecretStr, ca_file: str | None) -> JiraServer:
    return JiraServer(
        url,
        settings.jira_user,
        token,
        settings.jira_project,
        settings.jira_issue_type,
        settings.jira_category_as,
        settings.jira_names,
        settings.jira_priorities,
        ca_file,
    )


def _mail(settings: Settings, host: str, sender: str, ca_file: str | None) -> MailServer:
    return MailServer(
        host, settings.mail_port, settings.mail_user, settings.mail_password, sender, settings.mail_to, ca_file
    )


def on_call_of(settings: Settings) -> OnCall:
    """Who is on call, whenever it is asked. Without any vendor it is whoever reads the console; with one, a real roster
    is needed.

    Raises SettingsWrong.
    """
    vendors = ("jira_url", "slack_token", "mail_host", "form_url", "form_prefill", "aaq_url", "webhook_secret")
    configured = [name for name in vendors if getattr(settings, name)]
    if settings.on_call is None:
        if configured:
            raise SettingsWrong(
                f"AAQ_ON_CALL: with AAQ_{configured[0].upper()} set, two contacts and a last responder are needed"
            )
        return lambda: CONSOLE_ROSTER
    if not configured:
        raise SettingsWrong("AAQ_ON_CALL: nobody can be reached without AAQ_SLACK_TOKEN or AAQ_MAIL_HOST")
    try:
        return RosterFile(settings.on_call, slack=bool(settings.slack_token), mail=bool(settings.mail_host))
    except RosterIncomplete as error:
        raise SettingsWrong(f"AAQ_ON_CALL: {error}") from None


def build_worker(
    settings: Settings,
    database: Database,
    clock: Clock,
    transports: Mapping[str, Transport],
    on_call: OnCall,
    upkeep: Sequence[Chore] = (),
) -> Worker:
    """The worker with everything that runs in its process."""
    notices = Notices(database, on_call, settings.address, with_words=settings.on_call_words)
    reconciler = Reconciler(database, transports[ON_CALL], on_call, Alarm(settings.alarm_command), settings.address)
    chores = (
        Chore("walk-on", timedelta(seconds=5), notices.walk_on),
        Chore("channels", timedelta(seconds=10), reconciler.look_at_channels),
        Chore("reconcile", timedelta(minutes=1), reconciler.look),
        Chore("tickets", timedelta(minutes=5), lambda now: read_back(database, transports[JIRA], now)),
        Chore("check", timedelta(hours=6), lambda now: _report_problems(transports, now)),
    )
    return Worker(
        database,
        transports,
        clock,
        lease_for=settings.lease_for,
        attempt_for=settings.attempt_for,
        packing={ON_CALL: notices},
        chores=(*chores, *upkeep),
    )


def _report_problems(transports: Mapping[str, Transport], _: datetime) -> None:
    """Log at start, and now and then, what would stop a delivery: a missing permission, a new required field."""
    for destination, transport in transports.items():
        if isinstance(transport, CanBeChecked):
            for problem in transport.check():
                _log.warning("transport.problem", destination=destination, problem=problem)
