"""What a coach posts in a route's form; and how it survives the end of a session.

It is carried through the sign-in form as hidden fields, so without a script too, and is a draft again once the coach
is known.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData

from serve.actions.acting import Acting
from serve.actions.forms import CHECKED
from serve.actions.taking import ActionUnknown
from serve.pages.site import redirect
from serve.shift.labelling import MessageMissing

_WRITING = re.compile(r"/messages/([0-9a-f]{32})/actions/([a-z_]{1,40})")  # the forms whose fields are carried
_OF_SESSION = ("csrf", "do", "previewed", "second_yes", "check")
_PREFIX = "carried:"


def fields_of(form: FormData) -> dict[str, str]:
    """A form's fields as they were posted; the ticked numbers of the checklist as one field."""
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    ticked = ",".join(str(number) for number in form.getlist("check"))
    return fields | {CHECKED: ticked or fields.get(CHECKED, "")}


async def _posted(request: Request) -> dict[str, str]:
    return fields_of(await request.form())


Posted = Annotated[Mapping[str, str], Depends(_posted)]


@dataclass(frozen=True, slots=True)
class Carried:
    """A route's form on its way through the sign-in. path: where it was posted to."""

    path: str
    fields: Mapping[str, str]


def carried_by(path: str, form: FormData) -> Carried | None:
    """What a form without a session holds; None when it is not one of a route's."""
    if not _WRITING.fullmatch(path):
        return None
    return Carried(path, {name: value for name, value in fields_of(form).items() if name not in _OF_SESSION and value})


def carried_on(fields: Mapping[str, str]) -> Carried | None:
    """What a posted sign-in form carries; None when it carries nothing."""
    path = fields.get("carried_path", "")
    if not _WRITING.fullmatch(path):
        return None
    return Carried(path, {n.removeprefix(_PREFIX): value for n, value in fields.items() if n.startswith(_PREFIX)})


def keep_carried(acting: Acting, carried: Carried, coach_id: str) -> Response:
    """Make it this coach's draft, and go on where it was written."""
    writing = _WRITING.fullmatch(carried.path)
    assert writing is not None
    message_id, action = writing.groups()
    try:
        acting.save(message_id, action, carried.fields, coach_id)
    except (MessageMissing, ActionUnknown):
        return redirect("/queue", {"said": "missing"})
    where = {"message": message_id, "act": action, "as": carried.fields.get("as"), "said": "kept"}
    return redirect("/queue", where)
