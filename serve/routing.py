"""Where each label leads, as a school wrote it down in `routing.toml`; checked once, at start.

`Routing.of(label)` is the whole of it for everybody else.
"""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.taxonomy import Label, Taxonomy
from serve.delivering.outbox import AAQ, FORM, JIRA, MAIL, SLACK, Action
from serve.drafts import DraftMissing, load_draft

_KEYS = ("version", "admissions_address", "labels", "routes")
Page = Literal["admissions", "coaching", "distress", "project", "struggling", "ticket"]

# What each action may be told to; anything else is a slip of the pen.
_DESTINATIONS: Mapping[Action, tuple[str, ...]] = {
    Action.TICKET: (JIRA,),
    Action.REFERRAL: (AAQ, MAIL),
    Action.REFERRAL_REPLY: (AAQ,),
    Action.REPLY: (AAQ,),
    Action.ESCALATION_FORM: (FORM, MAIL),
    Action.MANAGER_NOTICE: (MAIL, SLACK),
    Action.PROFILE_NOTE: (AAQ, FORM),
}
# The others need what only a coach can say: a student's yes, or what was seen and tried.
_MAY_BE_AUTOMATIC = (Action.TICKET, Action.REFERRAL_REPLY, Action.REPLY)


class RoutingWrong(ValueError):
    """A routing file that cannot be used: its name, the key and the rule."""


class RouteMissing(RoutingWrong):
    """A label without a route."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RouteAction(_Strict):
    """One thing that a coach on this route can send.

    automatic_above: confidence from which it leaves by itself, None for never · automatic_up_to: the highest priority
    of a ticket that does.
    """

    action: Action
    destination: str
    template: str
    button: str = Field(min_length=1)
    automatic_above: float | None = Field(None, ge=0.5, le=1.0)
    automatic_up_to: str = "Medium"


class Route(_Strict):
    """What a coach does with a message of this route."""

    key: str
    name: str = Field(min_length=1)
    leads: str = Field(min_length=1)
    page: Page
    steps: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()
    actions: tuple[RouteAction, ...] = ()

    def action(self, action: str) -> RouteAction | None:
        """How this route does an action; None when it does not."""
        return next((known for known in self.actions if known.action == action), None)


class Routing:
    """All routes, by label, and the address that students get for the admissions team."""

    def __init__(self, by_label: Mapping[str, Route], admissions_address: str) -> None:
        self._by_label = dict(by_label)
        self.admissions_address = admissions_address

    def of(self, label: str) -> Route:
        """The route of a label. Raises RouteMissing."""
        try:
            return self._by_label[label]
        except KeyError:
            raise RouteMissing(f"label {label!r} has no route") from None

    @property
    def routes(self) -> tuple[Route, ...]:
        return tuple({route.key: route for route in self._by_label.values()}.values())

    @property
    def destinations(self) -> tuple[str, ...]:
        """Every destination that some route sends to, sorted."""
        return tuple(sorted({action.destination for route in self.routes for action in route.actions}))


def load_routing(taxonomy: Taxonomy, path: Path | None = None) -> Routing:
    """The routes of `path`, or those that ship with the package. Raises RoutingWrong with every problem found."""
    name = str(path) if path else "serve/routing.toml"
    try:
        text = path.read_text("utf-8") if path else files("serve").joinpath("routing.toml").read_text("utf-8")
        return parse_routing(tomllib.loads(text), taxonomy, name)
    except (OSError, UnicodeDecodeError) as error:
        raise RoutingWrong(f"{name}: cannot be read ({type(error).__name__})") from None
    except tomllib.TOMLDecodeError as error:
        raise RoutingWrong(f"{name}: {error}") from None


def parse_routing(document: Mapping[str, object], taxonomy: Taxonomy, name: str) -> Routing:
    """Routes from a parsed document; `name` is what errors call it. Raises RoutingWrong."""
    labels, tables = document.get("labels"), document.get("routes")
    if not isinstance(labels, dict) or not isinstance(tables, dict):
        raise RoutingWrong(f"{name}: there must be a table [labels] and a table [routes.<key>] for each route")
    problems = [f"{key}: there is no such key" for key in document if key not in _KEYS]
    admissions_address = str(document.get("admissions_address", ""))
    if "@" not in admissions_address:
        problems.append("admissions_address: must be a mail address")
    routes: dict[str, Route] = {}
    for key, table in tables.items():
        try:
            routes[key] = Route.model_validate({**table, "key": key})
        except ValidationError as error:
            problems += [
                f"routes.{key}.{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
                for problem in error.errors(include_input=False, include_url=False)
            ]
    problems += _label_problems(labels, tables, taxonomy)
    of_label = {label.key: routes[labels[label.key]] for label in taxonomy.labels if labels.get(label.key) in routes}
    for route in routes.values():
        led_here = [label for label in taxonomy.labels if of_label.get(label.key) is route]
        problems += _route_problems(route, led_here)
    if problems:
        raise RoutingWrong("; ".join(f"{name}: {problem}" for problem in problems))
    return Routing(of_label, admissions_address)


def _label_problems(labels: Mapping[str, object], tables: Mapping[str, object], taxonomy: Taxonomy) -> Iterator[str]:
    for label, key in labels.items():
        if label not in taxonomy:
            yield f"labels.{label}: not a label; they are: {', '.join(taxonomy.keys)}"
        elif key not in tables:
            yield f"labels.{label}: there is no table [routes.{key}]"
    for label in taxonomy.keys:
        if label not in labels:
            yield f"labels.{label}: every label needs a route"


def _route_problems(route: Route, labels: list[Label]) -> Iterator[str]:
    seen: set[Action] = set()
    for number, action in enumerate(route.actions):
        key = f"routes.{route.key}.actions.{number}"
        if action.action in seen:
            yield f"{key}.action: {action.action} is there twice"
        seen.add(action.action)
        if action.action not in _DESTINATIONS:
            yield f"{key}.action: {action.action} is not for routes; they are: {', '.join(_DESTINATIONS)}"
            continue
        if action.destination not in (known := _DESTINATIONS[action.action]):
            yield f"{key}.destination: {action.action} can go to {' or '.join(known)}, not to {action.destination!r}"
        try:
            load_draft(action.template, action.action)
        except DraftMissing as error:
            yield f"{key}.template: {error}"
        if action.automatic_above is not None:
            yield from _automatic_problems(key, action, labels)
    if any(label.always_human for label in labels) and route.page != "distress":
        yield f"routes.{route.key}.page: the route of a label that always brings a human has the page distress"


def _automatic_problems(key: str, action: RouteAction, labels: list[Label]) -> Iterator[str]:
    for label in labels:
        if label.always_human:
            yield f"{key}.automatic_above: {label.key} is never automatic: a person decides"
    if action.action not in _MAY_BE_AUTOMATIC:
        yield f"{key}.automatic_above: {action.action} needs what only a coach can say; it is never automatic"
    if action.automatic_up_to not in ("High", "Medium", "Low"):
        yield f"{key}.automatic_up_to: High, Medium or Low; a Blocker is never automatic"
