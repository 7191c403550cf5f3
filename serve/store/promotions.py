"""Who asked for a release to answer, while a second person has not agreed yet."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from serve.store.tables import promotion_requests, users


@dataclass(frozen=True, slots=True)
class Request:
    """One person's wish. by: a name."""

    release: str
    user_id: str
    by: str
    why: str
    asked_at: datetime


def request_of(connection: sa.Connection, release: str) -> Request | None:
    """Who asked for this release; None when nobody has."""
    row = connection.execute(
        sa.select(promotion_requests, users.c.name.label("by"))
        .join(users, users.c.id == promotion_requests.c.user_id)
        .where(promotion_requests.c.release == release)
    ).first()
    return Request(**row._mapping) if row else None


def put_request(connection: sa.Connection, release: str, user_id: str, why: str, asked_at: datetime) -> bool:
    """Ask; false when somebody has asked before."""
    if request_of(connection, release) is not None:
        return False
    connection.execute(promotion_requests.insert().values(release=release, user_id=user_id, why=why, asked_at=asked_at))
    return True


def end_request(connection: sa.Connection, release: str) -> None:
    """It was granted, or taken back."""
    connection.execute(promotion_requests.delete().where(promotion_requests.c.release == release))
