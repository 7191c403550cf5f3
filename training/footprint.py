"""How long two releases take for a message, side by side in one run, and how large they are."""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from model.answer import build_answerer
from model.release import SERVED, Release
from training.checks import Footprint

_ROUNDS = 5


def footprints(releases: Sequence[tuple[Release, Path]], texts: Sequence[str]) -> list[Footprint]:
    """One for each release. Every release answers `texts` in turn, so that noise meets all alike."""
    taken: list[list[float]] = [[] for _ in releases]
    answerers = [build_answerer(release) for release, _ in releases]
    for _ in range(_ROUNDS):
        for answerer, seconds in zip(answerers, taken, strict=True):
            began = time.perf_counter()
            for text in texts:
                answerer.answer(text, explained=False)
            seconds.append(time.perf_counter() - began)
    return [
        Footprint(1e6 * statistics.median(seconds) / len(texts), _loaded_bytes(folder))
        for (_, folder), seconds in zip(releases, taken, strict=True)
    ]


def _loaded_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for name in SERVED for path in folder.glob(f"*{name}"))
