"""`aaq benchmark`: comparisons that take minutes. Every figure comes with how it was measured."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from model.answer import parts
from model.live import load_live
from model.release import load_pipelines
from training.benchmark.quality import FLAG_RATE, PUBLISHED, TARGET, Clinc, Measured, clinc, contenders, measure
from training.benchmark.speed import measure_speed
from training.corpus import read_corpus
from training.dataset import build_messages, read_evaluation_authors, split
from training.fit import FitSettings

app = typer.Typer(no_args_is_help=True, help="Comparisons that take minutes.")


@app.callback()
def _group() -> None:
    """Comparisons that take minutes."""


@app.command("quality")
def quality(
    data: Annotated[Path, typer.Option(help="Folder with corpus/ and splits.toml.")] = Path("data"),
    clinc_path: Annotated[Path | None, typer.Option("--clinc", help="clinc150_full.json of CLINC150.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Measure only these models.")] = None,
) -> None:
    """Ours beside other ways to do the job: same corpus, same splits, authors nobody trained on."""
    taxonomy = parts()[0]
    messages = build_messages(read_corpus(data / "corpus", taxonomy), taxonomy)
    splits = split(messages, read_evaluation_authors(data / "splits.toml"), seed=1)
    distress, ordinary = taxonomy.index(taxonomy.distress.key), taxonomy.index(taxonomy.ordinary.key)
    console = Console(stderr=True)

    def measured() -> Iterator[Measured]:
        for name, fit in contenders(FitSettings()).items():
            if only and name not in only:
                continue
            with console.status(name):
                try:
                    yield measure(name, fit, splits.development, splits.evaluation, distress, ordinary)
                except ImportError as error:
                    console.print(
                        f"{name}: not measured, {error.name} is not installed (pip install aaq-triage[peers])"
                    )

    Console().print(_corpus_table(list(measured()), len(splits.development), len(splits.evaluation)))
    if clinc_path is not None:
        rows = [TARGET, *PUBLISHED]
        for name, fit in contenders(FitSettings()).items():
            if name in ("ours", "fastText", "MiniLM + LR") and (not only or name in only):
                with console.status(f"CLINC150: {name}"):
                    try:
                        rows.append(clinc(name, fit, clinc_path))
                    except ImportError as error:
                        console.print(f"{name}: not measured, {error.name} is not installed")
        Console().print(_clinc_table(rows))


@app.command("speed")
def speed(
    data: Annotated[Path, typer.Option(help="Folder with corpus/ and splits.toml.")] = Path("data"),
    releases: Annotated[Path, typer.Option(help="Folder of releases; the live one is measured.")] = Path("releases"),
    n: Annotated[int, typer.Option(help="Messages, by authors nobody trained on.", min=10)] = 2_000,
    key: Annotated[str, typer.Option(help="Refuses unsigned releases.", envvar="AAQ_RELEASE_KEY")] = "",
) -> None:
    """One message in process: the live release beside its own scikit-learn pipeline."""
    taxonomy = parts()[0]
    secret = key.encode() or None
    release = load_live(releases, taxonomy, secret)
    pipeline = load_pipelines(releases / release.id, secret)["labels"]
    messages = build_messages(read_corpus(data / "corpus", taxonomy), taxonomy)
    texts = split(messages, read_evaluation_authors(data / "splits.toml"), seed=1).evaluation.texts[:n]
    with Console(stderr=True).status(f"{len(texts)} messages, one at a time"):
        found = measure_speed(release, pipeline, texts)
    table = Table(title=f"Release {release.id}, {found.n} messages one at a time, one thread", title_justify="left")
    for column in ("", "ours, ms", "predict_proba, ms", "times faster (target: 8)"):
        table.add_column(column)
    for percentile in (50, 99):
        ours, theirs = (1e3 * np.percentile(times, percentile) for times in (found.ours, found.theirs))
        table.add_row(f"p{percentile}", f"{ours:.3f}", f"{theirs:.3f}", f"{found.ratio(percentile):.1f}")
    Console().print(table)
    Console().print(f"Largest difference of a probability: {found.difference:.1e} (target: 1e-6)")


def _corpus_table(measured: list[Measured], n_learned: int, n_judged: int) -> Table:
    table = Table(
        title=f"Learned from {n_learned} messages, judged on {n_judged} by other authors", title_justify="left"
    )
    recall = f"distress found at {FLAG_RATE:.0%} of ordinary flagged"
    for column in ("model", "right label", "macro F1", recall, "µs a message", "MB"):
        table.add_column(column)
    for row in measured:
        table.add_row(
            row.name,
            str(row.accuracy),
            f"{row.macro_f1:.3f}",
            str(row.distress_recall),
            f"{row.microseconds:.0f}",
            f"{row.megabytes:.1f}",
        )
    return table


def _clinc_table(rows: list[Clinc]) -> Table:
    table = Table(title="CLINC150 full: 4,500 in-scope and 1,000 out-of-scope test messages", title_justify="left")
    for column in ("model", "in-scope accuracy", "out-of-scope recall", "AUROC in/out"):
        table.add_column(column)
    for row in rows:
        auroc = "-" if row.auroc != row.auroc else f"{row.auroc:.3f}"
        table.add_row(row.name, f"{row.accuracy:.3f}", f"{row.recall:.3f}", auroc)
    return table
