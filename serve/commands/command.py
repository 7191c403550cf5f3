"""What every command of the service begins with: settings, database, and plain words when something is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy.exc import SQLAlchemyError

from serve.clock import utc_now
from serve.logs import configure_logs
from serve.people.auth import People
from serve.settings import Settings, SettingsWrong, load_settings
from serve.store.database import Database, DatabaseInUse, DatabaseUnsafe
from serve.store.migrate import migrate


def failed(problem: object) -> typer.Exit:
    """Say what is wrong; raise what this returns."""
    typer.echo(f"aaq: {problem}", err=True)
    return typer.Exit(1)


def settings_or_exit() -> Settings:
    """The settings, or their problem in one line."""
    try:
        return load_settings()
    except SettingsWrong as error:
        raise failed(error) from None


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database, migrated; what stands in its way ends the command."""
    configure_logs("warning")
    try:
        with Database(settings.database) as database:
            migrate(database.engine)
            yield database
    except (DatabaseInUse, DatabaseUnsafe, SQLAlchemyError) as error:
        raise failed(error) from None


@contextmanager
def open_people() -> Iterator[People]:
    """Accounts and keys over the configured database."""
    settings = settings_or_exit()
    with open_database(settings) as database:
        yield People(database, utc_now, settings.session_idle, settings.session_longest)
