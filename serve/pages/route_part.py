"""What stands below a message: the steps of its route, the forms of its actions, what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request

from model.taxonomy import Label, Taxonomy
from serve.actions.acting import Acting, Prepared
from serve.actions.forms import CHECKED, FormField, categories, form_of
from serve.delivering.outbox import Action
from serve.pages.outgoing import Outgoing, destination_name, outgoing
from serve.routing import Route, Routing
from serve.store.actions import actions_of, yes_of
from serve.store.database import Database
from serve.store.deliveries import deliveries_of
from serve.store.notes import notes_of
from serve.store.records import ActionTaken, Note, OpenTicket, StoredMessage, StudentYes, User

REFUSED: Mapping[str, str] = {
    "StudentNotAsked": "First the student's yes: referring it resolves their question.",
    "ChecklistOpen": "The checklist comes before any ticket.",
    "DraftIncomplete": "Something is still open.",
    "PreviewStale": "You changed something after the preview. This is what would be sent now; send it if it is right.",
    "SecondYesMissing": "This is a Blocker: it alerts the whole staff.",
    "ActionUnknown": "This route does not do that.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for. label: under which to act · action: whose form it is · refused: why not sent."""

    label: str | None = None
    action: str | None = None
    refused: str | None = None


def asked_of(request: Request) -> Asked:
    """`as`, `act` and `refused` of an address; what is not known is left out."""
    given = request.query_params
    refused = given.get("refused")
    return Asked(given.get("as"), given.get("act"), refused if refused in REFUSED else None)


@dataclass(frozen=True, slots=True)
class ActionForm:
    """One action's form. taken: it was sent, by whom · refused: why the last click did not send it."""

    prepared: Prepared
    fields: Sequence[FormField]
    tickets: Sequence[OpenTicket]
    taken: ActionTaken | None
    refused: str | None
    opened: bool

    @property
    def refusal(self) -> str:
        return REFUSED.get(self.refused or "", "")

    @property
    def key(self) -> str:
        return self.prepared.how.action.value

    @property
    def to(self) -> str:
        return destination_name(self.prepared.how.destination)

    @property
    def ticked(self) -> Sequence[str]:
        return self.prepared.fields.get(CHECKED, "").split(",")

    def value(self, name: str) -> str:
        """What the field holds."""
        return self.prepared.fields.get(name, "")

    def named(self, *names: str) -> Sequence[FormField]:
        """These fields, in this order."""
        by_name = {field.name: field for field in self.fields}
        return [by_name[name] for name in names]


@dataclass(frozen=True, slots=True)
class RoutePart:
    """The part of the page that is about the route. label: None when there is none to show yet."""

    label: Label | None
    route: Route | None
    forms: Sequence[ActionForm]
    sent: Sequence[Outgoing]
    yes: StudentYes | None
    others: Sequence[Note]  # what other coaches noted about the student

    def form(self, action: str) -> ActionForm | None:
        """The form of an action; None when the route does not do it."""
        return next((form for form in self.forms if form.key == action), None)


class RouteParts:
    """Makes the part for a message."""

    def __init__(self, database: Database, acting: Acting, routing: Routing, taxonomy: Taxonomy) -> None:
        self._database = database
        self._acting = acting
        self._routing = routing
        self._taxonomy = taxonomy

    def of(self, message: StoredMessage, user: User, asked: Asked) -> RoutePart:
        """The part for a message as this coach sees it."""
        with self._database.read() as connection:
            taken = actions_of(connection, message.id)
            sent = outgoing(deliveries_of(connection, message.id), taken)
            yes = yes_of(connection, message.id)
            notes = notes_of(connection, message.student.id) if message.student else ()
        others = [note for note in notes if note.coach_id != user.id]
        key = self._acting.label_of(message, asked.label)
        if key is None:
            return RoutePart(None, None, (), sent, yes, others)
        forms = [self._form(prepared, taken, asked) for prepared in self._acting.prepare(message, key, user.id)]
        return RoutePart(self._taxonomy[key], self._routing.of(key), forms, sent, yes, others)

    def _form(self, prepared: Prepared, taken: Sequence[ActionTaken], asked: Asked) -> ActionForm:
        action = prepared.how.action
        fields = [
            FormField(f.name, f.label, f.kind, f.required, categories(self._taxonomy), f.hint)
            if f.name == "category"
            else f
            for f in form_of(action)
        ]
        category = prepared.fields.get("category", "")
        tickets = self._acting.burst(category) if action is Action.TICKET and category else ()
        return ActionForm(
            prepared,
            fields,
            tickets,
            next((one for one in taken if one.action == action), None),
            asked.refused if action == asked.action else None,
            opened=action == asked.action or prepared.saved_at is not None,
        )
