"""The one console command: `aaq`. The only module that sees both programs."""

import typer

from serve.cli import app as serve_app
from training.cli import app as training_app

app = typer.Typer(
    no_args_is_help=True,
    help="AAQ Triage: reads what students ask, and sees to it that each question goes where it should.",
)
app.registered_commands += training_app.registered_commands + serve_app.registered_commands
app.registered_groups += training_app.registered_groups + serve_app.registered_groups


def main() -> None:
    """Run the command line."""
    app()
