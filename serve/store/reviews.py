"""What coaches said, and the escalations they answer for."""

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from serve.store.records import Review
from serve.store.tables import escalations, reviews


def insert_review(connection: sa.Connection, review: Review) -> None:
    """Raises IntegrityError when the message has a review that is not undone."""
    connection.execute(reviews.insert().values(**asdict(review)))


def get_review(connection: sa.Connection, review_id: str) -> Review | None:
    """One review, undone or not."""
    row = connection.execute(sa.select(reviews).where(reviews.c.id == review_id)).first()
    return Review(**row._mapping) if row else None


def undo_review(connection: sa.Connection, review_id: str, undone_at: datetime) -> bool:
    """Whether this call undid it; false when it was undone before."""
    changed = connection.execute(
        reviews.update().where(reviews.c.id == review_id, reviews.c.undone_at.is_(None)).values(undone_at=undone_at)
    )
    return changed.rowcount == 1


def open_escalation(
    connection: sa.Connection, escalation_id: str, message_id: str, *, urgent: bool, opened_at: datetime
) -> bool:
    """Open a message's escalation; false when it has one already, open or acknowledged."""
    if connection.scalar(sa.select(escalations.c.id).where(escalations.c.message_id == message_id)):
        return False
    connection.execute(
        escalations.insert().values(id=escalation_id, message_id=message_id, urgent=urgent, opened_at=opened_at)
    )
    return True


def acknowledge_escalation(
    connection: sa.Connection, message_id: str, *, by: str, note: str | None, risk: str, acknowledged_at: datetime
) -> bool:
    """Whether this call acknowledged it; false when there is none or somebody was first."""
    changed = connection.execute(
        escalations.update()
        .where(escalations.c.message_id == message_id, escalations.c.acknowledged_at.is_(None))
        .values(acknowledged_at=acknowledged_at, acknowledged_by=by, note=note, risk=risk)
    )
    return changed.rowcount == 1
