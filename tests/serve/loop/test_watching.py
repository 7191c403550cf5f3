"""Figures by week: an alarm when one leaves the band of the weeks before, and none from eight samples."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from doubles import ServiceFactory
from prometheus_client import CollectorRegistry, generate_latest

from serve.loop.watching import WEEK, WEEKS, Point, Standing, Watched, band_of, begins_of, rate_of, watch
from serve.pages.watching_part import amount, pictures
from serve.store.people import find_user
from serve.store.watching import WeekCounts

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def weeks(*flagged: tuple[int, int]) -> list[WeekCounts]:
    """Weeks with so many escalated of so many messages."""
    return [
        WeekCounts(NOW - WEEK * (len(flagged) - week), n_messages=n, n_escalated=k)
        for week, (k, n) in enumerate(flagged)
    ]


def flag_rate(*flagged: tuple[int, int]) -> Watched:
    return next(one for one in watch(weeks(*flagged)) if one.name == "flag_rate")


STEADY = [(20, 400), (22, 410), (18, 395), (21, 405), (19, 400), (20, 398)]


@pytest.mark.parametrize(
    ("last", "standing"),
    [
        ((21, 400), Standing.INSIDE),
        ((60, 400), Standing.OUTSIDE),
        ((0, 400), Standing.OUTSIDE),
        ((3, 8), Standing.TOO_FEW),
        ((8, 8), Standing.TOO_FEW),
        ((0, 0), Standing.TOO_FEW),
    ],
)
def test_only_a_figure_of_enough_messages_that_left_its_band_alarms(last: tuple[int, int], standing: Standing) -> None:
    assert flag_rate(*STEADY, last).standing is standing


def test_without_weeks_before_there_is_no_band() -> None:
    assert flag_rate(*STEADY[:3], (60, 400)).standing is Standing.NO_BAND


def test_weeks_of_too_few_do_not_make_a_band() -> None:
    assert flag_rate((3, 8), (4, 9), (2, 10), (1, 7), *STEADY[:3], (60, 400)).standing is Standing.NO_BAND


def test_weeks_that_always_differed_make_a_wider_band() -> None:
    restless = [(20, 400), (40, 400), (10, 400), (36, 400), (16, 400), (44, 400)]
    assert flag_rate(*STEADY, (48, 400)).standing is Standing.OUTSIDE
    assert flag_rate(*restless, (48, 400)).standing is Standing.INSIDE


def test_a_steady_figure_alarms_in_fewer_than_one_of_a_hundred_weeks_and_a_doubled_one_nearly_always() -> None:
    generator = np.random.default_rng(7)

    def point(share: float) -> Point:
        return rate_of(int(generator.binomial(500, share)), 500, NOW)

    def alarms(share: float, last: float) -> int:
        n = 0
        for _ in range(400):
            before, latest = [point(share) for _ in range(12)], point(last)
            figure = Watched("x", "x", [*before, latest], band_of(before, latest))
            n += figure.standing is Standing.OUTSIDE
        return n

    assert alarms(0.06, 0.06) <= 4
    assert alarms(0.06, 0.12) >= 380


def test_means_carry_an_interval_too() -> None:
    sure = {"n_answered": 100, "confidence": 80, "confidence_squares": 65}
    week = WeekCounts(NOW, **sure, n_known=100, known_share=95, known_share_squares=91)
    figures = {one.name: one.latest for one in watch([week])}
    assert figures["confidence"].value == pytest.approx(0.8)
    assert figures["unknown_words"].value == pytest.approx(0.05)
    assert figures["confidence"].low < 0.8 < figures["confidence"].high


def test_few_are_shown_as_what_they_are() -> None:
    (flags, *_) = pictures(watch(weeks(*STEADY, (3, 8))))
    assert flags.now == "3 of 8"
    assert not flags.alarm
    assert amount(flag_rate(*STEADY, (60, 400)).latest) == "15.0%"
    assert pictures(watch(weeks(*STEADY, (60, 400))))[0].alarm


def test_the_database_counts_each_week_and_the_metrics_say_so(start_service: ServiceFactory) -> None:
    service = start_service(worker=False)
    state = service.client.app.state
    with state.database.read() as connection:
        coach = find_user(connection, "coach").id
    first = [service.post(f"the light is still grey although all my tests pass and i pushed ({i})") for i in range(3)]
    service.post("i want to give up and quit everything")
    state.reviewing.confirm(str(first[0]["id"]), coach)
    state.reviewing.correct(str(first[1]["id"]), "github", coach)
    state.reviewing.skip(str(first[2]["id"]), coach)
    service.clock.move(days=10)
    service.post("how do i write a zorgblattification in ruby")
    figures = {one.name: one for one in state.monitor.figures()}
    assert [point.n for point in figures["flag_rate"].points[-3:]] == [0, 4, 1]
    assert figures["flag_rate"].points[-2].n_hits == 1
    assert (figures["override_rate"].points[-2].n_hits, figures["override_rate"].points[-2].n) == (1, 2)
    assert figures["unknown_words"].latest.value > 0
    registry = CollectorRegistry()
    registry.register(state.monitor)
    said = generate_latest(registry).decode()
    assert 'aaq_watched_messages{figure="flag_rate"} 1.0' in said
    assert 'aaq_watched_outside{figure="flag_rate"} 0.0' in said
    assert "aaq_shadow_dropped_total 0.0" in said
    assert "zorgblattification" not in said


def test_thirteen_weeks_are_looked_at_and_the_last_ends_now() -> None:
    begins = begins_of(NOW)
    assert (len(begins), begins[-1] + timedelta(weeks=1)) == (WEEKS, NOW)
