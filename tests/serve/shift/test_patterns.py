"""Pure: patterns in a student's history, and bursts of the same problem."""

from datetime import UTC, datetime, timedelta

import pytest

from model.taxonomy import Taxonomy
from serve.shift.bursts import burst
from serve.shift.patterns import load_rules, patterns
from serve.store.alike import Alike
from serve.store.records import Note
from serve.store.students import PastMessage

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def past(text: str = "how do i sort a hash", *, minutes: float, label: str = "coaching") -> PastMessage:
    at = NOW - timedelta(minutes=minutes)
    return PastMessage(f"m-{minutes}", text, None, at, label, True, False, None)


def note(kind: str, *, days: float) -> Note:
    return Note(f"n-{days}", "s", None, kind, "lost on loops", "c", "Priya", NOW - timedelta(days=days))


def keys(messages: list[PastMessage], notes: list[Note]) -> list[str]:
    return [pattern.key for pattern in patterns(messages, notes, NOW, load_rules())]


def test_a_quiet_history_has_no_pattern() -> None:
    assert keys([past(minutes=60 * i) for i in range(1, 8)], [note("note", days=3)]) == []


def test_two_flags_or_three_signs_of_struggling_in_three_weeks_are_a_pattern() -> None:
    assert keys([], [note("flag", days=1), note("flag", days=9)]) == ["pattern_struggling"]
    signs = [past(minutes=9000, label="struggling"), past(minutes=600, label="distress")]
    assert keys(signs, [note("note", days=2)]) == ["pattern_struggling"]
    assert keys(signs, [note("note", days=22)]) == []


def test_the_rows_that_made_a_pattern_are_shown_newest_first() -> None:
    rows = [past(minutes=50), past(minutes=48), past("just tell me the answer", minutes=20), past("idk", minutes=5)]
    (found,) = patterns(rows, [], NOW, load_rules())
    assert found.key == "pattern_abuse"
    assert [sign.message_id for sign in found.signs] == ["m-5", "m-20", "m-48"]
    assert found.signs[2].what == "asked 2 minutes after the last"
    assert "3 signs" in found.says


def test_a_long_message_that_holds_i_dont_know_says_something_as_well() -> None:
    long = "i don't know why this returns nil here, i tried binding.pry and the hash is full before the loop begins"
    assert keys([past(long, minutes=m) for m in (10, 30, 50, 70)], []) == []


def alike(name: str, text: str, lesson: str | None = None, *, minutes: float = 0) -> Alike:
    return Alike(name, text, lesson, NOW + timedelta(minutes=minutes))


GREY = "the lights stay grey, tests pass and i pushed"


@pytest.mark.parametrize(
    ("label", "others", "expected"),
    [
        ("lights", [alike("b", GREY), alike("c", GREY + " twice")], 3),
        ("lights", [alike("b", GREY)], 0),  # two are no burst
        ("lights", [alike("b", "grey?", "Fetch"), alike("c", "no green", "Fetch")], 3),  # the same lesson
        ("coaching", [alike("b", "what is a promise", "Fetch"), alike("c", "cors??", "Fetch")], 0),
        ("coaching", [alike("b", GREY), alike("c", GREY)], 3),  # nearly the same words
        ("lights", [alike("b", GREY, minutes=61), alike("c", GREY, minutes=-61)], 0),
        ("distress", [alike("b", GREY), alike("c", GREY)], 0),  # never
    ],
)
def test_what_is_a_burst(label: str, others: list[Alike], expected: int, taxonomy: Taxonomy) -> None:
    assert len(burst(alike("a", GREY, "Fetch"), others, taxonomy[label])) == expected
