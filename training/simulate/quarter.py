"""The quarter, week by week: answered by the live release, labelled by coaches, learned from through the real gate."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.answer import Answerer, build_answerer, parts
from model.features import FeatureSettings
from model.history import HistoryRow, as_json
from model.live import load_live
from model.promotion import promote
from model.verdicts import read_verdicts
from training.corpus import read_traffic
from training.dataset import read_evaluation_authors
from training.fit import FitSettings
from training.metrics import Rate, rate
from training.releases import Progress, Recipe, train
from training.retrain import Run, last_run, retrain
from training.retrain_settings import RetrainSettings, read_retrain_settings
from training.simulate.coaches import (
    SECOND,
    WHO,
    Habits,
    a_word_is_planted,
    label_week,
    look_at,
    one_coach_flips,
    one_student_floods,
)
from training.simulate.panel import Answers, Standing, standing
from training.simulate.stream import Arrival, Plan, School, open_school
from training.trigger import Trigger, due

BEGINS_AT = datetime(2026, 8, 31, tzinfo=UTC)
# Shorter n-grams and an earlier stop than `aaq train`: a third of its time for half a point of accuracy.
QUICK = Recipe(FitSettings(FeatureSettings(characters=(2, 4)), tolerance=1e-3))
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Week:
    """A week as the people in it met it. first: how the first release would have done · tool: on the new tool alone."""

    number: int
    release: str
    served: Rate
    first: Rate
    tool: Rate
    distress: Rate
    event: str


@dataclass(frozen=True, slots=True)
class Attack:
    """A poisoned history and what the gate said about it. named: the accounts in its report."""

    name: str
    n_rows: int
    refused: bool
    named: tuple[str, ...]
    distress_lost: str
    refusal: str


@dataclass(frozen=True, slots=True)
class Quarter:
    """All of it. before, fallen, after: accuracy of what was served up to the drift, from it to the first release
    that learned from it, and since · panel: the same on messages that are put to every week's release.
    """

    school: School
    releases: Path
    weeks: Sequence[Week]
    attacks: Sequence[Attack]
    before: Rate
    fallen: Rate
    after: Rate
    panel: Standing


def run_quarter(
    data: Path, folder: Path, plan: Plan, habits: Habits, *, n_jobs: int, say: Progress, attacks: int = 3
) -> Quarter:
    """Live through it in `folder`: its data, releases and history stay there to be looked at.

    `attacks`: how many of the poisoned runs, from the last.
    """
    taxonomy = parts()[0]
    authors, traffic = read_evaluation_authors(data / "splits.toml"), read_traffic(data / "traffic.toml", taxonomy)
    school = open_school(data, folder / "data", authors, traffic, taxonomy, plan, BEGINS_AT)
    releases = folder / "releases"
    settings = read_retrain_settings(school.data / "retrain.toml")
    say(f"the first release, from the corpus without the stream's {len(school.voices)} voices")
    made = train(school.data, releases, QUICK, made_at=BEGINS_AT, n_jobs=n_jobs, key=None, say=_quiet)
    promote(releases, made.folder.name, who=WHO, why="it is the first", at=BEGINS_AT)
    first = build_answerer(made.release)
    rng = np.random.default_rng(plan.seed)
    history: list[HistoryRow] = []
    weeks: list[Week] = []
    served: dict[int, Flags] = {}
    panel: dict[int, Answers] = {}

    def again(rows: Sequence[HistoryRow], now: datetime, into: Path | None = None) -> Run:
        return retrain(
            school.data,
            releases,
            rows,
            settings=settings,
            recipe=QUICK,
            second_looks=read_verdicts(releases),
            now=now,
            n_jobs=n_jobs,
            key=None,
            say=_quiet,
            into=into,
        )

    for number in range(1, plan.weeks + 1):
        live = build_answerer(load_live(releases, taxonomy))
        arrivals = school.of(number)
        right = _right(live, arrivals)
        served[number] = right
        panel[number] = _panel(live, school)
        history += label_week(arrivals, live, habits, rng)
        event = _learn(again, history, school, releases, settings, habits, BEGINS_AT + timedelta(weeks=number))
        tool = np.array([one.new_tool for one in arrivals], dtype=bool)
        weeks.append(
            Week(
                number,
                str(live.release and live.release.id),
                rate(right),
                rate(_right(first, arrivals)),
                rate(right[tool]),
                _escalated(live, arrivals),
                event,
            )
        )
        say(f"week {number}: right {weeks[-1].served}" + (f"; {event}" if event else ""))
    lines = [json.dumps(as_json(row)) for row in history]
    (folder / "history.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    attacked = [
        _attack(name, rows, again, BEGINS_AT + timedelta(weeks=plan.weeks, hours=hour), say)
        for hour, (name, rows) in enumerate(list(_poisoned(history).items())[-attacks:], 1)
    ]
    learned = next((w.number for w in weeks if w.number > plan.drift_week and "promoted" in w.event), plan.weeks)
    drift = plan.drift_week
    panel[plan.weeks + 1] = _panel(build_answerer(load_live(releases, taxonomy)), school)
    spans = range(1, drift), range(drift, learned + 1), range(learned + 1, plan.weeks + 2)
    return Quarter(
        school,
        releases,
        weeks,
        attacked,
        before=_pooled(served, spans[0]),
        fallen=_pooled(served, spans[1]),
        after=_pooled(served, spans[2]),
        panel=standing(panel, *spans, school.tool_share),
    )


def _panel(live: Answerer, school: School) -> Answers:
    right, tool = _right(live, school.panel), np.array([one.new_tool for one in school.panel], dtype=bool)
    return Answers(right[~tool], right[tool])


def _quiet(step: str) -> None:
    """Training's own steps would be too many here."""


def _pooled(served: Mapping[int, Flags], weeks: range) -> Rate:
    found = [served[week] for week in weeks if week in served]
    return rate(np.concatenate(found) if found else np.array([], dtype=bool))


def _right(answerer: Answerer, arrivals: Sequence[Arrival]) -> Flags:
    said = [answerer.answer(one.text, explained=False).decision.label for one in arrivals]
    return np.array([label == one.label for label, one in zip(said, arrivals, strict=True)], dtype=bool)


def _escalated(answerer: Answerer, arrivals: Sequence[Arrival]) -> Rate:
    cases = [one for one in arrivals if one.label == answerer.taxonomy.distress.key]
    outcomes = [answerer.answer(one.text, explained=False).decision.outcome for one in cases]
    return rate(np.array([outcome == "escalate" for outcome in outcomes], dtype=bool))


def _learn(
    again: Callable[..., Run],
    history: Sequence[HistoryRow],
    school: School,
    releases: Path,
    settings: RetrainSettings,
    habits: Habits,
    now: datetime,
) -> str:
    """Retrain when the trigger says so, look at its suspects, promote what passes. Returns what happened, in words."""
    last_at, until = last_run(releases, None)
    n_new = sum(until is None or row.made_at > until for row in history)
    if not due(Trigger.NEW_LABELS, settings.trigger, n_new=n_new, last_at=last_at, now=now).due:
        return ""
    run = again(history, now)
    look_at(run.suspects, {one.id: one.label for one in school.arrivals}, releases, habits, now)
    if not run.verdict.passed:
        return f"refused: {run.verdict.refusal}"
    second = SECOND if run.verdict.waits_for else None
    promote(releases, run.trained.folder.name, who=WHO, why=f"{n_new} new labels", at=now, second=second)
    return "promoted" + (f", seconded by {second}" if second else "")


def _poisoned(history: Sequence[HistoryRow]) -> dict[str, list[HistoryRow]]:
    taxonomy = parts()[0]
    distress, ordinary = taxonomy.distress.key, taxonomy.ordinary.key
    return {
        "one coach flips distress": one_coach_flips(history, distress, ordinary, 0.01),
        "a planted word": a_word_is_planted(history, distress, ordinary, 15),
        "a flood by one student": one_student_floods(history, distress, 120),
    }


def _attack(name: str, rows: Sequence[HistoryRow], again: Callable[..., Run], now: datetime, say: Progress) -> Attack:
    run = again(rows, now)
    named = tuple(sorted({account for one in run.verdict.suspicions for account in one.accounts}))
    n_rows = len({row for one in run.verdict.suspicions for row in one.rows})
    lost = next(check.sentence for check in run.verdict.checks if check.name == "distress recall")
    say(f"{name}: {'refused' if not run.verdict.passed else 'PASSED'}, names {', '.join(named) or 'nobody'}")
    return Attack(name, n_rows, not run.verdict.passed, named, lost, run.verdict.refusal)
