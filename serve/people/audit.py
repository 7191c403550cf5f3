"""Notes every read of a distress case's words by a person: who, where, which message, when. Never a word of it."""

from collections.abc import Iterable
from typing import Literal

import structlog
from sqlalchemy.exc import SQLAlchemyError

from serve.clock import Clock
from serve.store.audit import insert_readings, read_since
from serve.store.database import Database, TooManyWaiting

_log = structlog.get_logger()

# Where words are read. A list reloads itself: it is noted once a day for each person and message.
Where = Literal["list", "message", "student", "api"]


class Audit:
    """The service behind the audit page."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def saw(self, user_id: str, message_ids: Iterable[str], where: Where) -> None:
        """Note that a person is shown the words of these distress cases.

        When it cannot be written the person reads all the same, and the log says so: a student in distress comes first.
        """
        cases = set(message_ids)
        if not cases:
            return
        now = self._clock()
        try:
            if where == "list":
                with self._database.read() as connection:
                    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
                    cases -= read_since(connection, user_id, where, today)
            if cases:
                self._database.write(lambda connection: insert_readings(connection, user_id, where, cases, now))
        except (SQLAlchemyError, TooManyWaiting) as error:
            _log.error("audit.not_written", error=type(error).__name__, user=user_id, messages=sorted(cases))
