"""Once a day, in the worker's process: words that were kept long enough go, erasures end, a history is written."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from serve.erasing import Erasing
from serve.history import Histories
from serve.kept_keys import kept_key
from serve.pseudonyms import Pseudonyms
from serve.retention import Daily, end_retention
from serve.settings import Settings
from serve.store.database import Database
from serve.worker import Chore

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
