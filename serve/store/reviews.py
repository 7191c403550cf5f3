"""What coaches said, and the escalations they answer for."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from serve.store.records import Review
from serve.store.tables import escalations, reviews


def insert_review(connection: sa.Connection, review: Review) -> None:
    """Raises IntegrityError when the message has a label that is not undone."""
    connection.execute(reviews.insert().values(**asdict(review)))


def get_review(connection: sa.Connection, review_id: str) -> Review | None:
    """One review, undone or not."""
    row = connection.execute(sa.select(reviews).where(reviews.c.id == review_id)).first()
    return Review(**row._mapping) if row else None


def skip_of(connection: sa.Connection, message_id: str, coach_id: str) -> Review | None:
    """This coach's skip of a message, unless it was undone."""
    own = sa.and_(reviews.c.message_id == message_id, reviews.c.coach_id == coach_id, reviews.c.kind == "skip")
    row = connection.execute(sa.select(reviews).where(own, reviews.c.undone_at.is_(None))).first()
    return Review(**row._mapping) if row else None


def batch_reviews(connection: sa.Connection, batch_id: str) -> Sequence[Review]:
    """The reviews of one burst, undone or not."""
    return [
        Review(**row._mapping) for row in connection.execute(sa.select(reviews).where(reviews.c.batch_id == batch_id))
    ]


def reviews_of_kind(connection: sa.Connection, kind: str, since: datetime) -> Sequence[Review]:
    """Reviews of one kind that stand, oldest first."""
    standing = sa.and_(reviews.c.kind == kind, reviews.c.undone_at.is_(None), reviews.c.made_at >= since)
    return [
        Review(**row._mapping)
        for row in connection.execute(sa.select(reviews).where(standing).order_by(reviews.c.made_at))
    ]


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
