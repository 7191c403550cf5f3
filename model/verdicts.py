"""What a person said on a second look at a label that training found suspect: `releases/verdicts.csv`.

Later runs honour it. Holds no message's words, so that erasing a student leaves nothing here.
"""

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

VERDICTS = "verdicts.csv"
_COLUMNS = ("message_id", "says", "label", "who", "at")


class Says(StrEnum):
    """What becomes of the row."""

    KEEP = "keep"  # the coach was right
    CHANGE = "change"  # it has another label
    DROP = "drop"  # nobody should learn from it


@dataclass(frozen=True, slots=True)
class Verdict:
    """One second look. label: the right one · at: aware UTC."""

    message_id: str
    says: Says
    label: str
    who: str
    at: datetime


def add_verdict(releases: Path, verdict: Verdict) -> None:
    """Remember a second look; one on the same message replaces an earlier one."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    path = releases / VERDICTS
    if not path.exists():
        writer.writerow(_COLUMNS)
    writer.writerow([verdict.message_id, verdict.says, verdict.label, verdict.who, verdict.at.isoformat()])
    with path.open("ab") as file:
        file.write(line.getvalue().encode())
        file.flush()
        os.fsync(file.fileno())


def read_verdicts(releases: Path) -> Mapping[str, Verdict]:
    """The last verdict on each message, by its id; empty when nobody has looked yet.

    Raises ValueError, naming the line, for what is no verdict.
    """
    try:
        text = (releases / VERDICTS).read_text("utf-8")
    except FileNotFoundError:
        return {}
    found: dict[str, Verdict] = {}
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for row in reader:
        try:
            says, at = Says(row["says"]), datetime.fromisoformat(row["at"])
            found[row["message_id"]] = Verdict(row["message_id"], says, row["label"], row["who"], at)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{VERDICTS}:{reader.line_num}: not a verdict ({type(error).__name__})") from None
    return found
