"""What was live when, who decided, and why: `releases/journal.jsonl`, to which lines are only ever added."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

JOURNAL = "journal.jsonl"


class JournalCorrupt(ValueError):
    """A line of the journal is not one of ours; says which."""


class Step(StrEnum):
    """What was done with a release."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"  # the release that answers again
    REFUSED = "refused"
    SHADOWED = "shadowed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision. at: aware UTC · who: a person, or `aaq retrain` · release: its id."""

    at: datetime
    who: str
    action: Step
    release: str
    why: str


def append(releases: Path, entry: Entry) -> None:
    """Add a line, whole or not at all, and on disk before this returns. Safe from several processes at once.

    Raises ValueError when `at` has no time zone.
    """
    if entry.at.tzinfo is None:
        raise ValueError("an entry's time must be aware")
    line = json.dumps({**asdict(entry), "at": entry.at.isoformat()}).encode() + b"\n"
    releases.mkdir(parents=True, exist_ok=True)
    file = os.open(releases / JOURNAL, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(file).st_size
        # A line that a power cut left unfinished is closed, so that it cannot swallow this one.
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        os.write(file, b"\n" + line if torn else line)
        os.fsync(file)
    finally:
        os.close(file)


def read_journal(releases: Path) -> list[Entry]:
    """Every entry, oldest first; empty when nothing was decided yet. A line cut off by a power cut is passed over.

    Raises JournalCorrupt for a whole line that is not an entry.
    """
    try:
        data = (releases / JOURNAL).read_bytes()
    except FileNotFoundError:
        return []
    entries: list[Entry] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line:
            continue
        try:
            row = json.loads(line)
        except ValueError:
            continue
        try:
            entries.append(
                Entry(datetime.fromisoformat(row["at"]), row["who"], Step(row["action"]), row["release"], row["why"])
            )
        except (KeyError, TypeError, ValueError) as error:
            raise JournalCorrupt(f"{JOURNAL}:{number}: not an entry ({type(error).__name__})") from None
    return entries


def lived(entries: list[Entry]) -> tuple[str, ...]:
    """The releases that a rollback walks back through, the one that answers last.

    A promotion adds one; a rollback leaves the one it returned to at the end.
    """
    stack: list[str] = []
    for entry in entries:
        if entry.action is Step.PROMOTED:
            stack.append(entry.release)
        elif entry.action is Step.ROLLED_BACK:
            while stack and stack[-1] != entry.release:
                stack.pop()
            if not stack:
                stack.append(entry.release)
    return tuple(stack)


@contextmanager
def deciding(releases: Path) -> Iterator[None]:
    """One decision at a time over a folder of releases: others wait here."""
    releases.mkdir(parents=True, exist_ok=True)
    file = os.open(releases, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
