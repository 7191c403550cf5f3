"""What follows a failed attempt and a look-up, as tables. No clock, no vendor."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from serve.delivering.outbox import State
from serve.delivering.retry import (
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    MOST_UNANSWERED,
    after_failure,
    after_no_answer,
    after_not_found,
)
from serve.store.records import Lease
from serve.transports.base import Kind

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEASE = Lease("d", "m", "ticket", "jira", {}, "k", 1, 1, NOW + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("kind", "n_attempts", "retry_after", "must_arrive", "can_be_asked", "state", "seconds"),
    [
        (Kind.RETRYABLE, 1, None, False, False, State.RETRYING, 5),
        (Kind.RETRYABLE, 2, None, False, True, State.RETRYING, 15),
        (Kind.RETRYABLE, 7, None, False, False, State.RETRYING, 3600),
        (Kind.RETRYABLE, 20, None, False, False, State.RETRYING, 3600),
        (Kind.RETRYABLE, 1, 120, False, False, State.RETRYING, 120),
        (Kind.RETRYABLE, 1, 10**9, False, False, State.RETRYING, LONGEST_WAIT.total_seconds()),
        (Kind.RETRYABLE, MOST_ATTEMPTS, None, False, False, State.DEAD, 0),
        (Kind.RETRYABLE, MOST_ATTEMPTS * 9, None, True, False, State.RETRYING, 3600),
        (Kind.PERMANENT, 1, None, False, True, State.DEAD, 0),
        (Kind.PERMANENT, 1, None, True, False, State.RETRYING, 5),
        (Kind.AMBIGUOUS, 1, None, False, True, State.UNKNOWN, 30),
        (Kind.AMBIGUOUS, MOST_ATTEMPTS, None, False, True, State.UNKNOWN, 30),
        (Kind.AMBIGUOUS, 1, None, False, False, State.RETRYING, 5),  # cannot be asked: the same id again
        (Kind.AMBIGUOUS, MOST_ATTEMPTS, None, False, False, State.DEAD, 0),
    ],
)
def test_a_failed_attempt(kind, n_attempts, retry_after, must_arrive, can_be_asked, state, seconds) -> None:
    progress = after_failure(
        replace(LEASE, n_attempts=n_attempts),
        kind,
        now=NOW,
        retry_after=None if retry_after is None else timedelta(seconds=retry_after),
        must_arrive=must_arrive,
        can_be_asked=can_be_asked,
    )
    assert (progress.state, progress.due_at) == (state, NOW + timedelta(seconds=seconds))
    assert (progress.unknown_since == NOW) == (state == State.UNKNOWN)


@pytest.mark.parametrize(
    ("n_unknown", "n_look_ups", "minutes", "state", "due_minutes"),
    [  # minutes: since it became unknown; n_look_ups: before this one
        (1, 0, 0.5, State.UNKNOWN, 2),
        (1, 1, 2, State.UNKNOWN, 5),
        (1, 2, 5, State.UNKNOWN, 15),
        (1, 3, 15, State.RETRYING, 15),  # sent once more
        (2, 3, 15, State.DEAD, 15),  # and then a coach decides
        (1, 3, 14, State.UNKNOWN, 15),  # never before the search has had its time
        (1, 0, 60, State.UNKNOWN, 60),  # the worker was away: the rest follow one after the other
        (2, 3, 60, State.DEAD, 60),
    ],
)
def test_a_look_up_that_finds_nothing(n_unknown, n_look_ups, minutes, state, due_minutes) -> None:
    lease = replace(LEASE, unknown_since=NOW, n_unknown=n_unknown, n_look_ups=n_look_ups)
    progress = after_not_found(lease, now=NOW + timedelta(minutes=minutes))
    assert (progress.state, progress.due_at) == (state, NOW + timedelta(minutes=due_minutes))
    assert (progress.unknown_since is None) == (state == State.RETRYING)


@pytest.mark.parametrize(
    ("n_failed", "retry_after", "state", "seconds"),
    [
        (0, None, State.UNKNOWN, 5),
        (3, None, State.UNKNOWN, 300),
        (0, 90, State.UNKNOWN, 90),
        (MOST_UNANSWERED - 1, None, State.DEAD, 0),
    ],
)
def test_a_look_up_without_an_answer_is_no_look_up(n_failed, retry_after, state, seconds) -> None:
    lease = replace(LEASE, unknown_since=NOW, n_unknown=1, n_look_ups=2, n_look_ups_failed=n_failed)
    asked = None if retry_after is None else timedelta(seconds=retry_after)
    progress = after_no_answer(lease, now=NOW, retry_after=asked)
    assert (progress.state, progress.due_at) == (state, NOW + timedelta(seconds=seconds))
    assert progress.n_look_ups == 2
