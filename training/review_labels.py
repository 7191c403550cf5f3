"""`aaq labels review`: suspect labels one at a time, in a terminal; a key each to keep, change or drop."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from model.answer import parts
from model.history import HistoryRow
from model.release import ReleaseMissing
from model.taxonomy import Taxonomy
from model.verdicts import Says, Verdict, add_verdict, read_verdicts
from training.retrain import SUSPECTS
from training.suspects import Suspect, read_suspects


def review(
    releases: Path,
    release_id: str | None,
    rows: Mapping[str, HistoryRow],
    *,
    who: str,
    clock: Callable[[], datetime],
) -> None:
    """Ask about every suspect that nobody has looked at yet. `rows`: the history by message id.

    Raises ReleaseMissing when no release has suspects.
    """
    taxonomy = parts()[0]
    suspects = read_suspects(_suspects_file(releases, release_id).read_bytes())
    seen = read_verdicts(releases)
    waiting = [one for one in suspects if one.message_id not in seen and one.message_id in rows]
    console = Console()
    for number, suspect in enumerate(waiting, 1):
        row = rows[suspect.message_id]
        console.print(_card(suspect, row, taxonomy, f"{number} of {len(waiting)}"))
        answer = typer.prompt("[k]eep, [d]rop, a label to change to, [s]kip or [q]uit", default="s").strip()
        while answer not in ("k", "d", "s", "q", *taxonomy.keys):
            answer = typer.prompt(f"k, d, s, q or one of {', '.join(taxonomy.keys)}", default="s").strip()
        if answer == "q":
            break
        if answer == "s":
            continue
        says = {"k": Says.KEEP, "d": Says.DROP}.get(answer, Says.CHANGE)
        label = answer if says is Says.CHANGE else suspect.confirmed_label
        add_verdict(releases, Verdict(suspect.message_id, says, label, who, clock()))
    n_left = sum(one.message_id not in read_verdicts(releases) for one in waiting)
    console.print(f"{len(waiting) - n_left} looked at, {n_left} left. The next `aaq retrain` honours them.")


def _suspects_file(releases: Path, release_id: str | None) -> Path:
    found = sorted(releases.glob(f"{release_id or '[0-9]*'}/{SUSPECTS}"))
    if not found:
        raise ReleaseMissing(f"{release_id or 'no release'} in {releases} has {SUSPECTS}: run `aaq retrain`")
    return found[-1]


def _card(suspect: Suspect, row: HistoryRow, taxonomy: Taxonomy, title: str) -> Panel:
    said, likely = taxonomy[suspect.confirmed_label].name, taxonomy[suspect.likely_label].name
    text = Text(row.text if len(row.text) <= 1_200 else f"{row.text[:1_200]}...")
    text.append(f"\n\n{suspect.coach or 'somebody'} said {said}. It reads like {likely}.", style="bold")
    return Panel(text, title=f"{title} · {suspect.message_id}", title_align="left", border_style="dim")
