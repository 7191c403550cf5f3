"""Everything that the page says about one message, beside the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from model.policy import Thresholds
from model.taxonomy import Taxonomy
from serve.loop.live import LiveRelease
from serve.shift.bursts import BURST_WITHIN, burst
from serve.shift.patterns import Pattern, Rules, patterns
from serve.store.alike import Alike, waiting_with_label
from serve.store.claims import claim_of
from serve.store.messages import get_message
from serve.store.notes import notes_of
from serve.store.records import Claim, Note, StoredMessage
from serve.store.students import PastMessage, past_messages

_HISTORY = 8  # earlier messages beside this one
_READ = 200  # earlier messages that the patterns are looked for in
_BURST_READ = 300  # messages that one is compared with


@dataclass(frozen=True, slots=True)
class Pane:
    """A message with what a coach needs to decide it."""

    message: StoredMessage
    thresholds: Thresholds | None
    claim: Claim | None
    notes: Sequence[Note]
    history: Sequence[PastMessage]
    patterns: Sequence[Pattern]
    burst: Sequence[Alike]

    @property
    def cases(self) -> Sequence[str]:
        """Ids of the distress cases whose words are shown."""
        earlier = [message.id for message in self.history if message.escalated]
        return [self.message.id, *earlier] if self.message.escalation else earlier


def load_pane(
    connection: sa.Connection, message_id: str, now: datetime, *, taxonomy: Taxonomy, live: LiveRelease, rules: Rules
) -> Pane | None:
    """None when there is no such message."""
    message = get_message(connection, message_id)
    if message is None:
        return None
    decision = message.decision
    notes: Sequence[Note] = ()
    past: Sequence[PastMessage] = ()
    if message.student is not None:
        notes = notes_of(connection, message.student.id)
        past = past_messages(connection, message.student.id, _READ)
    return Pane(
        message,
        live.thresholds_of(decision.release) if decision.release else None,
        claim_of(connection, message_id, now),
        notes,
        [earlier for earlier in past if earlier.id != message_id][:_HISTORY],
        patterns(past, notes, now, rules),
        _burst(connection, message, taxonomy),
    )


def _burst(connection: sa.Connection, message: StoredMessage, taxonomy: Taxonomy) -> Sequence[Alike]:
    label = message.decision.label
    lonely = message.blind or message.review_id or message.escalation or message.decision.outcome != "suggest"
    if label is None or lonely:
        return ()
    since, until = message.received_at - BURST_WITHIN, message.received_at + BURST_WITHIN + timedelta(seconds=1)
    others = waiting_with_label(connection, label, since=since, until=until, limit=_BURST_READ)
    return burst(Alike(message.id, message.text, message.lesson, message.received_at), others, taxonomy[label])
