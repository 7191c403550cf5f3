"""Once a day, in the worker's process: words that were kept long enough go, erasures end, a history is written."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from serve.delivering.worker import Chore
from serve.keeping.erasing import Erasing
from serve.keeping.retention import Daily, end_retention
from serve.loop.history import Histories
from serve.loop.pseudonyms import Pseudonyms
from serve.people.kept_keys import kept_key
from serve.settings import Settings
from serve.store.database import Database

_LOOK = timedelta(hours=1)


def pseudonyms_of(settings: Settings) -> Pseudonyms:
    """Under this installation's own key."""
    return Pseudonyms(kept_key(settings.database, "pseudonym-key"))


def chores(settings: Settings, database: Database, erasing: Erasing, histories: Histories) -> Sequence[Chore]:
    """For the worker. An export that is asked for comes last, when the words are gone."""

    def once(now: datetime) -> None:
        if settings.retention_days:
            end_retention(database, now - timedelta(days=settings.retention_days))
        erasing.finish()
        if settings.history_file:
            histories.export(settings.history_file)

    return [Chore("upkeep", _LOOK, Daily(once))]
