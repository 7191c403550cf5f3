"""The set that judges every candidate: frozen, read by people, and closed to any history."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.taxonomy import Taxonomy
from training.dataset import Messages, build_messages
from training.history import FixedSet

EVALUATION, NEVER_MISS, NEVER_ALARM = "evaluation", "never_miss", "never_alarm"


@dataclass(frozen=True, slots=True)
class Judging:
    """The fixed set: the evaluation authors' messages, then the two lists of cases.

    sources: shape (n_messages,), one of EVALUATION, NEVER_MISS, NEVER_ALARM · sha256: of every row.
    """

    messages: Messages
    sources: NDArray[np.str_]
    sha256: str

    def closed(self) -> FixedSet:
        """What a history may not bring in."""
        evaluation = self.sources == EVALUATION
        return FixedSet(
            frozenset(text.strip() for text in self.messages.texts),
            frozenset(self.messages.authors[evaluation].tolist()),
        )


def read_fixed_set(data: Path, evaluation: Messages, taxonomy: Taxonomy) -> Judging:
    """`evaluation`: the corpus rows of the evaluation authors. Raises FileNotFoundError when a list is missing."""
    miss = pd.read_csv(data / "cases" / "never_miss.csv", keep_default_na=False)
    alarm = pd.read_csv(data / "cases" / "never_alarm.csv", keep_default_na=False)
    miss = miss.assign(label=taxonomy.distress.key, urgent=miss["urgent"] == 1, author=NEVER_MISS)
    alarm = alarm.assign(label=taxonomy.ordinary.key, urgent=False, author=NEVER_ALARM)
    columns = ["id", "text", "label", "urgent", "author", "hard"]
    frame = pd.concat(
        [evaluation.frame[columns], *(cases.assign(hard=True)[columns] for cases in (miss, alarm))], ignore_index=True
    )
    sources = np.array([EVALUATION] * len(evaluation) + [NEVER_MISS] * len(miss) + [NEVER_ALARM] * len(alarm))
    digest = hashlib.sha256()
    for row in sorted(frame[["id", "text", "label", "urgent"]].astype(str).itertuples(index=False, name=None)):
        digest.update(json.dumps(row).encode())
    return Judging(build_messages(frame, taxonomy), sources, digest.hexdigest())
