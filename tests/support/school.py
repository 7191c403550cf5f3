"""A small school: a part of the corpus to learn from, other voices as its students, coaches who label what they ask."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from doubles import DATA

from model.answer import build_answerer, parts
from model.features import FeatureSettings
from model.history import HistoryRow
from model.live import load_live
from model.promotion import promote
from training.corpus import read_traffic
from training.fit import FitSettings
from training.releases import Recipe, train
from training.retrain import Run, retrain
from training.retrain_settings import RetrainSettings, read_retrain_settings
from training.simulate.coaches import Habits, label_week
from training.simulate.quarter import BEGINS_AT
from training.simulate.stream import Plan, open_school

EVALUATION = ("brian", "grace")
LEARNED = (
    "amelie",
    "anna",
    "becca",
    "ben",
    "carmen",
    "caro",
    "chris",
    "deb",
    "dmitri",
    "drew",
    "eli",
)  # half are students
RECIPE = Recipe(FitSettings(FeatureSettings(characters=(3, 4)), tolerance=1e-3))
PLAN = Plan(weeks=5, per_week=120, drift_week=9, students=8, stream_share=0.5, panel=10)


def small_data(folder: Path) -> Path:
    """The project's data with fewer voices and cases."""
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("corpus"))
    (folder / "corpus").mkdir()
    for name in (*EVALUATION, *LEARNED):
        shutil.copy(DATA / "corpus" / f"{name}.csv", folder / "corpus")
    for path in (folder / "cases").glob("*.csv"):
        pd.read_csv(path, keep_default_na=False).iloc[::3].to_csv(path, index=False)
    # A hard term, so that a few hundred messages hold enough distress to say something about a coach.
    traffic = (folder / "traffic.toml").read_text("utf-8").replace("distress = 2.0", "distress = 8.0")
    (folder / "traffic.toml").write_text(traffic, "utf-8")
    (folder / "splits.toml").write_text(f"[evaluation]\nauthors = {list(EVALUATION)}\n", "utf-8")
    return folder


@dataclass(frozen=True)
class SmallSchool:
    """With one live release from its corpus, and five weeks of labels by honest coaches who err."""

    data: Path
    releases: Path
    settings: RetrainSettings
    history: Sequence[HistoryRow]
    truth: Mapping[str, str]

    def retrain(self, rows: Sequence[HistoryRow], scratch: Path, **changes: object) -> Run:
        """A run that leaves the school as it was."""
        given: dict[str, object] = {"second_looks": {}, "now": BEGINS_AT + timedelta(weeks=5), **changes}
        return retrain(
            self.data, self.releases, rows, settings=self.settings, recipe=RECIPE, n_jobs=1, key=None,
            say=lambda _: None, into=scratch, **given,
        )  # fmt: skip


def open_small_school(folder: Path) -> SmallSchool:
    """Trains once: a few seconds."""
    taxonomy = parts()[0]
    data = small_data(folder / "all")
    traffic = read_traffic(data / "traffic.toml", taxonomy)
    school = open_school(data, folder / "data", frozenset(EVALUATION), traffic, taxonomy, PLAN, BEGINS_AT)
    releases = folder / "releases"
    made = train(school.data, releases, RECIPE, made_at=BEGINS_AT, n_jobs=1, key=None, say=lambda _: None)
    promote(releases, made.folder.name, who="kim", why="it is the first", at=BEGINS_AT)
    answerer, rng = build_answerer(load_live(releases, taxonomy)), np.random.default_rng(1)
    history = label_week(school.arrivals, answerer, Habits(), rng)
    truth = {arrival.id: arrival.label for arrival in school.arrivals}
    settings = read_retrain_settings(school.data / "retrain.toml")
    # Two authors judge here instead of six: the same change is a larger share.
    bounds = replace(settings.gate, suggested_wrong_rise=0.03, label_recall_drop=0.15, calibration_error=0.12)
    return SmallSchool(school.data, releases, replace(settings, gate=bounds), history, truth)
