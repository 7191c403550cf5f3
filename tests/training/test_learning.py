"""What is learned from a history, and with which weight."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from model.history import HistoryRow, Provenance
from model.verdicts import Says, Verdict
from training.history import Caps, FixedSet, Learned, Weights, learn_from

AT = datetime(2026, 11, 2, tzinfo=UTC)
WEIGHTS = Weights(blind=1.0, correction=0.8, imported=0.7, confirmation=0.5)
ROW = HistoryRow("m0", "the light is grey", "lights", None, None, None, None, Provenance.BLIND, "c", "s", AT, None)


def row(n: int, **changes: object) -> HistoryRow:
    return replace(ROW, message_id=f"m{n}", text=f"question number {n}", made_at=AT + timedelta(hours=n), **changes)


def learn(rows: list[HistoryRow], **given: object) -> Learned:
    settings: dict[str, object] = {
        "verdicts": {}, "fixed": FixedSet(frozenset(), frozenset()), "caps": Caps(student=1e9, coach=1e9)
    } | given  # fmt: skip
    return learn_from(rows, weights=WEIGHTS, **settings)


def test_a_blind_label_counts_more_than_a_correction_and_that_more_than_a_confirmation() -> None:
    rows = [row(i, provenance=kind) for i, kind in enumerate(Provenance)]
    weight = {one.row.provenance: one.weight for one in learn(rows).rows}
    assert weight[Provenance.BLIND] > weight[Provenance.CORRECTION] > weight[Provenance.CONFIRMATION]


def test_no_student_and_no_coach_counts_more_than_the_cap() -> None:
    rows = [row(i, student="loud", coach="busy") for i in range(50)] + [row(90, student="quiet", coach="busy")]
    learned = learn(rows, caps=Caps(student=10, coach=8))
    by_loud = sum(one.weight for one in learned.rows if one.row.student == "loud")
    assert by_loud <= 10
    assert sum(one.weight for one in learned.rows) == pytest.approx(8)
    assert learned.students["loud"] == 50  # before the cap, for the gate to see


def test_students_who_are_not_named_are_not_taken_for_one() -> None:
    learned = learn([row(i, student=None) for i in range(5)], caps=Caps(student=1, coach=100))
    assert sum(one.weight for one in learned.rows) == 5


def test_the_same_text_counts_once_with_the_label_that_most_say() -> None:
    same = [replace(row(i), text="The  light is GREY!!!!!") for i in range(3)]
    other = replace(row(9, confirmed_label="ui"), text="the  light is grey!!!")
    learned = learn([*same, other])
    assert [one.row.confirmed_label for one in learned.rows] == ["lights"]
    assert learned.rows[0].weight == 1.0
    assert learned.n_repeated == 3


def test_the_last_word_on_a_message_counts() -> None:
    first = row(1)
    again = replace(first, confirmed_label="ui", made_at=first.made_at + timedelta(days=1))
    assert [one.row.confirmed_label for one in learn([again, first]).rows] == ["ui"]


def test_erased_messages_are_counted_and_not_learned() -> None:
    learned = learn([row(1), replace(row(2), text=""), replace(row(3), text=" \n")])
    assert (len(learned.rows), learned.n_erased) == (1, 2)


def test_nothing_of_the_fixed_set_gets_in_by_text_or_by_author() -> None:
    fixed = FixedSet(frozenset({"i give up"}), frozenset({"linh"}))
    learned = learn([replace(row(1), text="I give up "), row(2, student="linh"), row(3)], fixed=fixed)
    assert [one.row.message_id for one in learned.rows] == ["m3"]
    assert learned.n_fixed == 2


def test_a_second_look_is_honoured() -> None:
    def verdict(n: int, says: Says, label: str) -> tuple[str, Verdict]:
        return f"m{n}", Verdict(f"m{n}", says, label, "kim", AT)

    said = dict([verdict(1, Says.DROP, ""), verdict(2, Says.CHANGE, "ui"), verdict(3, Says.KEEP, "lights")])
    learned = learn([row(i, provenance=Provenance.CONFIRMATION) for i in range(1, 5)], verdicts=said)
    found = {one.row.message_id: (one.row.confirmed_label, one.weight) for one in learned.rows}
    assert found == {"m2": ("ui", 1.0), "m3": ("lights", 1.0), "m4": ("lights", 0.5)}
    assert learned.n_dropped == 1


def test_the_hash_changes_with_what_is_learned_and_with_nothing_else() -> None:
    rows = [row(1), row(2)]
    assert learn(rows).sha256 == learn(rows[::-1]).sha256
    assert learn(rows).sha256 != learn([row(1), row(2, confirmed_label="ui")]).sha256
