"""What arrives week by week: messages that people wrote, at the traffic's mix; and from some week on a new tool.

No text is made here. The voices of the stream are taken out of the corpus that the first release learns from, and the
evaluation authors stay where they are, so that nobody stands on two sides.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model.taxonomy import Taxonomy
from training.corpus import read_corpus

NEW_TOOL = Path("simulation") / "new_tool.csv"


@dataclass(frozen=True, slots=True)
class Plan:
    """The quarter. per_week: messages · drift_week: when the new tool appears · stream_share: of the voices that the
    first release would learn from · students: a voice stands for so many · tool_share: most of a week that is about the
    new tool · panel, panel_tool: messages set aside to be put to every release.
    """

    weeks: int = 13
    per_week: int = 500
    drift_week: int = 5
    stream_share: float = 0.87
    students: int = 12
    tool_share: float = 0.04
    panel: int = 2_000
    panel_tool: int = 60
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message with what it is truly about. week: from 1 · new_tool: it mentions the tool that nobody knew."""

    week: int
    id: str
    text: str
    label: str
    student: str
    at: datetime
    new_tool: bool


@dataclass(frozen=True, slots=True)
class School:
    """The data folder that releases learn from, and the stream that never was in it. panel: in no week of the stream;
    nobody labels it · tool_share: of a week, once the tool is there.
    """

    data: Path
    arrivals: tuple[Arrival, ...]
    panel: tuple[Arrival, ...]
    voices: tuple[str, ...]
    tool_share: float

    def of(self, week: int) -> list[Arrival]:
        """The messages of a week."""
        return [one for one in self.arrivals if one.week == week]


def open_school(
    data: Path,
    into: Path,
    evaluation_authors: frozenset[str],
    traffic: Mapping[str, float],
    taxonomy: Taxonomy,
    plan: Plan,
    begins_at: datetime,
) -> School:
    """Copy `data` to `into` without the stream's voices, and draw the stream from them. Same seed, same quarter."""
    rng = np.random.default_rng(plan.seed)
    frame = read_corpus(data / "corpus", taxonomy)
    learning = sorted(set(frame["author"]) - evaluation_authors)
    rng.shuffle(learning)
    voices = tuple(sorted(learning[: round(len(learning) * plan.stream_share)]))
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(data, into, ignore=shutil.ignore_patterns("corpus", "simulation", "README.md"))
    (into / "corpus").mkdir()
    for path in sorted((data / "corpus").glob("*.csv")):
        if path.stem not in voices:
            shutil.copy(path, into / "corpus")
    # In so small a school every voice calibrates and chooses thresholds, also those that teach only elsewhere.
    (into / "splits.toml").write_text(f"[evaluation]\nauthors = {sorted(evaluation_authors)}\n", "utf-8")
    ordinary = _ordinary(frame[frame["author"].isin(voices)], traffic, plan, rng)
    tool = pd.read_csv(data / NEW_TOOL, keep_default_na=False).sample(frac=1, random_state=plan.seed)
    aside, tool = tool.iloc[: plan.panel_tool], tool.iloc[plan.panel_tool :]
    weeks_with_tool = range(plan.drift_week, plan.weeks + 1)
    n_of_tool = min(len(tool) // max(1, len(weeks_with_tool)), round(plan.tool_share * plan.per_week))
    arrivals: list[Arrival] = []
    for week in range(1, plan.weeks + 1):
        n_tool = n_of_tool if week in weeks_with_tool else 0
        begin = (week - plan.drift_week) * n_tool
        rows = [(row, True) for row in tool.iloc[begin : begin + n_tool].itertuples()] if n_tool else []
        rows += [(next(ordinary), False) for _ in range(plan.per_week - n_tool)]
        minutes = np.sort(rng.uniform(0, 7 * 24 * 60, len(rows)))
        for place, minute in zip(rng.permutation(len(rows)).tolist(), minutes.tolist(), strict=True):
            row, new = rows[place]
            student = f"{row.author}-{rng.integers(3 if new else plan.students) + 1}"
            at = begins_at + timedelta(weeks=week - 1, minutes=minute)
            arrivals.append(Arrival(week, str(row.id), str(row.text), str(row.label), student, at, new))
    panel = [(row, True) for row in aside.itertuples()] + [(row, False) for row in islice(ordinary, plan.panel)]
    return School(
        into,
        tuple(arrivals),
        tuple(Arrival(0, str(row.id), str(row.text), str(row.label), "", begins_at, new) for row, new in panel),
        voices,
        n_of_tool / plan.per_week,
    )


def _ordinary(frame: pd.DataFrame, traffic: Mapping[str, float], plan: Plan, rng: np.random.Generator) -> Iterator[Any]:
    """Rows at the traffic's mix, each once; a label that has run out is drawn again."""
    pools = {
        label: list(frame[frame["label"] == label].sample(frac=1, random_state=plan.seed).itertuples())
        for label in traffic
    }
    shares = np.fromiter(traffic.values(), dtype=np.float64)
    while any(pools.values()):
        label = str(rng.choice(list(traffic), p=shares))
        if pools[label]:
            yield pools[label].pop()
