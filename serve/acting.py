"""A coach's click becomes a delivery: the checks, the label, the outbox row and the action taken, in one transaction.

Nothing is sent here; the worker does, after the commit. What is sent is what was previewed (`serve.compose`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from model.taxonomy import Taxonomy
from serve.clock import Clock, new_id
from serve.compose import Case, Composed, compose, initial_fields
from serve.forms import CHECKED, clean
from serve.labelling import existing, put_label
from serve.outbox import Action, delivery_key, escalate
from serve.priority import Priority
from serve.routing import Route, RouteAction, Routing
from serve.store.actions import actions_of, insert_action, insert_yes, open_tickets, yes_of
from serve.store.database import Database
from serve.store.deliveries import insert_delivery
from serve.store.drafts import drafts_of, forget_drafts, save_draft
from serve.store.messages import mark_resolved
from serve.store.notes import insert_note, notes_of
from serve.store.people import get_user
from serve.store.records import ActionTaken, NewDelivery, OpenTicket, StoredMessage

_log = structlog.get_logger()
BURST = timedelta(hours=6)  # so long the open ticket of a category is offered instead of another


class ActionRefused(ValueError):
    """Something stands in the way; the message says what, in words for the coach."""


class ActionUnknown(ActionRefused):
    """This route does not do this."""


class StudentNotAsked(ActionRefused):
    """A referral before the student's yes is recorded."""


class ChecklistOpen(ActionRefused):
    """A ticket before its checklist is done."""


class DraftIncomplete(ActionRefused):
    """Something that must be sent is not written yet, or something is that must not leave."""


class PreviewStale(ActionRefused):
    """What would be sent is not what was last shown."""


class SecondYesMissing(ActionRefused):
    """A Blocker alerts the whole staff: a coach says so twice."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery that is on its way. repeated: it was asked for before, and nothing was done this time."""

    delivery_id: str
    repeated: bool
    review_id: str | None = None  # the label that was put on the message with it


@dataclass(frozen=True, slots=True)
class Prepared:
    """An action as its form shows it. fields: the coach's draft, or how the form begins."""

    how: RouteAction
    fields: Mapping[str, str]
    composed: Composed
    saved_at: datetime | None


class Acting:
    """The service behind the buttons of the route pages."""

    def __init__(
        self,
        database: Database,
        taxonomy: Taxonomy,
        routing: Routing,
        clock: Clock,
        address: str,
        on_delivery: Callable[[], None],
    ) -> None:
        """`on_delivery` is called after the commit when there is something to deliver."""
        self._database = database
        self._taxonomy = taxonomy
        self._routing = routing
        self._clock = clock
        self._address = address
        self._on_delivery = on_delivery

    def label_of(self, message: StoredMessage, asked: str | None = None) -> str | None:
        """Under which label a coach acts: the one asked for, the one said, else the suggested one.

        None when there is none, or when the suggestion is not to be seen yet.
        """
        if asked is not None and asked in self._taxonomy:
            return asked
        if message.confirmed_label is not None:
            return message.confirmed_label
        if message.escalation is not None:
            return self._taxonomy.distress.key
        return None if message.suggestion_hidden else message.decision.label

    def prepare(self, message: StoredMessage, label: str, coach_id: str) -> list[Prepared]:
        """Every action of the label's route, with the coach's draft and what would be sent now."""
        with self._database.read() as connection:
            case = self._case(connection, message, label, coach_id)
            saved = drafts_of(connection, message.id, coach_id)
        prepared = []
        for how in self._routing.of(label).actions:
            draft = saved.get(how.action)
            first = initial_fields(how, case, self._taxonomy)
            fields = clean(how.action, draft.fields if draft else first, self._taxonomy)
            composed = compose(how, fields, case, self._taxonomy)
            prepared.append(Prepared(how, fields, composed, draft.saved_at if draft else None))
        return prepared

    def save(self, message_id: str, action: str, posted: Mapping[str, str], coach_id: str) -> Mapping[str, str]:
        """Keep what a coach has written so far. Raises MessageMissing or ActionUnknown."""
        if action not in set(Action):
            raise ActionUnknown("there is no such action")
        fields, now = clean(Action(action), posted, self._taxonomy), self._clock()

        def store(connection: sa.Connection) -> None:
            existing(connection, message_id)
            save_draft(
                connection, message_id=message_id, coach_id=coach_id, action=action, fields=fields, saved_at=now
            )

        self._database.write(store)
        return fields

    def preview(
        self, message_id: str, action: str, posted: Mapping[str, str], coach_id: str, label: str | None = None
    ) -> Composed:
        """What `send` would send with these fields. Raises MessageMissing or ActionUnknown."""
        with self._database.read() as connection:
            message = existing(connection, message_id)
            how, route_label = self._how(message, action, label)
            case = self._case(connection, message, route_label, coach_id)
        return compose(how, clean(how.action, posted, self._taxonomy), case, self._taxonomy)

    def record_yes(self, message_id: str, coach_id: str) -> bool:
        """Record that the student agrees to be referred; false when that is recorded already.

        Raises MessageMissing.
        """
        now = self._clock()

        def store(connection: sa.Connection) -> bool:
            existing(connection, message_id)
            return insert_yes(connection, message_id, coach_id, now)

        first = self._database.write(store)
        _log.info("student.agreed", message=message_id, coach=coach_id, first=first)
        return first

    def send(
        self,
        message_id: str,
        action: str,
        fields: Mapping[str, str],
        coach_id: str,
        *,
        second_yes: bool = False,
        label: str | None = None,
        previewed: str | None = None,
    ) -> Sent:
        """Ask for the delivery of an action, once, and say with it that the message has this label.

        label: under which the coach acts, by default what `label_of` says · previewed: the digest of what was shown;
        anything else is refused. Raises MessageMissing, LabelUnknown, or one of ActionRefused with nothing written.
        """
        now = self._clock()

        def store(connection: sa.Connection) -> Sent:
            message = existing(connection, message_id)
            how, route_label = self._how(message, action, label)
            if (earlier := _taken(connection, message_id, how.action)) is not None:
                return Sent(earlier.delivery_id, repeated=True)
            cleaned = clean(how.action, fields, self._taxonomy)
            case = self._case(connection, message, route_label, coach_id)
            composed = compose(how, cleaned, case, self._taxonomy)
            self._check(connection, message, how, cleaned, composed, self._routing.of(route_label), now)
            if previewed is not None and previewed != composed.digest:
                raise PreviewStale("something changed since the preview: this is what would be sent now")
            if composed.decided and composed.decided.priority is Priority.BLOCKER and not second_yes:
                raise SecondYesMissing("a Blocker alerts the whole staff: say so a second time")
            taken = _write(connection, message, how, composed, cleaned.get("category") or route_label, coach_id, now)
            review_id = self._label(connection, message, route_label, coach_id, now)
            if how.action is Action.REFERRAL:
                mark_resolved(connection, message_id, now)
            if how.action is Action.PROFILE_NOTE and message.student is not None:
                _note(connection, message, composed, taken, coach_id, now)
            forget_drafts(connection, message_id, how.action)
            return Sent(taken.delivery_id, repeated=False, review_id=review_id)

        try:
            sent = self._database.write(store)
        except IntegrityError:  # two clicks at once: the database let one in, and this is the other
            with self._database.read() as connection:
                earlier = _taken(connection, message_id, action)
            if earlier is None:
                raise
            sent = Sent(earlier.delivery_id, repeated=True)
        if not sent.repeated:
            self._on_delivery()
        _log.info("action.sent", message=message_id, action=action, coach=coach_id, repeated=sent.repeated)
        return sent

    def burst(self, message: StoredMessage, category: str) -> list[OpenTicket]:
        """Tickets of the same category of the last hours that this message can be added to, newest first."""
        with self._database.read() as connection:
            return list(open_tickets(connection, category, since=self._clock() - BURST))

    def _how(self, message: StoredMessage, action: str, asked: str | None) -> tuple[RouteAction, str]:
        label = self.label_of(message, asked)
        if label is None:
            raise ActionUnknown("choose a label first")
        how = self._routing.of(label).action(action)
        if how is None:
            raise ActionUnknown(f"the route of {self._taxonomy[label].name} does not do this")
        return how, label

    def _case(self, connection: sa.Connection, message: StoredMessage, label: str, coach_id: str) -> Case:
        coach = get_user(connection, coach_id)
        notes = notes_of(connection, message.student.id) if message.student else ()
        others = [note for note in notes if note.coach_id != coach_id]
        return Case(message, label, coach.name if coach else "", self._address, n_notes=len(others))

    def _check(
        self,
        connection: sa.Connection,
        message: StoredMessage,
        how: RouteAction,
        fields: Mapping[str, str],
        composed: Composed,
        route: Route,
        now: datetime,
    ) -> None:
        """Raises what stands in the way."""
        if how.action is Action.REFERRAL and yes_of(connection, message.id) is None:
            raise StudentNotAsked("first the student's yes: referring it resolves their question")
        if composed.problems:
            raise DraftIncomplete("; ".join(composed.problems))
        if how.action is not Action.TICKET:
            return
        ticked = set(fields[CHECKED].split(","))
        if any(str(number) not in ticked for number in range(len(route.checklist))):
            raise ChecklistOpen("the checklist comes before any ticket")
        if add_to := fields.get("add_to"):
            offered = open_tickets(connection, fields["category"], since=now - BURST)
            if add_to not in {ticket.reference for ticket in offered}:
                raise DraftIncomplete(f"{add_to} is no open ticket of this category")

    def _label(
        self, connection: sa.Connection, message: StoredMessage, label: str, coach_id: str, now: datetime
    ) -> str | None:
        """Acting on a message says what it is about, unless somebody has said so before."""
        if message.review_id is not None:
            return None
        review = put_label(connection, message, label, coach_id, now)
        if label == self._taxonomy.distress.key and message.escalation is None:
            escalate(connection, message_id=message.id, urgent=False, address=self._address, now=now)
        return review.id


def _taken(connection: sa.Connection, message_id: str, action: str) -> ActionTaken | None:
    return next((taken for taken in actions_of(connection, message_id) if taken.action == action), None)


def _write(
    connection: sa.Connection,
    message: StoredMessage,
    how: RouteAction,
    composed: Composed,
    label: str,
    coach_id: str | None,
    now: datetime,
) -> ActionTaken:
    """The outbox row and the action taken. coach_id: None when the route does it by itself."""
    taken = ActionTaken(
        delivery_id=new_id(),
        message_id=message.id,
        action=how.action,
        label=label,
        priority=composed.decided.priority if composed.decided else None,
        coach_id=coach_id,
        taken_at=now,
    )
    insert_delivery(
        connection,
        NewDelivery(
            id=taken.delivery_id,
            message_id=message.id,
            action=how.action,
            destination=how.destination,
            body=composed.body,
            idempotency_key=delivery_key(how.action, how.destination, message.id),
            due_at=now,
        ),
    )
    insert_action(connection, taken)
    return taken


def _note(
    connection: sa.Connection,
    message: StoredMessage,
    composed: Composed,
    taken: ActionTaken,
    coach_id: str,
    now: datetime,
) -> None:
    """The profile note is on the student's page here at once, whenever AAQ has it."""
    assert message.student is not None
    text = composed.body.get("text") or composed.body["fields"]["text"]
    insert_note(
        connection,
        taken.delivery_id,
        student_id=message.student.id,
        message_id=message.id,
        kind="note",
        text=text,
        coach_id=coach_id,
        made_at=now,
    )


__all__ = ["replace"]
