"""`aaq corpus`: what the corpus holds, and what is wrong with it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from model.answer import parts
from training.corpus import CorpusInvalid, read_corpus
from training.corpus_check import CheckLimits, check_corpus
from training.corpus_report import (
    confusable_pairs,
    confusions,
    draw_confusions,
    draw_curve,
    draw_lengths,
    learning_curve,
    rise_by_doubling,
)
from training.dataset import build_messages, read_evaluation_authors, split
from training.fit import FitSettings

app = typer.Typer(no_args_is_help=True, help="What the corpus holds, and what is wrong with it.")
_DATA = Annotated[Path, typer.Option(help="Folder with corpus/, traffic.toml and splits.toml.")]


@app.command("check")
def check(data: _DATA = Path("data")) -> None:
    """Find bad rows, repeats, worn-out phrases and lopsided counts; each with file, line and reason."""
    taxonomy = parts()[0]
    try:
        frame = read_corpus(data / "corpus", taxonomy)
    except (CorpusInvalid, FileNotFoundError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    findings = check_corpus(frame, taxonomy, CheckLimits())
    for finding in findings:
        typer.echo(str(finding))
    table = Table(title=f"{len(frame)} messages by {frame['author'].nunique()} authors", title_justify="left")
    for column in ("label", "messages", "authors", "hard", "urgent", "median length"):
        table.add_column(column)
    for key in taxonomy.keys:
        rows = frame[frame["label"] == key]
        lengths = rows["text"].str.len()
        counts = (len(rows), rows["author"].nunique(), rows["hard"].sum(), rows["urgent"].sum(), int(lengths.median()))
        table.add_row(key, *map(str, counts))
    Console().print(table)
    typer.echo(f"{len(findings)} findings" if findings else "clean")
    if findings:
        raise typer.Exit(1)


@app.command("report")
def report(
    output: Annotated[Path, typer.Option(help="Folder for the pictures.")] = Path("var/corpus"),
    data: _DATA = Path("data"),
    repeats: Annotated[int, typer.Option(help="Random quarters of authors to hold out.")] = 3,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 2,
) -> None:
    """Draw the learning curve over authors, the confusable pairs and the lengths. Reads development authors only."""
    taxonomy = parts()[0]
    messages = build_messages(read_corpus(data / "corpus", taxonomy), taxonomy)
    development = split(messages, read_evaluation_authors(data / "splits.toml"), seed=1).development
    output.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    with console.status("learning") as status:
        curve = learning_curve(development, FitSettings(), seed=1, repeats=repeats, say=status.update)
        status.update("who is mistaken for whom")
        table = confusions(development, FitSettings(), jobs)
    draw_curve(curve, output / "learning-curve.svg")
    draw_confusions(table, taxonomy, output / "confusions.svg")
    draw_lengths(messages, output / "lengths.svg")
    for point in curve:
        typer.echo(
            f"{point.n_authors:4} authors, {point.n_messages:6} messages: macro F1 {point.mean:.3f}"
            f" ({point.low:.3f}-{point.high:.3f} over {repeats} rounds)"
        )
    typer.echo(f"the last doubling of authors brings {rise_by_doubling(curve):.1f} points")
    for label, prediction, n in confusable_pairs(table, taxonomy):
        typer.echo(f"{n:4} {label} read as {prediction}")
    typer.echo(f"pictures in {output}")
