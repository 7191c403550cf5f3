"""What must hold after any fault: a decision for each message, each action on its way or visible, no ticket twice."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from serve.delivering.outbox import JIRA, State
from serve.store.database import Database
from serve.store.tables import decisions, escalations, messages, outbox
from serve.transports.jira import label_of


def check_invariants(
    database: Database, *, asked_for: Sequence[str], tickets: Sequence[dict[str, Any]]
) -> Counter[str]:
    """`asked_for`: the keys of the deliveries that were acknowledged. Returns how many are in each state."""
    with database.read() as connection:
        rows = connection.execute(sa.select(outbox)).all()
        n_messages = connection.scalar(sa.select(sa.func.count()).select_from(messages))
        n_decided = connection.scalar(sa.select(sa.func.count()).select_from(decisions))
        escalated = set(connection.scalars(sa.select(escalations.c.message_id)))
    assert n_messages == n_decided, "a message without a decision"
    assert {row.message_id for row in rows if row.action == "distress_notice"} >= escalated, "nobody was told"
    keys = Counter(row.idempotency_key for row in rows)
    assert not [key for key in asked_for if keys[key] != 1], "an action is lost"
    by_label = Counter(label for ticket in tickets for label in ticket["fields"]["labels"] if label.startswith("aaq-"))
    assert not [label for label, n in by_label.items() if n > 1], "a ticket twice"
    for row in rows:
        assert row.state in set(State), row.state
        if row.destination != JIRA:
            continue
        if row.state == State.DELIVERED:
            (ticket,) = [ticket for ticket in tickets if label_of(row.id) in ticket["fields"]["labels"]]
            assert row.receipt["reference"] == ticket["key"]
        if row.state == State.DEAD:
            assert row.error, "dead without the vendor's words"
    return Counter(row.state for row in rows)
