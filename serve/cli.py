"""The service's commands: what runs it and keeps it."""

import signal
import socket
import sys
import threading
from typing import Annotated

import structlog
import typer
import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from serve.app import create_app
from serve.clock import utc_now
from serve.commands.command import failed, settings_or_exit
from serve.commands.doctor import Finding, examine
from serve.commands.erase_cli import erase
from serve.commands.history_cli import history_app
from serve.commands.people_cli import keys_app, users_app
from serve.delivering.outbox import ON_CALL, message_url
from serve.delivery import build_transports, build_worker, on_call_of
from serve.distress.alarm import Alarm
from serve.distress.reconcile import find, raise_alarm
from serve.keeping.erasing import Erasing
from serve.keeping.upkeep import chores, pseudonyms_of
from serve.logs import configure_logs
from serve.loop.history import Histories
from serve.people.auth import People
from serve.routing import RoutingWrong
from serve.settings import Settings, SettingsWrong, load_settings
from serve.store.database import Database, DatabaseInUse, DatabaseUnsafe
from serve.store.looking import look_at

app = typer.Typer(no_args_is_help=True)
app.add_typer(users_app, name="users")
app.add_typer(keys_app, name="keys")
app.add_typer(history_app, name="history")
app.command("erase")(erase)
_log = structlog.get_logger()


@app.command()
def serve() -> None:
    """Run the service: the API, the pages, and the worker unless AAQ_WORKER is false."""
    settings = settings_or_exit()
    configure_logs(settings.log_level)
    try:
        listener = _listen(settings)
        service = create_app(settings)
    except (SettingsWrong, DatabaseInUse, DatabaseUnsafe, RoutingWrong, SQLAlchemyError, OSError) as error:
        raise failed(error) from None
    _first_sign_in(service.state.people)
    typer.echo(f"AAQ Triage: http://{settings.host}:{settings.port}")
    sys.stdout.flush()
    server = uvicorn.Config(
        service,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        limit_concurrency=1_000,
    )
    uvicorn.Server(server).run(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    """The socket to serve on, taken before anything else happens. Raises OSError in plain words."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        raise OSError(f"cannot listen on {where} ({error.strerror}): stop what does, or set AAQ_PORT") from None
    return listener


def _first_sign_in(people: People) -> None:
    """An account and a key to begin with; both are shown once and kept as hashes."""
    if not people.nobody_yet():
        typer.echo("Sign in with your name and password; `aaq users reset NAME` makes a new password.")
        return
    password = people.add_user("coach", "admin")
    key = people.add_api_key("first key").key
    typer.echo("First sign-in, shown only now:")
    typer.echo(f"  name      coach\n  password  {password}\n  API key   {key}")


@app.command()
def worker() -> None:
    """Deliver what the outbox holds, in a process of its own (PostgreSQL)."""
    settings = settings_or_exit()
    configure_logs(settings.log_level)
    try:
        transports, on_call = build_transports(settings, utc_now), on_call_of(settings)
        with Database(settings.database) as database:
            pseudonyms = pseudonyms_of(settings)
            erasing = Erasing(database, pseudonyms, settings.releases, utc_now)
            upkeep = chores(settings, database, erasing, Histories(database, pseudonyms, utc_now))
            delivering = build_worker(settings, database, utc_now, transports, on_call, upkeep)
            ending = threading.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: ending.set())
            delivering.start()
            ending.wait()
            delivering.stop()
    except (SettingsWrong, DatabaseInUse, DatabaseUnsafe, SQLAlchemyError) as error:
        raise failed(error) from None


@app.command()
def reconcile() -> None:
    """Find distress that nobody has acknowledged, or was told of, and raise the alarm. Exit code 1 when there is any.

    Reads beside a running service and changes nothing.
    """
    settings = settings_or_exit()
    configure_logs(settings.log_level)
    try:
        transports, on_call = build_transports(settings, utc_now), on_call_of(settings)
        with look_at(settings.database) as connection:
            found = find(connection, utc_now())
    except (SettingsWrong, SQLAlchemyError) as error:
        raise failed(error) from None
    for finding in found:
        typer.echo(f"{finding.message_id}  {finding.why}  {message_url(settings.address, finding.message_id)}")
    if found:
        raise_alarm(found, Alarm(settings.alarm_command), transports[ON_CALL], on_call(), settings.address)
        raise typer.Exit(1)
    typer.echo("Every sign of distress was seen by a person, or has had less than a quarter of an hour.")


@app.command()
def doctor(
    send_test: Annotated[bool, typer.Option("--send-test", help="Deliver a marked test to each vendor.")] = False,
) -> None:
    """Say for every setting and connection whether it is right, a line each. Exit code 1 when something is wrong.

    Reads beside a running service and changes nothing.
    """
    configure_logs("error")
    try:
        settings = load_settings()
    except SettingsWrong as error:
        for problem in str(error).split("; "):
            typer.echo(Finding("settings", problem, wrong=True, mend="correct it in the environment or in aaq.env"))
        raise typer.Exit(1) from None
    n_wrong = 0
    for finding in examine(settings, utc_now, send_test=send_test):
        typer.echo(finding)
        n_wrong += finding.wrong
    typer.echo(f"{n_wrong} to mend." if n_wrong else "Nothing to mend.")
    if n_wrong:
        raise typer.Exit(1)
