"""Whether and when to try a delivery again: a pure decision. No library retries underneath it."""

from dataclasses import dataclass
from datetime import timedelta

_WAITS = (5, 15, 60, 300, 900, 1800, 3600)  # seconds before the second attempt, the third, ...
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 30


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after this wait; None means never."""

    after: timedelta | None


def decide_retry(*, permanent: bool, n_attempts: int, retry_after: timedelta | None, gives_up: bool) -> Retry:
    """What to do after a failed attempt.

    n_attempts: attempts made so far, at least 1 · retry_after: what the vendor asked for · gives_up: false for a notice
    that must arrive however long it takes.
    """
    if permanent and gives_up:
        return Retry(None)
    if gives_up and n_attempts >= MOST_ATTEMPTS:
        return Retry(None)
    wait = timedelta(seconds=_WAITS[min(n_attempts, len(_WAITS)) - 1])
    if retry_after is not None:
        wait = max(wait, min(retry_after, LONGEST_WAIT))
    return Retry(wait)
