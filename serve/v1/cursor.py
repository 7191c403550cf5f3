"""Where a page ended, as an opaque word. It holds a time and an id; what is not one of ours is refused."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from fastapi import HTTPException

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cursor_of(at: datetime, id_: str) -> str:
    """The word for the place after this row."""
    words = f"{(at - _EPOCH) // timedelta(microseconds=1)}.{id_}"
    return urlsafe_b64encode(words.encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> tuple[datetime, str] | None:
    """The place that a word stands for, None without one. Raises HTTPException (422)."""
    if not cursor:
        return None
    try:
        words = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        microseconds, _, id_ = words.partition(".")
        return _EPOCH + timedelta(microseconds=int(microseconds)), id_
    except (ValueError, OverflowError):
        raise HTTPException(422, "cursor: must be the next_cursor of an earlier page") from None
