"""Corpus rows -> the splits. An author's rows stay together: a model is judged on people it has never read."""

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.taxonomy import Taxonomy
from model.text import normalise


@dataclass(frozen=True, slots=True)
class Messages:
    """Labelled messages ready for fitting: normalised texts, labels as taxonomy columns, shape (n_messages,).

    weights: what each counts in fitting, shape (n_messages,); None when all count the same.
    """

    frame: pd.DataFrame
    texts: Sequence[str]
    labels: NDArray[np.intp]
    authors: NDArray[np.str_]
    weights: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def where(self, mask: NDArray[np.bool_]) -> "Messages":
        """The rows of a boolean mask."""
        chosen = np.flatnonzero(mask)
        return Messages(
            self.frame.iloc[chosen],
            [self.texts[i] for i in chosen.tolist()],
            self.labels[chosen],
            self.authors[chosen],
            None if self.weights is None else self.weights[chosen],
        )


@dataclass(frozen=True, slots=True)
class Splits:
    """Development rows (fitted; their out-of-fold scores calibrate and control risk) and evaluation rows (only read).

    `calibration`, `control`: over the development rows, true where an out-of-fold score may calibrate probabilities or
    control risk. Rows of a history do neither, what one person said in passing chooses no threshold; nor do voices that
    teach only. No author is on two sides.
    """

    development: Messages
    calibration: NDArray[np.bool_]
    control: NDArray[np.bool_]
    evaluation: Messages


def build_messages(frame: pd.DataFrame, taxonomy: Taxonomy) -> Messages:
    """Normalise once, before everything."""
    column = {key: i for i, key in enumerate(taxonomy.keys)}
    return Messages(
        frame,
        [normalise(text).text for text in frame["text"]],
        np.array([column[label] for label in frame["label"]], dtype=np.intp),
        frame["author"].to_numpy(dtype=np.str_),
    )


def read_evaluation_authors(path: Path) -> frozenset[str]:
    """The authors set aside for evaluation, by name, so that a growing corpus never moves one across."""
    return frozenset(tomllib.loads(path.read_text("utf-8"))["evaluation"]["authors"])


def read_teaching_only(path: Path) -> frozenset[str]:
    """The voices that were asked for what the model got wrong: their mix is nobody's, so they choose no threshold."""
    return frozenset(tomllib.loads(path.read_text("utf-8")).get("development", {}).get("teaching_only", ()))


def split(
    messages: Messages, evaluation_authors: frozenset[str], seed: int, teaching_only: frozenset[str] = frozenset()
) -> Splits:
    """Set the evaluation authors aside and halve the rest, by author, less those who teach only.

    Raises ValueError when fewer than two authors remain on a side or an evaluation author is not in the corpus.
    """
    present = set(messages.authors.tolist())
    if missing := evaluation_authors - present:
        raise ValueError(f"evaluation authors not in the corpus: {', '.join(sorted(missing))}")
    remaining = sorted(present - evaluation_authors - teaching_only, key=lambda author: _order(author, seed))
    if len(remaining) < 4 or not evaluation_authors:
        raise ValueError(
            f"{len(remaining)} authors to learn from and {len(evaluation_authors)} to evaluate on; at least 4 and 1"
        )
    held_out = np.isin(messages.authors, sorted(evaluation_authors))
    development = messages.where(~held_out)
    calibration, control = (np.isin(development.authors, remaining[half::2]) for half in (0, 1))
    return Splits(development, calibration, control, messages.where(held_out))


def with_history(splits: Splits, history: Messages) -> Splits:
    """The splits with a history's weighted rows to learn from: after the development rows, on no other side."""
    development = splits.development
    corpus_weights = np.ones(len(development)) if development.weights is None else development.weights
    assert history.weights is not None
    nothing = np.zeros(len(history), dtype=bool)
    joined = Messages(
        pd.concat([development.frame, history.frame], ignore_index=True),
        [*development.texts, *history.texts],
        np.concatenate([development.labels, history.labels]),
        np.concatenate([development.authors, history.authors]),
        np.concatenate([corpus_weights, history.weights]),
    )
    return Splits(
        joined,
        np.concatenate([splits.calibration, nothing]),
        np.concatenate([splits.control, nothing]),
        splits.evaluation,
    )


def _order(author: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{author}".encode()).hexdigest()
