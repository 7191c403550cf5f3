"""Patterns in a student's history: for a coach to look at, with the rows that made them. Never acted on alone."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from itertools import pairwise

from model.text import normalise
from serve.store.records import Note
from serve.store.students import PastMessage


@dataclass(frozen=True, slots=True)
class Sign:
    """One row that counts towards a pattern. what: why it counts, in plain words; message_id: where to read it."""

    at: datetime
    what: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """key: pattern_struggling or pattern_abuse · says: one sentence for a coach."""

    key: str
    says: str
    signs: Sequence[Sign]


@dataclass(frozen=True, slots=True)
class StrugglingRule:
    """Within these days: `least` notes, flags and labels together, or `flags` flags."""

    within_days: int
    labels: Sequence[str]
    least: int
    flags: int


@dataclass(frozen=True, slots=True)
class OverUseRule:
    """Within these days: `least` questions that came too soon, asked for the solution, or said "I don't know"."""

    within_days: int
    least: int
    minutes_apart: float
    solution: Sequence[str]
    no_idea: Sequence[str]
    no_idea_words: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What a school would change: serve/shift/patterns.toml."""

    struggling: StrugglingRule
    over_use: OverUseRule

    @property
    def looks_back(self) -> timedelta:
        """How much history the patterns need."""
        return timedelta(days=max(self.struggling.within_days, self.over_use.within_days))


def load_rules() -> Rules:
    """The rules that ship with the package."""
    document = tomllib.loads(files("serve.shift").joinpath("patterns.toml").read_text("utf-8"))
    return Rules(StrugglingRule(**document["struggling"]), OverUseRule(**document["over_use"]))


def patterns(messages: Sequence[PastMessage], notes: Sequence[Note], now: datetime, rules: Rules) -> Sequence[Pattern]:
    """The patterns that hold now, in one student's messages and notes."""
    found = (_struggling(messages, notes, now, rules.struggling), _over_use(messages, now, rules.over_use))
    return [pattern for pattern in found if pattern is not None]


def _struggling(
    messages: Sequence[PastMessage], notes: Sequence[Note], now: datetime, rule: StrugglingRule
) -> Pattern | None:
    since = now - timedelta(days=rule.within_days)
    written = [note for note in notes if note.made_at >= since]
    signs = [Sign(note.made_at, f"{note.kind} by {note.coach}", note.message_id) for note in written]
    signs += [
        Sign(message.received_at, _read_as(message), message.id)
        for message in messages
        if message.received_at >= since and message.label in rule.labels
    ]
    n_flags = sum(note.kind == "flag" for note in written)
    if len(signs) < rule.least and n_flags < rule.flags:
        return None
    weeks = f"{rule.within_days // 7} weeks"
    says = f"May be struggling: {len(signs)} signs in the last {weeks}. Is there a pattern that others should know of?"
    return Pattern("pattern_struggling", says, _newest_first(signs))


def _read_as(message: PastMessage) -> str:
    return f"a coach said {message.label}" if message.confirmed else f"it reads like {message.label}"


def _over_use(messages: Sequence[PastMessage], now: datetime, rule: OverUseRule) -> Pattern | None:
    since = now - timedelta(days=rule.within_days)
    recent = sorted((m for m in messages if m.received_at >= since), key=lambda message: message.received_at)
    apart = timedelta(minutes=rule.minutes_apart)
    signs = [
        Sign(later.received_at, f"asked {_minutes(later.received_at - earlier.received_at)} after the last", later.id)
        for earlier, later in pairwise(recent)
        if later.received_at - earlier.received_at < apart
    ]
    for message in recent:
        text = normalise(message.text).text
        if any(phrase in text for phrase in rule.solution):
            signs.append(Sign(message.received_at, "asked for the solution outright", message.id))
        elif len(text.split()) <= rule.no_idea_words and any(phrase in text for phrase in rule.no_idea):
            signs.append(Sign(message.received_at, "said that they do not know, and no more", message.id))
    if len(signs) < rule.least:
        return None
    says = (
        f"May lean on AAQ too much: {len(signs)} signs in the last {rule.within_days} days."
        " Have they tried alone for 15 to 20 minutes?"
    )
    return Pattern("pattern_abuse", says, _newest_first(signs))


def _minutes(gap: timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    return "under a minute" if minutes < 1 else "a minute" if minutes == 1 else f"{minutes} minutes"


def _newest_first(signs: Sequence[Sign]) -> Sequence[Sign]:
    return sorted(signs, key=lambda sign: sign.at, reverse=True)
