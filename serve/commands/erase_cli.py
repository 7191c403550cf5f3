"""`aaq erase`: a student's words and names go, and what people must delete elsewhere is said."""

from typing import Annotated

import typer

from serve.clock import utc_now
from serve.commands.command import failed, open_database, settings_or_exit
from serve.keeping.erasing import Erasing, NobodyToErase, NotSeenYet, Remains
from serve.keeping.upkeep import pseudonyms_of
from serve.pages.view import counted


def erase(
    student: Annotated[
        str | None, typer.Argument(help="The student's id, as AAQ sends it. Without it: finish, and what is left.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the id again.")] = False,
    also_unseen: Annotated[
        bool, typer.Option("--also-unseen", help="Although nobody has acknowledged a distress case of theirs.")
    ] = False,
) -> None:
    """Erase a student: every word and name, everywhere. Labels and counts stay. It cannot be undone."""
    settings = settings_or_exit()
    with open_database(settings) as database:
        erasing = Erasing(database, pseudonyms_of(settings), settings.releases, utc_now)
        try:
            if student is None:
                erasing.finish()
                _say(erasing.remains())
                return
            found = erasing.look(student)
            typer.echo(
                f"{counted(found.n_messages, 'message')}, {counted(found.n_notes, 'note')} and"
                f" {counted(found.n_imported, 'imported label')} lose their words and the student's name."
            )
            if not yes and typer.prompt("This cannot be undone. The student's id again") != student:
                raise failed("that is another id; nothing was changed")
            remains = erasing.erase(student, "aaq erase", also_unseen=also_unseen)
        except NobodyToErase as error:
            raise failed(error) from None
        except NotSeenYet as error:
            raise failed(f"{error}; see to that first, or say --also-unseen. Nothing was changed.") from None
        except (OSError, ValueError) as error:
            raise failed(
                f"the database is clean, but a file is not ({error}): mend that and run `aaq erase` once more"
            ) from None
    typer.echo("Erased.")
    _say(remains)


def _say(remains: Remains) -> None:
    """What is left for people to do."""
    if remains.log_busy:
        typer.echo("A reader kept the database's log from being emptied; run `aaq erase` once more.")
    if remains.leftovers:
        typer.echo("To delete over there, by hand (the page /erasures keeps this list to tick off):")
    for one in remains.leftovers:
        where = one.reference or f"not known, {one.state}: look for it"
        typer.echo(f"  {one.destination}: {one.action} {where}{f'  {one.url}' if one.url else ''}")
    for file in remains.files:
        typer.echo(f"To delete by hand: {file.path} ({file.problem}).")
    if remains.releases:
        typer.echo(
            "May have learned a word of theirs: "
            f"{', '.join(remains.releases)}. Run `aaq retrain`, promote what it makes, and delete these folders."
        )
    if not (remains.leftovers or remains.files or remains.releases):
        typer.echo("Nothing is left to do elsewhere.")
