"""A coach's fields -> the body that is sent. Preview and sending call the same function, so they are the same."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.taxonomy import Taxonomy
from model.text import redact
from serve.actions.forms import FormField, categories, missing
from serve.actions.priority import Decided, Thing, decide_priority
from serve.actions.quoting import quotes
from serve.actions.things import likely_system, likely_thing
from serve.delivering.outbox import AAQ, FORM, JIRA, MAIL, SLACK, Action, message_url
from serve.drafts import load_draft
from serve.routing import RouteAction
from serve.store.records import StoredMessage
from serve.transports.markup import jira_literal, one_line


@dataclass(frozen=True, slots=True)
class Case:
    """What a draft is written about.

    label: under which the coach acts · coach: a name · n_notes: other coaches' notes on the student's profile.
    """

    message: StoredMessage
    label: str
    coach: str
    address: str
    admissions_address: str
    n_notes: int = 0

    def is_distress(self, taxonomy: Taxonomy) -> bool:
        """Whether the student's words must not leave in tickets, channel posts and subjects.

        An escalated message is one until a coach has said in so many words that it is something else.
        """
        said = self.message.confirmed_label
        escalated = self.message.escalation is not None and said in (None, taxonomy.distress.key)
        return escalated or self.label == taxonomy.distress.key

    @property
    def link(self) -> str:
        return message_url(self.address, self.message.id)

    @property
    def student(self) -> str:
        student = self.message.student
        return (student.name or student.id) if student else "the student"


@dataclass(frozen=True, slots=True)
class Composed:
    """What would be sent. problems: why it cannot be yet, in words for the coach; empty when it can."""

    body: Mapping[str, Any]
    problems: tuple[str, ...] = ()
    decided: Decided | None = None  # a ticket's priority, once the questions are answered

    @property
    def digest(self) -> str:
        """Changes with anything that is sent: what was previewed is what leaves."""
        return hashlib.sha256(json.dumps(self.body, sort_keys=True).encode()).hexdigest()[:32]


def initial_fields(how: RouteAction, case: Case, taxonomy: Taxonomy) -> dict[str, str]:
    """What the form of an action holds before a coach writes in it."""
    message, student = case.message, case.message.student
    if how.action is Action.TICKET:
        thing, scope = likely_thing(message.text, case.label)
        quiet = case.is_distress(taxonomy)
        known = {key for key, _ in categories(taxonomy)}
        return {
            "summary": "" if quiet else one_line(redact(message.text), 80),
            "category": case.label if case.label in known else "",
            "student_name": (student.name if student else None) or "",
            "github_username": (student.github_username if student else None) or "",
            "plan": student.plan if student and student.plan != "unknown" else "",
            "can_go_on": "",
            "scope": scope,
            "thing": thing.value,
            "lab": message.lesson or "",
            "operating_system": likely_system(f"{message.environment or ''} {message.text}"),
            "environment": message.environment or "",
            "seen": "" if quiet else redact(message.text),
        }
    if how.action is Action.ESCALATION_FORM:
        return {"what_happened": "", "quotes": f'"{redact(message.text).strip()}"', "why": "", "risk": "not sure"}
    _, text = load_draft(how.template, how.action).fill(_anywhere(case))
    return {"text": text}


def compose(how: RouteAction, fields: Mapping[str, str], case: Case, taxonomy: Taxonomy) -> Composed:
    """The body of an action from its cleaned fields. Pure: the same fields give the same body."""
    safe = {name: redact(value) for name, value in fields.items()}
    empty = missing(how.action, safe)
    problems = tuple(_asks_for(field) for field in empty)
    decided = None
    if how.action is Action.TICKET:
        body, decided = _ticket(how, safe, case, taxonomy)
    elif how.action is Action.ESCALATION_FORM:
        body = _escalation_form(how, safe, case)
    else:
        body = _text(how, safe["text"], case)
    if how.action is Action.PROFILE_NOTE and case.message.student is None:
        problems += ("We do not know which student this is, so there is no profile",)
    if case.is_distress(taxonomy) and (quoted := _leaks(how, safe, case)):
        problems += (f"{quoted} repeats the student's words, which do not leave in a distress case: the link says it",)
    return Composed(body, problems, decided)


def _asks_for(field: FormField) -> str:
    return f"{field.label.removesuffix('?')} is still open" if field.kind == "choice" else f"{field.label} is empty"


def _ticket(
    how: RouteAction, fields: Mapping[str, str], case: Case, taxonomy: Taxonomy
) -> tuple[dict[str, Any], Decided | None]:
    category, plan, can_go_on = fields.get("category", ""), fields.get("plan", ""), fields.get("can_go_on", "")
    decided = None
    if category and can_go_on and plan:
        decided = decide_priority(
            category,
            "paid" if plan == "paid" else "free",
            can_go_on=can_go_on == "yes",
            scope="everybody" if fields.get("scope") == "everybody" else "one",
            thing=Thing(fields["thing"]) if fields.get("thing") else None,
        )
    values = {
        **{name: fields.get(name, "") for name in ("summary", "student_name", "github_username", "plan", "lab")},
        **{name: fields.get(name, "") for name in ("operating_system", "environment", "seen", "expected")},
        **{name: fields.get(name, "") for name in ("steps", "tried", "screenshots")},
        "category": taxonomy[category].name if category else "",
        "priority": decided.priority.value if decided else "open",
        "priority_reason": decided.why if decided else "Two questions decide it.",
        "link": case.link,
    }
    subject, description = load_draft(how.template, how.action).fill(values, jira_literal)
    body: dict[str, Any] = {
        "summary": one_line(subject),
        "description": description,
        "category": category,
        "priority": decided.priority.value if decided else None,
        "link": case.link,
    }
    if fields.get("add_to"):
        body["add_to"] = one_line(fields["add_to"], 40)
    return body, decided


def _escalation_form(how: RouteAction, fields: Mapping[str, str], case: Case) -> dict[str, Any]:
    filled = {**_anywhere(case), **{name: fields.get(name, "") for name in ("what_happened", "quotes", "why", "risk")}}
    _, text = load_draft(how.template, how.action).fill(filled)
    if how.destination == MAIL:
        return {"subject": "An escalation form", "text": text}
    names = ("what_happened", "quotes", "why", "risk", "student", "plan", "lesson", "coach", "link")
    return {"fields": {**{name: filled[name] or "" for name in names}, "text": text}}


def _text(how: RouteAction, text: str, case: Case) -> dict[str, Any]:
    """What a coach edited as one text, in the form in which its destination takes it."""
    if how.destination == MAIL:
        subject, _ = load_draft(how.template, how.action).fill(_anywhere(case))
        return {"subject": one_line(subject) or "A note from the coaches", "text": text}
    if how.destination == SLACK:
        return {"text": text, "link": case.link}
    if how.destination == FORM:
        return {"fields": {"student": case.student, "text": text, "link": case.link}}
    assert how.destination == AAQ, how.destination
    student = case.message.student
    body: dict[str, Any] = {"question_id": case.message.question_id, "text": text, "link": case.link}
    if how.action is Action.REFERRAL:
        body["assign_to"] = "enrollments"
    if how.action is Action.PROFILE_NOTE:
        body["student_id"] = student.id if student else None
    return body


def _anywhere(case: Case) -> dict[str, str | None]:
    student = case.message.student
    name = student.name if student else None
    return {
        "admissions_address": case.admissions_address,
        "coach": case.coach,
        "first_name": name.split()[0] if name and name.split() else "there",
        "lesson": case.message.lesson,
        "link": case.link,
        "notes": f"{case.n_notes}" if case.n_notes else "none yet",
        "plan": student.plan if student and student.plan != "unknown" else "plan not known",
        "student": case.student,
    }


def _leaks(how: RouteAction, fields: Mapping[str, str], case: Case) -> str | None:
    """The first field in which the student's words would leave for a ticket or a channel; None when none does."""
    if how.destination not in (JIRA, SLACK):
        return None
    leaking = (name for name, value in fields.items() if quotes(case.message.text, value))
    return next((name.replace("_", " ").capitalize() for name in leaking), None)
