"""What no attempt will follow by itself goes back to a coach: try it again, or say that it is done another way."""

from collections.abc import Callable, Sequence

import structlog

from serve.clock import Clock
from serve.delivering.retry import LOOK_UPS
from serve.store.database import Database
from serve.store.records import DeliveryStatus
from serve.store.settling import close_dead, dead_deliveries, revive

_log = structlog.get_logger()
_NOT_FOR_PEOPLE = ("attachments", "step")


class NothingToSettle(LookupError):
    """The delivery is not dead (any more): it was tried again, closed, or is not here."""


class Settling:
    """The service behind the two buttons of a dead delivery."""

    def __init__(self, database: Database, clock: Clock, on_revived: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._on_revived = on_revived

    def waiting(self, limit: int = 200) -> Sequence[DeliveryStatus]:
        """The dead deliveries that nobody has settled, the longest first."""
        with self._database.read() as connection:
            return dead_deliveries(connection, limit)

    def try_again(self, delivery_id: str, coach_id: str) -> None:
        """Attempt it again, now. What the vendor may have is looked up before it is sent. Raises NothingToSettle."""
        now = self._clock()
        if not self._database.write(lambda c: revive(c, delivery_id, n_look_ups=len(LOOK_UPS) - 1, now=now)):
            raise NothingToSettle("this delivery is not waiting for a decision any more")
        _log.info("delivery.revived", delivery=delivery_id, coach=coach_id)
        self._on_revived()

    def close(self, delivery_id: str, coach_id: str) -> None:
        """Say that it is done, or not needed. It stays on record, with who said so. Raises NothingToSettle."""
        now = self._clock()
        if not self._database.write(lambda c: close_dead(c, delivery_id, by=coach_id, closed_at=now)):
            raise NothingToSettle("this delivery is not waiting for a decision any more")
        _log.info("delivery.closed", delivery=delivery_id, coach=coach_id)


def copyable(delivery: DeliveryStatus) -> str:
    """All that was to be sent as text, so that a person can do by hand what the vendor refused."""
    lines: list[str] = []
    for name, value in delivery.body.items():
        if value is None or name in _NOT_FOR_PEOPLE:
            continue
        if isinstance(value, dict):
            lines += [f"{inner}: {text}" for inner, text in value.items()]
        elif isinstance(value, list):
            lines.append(f"{name}: {', '.join(map(str, value))}")
        else:
            lines.append(f"{name}: {value}")
    return "\n".join(lines)
