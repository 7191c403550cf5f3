"""What a coach fills in for each action, in the order of the form. What is posted is cut to this."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from model.taxonomy import Taxonomy
from model.text import storable
from serve.actions.things import load_words
from serve.delivering.outbox import Action

LONGEST_FIELD = 10_000
LONGEST_LINE = 200
CHECKED = "checked"  # the numbers of the ticked lines of the checklist, joined by commas


@dataclass(frozen=True, slots=True)
class FormField:
    """One field. kind: a line, a text of several lines, or one of its choices (value, words)."""

    name: str
    label: str
    kind: Literal["line", "text", "choice"] = "line"
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""


_THINGS = tuple((row.thing.value, row.name) for row in load_words().things)
_TEXT = (FormField("text", "Draft", "text"),)
_FORMS: Mapping[Action, tuple[FormField, ...]] = {
    Action.TICKET: (
        FormField("summary", "In one line", hint="what is wrong, without the student's name"),
        FormField("category", "Error category", "choice"),
        FormField("student_name", "Student's full name"),
        FormField("github_username", "GitHub user name"),
        FormField("plan", "Does the student pay?", "choice", choices=(("paid", "Paid"), ("free", "Free"))),
        FormField("can_go_on", "Can they go on to the next lesson?", "choice", choices=(("yes", "Yes"), ("no", "No"))),
        FormField(
            "scope",
            "Who has it?",
            "choice",
            choices=(("one", "This student"), ("everybody", "Everybody")),
        ),
        FormField("thing", "What is it about?", "choice", choices=_THINGS),
        FormField("lab", "Lab", required=False),
        FormField("operating_system", "Operating system"),
        FormField("environment", "Environment", hint="Learn IDE, IDE in the browser, own computer"),
        FormField("seen", "What was seen", "text"),
        FormField("expected", "What was expected", "text"),
        FormField("steps", "Steps to re-create it", "text"),
        FormField("tried", "Everything that was tried", "text"),
        FormField("screenshots", "Screenshots", "text", required=False, hint="links, if there are any"),
        FormField("add_to", "Ticket", "choice", required=False),
    ),
    Action.ESCALATION_FORM: (
        FormField("what_happened", "What happened", "text", hint="objective, detailed and specific"),
        FormField("quotes", "Quotes", "text", hint="the student's own words"),
        FormField("why", "Why it concerned me", "text"),
        FormField(
            "risk",
            "Risk, as you see it",
            "choice",
            choices=(("not sure", "Not sure"), ("low", "Low"), ("high", "High"), ("danger", "In danger now")),
        ),
    ),
    Action.MANAGER_NOTICE: _TEXT,
    Action.PROFILE_NOTE: _TEXT,
    Action.REFERRAL: _TEXT,
    Action.REFERRAL_REPLY: _TEXT,
    Action.REPLY: _TEXT,
}


def form_of(action: Action) -> tuple[FormField, ...]:
    """The fields of an action's form."""
    return _FORMS[action]


def categories(taxonomy: Taxonomy) -> tuple[tuple[str, str], ...]:
    """The error categories of a ticket: every label that is a platform's problem, with its name."""
    not_platform = ("struggling", "admissions", "coaching", taxonomy.distress.key)
    return tuple((label.key, label.name) for label in taxonomy.labels if label.key not in not_platform)


def clean(action: Action, posted: Mapping[str, str], taxonomy: Taxonomy) -> dict[str, str]:
    """What was posted, cut to the form: known fields, storable text, choices that exist. Never raises."""
    cleaned: dict[str, str] = {}
    for field in form_of(action):
        value = storable(posted.get(field.name, "")).replace("\r\n", "\n").strip()
        choices = categories(taxonomy) if field.name == "category" else field.choices
        if field.kind == "line":
            value = " ".join(value[:LONGEST_LINE].split())
        elif choices and value not in {choice for choice, _ in choices}:
            value = ""
        cleaned[field.name] = value[:LONGEST_FIELD]
    if action is Action.TICKET:
        numbers = [part for part in posted.get(CHECKED, "").split(",") if part.isdecimal()]
        cleaned[CHECKED] = ",".join(dict.fromkeys(numbers[:100]))
    return cleaned


def missing(action: Action, fields: Mapping[str, str]) -> tuple[FormField, ...]:
    """Required fields that are empty."""
    return tuple(field for field in form_of(action) if field.required and not fields.get(field.name))
