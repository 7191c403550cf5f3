"""`aaq doctor`: everything that must be right before a shift, a line each: ok, or what is wrong and how to mend it.

Nothing is changed and nothing is sent, unless a test is asked for.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from model.answer import parts
from model.live import live_id
from model.release import ReleaseCorrupt, ReleaseMissing, load_release
from serve.clock import Clock, new_id
from serve.delivering import outbox
from serve.delivery import build_transports, on_call_of
from serve.distress.roster import CONSOLE_ROSTER, Roster
from serve.routing import RoutingWrong, load_routing
from serve.settings import Settings, SettingsWrong
from serve.store.looking import look_at
from serve.store.messages import count_open
from serve.store.people import count_users
from serve.transports.base import CanBeChecked, Delivery, DeliveryFailed, Transport
from serve.transports.console import ConsoleTransport

_TEST = "This is a test from AAQ Triage (aaq doctor --send-test). Nobody is waiting, and nothing needs to be done."
_SUBJECT = "Test from AAQ Triage"
_MENDS: Mapping[str, str] = {
    outbox.ON_CALL: "AAQ_ON_CALL with AAQ_SLACK_TOKEN or AAQ_MAIL_HOST",
    outbox.JIRA: "AAQ_JIRA_URL and AAQ_JIRA_TOKEN",
    outbox.SLACK: "AAQ_SLACK_TOKEN",
    outbox.MAIL: "AAQ_MAIL_HOST and AAQ_MAIL_FROM",
    outbox.FORM: "AAQ_FORM_URL and AAQ_FORM_SECRET",
    outbox.AAQ: "AAQ_AAQ_URL and AAQ_AAQ_SECRET",
    outbox.WEBHOOK: "AAQ_WEBHOOK_SECRET",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. wrong: it must be mended, and how, if that is not in its words."""

    subject: str
    says: str
    wrong: bool = False
    mend: str = ""

    def __str__(self) -> str:
        how = f" Mend it: {self.mend}." if self.mend else ""
        return f"{'WRONG' if self.wrong else 'ok   '} {self.subject}: {self.says}{how}"


def examine(
    settings: Settings,
    clock: Clock,
    *,
    send_test: bool = False,
    transports: Mapping[str, Transport] | None = None,
) -> Iterator[Finding]:
    """Every finding, in the order in which a person would look.

    send_test: deliver a marked test to each vendor · transports: by destination, those of the settings by default.
    """
    yield from _about_settings(settings)
    yield _about_database(settings)
    yield _about_release(settings)
    yield _about_routing(settings)
    try:
        transports, roster = transports or build_transports(settings, clock), on_call_of(settings)()
    except SettingsWrong as error:
        yield Finding("on call and addresses", f"{error}.", wrong=True, mend="set it in aaq.env, as README.md says")
        return
    yield _about_on_call(roster)
    for destination in outbox.DESTINATIONS:
        yield from _about_transport(destination, transports[destination])
    if send_test:
        for destination in outbox.DESTINATIONS:
            if not isinstance(transports[destination], ConsoleTransport):
                yield from _tests_of(destination, transports[destination], roster, settings.address)


def _about_settings(settings: Settings) -> Iterator[Finding]:
    for name in Settings.model_fields:
        origin = "set" if name in settings.model_fields_set else "the default"
        yield Finding(f"AAQ_{name.upper()}", origin)
    if settings.host not in ("127.0.0.1", "::1", "localhost") and not settings.over_https:
        says = "people outside this machine can reach it, and AAQ_ADDRESS is not https"
        yield Finding("AAQ_HOST", says, wrong=True, mend="put a proxy with TLS in front, and set AAQ_ADDRESS to it")


def _about_database(settings: Settings) -> Finding:
    path = Path(settings.database.removeprefix("sqlite:///")) if settings.database.startswith("sqlite") else None
    if path is not None and not path.exists():
        folder = next(parent for parent in path.resolve().parents if parent.exists())
        if os.access(folder, os.W_OK):
            return Finding("database", f"{path} is made at the first start")
        return Finding("database", f"{folder} cannot be written", wrong=True, mend="give this user the folder")
    try:
        with look_at(settings.database) as connection:
            n_users, (n_open, n_alarms) = count_users(connection), count_open(connection)
    except SQLAlchemyError as error:
        says = f"cannot be read ({type(error).__name__})"
        return Finding(
            "database", says, wrong=True, mend="check AAQ_DATABASE; `aaq serve` brings its tables up to date"
        )
    return Finding("database", f"{n_users} people, {n_open} messages wait, {n_alarms} escalations to acknowledge")


def _about_release(settings: Settings) -> Finding:
    try:
        release = load_release(settings.releases / live_id(settings.releases), parts()[0], settings.release_key_bytes)
    except (ReleaseMissing, ReleaseCorrupt, OSError) as error:
        says = f"{error}; every message goes to a human"
        return Finding("release", says, wrong=True, mend="`aaq train` makes one, or set AAQ_RELEASES")
    return Finding("release", f"{release.id} is live")


def _about_routing(settings: Settings) -> Finding:
    try:
        routing = load_routing(parts()[0], settings.routing)
    except RoutingWrong as error:
        return Finding("routing", str(error), wrong=True, mend="the file says above each part what it may hold")
    n_automatic = sum(how.automatic_above is not None for route in routing.routes for how in route.actions)
    return Finding("routing", f"{len(routing.routes)} routes, {n_automatic} actions that leave by themselves")


def _about_on_call(roster: Roster) -> Finding:
    if roster is CONSOLE_ROSTER:
        return Finding("on call", f"only this console is told; for people: {_MENDS[outbox.ON_CALL]}")
    names = ", ".join(contact.name for contact in roster.contacts)
    return Finding("on call", f"{names}; last {roster.last_responder.name}")


def _about_transport(destination: str, transport: Transport) -> Iterator[Finding]:
    if isinstance(transport, ConsoleTransport):
        yield Finding(destination, f"printed to the console; for real: {_MENDS[destination]}")
        return
    problems = transport.check() if isinstance(transport, CanBeChecked) else []
    for problem in problems:
        yield Finding(destination, problem, wrong=True, mend=f"there, or {_MENDS[destination]}")
    if not problems:
        checked = "connection, permissions and fields" if isinstance(transport, CanBeChecked) else "configured"
        yield Finding(destination, checked)


def _tests_of(destination: str, transport: Transport, roster: Roster, address: str) -> Iterator[Finding]:
    """Deliver a marked test: to everybody on call, to every other vendor once."""
    for who, body in _bodies(destination, roster, address):
        subject = f"test to {destination}{f', {who}' if who else ''}"
        test_id = new_id()
        delivery = Delivery(test_id, "test", destination, body, f"test:{test_id}:{destination}")
        try:
            receipt = transport.deliver(delivery)
        except DeliveryFailed as failure:
            yield Finding(subject, f"{failure}", wrong=True, mend=f"{_MENDS[destination]}, then test again")
        else:
            yield Finding(subject, f"accepted as {receipt.reference}; look whether it is there")


def _bodies(destination: str, roster: Roster, address: str) -> Iterator[tuple[str, dict[str, object]]]:
    match destination:
        case outbox.ON_CALL:
            for contact in (*roster.contacts, roster.last_responder):
                to = {"name": contact.name, "slack": contact.slack, "mail": contact.mail}
                yield contact.name, {"contact": to, "subject": _SUBJECT, "says": _TEST, "link": address}
        case outbox.JIRA:
            yield "", {"summary": _SUBJECT, "description": _TEST, "category": "ui", "priority": "Low"}
        case outbox.FORM:
            yield "", {"fields": {"text": _TEST}}
        case outbox.MAIL:
            yield "", {"subject": _SUBJECT, "text": _TEST}
        case outbox.WEBHOOK:
            return  # its addresses are those of the subscriptions, not a setting
        case _:
            yield "", {"text": _TEST, "question_id": None}
