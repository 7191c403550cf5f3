"""The priority of a ticket, after the handbook's table; with the sentence that explains it.

Two questions decide: does the student pay, and can they go on to the next lesson? If they can go on, it is not a
Blocker. A Blocker alerts the whole staff, so a person says so twice (`serve.actions.acting`); nothing here makes one
by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Plan = Literal["paid", "free", "unknown"]
Scope = Literal["one", "everybody"]


class Priority(StrEnum):
    """From the handbook, highest first."""

    BLOCKER = "Blocker"
    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"


class Thing(StrEnum):
    """What the ticket is about; the rows and examples of the handbook's table."""

    DOWN = "down"
    TRACK = "track"
    ACCOUNT = "account"
    IDE = "ide"
    LIGHTS = "lights"
    CHAT = "chat"
    SLACK = "slack"
    BLOG_TYPE = "blog_type"
    DISPLAY = "display"
    FEATURE = "feature"
    OTHER = "other"


_OF_CATEGORY: Mapping[str, Thing] = {
    "ide": Thing.IDE,
    "chat": Thing.CHAT,
    "account": Thing.ACCOUNT,
    "lights": Thing.LIGHTS,
}
_COSMETIC = (Thing.DISPLAY, Thing.FEATURE)  # Low for anyone
_CAN_WAIT = (Thing.SLACK, Thing.BLOG_TYPE)  # whatever the second answer: nobody needs them for a lesson
_POOR_EXPERIENCE = (Thing.LIGHTS, Thing.CHAT)
_NEEDED = (Thing.DOWN, Thing.TRACK, Thing.ACCOUNT, Thing.IDE)  # without these nobody learns


@dataclass(frozen=True, slots=True)
class Decided:
    """A priority and why, as one sentence a coach reads."""

    priority: Priority
    why: str


def thing_of(category: str) -> Thing:
    """What a category is about when nobody says more."""
    return _OF_CATEGORY.get(category, Thing.OTHER)


def decide_priority(
    category: str, plan: Plan, *, can_go_on: bool, scope: Scope = "one", thing: Thing | None = None
) -> Decided:
    """The priority of a ticket in one of the ten categories. Total over its arguments.

    thing: the category's own by default · scope: whether it is one student's problem or everybody's. A plan that nobody
    knows counts as paid, but is never a Blocker: somebody has to find out first.
    """
    thing = thing or thing_of(category)
    if thing in _COSMETIC:
        return Decided(Priority.LOW, "How something looks and wishes for features are Low, for anyone.")
    if scope == "everybody":
        return _for_everybody(thing, can_go_on)
    if plan == "free":
        return _for_free(thing, can_go_on)
    decided = _for_paid(thing, can_go_on)
    if plan == "paid":
        return decided
    priority = Priority.HIGH if decided.priority is Priority.BLOCKER else decided.priority
    return Decided(
        priority, "Nobody has said whether the student pays: it counts as paid, and cannot be a Blocker before."
    )


def _for_everybody(thing: Thing, can_go_on: bool) -> Decided:
    if thing in _CAN_WAIT:
        return _for_paid(thing, can_go_on)
    if not can_go_on:
        what = "The site or AAQ is down" if thing in (Thing.DOWN, Thing.CHAT) else "It stops everybody"
        return Decided(Priority.BLOCKER, f"{what}, and nobody can go on: a Blocker, whoever pays.")
    return Decided(Priority.HIGH, "Everybody has it, but they can go on to the next lesson, so it is not a Blocker.")


def _for_paid(thing: Thing, can_go_on: bool) -> Decided:
    if thing in _CAN_WAIT:
        return Decided(Priority.MEDIUM, "The student pays, but this can wait a few days.")
    if thing in _POOR_EXPERIENCE:
        return Decided(Priority.HIGH, "The student pays, and lights and chat make a poor experience.")
    if not can_go_on:
        return Decided(Priority.BLOCKER, "The student pays and cannot go on: they cannot learn at all.")
    if thing in _NEEDED:
        return Decided(Priority.HIGH, "The student pays and has a poor experience, but can go on: not a Blocker.")
    return Decided(Priority.MEDIUM, "The student pays and can go on to the next lesson: it can wait a few days.")


def _for_free(thing: Thing, can_go_on: bool) -> Decided:
    if thing in _CAN_WAIT:
        return Decided(Priority.LOW, "The student is on a free track, and can learn without it.")
    if not can_go_on:
        return Decided(
            Priority.HIGH, "The student is on a free track and cannot go on; Blockers are for paying students."
        )
    if thing in _POOR_EXPERIENCE or thing in _NEEDED:
        return Decided(Priority.MEDIUM, "The student is on a free track and can go on to the next lesson.")
    return Decided(Priority.LOW, "The student is on a free track, and it keeps nobody from the next lesson.")
