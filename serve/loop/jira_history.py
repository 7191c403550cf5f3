"""A school's old Jira issues as labelled history, by a mapping that the school writes (`jira_labels.toml`)."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from model.answer import LONGEST_TEXT
from model.history import HistoryRow, Provenance
from model.taxonomy import LabelUnknown, Taxonomy

_STEPS = ("category", "component", "label")


class MappingWrong(ValueError):
    """The mapping cannot be used; says which line of it and why."""


@dataclass(frozen=True, slots=True)
class JiraMapping:
    """names: for each step, a name over there (lower case) -> our label · text: fields with words."""

    text: Sequence[str]
    category_field: str
    names: Mapping[str, Mapping[str, str]]

    @property
    def fields(self) -> Sequence[str]:
        """What a search must bring."""
        more = [self.category_field] if self.category_field else []
        return [*self.text, "components", "labels", "created", "reporter", *more]


@dataclass(frozen=True, slots=True)
class BadIssue:
    """An issue that was left out. key: as Jira names it."""

    key: str
    problem: str


def read_mapping(path: Path | None, taxonomy: Taxonomy) -> JiraMapping:
    """The mapping of a file, or the one that ships with the package. Raises MappingWrong or FileNotFoundError."""
    source = path or files("serve.loop").joinpath("jira_labels.toml")
    try:
        document = tomllib.loads(source.read_text("utf-8"))
        names = {
            step: {str(name).casefold(): taxonomy[label].key for name, label in document.get(step, {}).items()}
            for step in _STEPS
        }
        text, category_field = [str(name) for name in document["text"]], str(document.get("category_field", ""))
    except LabelUnknown as error:
        raise MappingWrong(f"{source}: {error}") from None
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise MappingWrong(f"{source}: {type(error).__name__}: {error}") from None
    if not text:
        raise MappingWrong(f"{source}: text names no field")
    return JiraMapping(text, category_field, names)


def rows_of(issues: Iterable[Mapping[str, Any]], mapping: JiraMapping) -> Iterator[HistoryRow | BadIssue]:
    """Each issue as a row, or why it is none. Who reported it is the coach; whose words they are Jira does not know."""
    for issue in issues:
        key, fields = str(issue["key"]), issue.get("fields") or {}
        try:
            yield HistoryRow(
                message_id=f"jira-{key}",
                text=_text(fields, mapping.text),
                confirmed_label=_label(fields, mapping),
                suggested_label=None,
                confidence=None,
                outcome=None,
                release=None,
                provenance=Provenance.IMPORTED,
                coach=_reporter(fields.get("reporter")),
                student=None,
                made_at=datetime.fromisoformat(fields["created"]).astimezone(UTC),
                action_taken="ticket",
            )
        except (KeyError, TypeError, ValueError) as error:
            yield BadIssue(key, str(error) if isinstance(error, ValueError) else f"no {error}")


def _text(fields: Mapping[str, Any], names: Sequence[str]) -> str:
    text = "\n".join(str(fields[name]).strip() for name in names if isinstance(fields.get(name), str))
    if not text.strip():
        raise ValueError(f"no words in {', '.join(names)}")
    return text[:LONGEST_TEXT]


def _label(fields: Mapping[str, Any], mapping: JiraMapping) -> str:
    category = fields.get(mapping.category_field) if mapping.category_field else None
    found = {
        "category": [category.get("value") if isinstance(category, dict) else category],
        "component": [component.get("name") for component in fields.get("components") or ()],
        "label": list(fields.get("labels") or ()),
    }
    for step in _STEPS:
        names = mapping.names[step]
        ours = {names[str(name).casefold()] for name in found[step] if str(name).casefold() in names}
        if len(ours) > 1:
            raise ValueError(f"its {step} says two labels: {', '.join(sorted(ours))}")
        if ours:
            return ours.pop()
    seen = ", ".join(sorted(str(name) for names in found.values() for name in names if name))
    raise ValueError(f"no label of ours for: {seen or 'nothing'}")


def _reporter(reporter: Mapping[str, Any] | None) -> str | None:
    """A stable id: Cloud's account id, Data Center's key."""
    known = reporter or {}
    return known.get("accountId") or known.get("key") or known.get("name")
