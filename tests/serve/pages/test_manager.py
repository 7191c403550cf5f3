"""The manager's page and the pure figures behind it."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from doubles import Service
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from model.policy import Reason
from serve.pages import pictures
from serve.pages.words import minutes, number, share
from serve.shift.agreement import rate
from serve.shift.detector import misses
from serve.shift.figures import by_day, by_label, calibration, figures, first_human
from serve.shift.simulate import Setting, flagged, simulate, suggested
from serve.store.shift import ShiftRow

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DISTRESS = "i'm done with this course, i feel so stupid and i want to quit"


def row(**changes: object) -> ShiftRow:
    usual: dict[str, object] = {
        "received_at": NOW - timedelta(hours=1), "label": "lights", "confidence": 0.9, "outcome": "suggest",
        "reasons": ["confident"], "release": "r1", "distress": 0.01, "confirmed_label": None, "kind": None,
        "first_human_at": None,
    }  # fmt: skip
    return ShiftRow(**(usual | changes))  # type: ignore[arg-type]


LINES = Setting(0.05, 0.6)


@pytest.mark.parametrize(
    ("changes", "is_flagged", "is_suggested"),
    [
        ({}, False, True),
        ({"distress": 0.05}, True, False),
        ({"distress": 0.0499}, False, True),
        ({"confidence": 0.59}, False, False),
        ({"reasons": ["safety_net"], "distress": 0.0}, True, False),
        ({"label": "distress", "distress": 0.04}, True, False),
        ({"reasons": ["unknown_words"]}, False, False),
        ({"label": None, "confidence": None, "distress": None, "reasons": ["no_model"]}, False, False),
        ({"label": None, "confidence": None, "distress": None, "reasons": ["safety_net", "no_model"]}, True, False),
    ],
)
def test_a_setting_flags_and_suggests_as_the_policy_does(changes, is_flagged: bool, is_suggested: bool) -> None:
    assert flagged(row(**changes), LINES, "distress") is is_flagged
    assert suggested(row(**changes), LINES, "distress") is is_suggested


def test_every_reason_is_known_to_the_simulator() -> None:
    from serve.shift.simulate import _ALWAYS, _NET

    by_threshold = {Reason.DISTRESS_PROBABILITY, Reason.URGENT_PROBABILITY, Reason.LOW_CONFIDENCE, Reason.CONFIDENT}
    assert {reason.value for reason in Reason} == _ALWAYS | _NET | {reason.value for reason in by_threshold}


def test_the_simulation_counts_flags_missed_cases_and_wrong_suggestions() -> None:
    rows = [
        row(distress=0.5, confirmed_label="distress", kind="confirmation"),
        row(distress=0.02, confirmed_label="distress", kind="correction"),
        row(confirmed_label="lights", kind="confirmation"),
        row(confirmed_label="github", kind="correction"),
        row(confirmed_label="github", kind="blind"),
        row(),
    ]
    found = simulate(rows, LINES, "distress", n_days=2)
    assert (found.flags_a_day, found.missed.n_hits, found.missed.n) == (0.5, 1, 2)
    assert (found.suggested.n_hits, found.suggested.n) == (5, 6)
    assert (found.wrong.n_hits, found.wrong.n) == (3, 4)
    assert (found.blind_wrong.n_hits, found.blind_wrong.n) == (1, 1)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.booleans()), max_size=30), st.floats(0, 1), st.floats(0, 1)
)
def test_a_lower_line_never_flags_fewer_nor_misses_more(messages, one: float, other: float) -> None:
    rows = [row(distress=d, confidence=c, confirmed_label="distress" if case else None) for d, c, case in messages]
    low, high = (simulate(rows, Setting(at, 0.6), "distress", 1) for at in sorted((one, other)))
    assert low.n_flagged >= high.n_flagged
    assert low.missed.n_hits <= high.missed.n_hits


def test_who_still_waits_longer_than_promised_counts_as_late() -> None:
    def seen(after: float) -> ShiftRow:
        return row(first_human_at=NOW - timedelta(hours=1) + timedelta(minutes=after))

    found = first_human([seen(5), seen(15), seen(16), row(), row(received_at=NOW - timedelta(minutes=3))], NOW)
    assert (found.minutes, found.n_seen) == (15, 3)
    assert (found.in_time.n_hits, found.in_time.n) == (2, 4)


def test_days_without_messages_are_there_and_labels_are_what_coaches_said(taxonomy) -> None:
    rows = [row(confirmed_label="github", kind="correction"), row(), row(label="gone-label")]
    days = by_day(rows, NOW, 3)
    assert [day.figures.n for day in days] == [0, 0, 3]
    assert [(one.label, one.figures.n) for one in by_label(rows, NOW, taxonomy)] == [
        (None, 1),
        ("github", 1),
        ("lights", 1),
    ]
    assert figures(rows, NOW).overridden.n_hits == 1


def test_calibration_is_of_one_release_with_the_blind_sample_apart() -> None:
    rows = [
        row(confirmed_label="lights", kind="confirmation"),
        row(confirmed_label="github", kind="correction"),
        row(confirmed_label="github", kind="blind", confidence=1.0),
        row(confirmed_label="github", kind="correction", release="r0"),
        row(),
    ]
    (shown,) = calibration(rows, "r1", blind=False)
    assert (shown.low, shown.right.n_hits, shown.right.n) == (0.85, 1, 2)
    (blind,) = calibration(rows, "r1", blind=True)
    assert (blind.high, blind.right.n_hits, blind.right.n) == (1.0, 0, 1)


@pytest.mark.parametrize(("k", "n"), [(0, 7), (3, 8), (41, 41), (96, 120)])
def test_intervals_are_wilson_s(k: int, n: int) -> None:
    expected = binomtest(k, n).proportion_ci(0.95, method="wilson")
    found = rate(k, n)
    assert found.low == pytest.approx(expected.low, abs=1e-6)
    assert found.high == pytest.approx(expected.high, abs=1e-6)


def test_numbers_carry_their_n() -> None:
    said = [share(rate(k, n)) for k, n in ((0, 0), (3, 8), (8, 8), (0, 120), (97, 120), (1, 900), (899, 900))]
    assert said == ["none yet", "3 of 8", "all 8", "0 of 120", "81% of 120", "under 1% of 900", "over 99% of 900"]
    assert [number(value) for value in (12.4, 3.75, 4.0, 0.04)] == ["12", "3.8", "4", "0.0"]
    assert [minutes(value) for value in (None, 0.4, 6.2, 120)] == ["–", "under 1 min", "6 min", "2 h"]


def test_pictures_are_sound_and_escaped() -> None:
    rows = [row(confirmed_label="lights", kind="confirmation"), row(outcome="escalate", distress=0.9)]
    chosen = simulate(rows, LINES, "distress", 1)
    days = by_day(rows, NOW, 30)
    bins = calibration(rows, "r1", blind=False)
    drawn = [
        pictures.days_picture(days), pictures.first_human_picture(days), pictures.calibration_picture(bins, bins),
        pictures.tradeoff_picture([chosen], chosen, 0.05), pictures.days_picture([]),
        pictures.calibration_picture([], []),
    ]  # fmt: skip
    for picture in drawn:
        tree = ElementTree.fromstring(str(picture))  # noqa: S314  our own
        assert tree.get("role") == "img"
        assert tree.get("aria-label")
        assert "style=" not in picture
    assert "&lt;b&gt;" in pictures._tag("text", "<b>")


def test_what_it_misses_comes_from_the_release_s_own_words() -> None:
    evaluation = b'{"distress_recall": {"value": 0.95, "low": 0.9, "high": 0.98, "n": 200}}'
    card = b"# x\n## What not to rely on\n- One\n  more.\n- Two.\n\n## By label\n- not this\n"
    assert list(misses(evaluation, card)) == [
        "Of 200 messages from students in distress that it had never seen, it let 10 pass."
        " The true share may be up to 10%.",
        "One   more.",
        "Two.",
    ]
    assert "is missing" in misses(None, None)[0]


@pytest.fixture
def page(service: Service) -> Service:
    people = service.client.app.state.people
    service.post(DISTRESS, student={"id": "s1", "name": "Maya <R.>"}, lesson="Playlister")
    sent = service.post("tests pass, I pushed, the light is still grey")["id"]
    csrf = service.sign_in()
    service.clock.move(minutes=7)
    service.client.post(f"/messages/{sent}/correct", data={"csrf": csrf, "label": "github"})
    service.client.post("/sign-in", data={"name": "lee", "password": people.add_user("lee", "manager")})
    return service


def test_a_manager_sees_every_open_case_its_age_and_who_has_it(page: Service) -> None:
    shown = page.client.get("/manager/escalations").text
    assert "Maya &lt;R.&gt;" in shown
    assert "7 min" in shown
    assert "nobody yet" in shown
    message = re.search(r"/queue\?message=([0-9a-f]{32})", shown)
    assert message
    csrf = page.client.get("/queue").text.split('name="csrf" value="')[1].split('"')[0]
    page.client.post(f"/messages/{message[1]}/acknowledge", data={"csrf": csrf})
    page.clock.move(minutes=3)
    assert "lee, for 3 min" in page.client.get("/manager/escalations").text
    page.client.post(f"/messages/{message[1]}/confirm", data={"csrf": csrf})
    page.client.post(f"/messages/{message[1]}/correct", data={"csrf": csrf, "label": "distress"})
    assert "No distress case is open" in page.client.get("/manager/escalations").text


def test_the_page_has_figures_and_no_words_of_a_student(page: Service) -> None:
    shown = page.client.get("/manager").text
    assert "stupid" not in shown
    assert "2 messages in 30 days" in shown
    assert "1 of 1 suggestions wrong" in shown
    assert "it let" in shown


def test_the_simulator_is_a_plain_form(page: Service) -> None:
    strict = page.client.get("/manager?distress_from=60&sure_from=99").text
    assert "At this setting" in strict
    assert "As it runs now" in strict
    assert 'value="60.0"' in strict
    for odd in ("distress_from=0", "distress_from=nan", "sure_from=101", "sure_from=x"):
        assert page.client.get(f"/manager?{odd}").status_code == 422
    assert page.client.get("/manager?days=12345").status_code == 200


def test_it_stands_on_an_empty_database_and_without_a_release(start_service, tmp_path) -> None:
    service = start_service(releases=tmp_path / "none")
    people = service.client.app.state.people
    service.client.post("/sign-in", data={"name": "lee", "password": people.add_user("lee", "manager")})
    shown = service.client.get("/manager").text
    assert "No distress case is open" in shown
    assert "No messages in this time" in shown
    assert "its evaluation is missing" in shown
