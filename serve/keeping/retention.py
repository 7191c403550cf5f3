"""Words do not stay longer than the school says; labels and counts do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from serve.keeping.erasing import take_from_exports
from serve.store.database import Database
from serve.store.retention import drop_old_imports, drop_old_notes, drop_old_words

_log = structlog.get_logger()
_AT_ONCE = 200  # messages in one transaction, so that nobody who writes waits long
DAY = timedelta(days=1)


def end_retention(database: Database, before: datetime) -> int:
    """Drop the words of messages received before a time, and of notes and imported labels as old.

    Not of a message that nobody has decided yet, whose distress case nobody has acknowledged, or of which something is
    still to be sent: a person comes first. Returns how many messages lost their words; safe to repeat.
    """
    ids: list[str] = []
    while done := database.write(partial(drop_old_words, before=before, most=_AT_ONCE)):
        ids += done
    n_notes = database.write(partial(drop_old_notes, before=before))
    imported = database.write(partial(drop_old_imports, before=before))
    if not (ids or n_notes or imported):
        return 0
    take_from_exports(database, {*ids, *imported})
    if not database.scrub(whole=False):
        _log.warning("retention.log_busy")
    _log.info("retention.ended", n_messages=len(ids), n_notes=n_notes, n_imported=len(imported))
    return len(ids)


class Daily:
    """Does something once a day, however often it is asked."""

    def __init__(self, do: Callable[[datetime], object]) -> None:
        self._do = do
        self._done_at: datetime | None = None

    def __call__(self, now: datetime) -> None:
        """Do it, unless it was done within a day. What fails is done again at the next turn."""
        if self._done_at is None or now - self._done_at >= DAY:
            self._do(now)
            self._done_at = now
