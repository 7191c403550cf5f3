"""The list beside the message: a page of each group, or of one, and which message comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from serve.pages.filters import Shown
from serve.store.queue import DECIDED, GROUPS, QueueRow, count_groups, latest_received_at, open_lessons, queue_page

PAGE = 40  # rows of a group
_LESSONS = 60  # in the filter
_NAMES: Mapping[str, str] = {
    "now": "A human now",
    "call": "Your call",
    "suggested": "Suggested",
    DECIDED: "Decided",
}


@dataclass(frozen=True, slots=True)
class Group:
    """One of the queue's groups. n: messages in it, on all pages · more: the next page's query, "" on the last."""

    key: str
    name: str
    n: int
    rows: Sequence[QueueRow]
    more: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What the list shows."""

    shown: Shown
    groups: Sequence[Group]
    lessons: Sequence[str]
    latest_at: datetime | None

    @property
    def rows(self) -> Sequence[QueueRow]:
        return [row for group in self.groups for row in group.rows]

    @property
    def cases(self) -> Sequence[str]:
        """Ids of the distress cases whose first words are shown."""
        return [row.id for row in self.rows if row.escalated]


def load_listing(connection: sa.Connection, shown: Shown, coach_id: str, now: datetime) -> Listing:
    """The groups that a coach sees under their filters; empty ones are left out."""
    counts = count_groups(connection, shown.filters, coach_id=coach_id, now=now)
    wanted = [DECIDED] if shown.filters.state == DECIDED else list(GROUPS)
    if shown.group in wanted:
        wanted = [shown.group]
    groups: list[Group] = []
    for key in wanted:
        if not counts[key]:
            continue
        found = queue_page(
            connection, key, shown.filters, coach_id=coach_id, now=now, limit=PAGE + 1, after=shown.after
        )
        rows = found[:PAGE]
        more = shown.page(key, rows[-1].place) if len(found) > PAGE else ""
        groups.append(Group(key, _NAMES[key], counts[key], rows, more))
    return Listing(shown, groups, open_lessons(connection, _LESSONS), latest_received_at(connection))


def following(listing: Listing, message_id: str) -> str | None:
    """The message that a coach reads after this one: the next that nobody has and they did not skip, or the first such.

    None when there is no other.
    """
    ids = [row.id for row in listing.rows]
    free = {row.id for row in listing.rows if not row.skipped and (row.claimed_by is None or row.claimed_by_me)}
    after = ids[ids.index(message_id) + 1 :] if message_id in ids else ids
    return next((i for i in [*after, *ids] if i in free and i != message_id), None)
