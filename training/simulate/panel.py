"""The same messages put to the release of every week. Nobody labels them and no release learns from them.

What was served in one week and in another differs by luck as much as by the release; on these messages it does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics import Rate

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
_ROUNDS = 2_000


@dataclass(frozen=True, slots=True)
class Answers:
    """Which of the panel's messages a release names rightly: the ordinary ones, and those about the new tool."""

    ordinary: Flags
    tool: Flags


@dataclass(frozen=True, slots=True)
class Standing:
    """Accuracy over the panel. before: without the tool, by the releases of the weeks before it · fallen: with it, by
    those that had not learned it · after: with it, by those since · gain: after less before, of the same messages.
    """

    before: Rate
    fallen: Rate
    after: Rate
    gain: Rate


def standing(
    by_week: Mapping[int, Answers], before: Sequence[int], fallen: Sequence[int], after: Sequence[int], share: float
) -> Standing:
    """Average over the releases of those weeks; intervals of 95% by drawing the panel's messages again (bootstrap).

    `share`: of the traffic that is about the tool once it is there.
    """

    def right(weeks: Sequence[int]) -> tuple[Floats, Floats]:
        chosen = [by_week[week] for week in weeks]
        return (
            np.mean([one.ordinary for one in chosen], axis=0, dtype=np.float64),
            np.mean([one.tool for one in chosen], axis=0, dtype=np.float64),
        )

    (ordinary_before, _), (ordinary_fallen, tool_fallen), (ordinary_after, tool_after) = map(
        right, (before, fallen, after)
    )
    nothing = np.zeros_like(tool_after)
    return Standing(
        before=_mean(ordinary_before, nothing, 0.0),
        fallen=_mean((1 - share) * ordinary_fallen, tool_fallen, share),
        after=_mean((1 - share) * ordinary_after, tool_after, share),
        gain=_mean((1 - share) * ordinary_after - ordinary_before, tool_after, share),
    )


def _mean(ordinary: Floats, tool: Floats, share: float) -> Rate:
    """The mean of `ordinary` plus `share` of that of `tool`."""
    rng = np.random.default_rng(0)
    drawn = [
        float(rng.choice(ordinary, len(ordinary)).mean() + share * rng.choice(tool, len(tool)).mean())
        for _ in range(_ROUNDS)
    ]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Rate(float(ordinary.mean() + share * tool.mean()), float(low), float(high), len(ordinary) + len(tool))
