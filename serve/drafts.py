"""Draft templates: text files in `serve/drafts/` with plain `$placeholders`, filled in one pass.

What is filled in is never read as a template again, and goes through the caller's `escape` first. A first line
`Subject: ...` is a ticket's summary or a mail's subject.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from serve.delivering.outbox import Action

_ANYWHERE = frozenset({"admissions_address", "coach", "first_name", "lesson", "link", "plan", "student"})
PLACEHOLDERS: Mapping[Action, frozenset[str]] = {
    Action.TICKET: frozenset(
        {
            *(
                "category",
                "summary",
                "student_name",
                "github_username",
                "plan",
                "lab",
                "operating_system",
                "environment",
            ),
            *("priority", "priority_reason", "seen", "expected", "steps", "tried", "screenshots", "link"),
        }
    ),
    Action.ESCALATION_FORM: _ANYWHERE | {"what_happened", "quotes", "why", "risk"},
    Action.MANAGER_NOTICE: _ANYWHERE | {"notes"},
    Action.PROFILE_NOTE: _ANYWHERE,
    Action.REFERRAL: _ANYWHERE,
    Action.REFERRAL_REPLY: _ANYWHERE,
    Action.REPLY: _ANYWHERE,
}
NOT_GIVEN = "not given"


class DraftMissing(LookupError):
    """A template that is not there, or that asks for what is not known."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A template, taken apart. subject: None when it has none."""

    subject: Template | None
    body: Template

    def fill(self, values: Mapping[str, str | None], escape: Callable[[str], str] = str) -> tuple[str, str]:
        """Subject and body with every value escaped but the link, which is ours; what is empty says so.

        The subject takes values as they are.
        """
        plain = {name: (value or "").strip() or NOT_GIVEN for name, value in values.items()}
        escaped = {name: value if name == "link" else escape(value) for name, value in plain.items()}
        subject = self.subject.substitute(plain) if self.subject else ""
        return subject, self.body.substitute(escaped)


def load_draft(name: str, action: Action) -> Draft:
    """The template for an action. Raises DraftMissing: no such file, or a placeholder not known to this action."""
    path = files("serve").joinpath("drafts", f"{name}.txt")
    if not name.replace("_", "").replace("-", "").isalnum() or not path.is_file():
        raise DraftMissing(f"there is no serve/drafts/{name}.txt")
    return parse_draft(path.read_text("utf-8"), action)


def parse_draft(text: str, action: Action) -> Draft:
    """See `load_draft`."""
    subject = None
    if text.startswith("Subject:"):
        line, _, text = text.partition("\n")
        subject = Template(line.removeprefix("Subject:").strip())
    body = Template(text.strip("\n"))
    for template in (subject, body) if subject else (body,):
        if not template.is_valid():
            raise DraftMissing("a $ that is not followed by a name is written $$")
        if unknown := sorted(set(template.get_identifiers()) - PLACEHOLDERS[action]):
            known = ", ".join(sorted(PLACEHOLDERS[action]))
            raise DraftMissing(f"${unknown[0]} is not known here; these are: {known}")
    return Draft(subject, body)
