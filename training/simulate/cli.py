"""`aaq simulate`: a quarter of a school, with everything that the loop is for, in one command."""

import json
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from model.promotion import roll_back
from training.releases import Progress
from training.simulate.coaches import WHO, Habits
from training.simulate.load import Load, service, under_load
from training.simulate.picture import draw_quarter
from training.simulate.quarter import Quarter, run_quarter
from training.simulate.stream import Plan

_PLAN, _HABITS = Plan(), Habits()
app = typer.Typer(no_args_is_help=True, help="What the loop does to the people in it, before it does.")


@app.callback()
def _group() -> None:
    """What the loop does to the people in it, before it does."""


@app.command("quarter")
def quarter_command(
    data: Annotated[Path, typer.Option(help="Folder with corpus/, cases/ and simulation/.")] = Path("data"),
    folder: Annotated[Path, typer.Option(help="Where its releases and history are left.")] = Path("var/quarter"),
    output: Annotated[Path, typer.Option(help="Folder for the picture and its figures.")] = Path("var/report"),
    weeks: Annotated[int, typer.Option(min=1, help="How long.")] = _PLAN.weeks,
    per_week: Annotated[int, typer.Option(min=20, help="Messages a week.")] = _PLAN.per_week,
    errs: Annotated[float, typer.Option(help="Share of labels that coaches get wrong.")] = _HABITS.errs,
    seed: Annotated[int, typer.Option(help="Decides the voices, the order and the errors.")] = _PLAN.seed,
    per_second: Annotated[int, typer.Option(help="Requests a second during the rollback; 0 leaves it out.")] = 300,
    seconds: Annotated[float, typer.Option(help="How long they last.")] = 20,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 2,
) -> None:
    """Live through a quarter: a new tool, coaches who err, releases that meet the gate, a rollback under load."""
    console = Console(stderr=True)
    shutil.rmtree(folder, ignore_errors=True)
    plan = Plan(weeks=weeks, per_week=per_week, seed=seed)
    with console.status("opening the school") as status:

        def say(step: str) -> None:
            status.update(step)
            console.print(f"  {step}", highlight=False)

        quarter = run_quarter(data, folder, plan, Habits(errs=errs), n_jobs=jobs, say=say)
        load = _rollback(quarter, folder, per_second, seconds, say) if per_second else None
    output.mkdir(parents=True, exist_ok=True)
    picture = output / "quarter.svg"
    picture.write_text(draw_quarter(quarter, plan.drift_week), "utf-8")
    figures = {
        "weeks": [asdict(week) for week in quarter.weeks],
        "attacks": [asdict(attack) for attack in quarter.attacks],
        "before": asdict(quarter.before),
        "fallen": asdict(quarter.fallen),
        "after": asdict(quarter.after),
        "panel": asdict(quarter.panel),
        "rollback": load and asdict(load),
    }
    (output / "quarter.json").write_text(json.dumps(figures, indent=1), "utf-8")
    _print(quarter, load, plan)
    typer.echo(f"picture: {picture}; releases, journal and history: {folder}")


def _rollback(quarter: Quarter, folder: Path, per_second: int, seconds: float, say: Progress) -> Load:
    say(f"a rollback at {per_second} requests a second")
    texts = [one.text for one in quarter.school.arrivals]
    with service(folder / "service", quarter.releases) as (port, key):
        return under_load(
            port,
            key,
            texts,
            per_second=per_second,
            seconds=seconds,
            halfway=lambda: roll_back(
                quarter.releases, who=WHO, why="to see that nothing is lost", at=datetime.now(UTC)
            ),
        )


def _print(quarter: Quarter, load: Load | None, plan: Plan) -> None:
    console = Console()
    table = Table(title=f"{plan.weeks} weeks, {plan.per_week} messages each", title_justify="left")
    for column in ("week", "right, served", "never retrained", "on the new tool", "distress escalated", "at its end"):
        table.add_column(column)
    for week in quarter.weeks:
        tool = f"{week.tool.value:.2f} (n {week.tool.n})" if week.tool.n else "-"
        distress = f"{round(week.distress.value * week.distress.n)} of {week.distress.n}" if week.distress.n else "-"
        served, first = f"{week.served.value:.3f}", f"{week.first.value:.3f}"
        table.add_row(str(week.number), served, first, tool, distress, week.event)
    console.print(table)
    for name, pooled, panel in (
        ("before the tool", quarter.before, quarter.panel.before),
        ("until a release had learned it", quarter.fallen, quarter.panel.fallen),
        ("since then", quarter.after, quarter.panel.after),
    ):
        console.print(f"{name}: served {pooled}; on the panel {panel}", highlight=False)
    gain = quarter.panel.gain
    console.print(
        f"since then less before, on the panel's same {gain.n} messages: {gain.value:+.3f} ({gain.low:+.3f} to"
        f" {gain.high:+.3f})",
        highlight=False,
    )
    for attack in quarter.attacks:
        said = "refused" if attack.refused else "PASSED"
        named = f"names {', '.join(attack.named) or 'nobody'} and {attack.n_rows} rows"
        console.print(f"{attack.name}: {said}; {named}. {attack.distress_lost}", highlight=False)
    if load is not None:
        console.print(
            f"rollback under load: {load.n} requests, {load.lost} lost, {load.stored} stored; p50 {load.p50:.0f} ms,"
            f" p99 {load.p99:.0f} ms, slowest {load.worst:.0f} ms; answered by {load.by_release}",
            highlight=False,
        )
