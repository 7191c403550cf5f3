"""A short quarter, and a rollback while the real service answers."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from school import small_data

from model.journal import Entry, Step, append
from model.live import live_id, make_live
from model.promotion import roll_back
from training.simulate.coaches import ATTACKER, Habits
from training.simulate.load import service, under_load
from training.simulate.picture import draw_quarter
from training.simulate.quarter import run_quarter
from training.simulate.stream import Plan

AT = datetime(2026, 11, 2, tzinfo=UTC)


def test_a_short_quarter_is_lived_through(tmp_path: Path) -> None:
    plan = Plan(weeks=2, per_week=110, drift_week=2, stream_share=0.5, panel=100)
    told: list[str] = []
    quarter = run_quarter(small_data(tmp_path / "all"), tmp_path, plan, Habits(), n_jobs=1, say=told.append, attacks=1)
    assert [week.served.n for week in quarter.weeks] == [110, 110]
    assert quarter.weeks[0].tool.n == 0
    assert quarter.weeks[1].tool.n > 0
    assert quarter.panel.fallen.value < quarter.panel.before.value  # nobody knows the new tool yet
    assert quarter.panel.before.n == 160
    assert quarter.weeks[1].event.startswith(("promoted", "refused"))  # 220 labels are enough to learn from
    assert all(attack.refused and ATTACKER in attack.named for attack in quarter.attacks)
    voices = {path.stem for path in (quarter.school.data / "corpus").glob("*.csv")}
    assert not voices & set(quarter.school.voices)
    assert draw_quarter(quarter, plan.drift_week).startswith("<svg")


def test_a_rollback_under_load_loses_nothing(tmp_path: Path, releases: Path) -> None:
    live = live_id(releases)
    for name in ("before", live):
        shutil.copytree(releases / live, tmp_path / "releases" / name)
        append(tmp_path / "releases", Entry(AT, "kim", Step.PROMOTED, name, "for the test"))
    make_live(tmp_path / "releases", live)
    with service(tmp_path / "service", tmp_path / "releases") as (port, key):
        load = under_load(
            port, key, ["how do i print a hash", "the light is grey"], per_second=40, seconds=3,
            halfway=lambda: roll_back(tmp_path / "releases", who="kim", why="to see", at=AT),
        )  # fmt: skip
    assert (load.n, load.lost, load.stored) == (120, 0, 120)
    assert live_id(tmp_path / "releases") == "before"
