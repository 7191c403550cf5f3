"""`aaq history`: what coaches said, out of the database for `aaq retrain`, and into it from before."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from model.answer import parts
from model.history import HistoryRow, HistoryUnreadable, read_history
from serve.clock import utc_now
from serve.commands.command import failed, open_database, settings_or_exit
from serve.keeping.upkeep import pseudonyms_of
from serve.loop.history import Histories
from serve.loop.jira_history import BadIssue, JiraMapping, MappingWrong, read_mapping, rows_of
from serve.settings import Settings
from serve.store.people import all_users
from serve.store.students import all_student_ids
from serve.transports.base import DeliveryFailed
from serve.transports.jira_client import JiraServer, connect
from serve.transports.jira_failures import failing
from serve.transports.jira_search import search

history_app = typer.Typer(no_args_is_help=True, help="What coaches said: out, for retraining, and in.")
_MOST_BAD_ROWS = 20


def _day(given: str | None) -> datetime | None:
    """An ISO day or time; without a zone it is UTC."""
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise failed(f"{given!r} is not a day or time: 2026-11-23, or 2026-11-23T09:00+01:00") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@history_app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="Ends in .csv, .jsonl or .parquet.")],
    since: Annotated[str | None, typer.Option(help="Labels made from this day or time.")] = None,
    until: Annotated[str | None, typer.Option(help="Labels made before this day or time.")] = None,
    real_ids: Annotated[
        bool, typer.Option("--real-ids", help="Students and coaches by their ids instead of pseudonyms.")
    ] = False,
) -> None:
    """Write every label that stands, with its provenance, as data/history_schema.json describes it."""
    settings, first, last = settings_or_exit(), _day(since), _day(until)
    with open_database(settings) as database:
        histories = Histories(database, pseudonyms_of(settings), utc_now)
        try:
            done = histories.export(file, since=first, until=last, real_ids=real_ids)
        except (HistoryUnreadable, OSError) as error:
            raise failed(error) from None
    typer.echo(f"{file}: {done.n_rows} labels, {done.n_erased} of them without words (erased).")
    typer.echo(f"Left out, as they are no labels: {done.left_out.n_undone} undone, {done.left_out.n_skips} skips.")


@history_app.command("import")
def import_(
    file: Annotated[Path | None, typer.Argument(help="A history: .csv, .jsonl or .parquet.")] = None,
    jira: Annotated[str | None, typer.Option(help="Instead of a file: a JQL query; its issues are read.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="Which of our labels an issue has: a copy of serve/jira_labels.toml.")
    ] = None,
) -> None:
    """Take in labels from elsewhere; each message once, however often. Bad rows are named and left out."""
    if (file is None) == (jira is None):
        raise failed("give either a file or --jira")
    settings = settings_or_exit()
    with open_database(settings) as database:
        histories = Histories(database, pseudonyms_of(settings), utc_now)
        problems: list[str] = []
        try:
            if file is not None:
                history = read_history(file, parts()[0])
                problems = [f"{file}:{bad.line}: left out: {bad.problem}" for bad in history.bad]
                done = histories.take_in(history.rows)
            else:
                wanted = read_mapping(mapping, parts()[0])
                done = histories.take_in(_good(_issues(settings, str(jira), wanted), problems))
        except (HistoryUnreadable, MappingWrong, FileNotFoundError, DeliveryFailed) as error:
            raise failed(error) from None
    for problem in problems[:_MOST_BAD_ROWS]:
        typer.echo(problem, err=True)
    if len(problems) > _MOST_BAD_ROWS:
        typer.echo(f"... and {len(problems) - _MOST_BAD_ROWS} more", err=True)
    typer.echo(f"{done.n_new} new, {done.n_known} known before, {len(problems)} left out.")


def _issues(settings: Settings, jql: str, mapping: JiraMapping) -> Iterator[HistoryRow | BadIssue]:
    if settings.jira_url is None or settings.jira_token is None:
        raise failed("set AAQ_JIRA_URL and AAQ_JIRA_TOKEN (and AAQ_JIRA_USER for Jira Cloud) first")
    server = JiraServer(settings.jira_url, settings.jira_user, settings.jira_token)
    with failing(creating=False):
        yield from rows_of(search(connect(server), jql, mapping.fields), mapping)


def _good(rows: Iterator[HistoryRow | BadIssue], problems: list[str]) -> Iterator[HistoryRow]:
    for row in rows:
        if isinstance(row, BadIssue):
            problems.append(f"{row.key}: left out: {row.problem}")
        else:
            yield row


@history_app.command("who")
def who(
    pseudonym: Annotated[str, typer.Argument(help="As an export, or the gate, names a student or coach.")],
) -> None:
    """Say which student or coach a pseudonym stands for: what the gate refuses, it refuses by pseudonym."""
    settings = settings_or_exit()
    pseudonyms = pseudonyms_of(settings)
    with open_database(settings) as database, database.read() as connection:
        for user in all_users(connection):
            if pseudonyms.coach(user.id) == pseudonym:
                typer.echo(f"coach {user.name}")
                return
        for student_id in all_student_ids(connection):
            if pseudonyms.student(student_id) == pseudonym:
                typer.echo(f"student {student_id}")
                return
    raise failed("nobody here has this pseudonym (any more)")
