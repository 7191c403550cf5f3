"""How the queue and the escalations stand, as counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from serve.store.tables import decisions, escalations, messages


@dataclass(frozen=True, slots=True)
class Standing:
    """n_open: waiting messages by outcome · oldest_at: when the oldest unacknowledged escalation was opened."""

    n_open: Sequence[tuple[str, int]]
    n_unacknowledged: int
    oldest_at: datetime | None


def standing(connection: sa.Connection) -> Standing:
    """Now."""
    waiting = (
        sa.select(decisions.c.outcome, sa.func.count())
        .join_from(messages, decisions)
        .where(messages.c.resolved_at.is_(None))
        .group_by(decisions.c.outcome)
    )
    alarms = sa.select(sa.func.count(), sa.func.min(escalations.c.opened_at)).where(
        escalations.c.acknowledged_at.is_(None)
    )
    n_unacknowledged, oldest_at = connection.execute(alarms).one()
    counted = {"suggest": 0, "abstain": 0, "escalate": 0} | {row[0]: row[1] for row in connection.execute(waiting)}
    return Standing(sorted(counted.items()), n_unacknowledged, oldest_at)
