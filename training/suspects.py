"""Labels that are probably wrong, for a person to look at: confident learning (Northcutt et al. 2021), by cleanlab."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.history import LearnedRow


class CleanlabMissing(ImportError):
    """The extra `labels` is not installed."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that others' messages speak against. quality: P(label) by a model that has not read the student."""

    message_id: str
    coach: str
    student: str
    confirmed_label: str
    likely_label: str
    quality: float


COLUMNS = ("message_id", "coach", "student", "confirmed_label", "likely_label", "quality")


def find_suspects(
    rows: Sequence[LearnedRow],
    labels: NDArray[np.intp],
    probabilities: NDArray[np.float64],
    n_history: int,
    keys: Sequence[str],
) -> list[Suspect]:
    """The history's suspect labels, worst first.

    labels, probabilities: of the corpus and then of the `n_history` rows, out of fold, shapes (n,) and (n, n_labels):
    the corpus shows how sure a model is of each label where people have checked it. Raises CleanlabMissing.
    """
    try:
        from cleanlab.filter import find_label_issues
    except ImportError:
        raise CleanlabMissing("cleanlab is not installed: pip install aaq-triage[labels]") from None
    issues = find_label_issues(labels, probabilities, filter_by="confident_learning", n_jobs=1)
    first = len(labels) - n_history
    places = [place for place in np.flatnonzero(issues).tolist() if place >= first]
    found = [
        Suspect(
            rows[place - first].row.message_id,
            rows[place - first].row.coach or "",
            rows[place - first].row.student or "",
            keys[labels[place]],
            keys[int(probabilities[place].argmax())],
            float(probabilities[place, labels[place]]),
        )
        for place in places
    ]
    return sorted(found, key=lambda one: (one.quality, one.message_id))


def as_csv(suspects: Sequence[Suspect]) -> bytes:
    """`suspects.csv`: ids and labels, no message's words."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in suspects:
        writer.writerow([getattr(one, name) if name != "quality" else f"{one.quality:.6f}" for name in COLUMNS])
    return stream.getvalue().encode()


def read_suspects(data: bytes) -> list[Suspect]:
    """What `as_csv` wrote."""
    _header, *rows = csv.reader(io.StringIO(data.decode("utf-8")))
    return [
        Suspect(message, coach, student, said, likely, float(q)) for message, coach, student, said, likely, q in rows
    ]
