"""`aaq releases`: what was live when and why; a candidate beside the incumbent; forward, unseen, and back."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from model.answer import build_answerer, parts
from model.journal import JournalCorrupt, read_journal
from model.live import live_id, shadow_id
from model.promotion import NothingBefore, PromotionRefused, promote, read_gate, roll_back, shadow
from model.release import ReleaseCorrupt, ReleaseMissing, load_release, read_manifest
from training.diff import disagreements, figures_in_words, learnt, thresholds_in_words
from training.evaluate import answer_all
from training.fixed_set import read_fixed_set
from training.releases import Recipe, read_lesson

app = typer.Typer(no_args_is_help=True, help="Which release answers, which did, and why.")
_RELEASES = Annotated[Path, typer.Option(help="The folder of releases.", envvar="AAQ_RELEASES")]
_KEY = Annotated[str, typer.Option(help="Refuses unsigned releases.", envvar="AAQ_RELEASE_KEY")]
_WHO = Annotated[str, typer.Option(help="Who decides; without it, who is signed in here.")]
_WHY = Annotated[str, typer.Option(help="Why, for the journal.")]


@contextmanager
def _in_one_line(command: str) -> Iterator[None]:
    """A refusal is one clear line and exit code 1."""
    try:
        yield
    except (PromotionRefused, NothingBefore, ReleaseMissing, ReleaseCorrupt, JournalCorrupt) as error:
        typer.echo(f"aaq releases {command}: {error}", err=True)
        raise typer.Exit(1) from None


@app.command("list")
def list_command(releases: _RELEASES = Path("releases"), release_key: _KEY = "") -> None:
    """Every release with the gate's word on it, and the journal: what was live when, who decided and why."""
    console, key = Console(), release_key.encode() or None
    live = live_id(releases) if (releases / "live").exists() else None
    table = Table(title=f"Releases in {releases}", title_justify="left")
    for column in ("release", "learned from", "gate", "now"):
        table.add_column(column)
    for folder in sorted(path.parent for path in releases.glob("[0-9]*/manifest.json")):
        try:
            record = read_manifest(folder, key)["data"]
            history = record.get("history")
            learned = f"{record['n_messages']} messages" + (f", {history['n_rows']} of history" if history else "")
            gate = _gate_word(folder, key)
        except (ReleaseCorrupt, PromotionRefused) as error:
            learned, gate = "-", str(error)
        now = " ".join(word for word, id_ in (("live", live), ("shadow", shadow_id(releases))) if id_ == folder.name)
        table.add_row(folder.name, learned, gate, now)
    console.print(table)
    journal = Table(title="Journal", title_justify="left")
    for column in ("at", "who", "did", "release", "why"):
        journal.add_column(column)
    with _in_one_line("list"):
        entries = read_journal(releases)
    for entry in entries:
        journal.add_row(f"{entry.at:%Y-%m-%d %H:%M}", entry.who, entry.action, entry.release, entry.why)
    console.print(journal)


def _gate_word(folder: Path, key: bytes | None) -> str:
    report = read_gate(folder, key)
    if report is None:
        return "not judged"
    if not report["passed"]:
        return "refused"
    return f"passed against {report['incumbent']}" + (", waits for a second person" if report["waits_for"] else "")


@app.command("show")
def show_command(
    release: Annotated[str | None, typer.Argument(help="A release's id; without it, the live one.")] = None,
    releases: _RELEASES = Path("releases"),
    release_key: _KEY = "",
) -> None:
    """A release's card and the gate's report on it, every check with both figures."""
    with _in_one_line("show"):
        folder = releases / (release or live_id(releases))
        key = release_key.encode() or None
        load_release(folder, parts()[0], key)
        report = read_gate(folder, key)
    typer.echo((folder / "card.md").read_text("utf-8"))
    if report is None:
        typer.echo("The gate has not judged it.")
        return
    typer.echo(f"## The gate, {report['judged_at']}, against {report['incumbent']}")
    for check in report["checks"]:
        typer.echo(
            f"- {'kept' if check['passed'] else 'BROKEN'}: {check['name']} ({check['bound']}). {check['sentence']}"
        )
    for suspicion in report["suspicions"]:
        typer.echo(f"- SUSPECT {suspicion['kind']}: {suspicion['sentence']} Rows: {', '.join(suspicion['rows'])}")
    for reason in report["waits_for"]:
        typer.echo(f"- a second person must agree: {reason}")
    typer.echo("It passed." if report["passed"] else "It was refused.")


@app.command("diff")
def diff_command(
    release: Annotated[str, typer.Argument(help="A release's id.")],
    other: Annotated[str | None, typer.Argument(help="What it would replace; without it, the live one.")] = None,
    releases: _RELEASES = Path("releases"),
    data: Annotated[Path, typer.Option(help="Folder with corpus/, cases/ and splits.toml.")] = Path("data"),
    release_key: _KEY = "",
) -> None:
    """What would change, in words: figures, thresholds, the words it learned, and where the two disagree."""
    taxonomy, key = parts()[0], release_key.encode() or None
    with _in_one_line("diff"):
        before = load_release(releases / (other or live_id(releases)), taxonomy, key)
        after = load_release(releases / release, taxonomy, key)
    typer.echo(f"From {before.id} to {after.id}\n\nFigures")
    evaluations = [json.loads((releases / one / "evaluation.json").read_text("utf-8")) for one in (before.id, after.id)]
    for line in figures_in_words(*evaluations):
        typer.echo(f"  {line}")
    typer.echo("\nThresholds")
    for line in thresholds_in_words(before, after):
        typer.echo(f"  {line}")
    typer.echo("\nWords that moved most")
    for change in learnt(before, after, taxonomy):
        away = f"; away: {', '.join(change.away)}" if change.away else ""
        typer.echo(f"  {change.label}: towards it: {', '.join(change.towards)}{away}")
    lesson = read_lesson(data, Recipe())
    judging = read_fixed_set(data, lesson.splits.evaluation, taxonomy)
    answered = [answer_all(build_answerer(one), judging.messages, lesson.traffic) for one in (before, after)]
    typer.echo("\nOn the fixed set")
    for line in disagreements(answered[0], answered[1], taxonomy.keys):
        typer.echo(f"  {line}")


@app.command("shadow")
def shadow_command(
    release: Annotated[str | None, typer.Argument(help="A release's id; without it, the shadow ends.")] = None,
    releases: _RELEASES = Path("releases"),
    release_key: _KEY = "",
    who: _WHO = "",
    why: _WHY = "to see how it does on live messages",
) -> None:
    """Let a candidate run on live messages without being seen; without an id, end it."""
    key, at = release_key.encode() or None, datetime.now(UTC)
    with _in_one_line("shadow"):
        shadow(releases, release, who=who or getpass.getuser(), why=why, at=at, key=key)
    typer.echo(f"{release} runs unseen beside the live release." if release else "Nothing runs unseen any more.")


@app.command("promote")
def promote_command(
    release: Annotated[str, typer.Argument(help="A release's id.")],
    why: _WHY,
    releases: _RELEASES = Path("releases"),
    release_key: _KEY = "",
    who: _WHO = "",
    second: Annotated[str | None, typer.Option(help="Who else agrees, when the gate asks for a second person.")] = None,
) -> None:
    """Let a release that passed the gate answer from now on; running services take it over between requests."""
    key, at = release_key.encode() or None, datetime.now(UTC)
    with _in_one_line("promote"):
        promote(releases, release, who=who or getpass.getuser(), why=why, at=at, second=second, key=key)
    typer.echo(f"{release} is live.")


@app.command("rollback")
def rollback_command(
    why: _WHY,
    releases: _RELEASES = Path("releases"),
    release_key: _KEY = "",
    who: _WHO = "",
) -> None:
    """Let the release that was live before answer again. Once more goes back further."""
    key, at = release_key.encode() or None, datetime.now(UTC)
    with _in_one_line("rollback"):
        back = roll_back(releases, who=who or getpass.getuser(), why=why, at=at, key=key)
    typer.echo(f"{back} is live again.")
