"""A call that hangs, or fails for a reason of ours, ends as an honest failure."""

import threading
from datetime import timedelta

import pytest

from serve.delivering.deadline import within
from serve.transports.base import DeliveryFailed, Kind


def test_what_is_done_in_time_is_returned() -> None:
    assert within(timedelta(seconds=10), lambda: "done") == "done"


def test_a_call_that_hangs_is_left_and_ambiguous() -> None:
    never = threading.Event()
    with pytest.raises(DeliveryFailed, match="no answer within") as failed:
        within(timedelta(seconds=0.05), never.wait)
    never.set()
    assert failed.value.kind is Kind.AMBIGUOUS


def test_a_vendor_s_refusal_passes_as_it_is() -> None:
    def refuse() -> None:
        raise DeliveryFailed("no", Kind.PERMANENT)

    with pytest.raises(DeliveryFailed) as failed:
        within(timedelta(seconds=10), refuse)
    assert failed.value.kind is Kind.PERMANENT


def test_a_fault_of_ours_comes_to_a_coach_by_name_and_without_its_words() -> None:
    with pytest.raises(DeliveryFailed, match="KeyError") as failed:
        within(timedelta(seconds=10), lambda: {}["canary"])
    assert failed.value.kind is Kind.AMBIGUOUS
    assert "canary" not in str(failed.value)
