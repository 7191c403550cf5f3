"""Priorities after the handbook's table: its four examples, its cells, and what must hold over the whole grid."""

from itertools import product

import pytest

from serve.actions.priority import Priority, Thing, decide_priority
from serve.actions.things import likely_system, likely_thing

B, H, M, L = Priority.BLOCKER, Priority.HIGH, Priority.MEDIUM, Priority.LOW
_GRID = {
    # thing:           paid no, paid yes, free no, free yes, all no, all yes   (no, yes: can they go on?)
    Thing.DOWN: (B, H, H, M, B, H),
    Thing.TRACK: (B, H, H, M, B, H),
    Thing.ACCOUNT: (B, H, H, M, B, H),
    Thing.IDE: (B, H, H, M, B, H),
    Thing.LIGHTS: (H, H, H, M, B, H),
    Thing.CHAT: (H, H, H, M, B, H),
    Thing.SLACK: (M, M, L, L, M, M),
    Thing.BLOG_TYPE: (M, M, L, L, M, M),
    Thing.DISPLAY: (L, L, L, L, L, L),
    Thing.FEATURE: (L, L, L, L, L, L),
    Thing.OTHER: (B, M, H, L, B, H),
}
_COLUMNS = [
    ("paid", False, "one"),
    ("paid", True, "one"),
    ("free", False, "one"),
    ("free", True, "one"),
    ("free", False, "everybody"),
    ("paid", True, "everybody"),
]
_ORDER = list(Priority)


@pytest.mark.parametrize("thing", list(Thing))
def test_the_whole_grid(thing: Thing) -> None:
    found = [decide_priority("ui", plan, can_go_on=on, scope=scope, thing=thing) for plan, on, scope in _COLUMNS]
    assert tuple(decided.priority for decided in found) == _GRID[thing]
    assert all(decided.why.endswith(".") for decided in found)


@pytest.mark.parametrize(
    ("text", "category", "plan", "can_go_on", "priority"),
    [
        ("i cannot access the track at all", "ui", "free", False, H),
        ("i can't access my track", "ui", "paid", False, B),
        ("i am locked out and can't access my account", "account", "paid", False, B),
        ("AAQ is down for everyone", "chat", "free", False, B),
        ("i can't join the slack workspace", "chat", "free", True, L),
    ],
)
def test_the_handbook_s_examples_from_the_message_s_words(text, category, plan, can_go_on, priority) -> None:
    thing, scope = likely_thing(text, category)
    assert decide_priority(category, plan, can_go_on=can_go_on, scope=scope, thing=thing).priority is priority


def test_who_can_go_on_has_no_blocker_and_a_free_student_alone_never() -> None:
    for thing, plan, scope in product(Thing, ("paid", "free", "unknown"), ("one", "everybody")):
        assert decide_priority("ide", plan, can_go_on=True, scope=scope, thing=thing).priority is not B
        if plan != "paid":
            assert decide_priority("ide", plan, can_go_on=False, scope="one", thing=thing).priority is not B


def test_paying_being_stuck_and_being_many_never_lower_it() -> None:
    def rank(thing: Thing, plan, on: bool, scope) -> int:
        return _ORDER.index(decide_priority("ui", plan, can_go_on=on, scope=scope, thing=thing).priority)

    for thing, on, scope in product(Thing, (True, False), ("one", "everybody")):
        assert rank(thing, "paid", on, scope) <= rank(thing, "free", on, scope)
    for thing, plan, scope in product(Thing, ("paid", "free"), ("one", "everybody")):
        assert rank(thing, plan, False, scope) <= rank(thing, plan, True, scope)
    for thing, plan, on in product(Thing, ("paid", "free"), (True, False)):
        assert rank(thing, plan, on, "everybody") <= rank(thing, plan, on, "one")


def test_a_category_stands_for_its_thing() -> None:
    assert decide_priority("ide", "paid", can_go_on=False).priority is B
    assert decide_priority("lights", "free", can_go_on=True).priority is M
    assert decide_priority("virtualbox", "free", can_go_on=True).priority is L


def test_an_unknown_plan_counts_as_paid_without_a_blocker() -> None:
    decided = decide_priority("account", "unknown", can_go_on=False)
    assert decided.priority is H
    assert "Nobody has said" in decided.why


@pytest.mark.parametrize(
    ("text", "system"), [("on my MacBook Pro", "macOS"), ("windows 10", "Windows"), ("my machine", ""), ("", "")]
)
def test_the_operating_system_is_read_from_words(text: str, system: str) -> None:
    assert likely_system(text) == system
