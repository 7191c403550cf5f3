"""Each check of the gate lets through what it should, and says in words why it does not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from doubles import DATA

from training.checks import (
    BlindLabels,
    Footprint,
    blind_checks,
    fixed_set_checks,
    footprint_checks,
    missed_by_a_hair,
)
from training.dataset import Messages
from training.evaluate import Answered
from training.fixed_set import EVALUATION, NEVER_ALARM, NEVER_MISS, Judging
from training.gate import Check, GateBounds, Recent, Verdict, second_person
from training.poisoning import Suspicion
from training.retrain_settings import read_retrain_settings

KEYS = ("distress", "lights", "coaching")
BOUNDS: GateBounds = read_retrain_settings(DATA / "retrain.toml").gate
SHARES = np.array([0.1, 0.2, 0.7])
# 20 cases of distress (5 urgent), 20 of lights, 60 ordinary; then 10 that must not be missed and 10 harmless alarms.
LABELS = np.array([0] * 20 + [1] * 20 + [2] * 60 + [0] * 10 + [2] * 10)
SOURCES = np.array([EVALUATION] * 100 + [NEVER_MISS] * 10 + [NEVER_ALARM] * 10)
URGENT = np.arange(120) < 5
FRAME = pd.DataFrame({"id": [f"x{i}" for i in range(120)], "urgent": URGENT})
JUDGING = Judging(Messages(FRAME, [""] * 120, LABELS, SOURCES), SOURCES, "hash")


def perfect() -> Answered:
    distress = LABELS == 0
    return Answered(
        frame=FRAME,
        authors=SOURCES,
        labels=LABELS,
        predicted=LABELS.copy(),
        confidence=np.full(120, 0.99),
        distress=distress.astype(float),
        escalated=distress.copy(),
        suggested=~distress,
        marked_urgent=URGENT.copy(),
        in_net=np.zeros(120, dtype=bool),
        weights=np.ones(120),
        distress_column=0,
        ordinary_column=2,
        line=0.1,
    )


def worse(**changed: tuple[slice, object]) -> Answered:
    """A perfect release, less what is changed: `field=(places, value)`."""
    answered = perfect()
    for field, (places, value) in changed.items():
        getattr(answered, field)[places] = value
    return answered


def broken(candidate: Answered, incumbent: Answered | None = None) -> dict[str, Check]:
    checks = fixed_set_checks(candidate, incumbent or perfect(), JUDGING, SHARES, BOUNDS, KEYS)
    return {check.name: check for check in checks if not check.passed}


def test_a_candidate_that_does_as_well_passes() -> None:
    assert broken(perfect()) == {}


def test_one_lost_case_of_distress_is_one_too_many_and_is_named() -> None:
    found = broken(worse(escalated=(slice(10, 11), False)))
    assert list(found) == ["distress recall"]
    assert "x10" in found["distress recall"].sentence


def test_a_case_missed_by_a_hair_is_for_a_second_person() -> None:
    incumbent = worse(distress=(slice(10, 11), 0.12))
    candidate = worse(distress=(slice(10, 11), 0.08), escalated=(slice(10, 11), False))
    assert broken(candidate, incumbent) == {}
    assert ["x10, in distress" in says for says in missed_by_a_hair(candidate, incumbent, BOUNDS)] == [True]
    far = worse(distress=(slice(10, 11), 0.02), escalated=(slice(10, 11), False))
    assert list(broken(far, incumbent)) == ["distress recall"]
    assert list(missed_by_a_hair(far, incumbent, BOUNDS)) == []


def test_an_urgent_case_is_never_missed_by_a_hair() -> None:
    incumbent = worse(distress=(slice(0, 1), 0.12))
    candidate = worse(distress=(slice(0, 1), 0.08), escalated=(slice(0, 1), False))
    assert list(broken(candidate, incumbent)) == ["urgent recall", "distress recall"]


def test_one_lost_urgent_case_breaks_both() -> None:
    assert list(broken(worse(escalated=(slice(0, 1), False)))) == ["urgent recall", "distress recall"]


def test_a_case_won_does_not_pay_for_one_lost() -> None:
    incumbent = worse(escalated=(slice(10, 12), False))
    assert "distress recall" in broken(worse(escalated=(slice(12, 13), False)), incumbent)


def test_a_case_that_the_incumbent_missed_too_is_not_lost() -> None:
    both = worse(escalated=(slice(10, 11), False))
    assert broken(both, both) == {}


def test_a_label_that_is_never_found_any_more_is_named() -> None:
    found = broken(worse(predicted=(slice(20, 40), 2), confidence=(slice(20, 40), 0.0)))
    assert "Never found any more: lights" in found["recall by label"].sentence


def test_a_label_may_fall_a_little_and_no_more() -> None:
    assert "recall by label" not in broken(worse(predicted=(slice(20, 24), 2)))  # 4 of 20 may be chance
    assert "lights from 1.00 to 0.65" in broken(worse(predicted=(slice(20, 27), 2)))["recall by label"].sentence


def test_wrong_suggestions_may_not_rise() -> None:
    assert "selective risk" in broken(worse(predicted=(slice(40, 43), 1)))


def test_confidence_must_stay_honest() -> None:
    assert list(broken(worse(confidence=(slice(40, 100), 0.5)))) == ["calibration"]


def test_false_alarms_may_rise_a_little_and_no_more() -> None:
    assert broken(worse(escalated=(slice(40, 41), True))) == {}
    assert list(broken(worse(escalated=(slice(40, 43), True)))) == ["ordinary flagged"]
    assert list(broken(worse(escalated=(slice(110, 111), True)))) == ["harmless alarms flagged"]


def test_time_and_size_are_ratios() -> None:
    fast, slow = Footprint(100, 10_000_000), Footprint(260, 26_000_000)
    assert [check.name for check in footprint_checks(slow, fast, BOUNDS) if not check.passed] == ["latency", "size"]
    assert all(check.passed for check in footprint_checks(fast, slow, BOUNDS))


def blind(n: int, candidate_right: int, incumbent_right: int) -> dict[str, bool]:
    labels = np.ones(n, dtype=int)
    escalates = np.zeros(n, dtype=bool)
    right = [np.where(np.arange(n) < k, 1, 2) for k in (candidate_right, incumbent_right)]
    given = BlindLabels(labels, right[0], right[1], escalates, escalates)
    return {check.name: check.passed for check in blind_checks(given, 0, BOUNDS)}


def test_recent_blind_labels_refuse_what_is_worse_beyond_chance() -> None:
    assert blind(60, 50, 60)["blind labels"] is False
    assert blind(60, 57, 60)["blind labels"] is True
    assert blind(60, 60, 40)["blind labels"] is True


def test_a_few_blind_labels_decide_nothing() -> None:
    assert blind(20, 5, 20)["blind labels"] is True
    assert blind(0, 0, 0) == {"blind labels": True, "blind distress": True}


@pytest.mark.parametrize(
    ("candidate", "says"),
    [
        ([1] * 20 + [2] * 80, []),
        ([1] * 18 + [2] * 82, []),
        ([1] * 17 + [2] * 83, ["3.0% of 100 recent messages"]),
        ([1] * 10 + [2] * 90, ["10.0% of 100", "lights goes from 20 to 10"]),
    ],
)
def test_a_great_change_waits_for_a_second_person(candidate: list[int], says: list[str]) -> None:
    incumbent = np.array([1] * 20 + [2] * 80)
    reasons = list(second_person(Recent(np.array(candidate), incumbent), BOUNDS, KEYS))
    assert len(reasons) == len(says)
    assert all(said in reason for said, reason in zip(says, reasons, strict=True))


def test_no_recent_messages_ask_nobody() -> None:
    nothing = np.array([], dtype=int)
    assert list(second_person(Recent(nothing, nothing), BOUNDS, KEYS)) == []


def test_a_suspicion_is_a_refusal_in_words() -> None:
    kept = Check("size", 1, 1, "at most 1.5 times", True, "It is as large.")
    suspicion = Suspicion("flood", ("mallory",), ("m1",), "mallory alone would count 90 rows.")
    verdict = Verdict((kept, replace(kept, passed=False, sentence="It is too large.")), (suspicion,), ())
    assert not verdict.passed
    assert verdict.refusal == "It is too large. mallory alone would count 90 rows."
    assert Verdict((kept,), (), ("much changes",)).passed
