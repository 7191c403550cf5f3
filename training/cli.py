"""`aaq train`, `aaq classify`: what runs without the service."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from model.answer import build_answerer, parts
from model.live import live_id, load_live
from model.promotion import promote
from model.release import ReleaseCorrupt, ReleaseMissing, load_release
from training.benchmark.cli import app as benchmark_app
from training.classify import BadInput, card, classify_file
from training.corpus import CorpusInvalid, read_corpus, read_traffic
from training.corpus_cli import app as corpus_app
from training.dataset import build_messages, read_evaluation_authors, split
from training.evaluate import Evaluation, answer_all, evaluate, slices
from training.fit import FitSettings
from training.releases import Recipe, Trained, train
from training.releases_cli import app as releases_app
from training.report import write_report
from training.retrain_cli import app as retrain_app
from training.search import search
from training.simulate.cli import app as simulate_app

app = typer.Typer(no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")
app.add_typer(benchmark_app, name="benchmark")
app.add_typer(releases_app, name="releases")
app.add_typer(simulate_app, name="simulate")
app.registered_commands += retrain_app.registered_commands
app.registered_groups += retrain_app.registered_groups
_DATA = Annotated[Path, typer.Option(help="Folder with corpus/, traffic.toml and splits.toml.")]
_KEY = Annotated[str, typer.Option(help="Signs releases, and refuses unsigned ones.", envvar="AAQ_RELEASE_KEY")]
_RELEASES = Annotated[Path, typer.Option(help="The folder of releases.", envvar="AAQ_RELEASES")]


@app.command("train")
def train_command(
    data: _DATA = Path("data"),
    releases: _RELEASES = Path("releases"),
    seed: Annotated[int, typer.Option(help="Decides which authors calibrate and which control.")] = 1,
    jobs: Annotated[int, typer.Option(help="Processes for the out-of-fold scores.")] = 2,
    release_key: _KEY = "",
    look: Annotated[bool, typer.Option("--search", help="Compare settings first and train with the best.")] = False,
    live: Annotated[bool, typer.Option(help="Let the new release answer from now on, when none does yet.")] = True,
) -> None:
    """Make a release from the corpus: fit, calibrate, choose thresholds, evaluate on unseen authors."""
    console = Console(stderr=True)
    with console.status("starting") as status:

        def say(step: str) -> None:
            status.update(step)
            console.print(f"  {step}")

        try:
            recipe = Recipe(_searched(data, seed, jobs, say), seed=seed) if look else Recipe(seed=seed)
            trained = train(
                data,
                releases,
                recipe,
                made_at=datetime.now(UTC),
                n_jobs=jobs,
                key=release_key.encode() or None,
                say=say,
            )
        except CorpusInvalid as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        except (FileNotFoundError, FileExistsError, ValueError) as error:
            typer.echo(f"aaq train: {error}", err=True)
            raise typer.Exit(1) from None
    Console().print(_summary(trained))
    if live and not (releases / "live").exists():
        key = release_key.encode() or None
        promote(releases, trained.folder.name, who="aaq train", why="it is the first", at=datetime.now(UTC), key=key)
        console.print(f"{trained.folder.name} is live: it is the first.")


def _searched(data: Path, seed: int, jobs: int, say: Callable[[str], None]) -> FitSettings:
    """The best settings, all that were tried printed."""
    taxonomy = parts()[0]
    messages = build_messages(read_corpus(data / "corpus", taxonomy), taxonomy)
    splits = split(messages, read_evaluation_authors(data / "splits.toml"), seed)
    tried = search(splits, read_traffic(data / "traffic.toml", taxonomy), n_jobs=jobs, say=say)
    table = Table(
        title=f"Settings, on {len(splits.development)} messages by authors held out in turn", title_justify="left"
    )
    for column in (
        "words",
        "characters",
        "in messages",
        "word weight",
        "C",
        "tolerance",
        "naive Bayes",
        "macro F1",
        "log-loss, traffic",
        "others flagged at 97% of distress",
    ):
        table.add_column(column)
    for one in tried:
        features = one.settings.features
        settings = (features.words, features.characters, features.min_messages, features.word_weight)
        rest = (one.settings.c, one.settings.tolerance, one.settings.naive_bayes)
        table.add_row(*map(str, (*settings, *rest)), f"{one.macro_f1:.4f}", f"{one.loss:.4f}", f"{one.flagged:.3f}")
    Console().print(table)
    return tried[0].settings


def _summary(trained: Trained) -> Table:
    evaluation: Evaluation = trained.evaluation
    table = Table(title=f"Release {trained.folder.name}", title_justify="left", show_header=True)
    table.add_column(f"on {evaluation.n_messages} messages by {evaluation.n_authors} authors nobody trained on")
    table.add_column("figure (95% interval, n)")
    for name, figure in (
        ("right label", evaluation.accuracy),
        ("right label, hard messages", evaluation.hard_accuracy),
        ("right label, at the traffic's mix", evaluation.traffic_accuracy),
        ("macro F1", f"{evaluation.macro_f1:.3f}"),
        ("distress escalated", evaluation.distress_recall),
        ("urgent distress escalated", evaluation.urgent_recall),
        ("urgent distress marked urgent", evaluation.urgent_marked),
        ("ordinary messages escalated", evaluation.ordinary_flagged),
        ("coverage, at the traffic's mix", evaluation.traffic_coverage),
        ("right among suggestions, at the traffic's mix", evaluation.traffic_suggested_right),
        ("expected calibration error, at the traffic's mix", f"{evaluation.calibration_error:.3f}"),
    ):
        table.add_row(name, str(figure))
    for name, chosen in trained.thresholds.items():
        table.add_row(
            f"threshold for {name}: {chosen.threshold:.4f}",
            f"risk {chosen.observed:.3f}, at most {chosen.upper_bound:.3f} (n {chosen.n}; {chosen.note})",
        )
    return table


@app.command("evaluate")
def evaluate_command(
    release: Annotated[str | None, typer.Argument(help="A release's id; without it, the live one.")] = None,
    data: _DATA = Path("data"),
    releases: _RELEASES = Path("releases"),
    release_key: _KEY = "",
    output: Annotated[Path, typer.Option(help="Folder for the report page and its JSON.")] = Path("var/report"),
) -> None:
    """Judge a release on authors nobody trained on, beside the targets; write the report page and its JSON."""
    taxonomy, key = parts()[0], release_key.encode() or None
    try:
        loaded = load_release(releases / (release or live_id(releases)), taxonomy, key)
    except (ReleaseMissing, ReleaseCorrupt) as error:
        typer.echo(f"aaq evaluate: {error}", err=True)
        raise typer.Exit(1) from None
    messages = build_messages(read_corpus(data / "corpus", taxonomy), taxonomy)
    held_out = split(messages, read_evaluation_authors(data / "splits.toml"), seed=1).evaluation
    learned = set(loaded.manifest["data"]["calibration_authors"] + loaded.manifest["data"]["control_authors"])
    if read := learned & set(held_out.authors.tolist()):
        typer.echo(f"aaq evaluate: {loaded.id} has learned from {', '.join(sorted(read))}", err=True)
        raise typer.Exit(1)
    answered = answer_all(build_answerer(loaded), held_out, read_traffic(data / "traffic.toml", taxonomy))
    evaluation = evaluate(answered, taxonomy.keys)
    page = write_report(output, loaded.id, answered, evaluation, list(slices(answered)), taxonomy)
    (output / "evaluation.json").write_text(json.dumps(evaluation.as_json(), indent=1), "utf-8")
    table = Table(title=f"Release {loaded.id}", title_justify="left")
    for column in (
        f"{evaluation.n_messages} messages, {evaluation.n_authors} unseen authors",
        "measured",
        "target",
        "",
    ):
        table.add_column(column)
    for line in evaluation.against_targets():
        table.add_row(line.name, line.measured, line.target, "reached" if line.met else "not reached")
    Console().print(table)
    typer.echo(f"report: {page}")


@app.command("classify")
def classify_command(
    source: Annotated[str, typer.Argument(help="A text, a .csv or .jsonl file, or - for standard input.")],
    output: Annotated[Path | None, typer.Option(help="A .csv or .jsonl file; without it, standard output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a card.")] = False,
    releases: _RELEASES = Path("releases"),
    release_key: _KEY = "",
) -> None:
    """Say where a message goes and why; or add the answer to every row of a file."""
    console = Console(stderr=True)
    try:
        answerer = build_answerer(load_live(releases, parts()[0], release_key.encode() or None))
    except (ReleaseMissing, ReleaseCorrupt) as error:
        typer.echo(f"aaq classify: {error}", err=True)
        raise typer.Exit(1) from None
    is_file = source.lower().endswith((".csv", ".jsonl")) and "\n" not in source
    if source == "-" or is_file or output is not None:
        try:
            classify_file(answerer, source, output, console)
        except BadInput as error:
            typer.echo(f"aaq classify: {error}", err=True)
            raise typer.Exit(1) from None
        return
    answer = answerer.answer(source)
    if as_json:
        sys.stdout.write(json.dumps(answer.full()) + "\n")
    else:
        Console().print(card(source, answer, answerer.taxonomy))
