"""How long two releases take for a message, side by side in one run, and how large they are."""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from model.release import Release
from training.checks import Footprint

_ROUNDS = 5
_SERVED = ("vocabulary.json", "weights.npz")  # what `serve` loads


def footprints(releases: Sequence[tuple[Release, Path]], texts: Sequence[str]) -> list[Footprint]:
    """One for each release. `texts`: normalised; every release scores them in turn, so that noise meets all alike."""
    taken: list[list[float]] = [[] for _ in releases]
    for _ in range(_ROUNDS):
        for (release, _folder), seconds in zip(releases, taken, strict=True):
            began = time.perf_counter()
            for text in texts:
                release.scorer.score(text)
            seconds.append(time.perf_counter() - began)
    return [
        Footprint(
            1e6 * statistics.median(seconds) / len(texts), sum((folder / name).stat().st_size for name in _SERVED)
        )
        for (_, folder), seconds in zip(releases, taken, strict=True)
    ]
