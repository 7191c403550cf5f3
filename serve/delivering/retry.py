"""What follows an attempt that did not succeed, and a look-up: pure decisions. No library retries underneath them."""

from dataclasses import replace
from datetime import datetime, timedelta

from serve.delivering.outbox import State
from serve.store.records import Lease, Progress
from serve.transports.base import Kind

_WAITS = (5, 15, 60, 300, 900, 1800, 3600)  # seconds before the second attempt, the third, ...
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 30

# After an attempt whose end is unknown the vendor is asked this long after it. Jira Cloud's search finds a new ticket
# within seconds or minutes, not at once: developer.atlassian.com/cloud/jira/platform/search-and-reconcile
LOOK_UPS = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15))
MOST_UNANSWERED = 12  # about seven hours


def _wait(n: int) -> timedelta:
    return timedelta(seconds=_WAITS[min(n, len(_WAITS)) - 1])


def after_failure(
    lease: Lease, kind: Kind, *, now: datetime, retry_after: timedelta | None, must_arrive: bool, can_be_asked: bool
) -> Progress:
    """What to do after a failed attempt.

    retry_after: what the vendor asked for · must_arrive: a notice that is tried however long it takes · can_be_asked:
    whether the vendor can be asked if it has the delivery; one that cannot is sent it again, with the same id.
    """
    progress = Progress.of(lease)
    if kind is Kind.AMBIGUOUS and can_be_asked:
        return replace(
            progress,
            state=State.UNKNOWN,
            due_at=now + LOOK_UPS[0],
            unknown_since=now,
            n_unknown=lease.n_unknown + 1,
            n_look_ups=0,
            n_look_ups_failed=0,
        )
    if not must_arrive and (kind is Kind.PERMANENT or lease.n_attempts >= MOST_ATTEMPTS):
        return replace(progress, state=State.DEAD, due_at=now)
    wait = max(_wait(lease.n_attempts), min(retry_after or timedelta(), LONGEST_WAIT))
    return replace(progress, state=State.RETRYING, due_at=now + wait)


def after_not_found(lease: Lease, *, now: datetime) -> Progress:
    """What to do when the vendor says that it does not have the delivery as of now.

    Asked at each time of LOOK_UPS and never found: it is sent once more, and the second time a coach decides.
    """
    assert lease.unknown_since is not None
    n_look_ups = lease.n_look_ups + 1
    progress = replace(Progress.of(lease), n_look_ups=n_look_ups)
    if n_look_ups < len(LOOK_UPS):
        return replace(progress, state=State.UNKNOWN, due_at=max(now, lease.unknown_since + LOOK_UPS[n_look_ups]))
    if now < lease.unknown_since + LOOK_UPS[-1]:
        return replace(progress, state=State.UNKNOWN, due_at=lease.unknown_since + LOOK_UPS[-1])
    if lease.n_unknown <= 1:
        return replace(progress, state=State.RETRYING, due_at=now, unknown_since=None)
    return replace(progress, state=State.DEAD, due_at=now)


def after_no_answer(lease: Lease, *, now: datetime, retry_after: timedelta | None) -> Progress:
    """What to do when the vendor did not say whether it has the delivery: ask again, in the end a coach decides."""
    n_failed = lease.n_look_ups_failed + 1
    progress = replace(Progress.of(lease), n_look_ups_failed=n_failed)
    if n_failed >= MOST_UNANSWERED:
        return replace(progress, state=State.DEAD, due_at=now)
    wait = max(_wait(n_failed), min(retry_after or timedelta(), LONGEST_WAIT))
    return replace(progress, state=State.UNKNOWN, due_at=now + wait)
