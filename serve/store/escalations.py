"""Distress cases: who was told, who has them in hand, and which of them nobody tells anybody about."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from serve.store.tables import decisions, escalations, messages, outbox, reviews


@dataclass(frozen=True, slots=True)
class SentNotice:
    """A row of the outbox that told, or will tell, somebody."""

    body: Mapping[str, Any]
    state: str
    created_at: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class OpenEscalation:
    """A case that nobody has acknowledged, with its notices."""

    message_id: str
    urgent: bool
    opened_at: datetime
    notices: Sequence[SentNotice]


def open_escalations(connection: sa.Connection, action: str) -> Sequence[OpenEscalation]:
    """Every open case, the most urgent first, then the oldest. `action`: the kind of outbox row that is a notice."""
    rows = connection.execute(
        sa.select(
            escalations.c.message_id,
            escalations.c.urgent,
            escalations.c.opened_at,
            outbox.c.body,
            outbox.c.state,
            outbox.c.created_at,
            outbox.c.error,
        )
        .select_from(
            escalations.outerjoin(
                outbox, sa.and_(outbox.c.message_id == escalations.c.message_id, outbox.c.action == action)
            )
        )
        .where(escalations.c.acknowledged_at.is_(None))
        .order_by(escalations.c.urgent.desc(), escalations.c.opened_at, escalations.c.message_id, outbox.c.created_at)
    )
    found: dict[str, OpenEscalation] = {}
    notices: dict[str, list[SentNotice]] = {}
    for row in rows:
        told = notices.setdefault(row.message_id, [])
        found.setdefault(row.message_id, OpenEscalation(row.message_id, row.urgent, row.opened_at, told))
        if row.body is not None:
            told.append(SentNotice(row.body, row.state, row.created_at, row.error))
    return list(found.values())


def is_open(connection: sa.Connection, message_id: str) -> bool:
    """Whether the message has an escalation that nobody has acknowledged."""
    found = sa.select(escalations.c.id).where(
        escalations.c.message_id == message_id, escalations.c.acknowledged_at.is_(None)
    )
    return connection.scalar(found) is not None


def unreached_since(connection: sa.Connection, action: str) -> datetime | None:
    """When the oldest notice was written that still waits, in an open case of which nobody was told since then."""
    told = outbox.alias("told")
    since: datetime | None = connection.scalar(
        sa.select(outbox.c.created_at)
        .join(escalations, escalations.c.message_id == outbox.c.message_id)
        .where(
            outbox.c.action == action,
            outbox.c.state.not_in(("delivered", "dead")),
            outbox.c.closed_at.is_(None),
            escalations.c.acknowledged_at.is_(None),
            ~sa.exists().where(
                told.c.message_id == outbox.c.message_id,
                told.c.action == action,
                told.c.delivered_at >= outbox.c.created_at,
            ),
        )
        .order_by(outbox.c.created_at)
        .limit(1)
    )
    return since


@dataclass(frozen=True, slots=True)
class Unattended:
    """A message that says distress, by whatever sign, and has no acknowledged notice. since: the first such sign."""

    message_id: str
    since: datetime
    n_notices: int


def unattended(connection: sa.Connection, action: str, label: str) -> Sequence[Unattended]:
    """Distress without an acknowledgement, found from the decisions and reviews themselves, not from the outbox.

    label: the one that a coach confirms for distress.
    """
    said = sa.and_(
        reviews.c.message_id == messages.c.id, reviews.c.undone_at.is_(None), reviews.c.confirmed_label == label
    )
    n_notices = (
        sa.select(sa.func.count())
        .where(outbox.c.message_id == messages.c.id, outbox.c.action == action)
        .scalar_subquery()
    )
    rows = connection.execute(
        sa.select(
            messages.c.id,
            sa.case((decisions.c.outcome == "escalate", decisions.c.decided_at)).label("decided_at"),
            escalations.c.opened_at,
            reviews.c.made_at,
            messages.c.received_at,
            n_notices.label("n_notices"),
        )
        .select_from(
            messages.outerjoin(decisions, decisions.c.message_id == messages.c.id)
            .outerjoin(escalations, escalations.c.message_id == messages.c.id)
            .outerjoin(reviews, said)
        )
        .where(
            sa.or_(decisions.c.outcome == "escalate", reviews.c.id.is_not(None), escalations.c.id.is_not(None)),
            escalations.c.acknowledged_at.is_(None),
        )
        .order_by(messages.c.received_at, messages.c.id)
    )
    found: list[Unattended] = []
    for row in rows:
        signs = [sign for sign in (row.decided_at, row.opened_at, row.made_at) if sign is not None]
        found.append(Unattended(row.id, min(signs, default=row.received_at), row.n_notices))
    return found


def escalated_among(connection: sa.Connection, message_ids: Collection[str]) -> frozenset[str]:
    """Those of these messages that are distress cases."""
    return frozenset(
        connection.scalars(sa.select(escalations.c.message_id).where(escalations.c.message_id.in_(message_ids)))
    )
