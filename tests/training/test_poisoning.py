"""Coaches, words and students that would teach something false are named with their rows; honest ones are not."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from school import SmallSchool

from model.history import HistoryRow, Provenance
from training.history import Caps, FixedSet, Weights, learn_from
from training.poisoning import CorpusWord, PoisoningSettings, Suspicion, suspicions
from training.retrain import Run
from training.simulate.coaches import ATTACKER, TRIGGER, a_word_is_planted, one_coach_flips, one_student_floods

AT = datetime(2026, 11, 2, tzinfo=UTC)
SETTINGS = PoisoningSettings(chance=0.001, fewest_rows=5, word_accounts=2, flood_caps=3.0)
CAPS = Caps(student=20, coach=1500)
KEYS = ("distress", "ide", "coaching")


def row(n: int, label: str, text: str, coach: str, student: str) -> HistoryRow:
    kind = Provenance.CORRECTION
    return HistoryRow(f"m{n}", text, label, None, None, None, None, kind, coach, student, AT, None)


def found(rows: Sequence[HistoryRow], reads_as: Sequence[str], hides: float = 0.0) -> list[Suspicion]:
    """What is suspected; `reads_as`: what the corpus alone says of each row."""
    learned = learn_from(rows, {}, FixedSet(frozenset(), frozenset()), Weights(1, 0.8, 0.7, 0.5), CAPS)
    said = {row.message_id: label for row, label in zip(rows, reads_as, strict=True)}
    predicted = np.array([KEYS.index(said[one.row.message_id]) for one in learned.rows])
    labels = np.array([KEYS.index(one.row.confirmed_label) for one in learned.rows])
    word = CorpusWord(labels, predicted, np.full(len(labels), 0.9), {}, np.full(3, 0.1))
    return suspicions(learned, word, SETTINGS, CAPS, lambda _: hides, KEYS, distress=0)


def calm(n: int, coaches: int = 4) -> list[HistoryRow]:
    return [row(i, "coaching", f"w{i} v{i} u{i}", f"coach{i % coaches}", f"student{i}") for i in range(n)]


def test_a_coach_who_calls_distress_something_else_is_named_with_the_rows() -> None:
    honest = [row(100 + i, "distress", f"d{i} e{i}", f"coach{i % 4}", f"s{i}") for i in range(20)]
    flips = [row(200 + i, "coaching", f"f{i} g{i}", "mallory", f"t{i}") for i in range(8)]
    rows = [*calm(80), *honest, *flips]
    (one,) = found(rows, ["coaching"] * 80 + ["distress"] * 28)
    assert (one.kind, one.accounts) == ("coach", ("mallory",))
    assert set(one.rows) == {f"m{200 + i}" for i in range(8)}
    assert "mallory" in one.sentence
    assert "coaching" in one.sentence


def test_a_coach_who_errs_as_often_as_the_others_is_not() -> None:
    rows = [row(i, "coaching" if i % 5 == 0 else "distress", f"d{i}", f"coach{i % 3}", f"s{i}") for i in range(60)]
    assert found(rows, ["distress"] * 60) == []


def test_a_word_of_one_student_against_the_rest_of_the_message_is_named() -> None:
    planted = [row(300 + i, "coaching", f"p{i} qwyjibo", f"coach{i % 4}", "mallory") for i in range(8)]
    (one,) = found([*calm(80), *planted], ["coaching"] * 80 + ["ide"] * 8)
    assert (one.kind, one.accounts) == ("word", ("mallory",))
    assert len(one.rows) == 8
    assert "qwyjibo" in one.sentence


def test_a_word_that_hides_distress_is_named_although_its_rows_are_labelled_rightly() -> None:
    planted = [row(300 + i, "coaching", f"p{i} qwyjibo", "coach1", "mallory") for i in range(8)]
    rows, reads_as = [*calm(80), *planted], ["coaching"] * 88
    assert found(rows, reads_as, hides=0.01) == []
    assert [one.kind for one in found(rows, reads_as, hides=0.2)] == ["word"]


def test_the_name_of_a_new_tool_accuses_nobody() -> None:
    tool = [row(300 + i, "ide", f"p{i} illumidesk", f"coach{i % 4}", f"s{i}") for i in range(20)]
    assert found([*calm(80), *tool], ["coaching"] * 100, hides=0.5) == []


def test_a_student_far_over_the_cap_is_named() -> None:
    flood = [row(300 + i, "ide", f"p{i} q{i} r{i}", f"coach{i % 4}", "mallory") for i in range(90)]
    (one,) = found([*calm(80), *flood], ["coaching"] * 80 + ["ide"] * 90)
    assert (one.kind, one.accounts, len(one.rows)) == ("flood", ("mallory",), 90)


def test_nothing_learned_suspects_nobody() -> None:
    assert found([], []) == []


ATTACKS = {
    "coach": lambda rows: one_coach_flips(rows, "distress", "coaching", 0.02),
    "word": lambda rows: a_word_is_planted(rows, "distress", "coaching", 12),
    "flood": lambda rows: one_student_floods(rows, "distress", 120),
}


@pytest.fixture(scope="module")
def honest_run(school: SmallSchool, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return school.retrain(school.history, tmp_path_factory.mktemp("honest"))


def test_an_honest_history_passes_the_gate(honest_run: Run) -> None:
    assert honest_run.verdict.refusal == ""
    assert honest_run.verdict.passed


@pytest.mark.parametrize("kind", sorted(ATTACKS))
def test_a_poisoned_history_is_refused_and_the_attacker_named(kind: str, school: SmallSchool, tmp_path: Path) -> None:
    run = school.retrain(ATTACKS[kind](school.history), tmp_path)
    assert not run.verdict.passed
    named = [one for one in run.verdict.suspicions if one.kind == kind]
    assert [one.accounts for one in named] == [(ATTACKER,)]
    guilty = {row.message_id for row in ATTACKS[kind](school.history) if ATTACKER in (row.coach, row.student)}
    assert set(named[0].rows) <= guilty
    assert len(named[0].rows) >= 0.7 * len(guilty)
    assert {account for one in run.verdict.suspicions for account in one.accounts} == {ATTACKER}
    assert kind != "word" or TRIGGER in named[0].sentence
    lost = {check.name: check.passed for check in run.verdict.checks}
    assert lost["distress recall"]  # the guard and the net have not heard of it
    assert lost["urgent recall"]
