"""Who has which message open. A claim is soft: it ends by itself, and can be taken over."""

from datetime import datetime

import sqlalchemy as sa

from serve.store.records import Claim
from serve.store.tables import claims, users


def claim_of(connection: sa.Connection, message_id: str, now: datetime) -> Claim | None:
    """Who has this message now; None when nobody has, or not any more."""
    row = connection.execute(
        sa.select(claims, users.c.name.label("coach"))
        .join(users, users.c.id == claims.c.coach_id)
        .where(claims.c.message_id == message_id, claims.c.ends_at > now)
    ).first()
    return Claim(**row._mapping) if row else None


def put_claim(connection: sa.Connection, message_id: str, coach_id: str, *, now: datetime, ends_at: datetime) -> None:
    """Give the message to this coach, whoever had it; a coach has one message at a time."""
    mine = connection.scalar(
        sa.select(claims.c.claimed_at).where(
            claims.c.message_id == message_id, claims.c.coach_id == coach_id, claims.c.ends_at > now
        )
    )
    connection.execute(claims.delete().where(sa.or_(claims.c.message_id == message_id, claims.c.coach_id == coach_id)))
    connection.execute(
        claims.insert().values(message_id=message_id, coach_id=coach_id, claimed_at=mine or now, ends_at=ends_at)
    )


def end_claim(connection: sa.Connection, message_id: str, coach_id: str) -> bool:
    """Let go of a message; false when this coach did not have it."""
    ended = connection.execute(claims.delete().where(claims.c.message_id == message_id, claims.c.coach_id == coach_id))
    return ended.rowcount == 1
