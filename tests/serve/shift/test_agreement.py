"""Pure: agreement with the machine, with its interval."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from serve.shift.agreement import agreement, rate
from serve.store.records import Review

SAID = Review(
    id="r", message_id="m", kind="blind", suggested_label="ide", suggested_outcome="suggest", confidence=0.8,
    release="x", confirmed_label="ide", coach_id="c", made_at=datetime(2026, 11, 23, tzinfo=UTC),
)  # fmt: skip


def test_wilson_s_interval_is_the_published_one() -> None:
    # Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611.
    found = rate(81, 263)
    assert (found.low, found.high) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
    nothing = rate(0, 20)
    assert (nothing.low, nothing.high) == (0.0, pytest.approx(0.1611, abs=1e-4))


def test_nothing_is_said_of_no_reviews() -> None:
    assert agreement([]).accuracy.share is None


def test_accuracy_counts_all_and_the_override_rate_only_suggestions() -> None:
    found = agreement([
        SAID,
        replace(SAID, confirmed_label="lights"),
        replace(SAID, suggested_outcome="abstain", confirmed_label="lights"),
    ])  # fmt: skip
    assert (found.accuracy.n_hits, found.accuracy.n) == (1, 3)
    assert (found.override_rate.n_hits, found.override_rate.n) == (1, 2)


def test_undone_reviews_skips_and_messages_without_a_suggestion_do_not_count() -> None:
    out = [
        replace(SAID, undone_at=SAID.made_at),
        replace(SAID, kind="skip", confirmed_label=None),
        replace(SAID, suggested_label=None),
    ]
    assert agreement(out).accuracy.n == 0
