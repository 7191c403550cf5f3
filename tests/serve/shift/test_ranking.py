"""Pure: where a message stands in the queue, and which are labelled blind."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.shift.ranking import LEARNING_WORTH, rank_at, uncertainty
from serve.shift.sampling import in_blind_sample

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [([0.5, 0.5], 1.0), ([1.0, 0.0], 0.0), ([0.6, 0.3, 0.1], 0.7), ([], 0.0), ([1.0], 0.0)],
)
def test_uncertainty_is_the_missing_margin(probabilities: list[float], expected: float) -> None:
    assert uncertainty(probabilities) == pytest.approx(expected)


def test_of_the_same_age_the_doubtful_one_comes_first() -> None:
    assert rank_at(AT, [0.5, 0.5], blind=False) < rank_at(AT, [0.9, 0.1], blind=False)


def test_no_learning_value_outweighs_more_than_five_minutes_of_waiting() -> None:
    later = AT + LEARNING_WORTH + timedelta(seconds=1)
    assert rank_at(AT, [1.0, 0.0], blind=False) < rank_at(later, [0.5, 0.5], blind=False)


def test_the_place_of_a_blind_message_tells_nothing_of_its_suggestion() -> None:
    assert rank_at(AT, [0.5, 0.5], blind=True) == rank_at(AT, [0.9, 0.1], blind=True) == AT


@given(st.lists(st.floats(0, 1), max_size=14))
def test_a_place_is_never_later_than_the_receipt(probabilities: list[float]) -> None:
    assert AT - LEARNING_WORTH <= rank_at(AT, probabilities, blind=False) <= AT


def test_the_share_of_the_blind_sample_is_kept_and_no_escalation_is_in_it() -> None:
    ids = [f"{i:032x}" for i in range(20_000)]
    chosen = sum(in_blind_sample(i, "suggest", 0.05) for i in ids)
    assert 900 < chosen < 1100  # 1,000 expected; more than three standard deviations either way
    assert not any(in_blind_sample(i, "escalate", 1.0) for i in ids)
    assert all(in_blind_sample(i, "abstain", 1.0) for i in ids)
    assert not any(in_blind_sample(i, "suggest", 0.0) for i in ids)
