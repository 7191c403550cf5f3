"""What a route does by itself, where a school allows it: in the transaction that stores the message.

Never for distress, never for a message that is not suggested, never a Blocker; `serve.routing` refuses the rest.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from model.taxonomy import Taxonomy
from serve.actions.compose import Case, compose, initial_fields
from serve.actions.forms import clean, form_of
from serve.actions.priority import Priority
from serve.actions.taking import write_action
from serve.delivering.outbox import Action
from serve.drafts import NOT_GIVEN
from serve.routing import RouteAction, Routing
from serve.store.records import StoredMessage

_NOT_ASKED = "Not asked yet: this was sent automatically, and nobody has gone through the checklist."
_ORDER = tuple(Priority)


@dataclass(frozen=True, slots=True)
class Automatic:
    """The actions that leave without a click."""

    routing: Routing
    taxonomy: Taxonomy
    address: str

    def act(self, connection: sa.Connection, message: StoredMessage, now: datetime) -> bool:
        """Write what the message's route does by itself; whether there is something to deliver."""
        label, confidence = message.decision.label, message.decision.confidence
        if label is None or confidence is None or message.decision.outcome != "suggest" or message.suggestion_hidden:
            return False
        if message.escalation is not None or self.taxonomy[label].always_human:
            return False
        wanted = [
            how
            for how in self.routing.of(label).actions
            if how.automatic_above is not None and confidence >= how.automatic_above
        ]
        acted = [self._take(connection, message, label, how, now) for how in wanted]
        return any(acted)

    def _take(
        self, connection: sa.Connection, message: StoredMessage, label: str, how: RouteAction, now: datetime
    ) -> bool:
        case = Case(message, label, "AAQ Triage", self.address, self.routing.admissions_address)
        fields = initial_fields(how, case, self.taxonomy)
        if how.action is Action.TICKET:
            # Whether they can go on is for a person to find out; until then nothing is raised.
            asked = {field.name: _NOT_ASKED if field.kind == "text" else NOT_GIVEN for field in form_of(how.action)}
            fields = {name: fields.get(name) or asked[name] for name in asked} | {"can_go_on": "yes", "add_to": ""}
        composed = compose(how, clean(how.action, fields, self.taxonomy), case, self.taxonomy)
        if composed.problems:
            return False
        if composed.decided and not _allowed(composed.decided.priority, how.automatic_up_to):
            return False
        write_action(connection, message, how, composed, label, None, now)
        return True


def _allowed(priority: Priority, up_to: str) -> bool:
    return priority is not Priority.BLOCKER and _ORDER.index(priority) >= _ORDER.index(Priority(up_to))
