"""What a message seems to be about, to begin a ticket with. A coach decides; the words are in `things.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from model.text import normalise
from serve.actions.priority import Scope, Thing, thing_of


@dataclass(frozen=True, slots=True)
class ThingWords:
    """How a thing is named to a coach, and the words that suggest it."""

    thing: Thing
    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """All of `things.toml`. everybody: words that suggest that it is not one student's problem."""

    things: tuple[ThingWords, ...]
    everybody: tuple[str, ...]
    operating_systems: Mapping[str, str]


@cache
def load_words() -> Words:
    """The words that ship with the package. Raises ValueError when a thing is missing or there twice."""
    document = tomllib.loads(files("serve.actions").joinpath("things.toml").read_text("utf-8"))
    things = tuple(ThingWords(Thing(row["key"]), row["name"], tuple(row["words"])) for row in document["thing"])
    if sorted(row.thing for row in things) != sorted(Thing):
        raise ValueError("serve/actions/things.toml: every thing must be there once")
    return Words(things, tuple(document["everybody"]), document["operating_system"])


def likely_thing(text: str, category: str) -> tuple[Thing, Scope]:
    """What the message is about, the first whose words are in it, else the category's own; and who has it."""
    known, plain = load_words(), normalise(text).text
    scope: Scope = "everybody" if any(words in plain for words in known.everybody) else "one"
    for row in known.things:
        if any(words in plain for words in row.words):
            return row.thing, scope
    return thing_of(category), scope


def likely_system(text: str) -> str:
    """The operating system that the text names; "" when it names none."""
    plain = f" {normalise(text).text} "
    return next((name for words, name in load_words().operating_systems.items() if words in plain), "")
