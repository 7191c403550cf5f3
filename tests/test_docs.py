"""What is not documented does not exist: every command and every reason stands in the README."""

from pathlib import Path

import pytest
import typer

from aaq import app
from model.policy import Reason

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def commands() -> list[str]:
    """Every command as it is typed."""
    found: list[str] = []
    pending: list[tuple[str, object]] = [("aaq", typer.main.get_command(app))]
    while pending:
        name, command = pending.pop()
        inner = getattr(command, "commands", None)
        if inner is None:
            found.append(name)
        else:
            pending += [(f"{name} {key}", value) for key, value in inner.items()]
    return sorted(found)


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme(command: str) -> None:
    assert command in README


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_in_the_readme(reason: Reason) -> None:
    assert f"`{reason.value}`" in README
