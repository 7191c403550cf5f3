"""Whom to tell next about a distress case, and when: pure decisions. Only a person's acknowledgement ends the walk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from serve.distress.roster import Contact, Roster

# A notice that a vendor refused or did not take reaches nobody: the next contact is not kept waiting.
AFTER_FAILURE = timedelta(seconds=30)


class Risk(StrEnum):
    """What the person who has it in hand thinks, in three plain words."""

    SAFE = "safe"
    UNSURE = "unsure"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice so far. step: its place in the walk · failed: the vendor has not taken it, and said so."""

    step: int
    created_at: datetime
    failed: bool


def next_step(notices: Sequence[Notice], *, now: datetime, roster: Roster) -> int | None:
    """The step that is due for a case that nobody has acknowledged; None while the last one has its time."""
    if not notices:
        return 0
    last = max(notices, key=lambda notice: notice.step)
    wait = min(AFTER_FAILURE, roster.pass_on) if last.failed else roster.pass_on
    return last.step + 1 if now >= last.created_at + wait else None


def whom(step: int, *, now: datetime, roster: Roster) -> Contact:
    """Who is told at a step: contacts on duty in order, after `last_after` the last responder, then on with the list.

    When nobody is on duty it is the last responder.
    """
    on_duty = roster.on_duty(now)
    n_before_last = max(1, round(roster.last_after / roster.pass_on))
    rounds, place = divmod(step, n_before_last + 1)
    if place == n_before_last or not on_duty:
        return roster.last_responder
    return on_duty[(rounds * n_before_last + place) % len(on_duty)]


# More than this within a minute, and the rest follows as one digest: vendors take about one message a second.
SINGLE_NOTICES = 5
DIGEST_WITHIN = timedelta(seconds=60)


def n_to_take(n_due: int, sent_at: Sequence[datetime], now: datetime) -> int:
    """How many notices leave together: one, or all that are due once enough went out singly. The most urgent are first.

    sent_at: when the latest attempts were made.
    """
    lately = sum(1 for at in sent_at if at > now - DIGEST_WITHIN)
    return n_due if lately >= SINGLE_NOTICES else 1


NOTICES_OVERDUE = timedelta(seconds=60)


def notices_overdue(waiting_since: datetime | None, now: datetime) -> bool:
    """Whether nothing gets through. waiting_since: the oldest notice of a case of which nobody was told since."""
    return waiting_since is not None and now - waiting_since >= NOTICES_OVERDUE
