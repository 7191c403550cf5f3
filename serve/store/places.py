"""Where a page of a list ended, as it stands in an address: a time and an id, no words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a group ended; the next begins after it."""

    urgent: bool
    at: datetime
    id: str

    def __str__(self) -> str:
        return f"{self.urgent:d}-{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"


def parse_place(words: str) -> Place | None:
    """The place that was written so; None for anything else."""
    urgent, _, rest = words.partition("-")
    microseconds, _, message_id = rest.partition("-")
    if urgent not in ("0", "1") or not microseconds.isdecimal() or len(microseconds) > 17 or not message_id:
        return None
    try:
        return Place(urgent == "1", _EPOCH + timedelta(microseconds=int(microseconds)), message_id)
    except OverflowError:
        return None
