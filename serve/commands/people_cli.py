"""`aaq users` and `aaq keys`: who signs in, and which programs may send."""

from typing import Annotated, TypeVar

import typer
from sqlalchemy.exc import IntegrityError

from serve.commands.command import failed, open_people
from serve.people.accounts import ROLES, LastAdmin, PersonMissing, Role, SignsInElsewhere
from serve.people.api_keys import SCOPES, KeyMissing, Scope

users_app = typer.Typer(no_args_is_help=True, help="People who sign in.")
keys_app = typer.Typer(no_args_is_help=True, help="API keys of programs.")
T = TypeVar("T", bound=str)


def _one_of(value: str, known: tuple[T, ...], what: str) -> T:
    for word in known:
        if word == value:
            return word
    raise failed(f"{what} {value!r} is not one of: {', '.join(known)}")


@users_app.command("add")
def add_user(name: str, role: Annotated[str, typer.Option(help="coach, manager or admin")] = "coach") -> None:
    """Add a person and show their password once."""
    wanted: Role = _one_of(role, ROLES, "role")
    with open_people() as people:
        try:
            typer.echo(f"{name}: password {people.accounts.add(name, wanted)}")
        except IntegrityError:
            raise failed(f"there is somebody named {name!r} already") from None


@users_app.command("list")
def list_users() -> None:
    """Everybody, what they may do, and how they sign in."""
    with open_people() as people:
        for account in people.accounts.all():
            how = "school sign-in" if account.external_id else "password"
            state = f", disabled {account.disabled_at:%Y-%m-%d}" if account.disabled_at else ""
            typer.echo(f"{account.id}  {account.role:<8} {account.name} ({how}{state})")


@users_app.command("reset")
def reset_user(name: str) -> None:
    """Give a person a new password, shown once, and sign them out everywhere."""
    with open_people() as people:
        try:
            typer.echo(f"{name}: password {people.accounts.reset(name)}")
        except (PersonMissing, SignsInElsewhere) as error:
            raise failed(error) from None


@users_app.command("disable")
def disable_user(name: str) -> None:
    """Shut a person out at once; what they said stays."""
    with open_people() as people:
        try:
            people.accounts.disable(name)
        except (PersonMissing, LastAdmin) as error:
            raise failed(error) from None
    typer.echo(f"{name} is disabled and signed out")


@keys_app.command("add")
def add_key(
    name: str, scope: Annotated[str, typer.Option(help="send, or review: also reads and decides for a coach")] = "send"
) -> None:
    """Make an API key for a program, shown once."""
    wanted: Scope = _one_of(scope, SCOPES, "scope")
    with open_people() as people:
        typer.echo(f"{name}: {people.keys.add(name, wanted).key}")


@keys_app.command("list")
def list_keys() -> None:
    """Every key by how it begins, with the last day on which it was used."""
    with open_people() as people:
        for key in people.keys.all():
            used = f"last used {key.used_on}" if key.used_on else "never used"
            state = f", revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
            typer.echo(f"{key.prefix}...  {key.scope:<6} {key.name} (made {key.created_at:%Y-%m-%d}, {used}{state})")


@keys_app.command("revoke")
def revoke_key(prefix: str) -> None:
    """End a key, named by how it begins."""
    with open_people() as people:
        try:
            key = people.keys.revoke(prefix.removesuffix("..."))
        except KeyMissing as error:
            raise failed(error) from None
    typer.echo(f"{key.name}: {key.prefix}... is revoked")
