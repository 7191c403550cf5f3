"""What the coach has the list narrowed to. It stands in the address, so that it survives every click and reload.

Words that are searched for are kept in the session instead: they may be a student's, and proxies log addresses.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request

from model.taxonomy import Taxonomy
from serve.store.places import Place, parse_place
from serve.store.queue import DECIDED, GROUPS, Filters

PLANS = ("paid", "free", "unknown")
STATES: Mapping[str, str] = {"free": "nobody has it open", "mine": "open with me", DECIDED: "decided"}
SEARCH = "search"  # in the session
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """Filters and, when one group is paged through, which and from where."""

    filters: Filters
    group: str | None = None
    after: Place | None = None

    @property
    def narrowed(self) -> bool:
        return self.filters != Filters()

    def parameters(self) -> dict[str, str]:
        """As they stand in an address; without the words."""
        filters = self.filters
        given = {
            "label": filters.label,
            "plan": filters.plan,
            "lesson": filters.lesson,
            "state": filters.state,
            "group": self.group,
            "after": str(self.after) if self.after else None,
        }
        return {name: value for name, value in given.items() if value}

    def query(self, **more: str) -> str:
        """ "?..." with more parameters; "" without any."""
        parameters = self.parameters() | {name: value for name, value in more.items() if value}
        return f"?{urlencode(parameters)}" if parameters else ""

    def first_page(self) -> "Shown":
        """The same filters, from the beginning."""
        return Shown(self.filters)

    def page(self, group: str, after: Place | None = None) -> str:
        """The query of a page of one group, or of its first pages when nothing is given."""
        return Shown(self.filters, group if after else None, after).query()


def shown_of(request: Request, taxonomy: Taxonomy) -> Shown:
    """What a request asks for. What is not known is left out rather than refused: an old bookmark still works."""
    asked = request.query_params

    def one_of(name: str, allowed: Collection[str]) -> str | None:
        value = asked.get(name)
        return value if value and value in allowed else None

    words = str(request.session.get(SEARCH, "")).strip() or None
    filters = Filters(
        label=one_of("label", taxonomy.keys),
        plan=one_of("plan", PLANS),
        lesson=(asked.get("lesson") or None),
        state=one_of("state", tuple(STATES)),
        words=words,
    )
    after = parse_place(asked.get("after", ""))
    group = one_of("group", (*GROUPS, DECIDED))
    return Shown(filters, group, after) if after and group else Shown(filters)
