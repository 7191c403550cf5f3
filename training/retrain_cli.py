"""`aaq retrain` and `aaq labels review`: what coaches did yesterday makes tomorrow's candidate."""

import getpass
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from model.answer import parts
from model.history import HistoryRow, HistoryUnreadable, read_history
from model.release import ReleaseCorrupt, ReleaseMissing
from model.verdicts import read_verdicts
from training.corpus import CorpusInvalid
from training.gate import Verdict
from training.history import Learned
from training.releases import Recipe
from training.retrain import Run, last_run, retrain
from training.retrain_settings import read_retrain_settings
from training.review_labels import review
from training.suspects import CleanlabMissing
from training.trigger import Trigger, due

app = typer.Typer(no_args_is_help=True)
labels_app = typer.Typer(no_args_is_help=True, help="Labels that training found suspect, for a person to look at.")
app.add_typer(labels_app, name="labels")
_DATA = Annotated[Path, typer.Option(help="Folder with corpus/, cases/, retrain.toml, traffic.toml and splits.toml.")]
_KEY = Annotated[str, typer.Option(help="Signs releases, and refuses unsigned ones.", envvar="AAQ_RELEASE_KEY")]
_RELEASES = Annotated[Path, typer.Option(help="The folder of releases.", envvar="AAQ_RELEASES")]
_HISTORY = Annotated[Path | None, typer.Option(help="What coaches said: .csv, .jsonl or .parquet.")]
MOST_BAD_ROWS = 20


def fail(command: str, problem: object) -> typer.Exit:
    """One clear line, and exit code 1."""
    typer.echo(f"aaq {command}: {problem}", err=True)
    return typer.Exit(1)


@app.command("retrain")
def retrain_command(
    history: _HISTORY = None,
    data: _DATA = Path("data"),
    releases: _RELEASES = Path("releases"),
    release_key: _KEY = "",
    trigger: Annotated[Trigger, typer.Option(help="What asks for this run; the last two may find it too early.")] = (
        Trigger.MANUAL
    ),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Train and judge, and leave nothing behind.")] = False,
    without: Annotated[list[str] | None, typer.Option(help="Learn nothing from this coach or student.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes for the out-of-fold scores.")] = 2,
    seed: Annotated[int, typer.Option(help="Decides which authors calibrate and which control.")] = 1,
) -> None:
    """Make a candidate from the corpus and what coaches said, and have the gate judge it. Promotes nothing."""
    console, key, now = Console(stderr=True), release_key.encode() or None, datetime.now(UTC)
    try:
        settings = read_retrain_settings(data / "retrain.toml")
        rows = _read(history, without or []) if history else []
        last_at, until = last_run(releases, key)
        n_new = sum(until is None or row.made_at > until for row in rows)
        decided = due(trigger, settings.trigger, n_new=n_new, last_at=last_at, now=now)
        if not decided.due:
            typer.echo(f"not now: {decided.why}")
            return
        with console.status("starting") as status, tempfile.TemporaryDirectory() as scratch:

            def say(step: str) -> None:
                status.update(step)
                console.print(f"  {step}")

            run = retrain(
                data,
                releases,
                rows,
                settings=settings,
                recipe=Recipe(seed=seed),
                second_looks=read_verdicts(releases),
                now=now,
                n_jobs=jobs,
                key=key,
                say=say,
                into=Path(scratch) if dry_run else None,
            )
    except (HistoryUnreadable, ReleaseMissing, ReleaseCorrupt, CorpusInvalid, CleanlabMissing) as error:
        raise fail("retrain", error) from None
    except (FileNotFoundError, FileExistsError, ValueError) as error:
        raise fail("retrain", error) from None
    _print(run, dry_run)
    if not run.verdict.passed:
        raise typer.Exit(3)


def _read(path: Path, without: Sequence[str]) -> list[HistoryRow]:
    history = read_history(path, parts()[0])
    for bad in history.bad[:MOST_BAD_ROWS]:
        typer.echo(f"{path}:{bad.line}: left out: {bad.problem}", err=True)
    if len(history.bad) > MOST_BAD_ROWS:
        typer.echo(f"... and {len(history.bad) - MOST_BAD_ROWS} more", err=True)
    return [row for row in history.rows if row.coach not in without and row.student not in without]


def _print(run: Run, dry_run: bool) -> None:
    console = Console()
    console.print(learned_in_words(run.learned))
    console.print(checks_table(run.trained.release.id, run.incumbent, run.verdict))
    for suspicion in run.verdict.suspicions:
        rows = ", ".join(suspicion.rows[:8]) + (f" and {len(suspicion.rows) - 8} more" if suspicion.rows[8:] else "")
        console.print(f"{suspicion.kind}: {suspicion.sentence}\n  rows {rows}", highlight=False)
    if run.suspects:
        console.print(f"{len(run.suspects)} labels are suspect: `aaq labels review` shows them one at a time.")
    if dry_run:
        console.print("A dry run: nothing was kept.")
    elif not run.verdict.passed:
        console.print(f"The gate refuses {run.trained.release.id}. {run.verdict.refusal}", highlight=False)
    else:
        for reason in run.verdict.waits_for:
            console.print(reason, highlight=False)
        second = " --second OTHER-NAME" if run.verdict.waits_for else ""
        console.print(
            f"It may be promoted: aaq releases promote {run.trained.release.id} --why WHY{second}", highlight=False
        )


def learned_in_words(learned: Learned) -> str:
    """What was learned and what was left out, in a sentence or two."""
    weight = sum(one.weight for one in learned.rows)
    left_out = (
        (learned.n_erased, "erased"),
        (learned.n_repeated, "folded into the same text or message"),
        (learned.n_fixed, "of the fixed set that judges"),
        (learned.n_dropped, "dropped on a second look"),
    )
    out = "; ".join(f"{n} {why}" for n, why in left_out if n) or "none"
    return (
        f"Learned from {len(learned.rows)} labels of {len(learned.students)} students by {len(learned.coaches)}"
        f" coaches, together {weight:.0f} rows of the corpus. Left out: {out}."
    )


def checks_table(candidate: str, incumbent: str, verdict: Verdict) -> Table:
    """The gate's checks, both figures side by side."""
    table = Table(title=f"Candidate {candidate} against {incumbent}", title_justify="left")
    for column in ("check", "incumbent", "candidate", "bound", ""):
        table.add_column(column)
    for check in verdict.checks:
        figures = (f"{check.incumbent:.4g}", f"{check.candidate:.4g}")
        table.add_row(check.name, *figures, check.bound, "kept" if check.passed else "BROKEN")
    return table


@labels_app.callback()
def _labels() -> None:
    """Labels that training found suspect, for a person to look at."""


@labels_app.command("review")
def review_command(
    history: Annotated[Path, typer.Option(help="The history that was learned from; the messages' words are in it.")],
    release: Annotated[str | None, typer.Argument(help="A candidate's id; without it, the newest.")] = None,
    releases: _RELEASES = Path("releases"),
    who: Annotated[str, typer.Option(help="Who is looking.")] = "",
) -> None:
    """Show suspect labels one at a time: keep, change or drop. What is said is remembered for later runs."""
    try:
        rows = {row.message_id: row for row in read_history(history, parts()[0]).rows}
        review(releases, release, rows, who=who or getpass.getuser(), clock=lambda: datetime.now(UTC))
    except (HistoryUnreadable, FileNotFoundError, ValueError) as error:
        raise fail("labels review", error) from None
