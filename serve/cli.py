"""`aaq serve`, `aaq worker`, `aaq users`, `aaq keys`: what runs and keeps the service."""

import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import structlog
import typer
import uvicorn
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from serve.app import create_app
from serve.auth import ROLES, People, Role
from serve.clock import utc_now
from serve.erase_cli import erase
from serve.erasing import Erasing
from serve.history import Histories
from serve.history_cli import history_app
from serve.logs import configure_logs
from serve.outbox import DESTINATIONS
from serve.settings import Settings, SettingsWrong, load_settings
from serve.store.database import Database, DatabaseInUse, DatabaseUnsafe
from serve.store.migrate import migrate
from serve.transports.console import ConsoleTransport
from serve.upkeep import chores, pseudonyms_of
from serve.worker import Worker

app = typer.Typer(no_args_is_help=True)
users_app = typer.Typer(no_args_is_help=True, help="People who sign in.")
keys_app = typer.Typer(no_args_is_help=True, help="API keys of programs that send.")
app.add_typer(users_app, name="users")
app.add_typer(keys_app, name="keys")
app.add_typer(history_app, name="history")
app.command("erase")(erase)
_log = structlog.get_logger()


def _fail(problem: object) -> typer.Exit:
    typer.echo(f"aaq: {problem}", err=True)
    return typer.Exit(1)


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsWrong as error:
        raise _fail(error) from None


@contextmanager
def _people(settings: Settings) -> Iterator[People]:
    try:
        with Database(settings.database) as database:
            migrate(database.engine)
            yield People(database, utc_now, settings.session_idle, settings.session_longest)
    except (DatabaseInUse, DatabaseUnsafe, SQLAlchemyError) as error:
        raise _fail(error) from None


@app.command()
def serve() -> None:
    """Run the service: the API, the pages, and the worker unless AAQ_WORKER is false."""
    settings = _settings()
    configure_logs(settings.log_level)
    try:
        listener = _listen(settings)
        service = create_app(settings)
    except (DatabaseInUse, DatabaseUnsafe, SQLAlchemyError, OSError) as error:
        raise _fail(error) from None
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
    settings = _settings()
    configure_logs(settings.log_level)
    try:
        with Database(settings.database) as database:
            pseudonyms = pseudonyms_of(settings)
            erasing = Erasing(database, pseudonyms, settings.releases, utc_now)
            delivering = Worker(
                database,
                dict.fromkeys(DESTINATIONS, ConsoleTransport()),
                utc_now,
                lease_for=settings.lease_for,
                chores=chores(settings, database, erasing, Histories(database, pseudonyms, utc_now)),
            )
            ending = threading.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: ending.set())
            delivering.start()
            ending.wait()
            delivering.stop()
    except (DatabaseInUse, DatabaseUnsafe, SQLAlchemyError) as error:
        raise _fail(error) from None


@users_app.command("add")
def add_user(name: str, role: Annotated[str, typer.Option(help="coach, manager or admin")] = "coach") -> None:
    """Add a person and show their password once."""
    known: dict[str, Role] = {known: known for known in ROLES}
    if role not in known:
        raise _fail(f"role {role!r} is not one of: {', '.join(ROLES)}")
    with _people(_settings()) as people:
        try:
            typer.echo(f"{name}: password {people.add_user(name, known[role])}")
        except IntegrityError:
            raise _fail(f"there is somebody named {name!r} already") from None


@users_app.command("reset")
def reset_user(name: str) -> None:
    """Give a person a new password, shown once, and sign them out everywhere."""
    with _people(_settings()) as people:
        try:
            typer.echo(f"{name}: password {people.reset_password(name)}")
        except LookupError as error:
            raise _fail(error.args[0]) from None


@keys_app.command("add")
def add_key(name: str) -> None:
    """Make an API key for a program, shown once."""
    with _people(_settings()) as people:
        typer.echo(f"{name}: {people.add_api_key(name).key}")
