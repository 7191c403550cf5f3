"""A coach's click becomes a delivery: the checks, the label, the outbox row and the action taken, in one transaction.

Nothing is sent here; the worker does, after the commit. What is sent is what was previewed (`serve.actions.compose`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from model.taxonomy import Taxonomy
from serve.actions.compose import Case, Composed, compose, initial_fields
from serve.actions.forms import clean
from serve.actions.taking import BURST, ActionUnknown, agreed_to, check, taken_before, write_action, write_note
from serve.clock import Clock
from serve.delivering.outbox import Action, escalate
from serve.routing import RouteAction, Routing
from serve.shift.labelling import AlreadyReviewed, existing, free_for, put_label
from serve.store.actions import insert_yes, open_tickets
from serve.store.database import Database
from serve.store.drafts import drafts_of, forget_drafts, save_draft
from serve.store.messages import mark_resolved
from serve.store.notes import notes_of
from serve.store.people import get_user
from serve.store.records import OpenTicket, StoredMessage

_log = structlog.get_logger()


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
            save_draft(connection, message_id=message_id, coach_id=coach_id, action=action, fields=fields, saved_at=now)

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
        anything else is refused. Raises MessageMissing, ClaimedByAnother, or one of ActionRefused with nothing written.
        """
        now = self._clock()

        def store(connection: sa.Connection) -> Sent:
            message = existing(connection, message_id)
            how, route_label = self._how(message, action, label)
            if (earlier := taken_before(connection, message_id, how.action)) is not None:
                return Sent(earlier.delivery_id, repeated=True)
            free_for(connection, message_id, coach_id, now)
            cleaned = clean(how.action, fields, self._taxonomy)
            case = self._case(connection, message, route_label, coach_id)
            composed = compose(how, cleaned, case, self._taxonomy)
            check(connection, message, how, cleaned, composed, self._routing.of(route_label), now)
            agreed_to(composed, previewed, second_yes=second_yes)
            taken = write_action(
                connection, message, how, composed, cleaned.get("category") or route_label, coach_id, now
            )
            review_id = self._label(connection, message, route_label, coach_id, now)
            if how.action is Action.REFERRAL:
                mark_resolved(connection, message_id, now)
            if how.action is Action.PROFILE_NOTE and message.student is not None:
                write_note(connection, message, composed, taken, coach_id, now)
            forget_drafts(connection, message_id, how.action)
            return Sent(taken.delivery_id, repeated=False, review_id=review_id)

        try:
            sent = self._database.write(store)
        except IntegrityError:  # two clicks at once: the database let one in, and this is the other
            with self._database.read() as connection:
                earlier = taken_before(connection, message_id, action)
            if earlier is None:
                raise AlreadyReviewed("another coach has just decided this one") from None
            sent = Sent(earlier.delivery_id, repeated=True)
        if not sent.repeated:
            self._on_delivery()
        _log.info("action.sent", message=message_id, action=action, coach=coach_id, repeated=sent.repeated)
        return sent

    def burst(self, category: str) -> list[OpenTicket]:
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
        name, admissions = coach.name if coach else "", self._routing.admissions_address
        return Case(message, label, name, self._address, admissions, n_notes=len(others))

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
