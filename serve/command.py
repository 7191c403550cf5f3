"""What the commands of the service share: settings or one clear line, an open database, the failures they name."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy.exc import SQLAlchemyError

from serve.logs import configure_logs
from serve.settings import Settings, SettingsWrong, load_settings
from serve.store.database import Database, DatabaseInUse, DatabaseUnsafe
from serve.store.migrate import migrate


def failed(problem: object) -> typer.Exit:
    """One line on standard error, and exit code 1."""
    typer.echo(f"aaq: {problem}", err=True)
    return typer.Exit(1)


def settings_or_exit() -> Settings:
    """The settings; what is wrong with them ends the command."""
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
