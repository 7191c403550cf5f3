"""What acting on a message writes, inside the caller's transaction, and what stands in its way."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from serve.actions.compose import Composed
from serve.actions.forms import CHECKED
from serve.actions.priority import Priority
from serve.clock import new_id
from serve.delivering.outbox import Action, delivery_key
from serve.routing import Route, RouteAction
from serve.store.actions import actions_of, insert_action, open_tickets, yes_of
from serve.store.deliveries import insert_delivery
from serve.store.notes import insert_note
from serve.store.records import ActionTaken, NewDelivery, StoredMessage

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


def check(
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


def agreed_to(composed: Composed, previewed: str | None, *, second_yes: bool) -> None:
    """Raises PreviewStale or SecondYesMissing when a coach has not agreed to exactly this."""
    if previewed is not None and previewed != composed.digest:
        raise PreviewStale("something changed since the preview: this is what would be sent now")
    if composed.decided and composed.decided.priority is Priority.BLOCKER and not second_yes:
        raise SecondYesMissing("a Blocker alerts the whole staff: say so a second time")


def taken_before(connection: sa.Connection, message_id: str, action: str) -> ActionTaken | None:
    """This action on this message, if somebody did it."""
    return next((taken for taken in actions_of(connection, message_id) if taken.action == action), None)


def write_action(
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


def write_note(
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
