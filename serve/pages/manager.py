"""The manager's page: who needs somebody now, how the shift goes, and what other thresholds would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from model.answer import percent
from model.taxonomy import Taxonomy
from serve.clock import Clock
from serve.loop.live import LiveRelease
from serve.loop.monitor import Monitor
from serve.pages import pictures, watching_part, words
from serve.pages.site import Site
from serve.shift.detector import misses
from serve.shift.figures import by_day, by_label, calibration, figures
from serve.shift.simulate import Setting, Simulation, simulate
from serve.store.database import Database
from serve.store.records import User
from serve.store.shift import ShiftRow, open_cases, shift_rows

_PERIODS = (7, 30, 90)
_SIMULATED_DAYS = 90
_MOST_ROWS = 20_000  # of the newest messages: half a second of counting
_COMPARED = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # percent
_LOWEST, _HIGHEST_DISTRESS, _HIGHEST_CONFIDENCE = 0.1, 60.0, 99.0


@dataclass(frozen=True, slots=True)
class Simulated:
    """The simulator's part. live: the setting that runs, None without a release · curve: other distress thresholds."""

    chosen: Simulation
    live: Simulation | None
    curve: Sequence[Simulation]
    n_days: int


def build_manager(
    site: Site, database: Database, live: LiveRelease, monitor: Monitor, taxonomy: Taxonomy, clock: Clock
) -> APIRouter:
    """The router."""
    router = APIRouter(include_in_schema=False)
    Manager = Annotated[User, Depends(site.role("manager"))]
    distress = taxonomy.distress.key

    @router.get("/manager")
    def manager(
        request: Request,
        user: Manager,
        days: int = 30,
        distress_from: Annotated[float | None, Query(ge=_LOWEST, le=_HIGHEST_DISTRESS)] = None,
        sure_from: Annotated[float | None, Query(ge=0, le=_HIGHEST_CONFIDENCE)] = None,
    ) -> Response:
        now = clock()
        days = days if days in _PERIODS else 30
        with database.read() as connection:
            cases = open_cases(connection, now)
            rows = shift_rows(connection, now - timedelta(days=_SIMULATED_DAYS), distress, _MOST_ROWS)
        first_day = now.date() - timedelta(days=days - 1)
        period = [row for row in rows if row.received_at.date() >= first_day]
        release = live.answerer.release
        simulated = _simulated(rows, live, distress, distress_from, sure_from, now.date().toordinal())
        return site.page(
            request,
            "manager.html",
            user=user,
            cases=cases,
            days=days,
            periods=_PERIODS,
            total=figures(period, now),
            by_day=by_day(period, now, days),
            by_label=by_label(period, now, taxonomy),
            shown=calibration(rows, release.id if release else None, blind=False),
            blind=calibration(rows, release.id if release else None, blind=True),
            release=release,
            simulated=simulated,
            misses=misses(live.document("evaluation.json"), live.document("card.md")),
            limits=(_LOWEST, _HIGHEST_DISTRESS, _HIGHEST_CONFIDENCE),
            n_cut=_MOST_ROWS if len(rows) == _MOST_ROWS else None,
            watched=watching_part.pictures(monitor.figures()),
            pictures=pictures,
            words=words,
            percent=percent,
        )

    @router.get("/manager/escalations")
    def escalations(request: Request, user: Manager) -> Response:
        """The open cases alone, for the script that keeps them fresh."""
        now = clock()
        with database.read() as connection:
            cases = open_cases(connection, now)
        return site.page(request, "_cases.html", user=user, cases=cases)

    return router


def _simulated(
    rows: Sequence[ShiftRow],
    live: LiveRelease,
    distress: str,
    distress_from: float | None,
    sure_from: float | None,
    today: int,
) -> Simulated:
    release = live.answerer.release
    running = release and Setting(release.thresholds.distress, release.thresholds.confidence)
    standing = running or Setting(0.04, 0.6)
    chosen = Setting(
        standing.distress if distress_from is None else distress_from / 100,
        standing.confidence if sure_from is None else sure_from / 100,
    )
    oldest = min((row.received_at.date().toordinal() for row in rows), default=today)
    n_days = min(_SIMULATED_DAYS, today - oldest + 1)

    def at(setting: Setting) -> Simulation:
        return simulate(rows, setting, distress, n_days)

    marked = {chosen.distress, standing.distress}
    # A line for each of a few settings; those beside a marked one would say the same again.
    others = {step / 100 for step in _COMPARED}
    compared = marked | {at_ for at_ in others if all(not 0.7 < at_ / mark < 1.4 for mark in marked)}
    return Simulated(
        at(chosen),
        at(running) if running else None,
        [at(Setting(threshold, chosen.confidence)) for threshold in sorted(compared)],
        n_days,
    )
