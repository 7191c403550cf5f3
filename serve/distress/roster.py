"""Who is on call: contacts in order with their hours, and a last responder. Read from a TOML file of the school's.

pass_on_minutes = 5          # nobody has acknowledged: the next contact is told
last_responder_minutes = 15  # and after this the last responder; then the list again

[[contacts]]
name = "Maya"
slack = "U012AB3CD"          # a member id; "C..." is a channel, which gets a link and no words
mail = "maya@school.example"
hours = "09:00-17:30"        # left out: always
days = ["mon", "tue", "wed", "thu", "fri"]
timezone = "America/New_York"

[last_responder]
name = "Director"
mail = "director@school.example"
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

_log = structlog.get_logger()
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class RosterIncomplete(ValueError):
    """A list of contacts that could leave a student alone: the rule that it breaks."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From `begin` to `end` on the days (0 is Monday) on which they begin; over midnight when end is before begin."""

    begin: time
    end: time
    days: frozenset[int]
    zone: ZoneInfo

    def cover(self, now: datetime) -> bool:
        """Whether the time is within."""
        there = now.astimezone(self.zone)
        clock, today = there.time(), there.weekday()
        if self.begin < self.end:
            return today in self.days and self.begin <= clock < self.end
        return (today in self.days and clock >= self.begin) or ((today - 1) % 7 in self.days and clock < self.end)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who is told. slack: a member's id · hours: None is always."""

    name: str
    slack: str | None = None
    mail: str | None = None
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody who can be told, and how long each has before the next is."""

    contacts: tuple[Contact, ...]
    last_responder: Contact
    pass_on: timedelta = timedelta(minutes=5)
    last_after: timedelta = timedelta(minutes=15)

    def on_duty(self, now: datetime) -> tuple[Contact, ...]:
        """The contacts whose hours it is, in order."""
        return tuple(contact for contact in self.contacts if contact.hours is None or contact.hours.cover(now))


# What runs before anything is configured: the console is read by whoever started it.
_CONSOLE = Contact("whoever reads this console")
CONSOLE_ROSTER = Roster((_CONSOLE,), _CONSOLE)

OnCall = Callable[[], Roster]  # who is on call now


class RosterFile:
    """The roster as its file is now: a change is taken over without a restart, a broken one refused and logged."""

    def __init__(self, path: Path, *, slack: bool, mail: bool) -> None:
        """Raises RosterIncomplete."""
        self._path, self._slack, self._mail = path, slack, mail
        self._seen = self._stamp()
        self._roster = load_roster(path, slack=slack, mail=mail)

    def __call__(self) -> Roster:
        """The last good roster."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._roster = load_roster(self._path, slack=self._slack, mail=self._mail)
            except RosterIncomplete as error:
                _log.error("roster.refused", problem=str(error))
            else:
                _log.info("roster.read", n_contacts=len(self._roster.contacts))
        return self._roster

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size


def load_roster(path: Path, *, slack: bool, mail: bool) -> Roster:
    """Read and judge a roster. `slack`, `mail`: whether that way is configured.

    Raises RosterIncomplete: fewer than two contacts, no last responder, or somebody who cannot be reached.
    """
    try:
        known = tomllib.loads(path.read_text("utf-8"))
        contacts = tuple(_contact(entry) for entry in known.get("contacts", ()))
        last = _contact(known["last_responder"]) if "last_responder" in known else None
        pass_on = timedelta(minutes=float(known.get("pass_on_minutes", 5)))
        last_after = timedelta(minutes=float(known.get("last_responder_minutes", 15)))
    except OSError as error:
        raise RosterIncomplete(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise RosterIncomplete(f"{path}: {type(error).__name__}: {error}") from None
    if len(contacts) < 2:
        raise RosterIncomplete(f"{path}: two contacts or more are needed, there are {len(contacts)}")
    if last is None:
        raise RosterIncomplete(f"{path}: a last responder is needed")
    if not timedelta() < pass_on <= last_after:
        raise RosterIncomplete(f"{path}: pass_on_minutes must be above 0 and at most last_responder_minutes")
    if last.hours is not None:
        raise RosterIncomplete(f"{path}: the last responder has no hours: somebody must always be there")
    for contact in (*contacts, last):
        if not ((slack and contact.slack) or (mail and contact.mail)):
            raise RosterIncomplete(f"{path}: {contact.name} cannot be reached by any way that is configured")
    return Roster(contacts, last, pass_on, last_after)


def _contact(entry: dict[str, Any]) -> Contact:
    unknown = set(entry) - {"name", "slack", "mail", "hours", "days", "timezone"}
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))}: there is no such field")
    hours = None
    if "hours" in entry:
        begin, end = (time.fromisoformat(part.strip()) for part in entry["hours"].split("-"))
        if begin == end:
            raise ValueError("hours must not begin and end at the same time")
        days = frozenset(_DAYS.index(day.lower()[:3]) for day in entry.get("days", _DAYS))
        hours = Hours(begin, end, days, ZoneInfo(entry.get("timezone", "UTC")))
    elif "days" in entry:
        raise ValueError("days need hours")
    return Contact(str(entry["name"]), entry.get("slack"), entry.get("mail"), hours)
