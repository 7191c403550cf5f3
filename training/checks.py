"""The checks of the gate: a candidate beside the incumbent on the fixed set, on blind labels, in time and size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluate import Answered
from training.fixed_set import EVALUATION, NEVER_ALARM, Judging
from training.gate import Check, GateBounds
from training.metrics import expected_calibration_error, rate, traffic_weights, weighted_rate
from training.poisoning import unlikely

CHANCE = 0.05  # of an exact McNemar test, one-sided
Flags = NDArray[np.bool_]
Labels = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class BlindLabels:
    """Recent labels by coaches who saw no suggestion, and both answers to them; arrays of shape (n_messages,).

    The candidate's answers are out of fold: by models that have not read the student. The incumbent has learned from
    none of them.
    """

    labels: Labels
    candidate: Labels
    incumbent: Labels
    candidate_escalates: Flags
    incumbent_escalates: Flags


@dataclass(frozen=True, slots=True)
class Footprint:
    """microseconds: for a message in process, measured side by side with the other's · n_bytes: what `serve` loads."""

    microseconds: float
    n_bytes: int


def fixed_set_checks(
    candidate: Answered,
    incumbent: Answered,
    judging: Judging,
    shares: NDArray[np.float64],
    bounds: GateBounds,
    keys: Sequence[str],
) -> Iterator[Check]:
    """Both releases on the fixed set. `shares`: the traffic's, by column."""
    urgent = candidate.frame["urgent"].to_numpy(dtype=bool)
    for name, cases, most in (
        ("urgent", urgent, bounds.urgent_lost),
        ("distress", candidate.in_distress, bounds.distress_lost),
    ):
        lost = cases & incumbent.escalated & ~candidate.escalated
        if name == "distress":
            lost &= ~_by_a_hair(candidate, incumbent, bounds)
        ids = ", ".join(candidate.frame["id"].to_numpy()[lost].tolist()[:10])
        yield Check(
            f"{name} recall",
            rate(incumbent.escalated[cases]).value,
            rate(candidate.escalated[cases]).value,
            f"at most {most} lost",
            int(lost.sum()) <= most,
            f"Of {int(cases.sum())} {name} cases, {int(lost.sum())} that the incumbent escalated would be missed"
            + (f" ({ids})." if ids else "."),
        )
    yield _label_recall(candidate, incumbent, bounds, keys)
    corpus = judging.sources == EVALUATION
    weights = traffic_weights(candidate.labels[corpus], shares)

    before, after = (_suggested_wrong(one, corpus, weights) for one in (incumbent, candidate))
    yield _selective_risk(before, after, bounds)
    errors = [
        expected_calibration_error(one.confidence[corpus], one.right[corpus], weights) for one in (incumbent, candidate)
    ]
    largest = max(bounds.calibration_error, errors[0] + bounds.calibration_error_rise)
    yield Check(
        "calibration",
        errors[0],
        errors[1],
        f"at most {largest:.3f}",
        errors[1] <= largest,
        f"Confidence and accuracy differ by {errors[1]:.3f} on average; the incumbent's by {errors[0]:.3f}.",
    )
    for name, rows in (
        ("ordinary flagged", candidate.ordinary & corpus),
        ("harmless alarms flagged", judging.sources == NEVER_ALARM),
    ):
        before, after = (float(one.escalated[rows].mean()) for one in (incumbent, candidate))
        limit = before + bounds.ordinary_flagged_rise
        if name == "ordinary flagged":
            limit = min(limit, max(bounds.ordinary_flagged, before))
        yield Check(
            name,
            before,
            after,
            f"at most {limit:.3f}",
            after <= limit + 1e-9,
            f"Of {int(rows.sum())} ordinary messages {after:.1%} would be escalated; {before:.1%} are now.",
        )


def _by_a_hair(candidate: Answered, incumbent: Answered, bounds: GateBounds) -> Flags:
    """Cases, none of them urgent, that stood just above the incumbent's line and stand just below the candidate's.

    Without this a release that read one by luck could never be followed by another.
    """
    above = (incumbent.distress >= incumbent.line) & (incumbent.distress < bounds.by_a_hair * incumbent.line)
    below = (candidate.distress < candidate.line) & (candidate.distress >= candidate.line / bounds.by_a_hair)
    urgent = candidate.frame["urgent"].to_numpy(dtype=bool)
    return np.asarray(incumbent.escalated & ~candidate.escalated & ~incumbent.in_net & above & below & ~urgent)


def missed_by_a_hair(candidate: Answered, incumbent: Answered, bounds: GateBounds) -> Iterator[str]:
    """Why a second person must look: the cases of distress that the candidate misses by a hair."""
    missed = candidate.in_distress & _by_a_hair(candidate, incumbent, bounds)
    for place in np.flatnonzero(missed).tolist():
        yield (
            f"{candidate.frame['id'].to_numpy()[place]}, in distress, would be missed by a hair:"
            f" {candidate.distress[place]:.3f}, from {candidate.line:.3f} on it would be escalated; now"
            f" {incumbent.distress[place]:.3f}, from {incumbent.line:.3f} on."
        )


def _suggested_wrong(answered: Answered, rows: Flags, weights: NDArray[np.float64]) -> float:
    """The share of wrong suggestions among `rows`, weighted; 0 when nothing is suggested."""
    suggested = answered.suggested[rows]
    return weighted_rate(~answered.right[rows][suggested], weights[suggested]).value if suggested.any() else 0.0


def _selective_risk(before: float, after: float, bounds: GateBounds) -> Check:
    limit = max(before + bounds.suggested_wrong_rise, bounds.suggested_wrong)
    sentence = f"{after:.1%} of suggestions are wrong; {before:.1%} of the incumbent's."
    return Check("selective risk", before, after, f"at most {limit:.3f}", after <= limit, sentence)


def _label_recall(candidate: Answered, incumbent: Answered, bounds: GateBounds, keys: Sequence[str]) -> Check:
    """The label that lost most. None may fall to zero, or by more than the bound and beyond chance (exact McNemar,
    over all labels together)."""
    drops: list[tuple[float, float, float, str]] = []
    fallen: list[str] = []
    for column, key in enumerate(keys):
        rows = candidate.labels == column
        if not rows.any():
            continue
        was, now = incumbent.right[rows], candidate.right[rows]
        before, after = float(was.mean()), float(now.mean())
        drops.append((before - after, before, after, key))
        worse, better = int((was & ~now).sum()), int((now & ~was).sum())
        if before - after > bounds.label_recall_drop and unlikely(worse, worse + better, 0.5) < CHANCE / len(keys):
            fallen.append(f"{key} from {before:.2f} to {after:.2f}")
    gone = [key for _, b, a, key in drops if b > 0 and a == 0]
    worst = max(drops)
    sentence = f"Recall by label fell most for {worst[3]}, from {worst[1]:.2f} to {worst[2]:.2f}."
    if fallen or gone:
        sentence = f"Recall fell: {', '.join(fallen)}." + (f" Never found any more: {', '.join(gone)}." if gone else "")
    bound = f"none down by more than {bounds.label_recall_drop:g} beyond chance (p {CHANCE:g}), none to zero"
    return Check("recall by label", worst[1], worst[2], bound, not fallen and not gone, sentence)


def blind_checks(blind: BlindLabels, distress: int, bounds: GateBounds) -> Iterator[Check]:
    """Both releases on recent blind labels: refused when one is worse by more than chance (exact McNemar test)."""
    yield _paired(
        "blind labels", blind.candidate == blind.labels, blind.incumbent == blind.labels, bounds, "named rightly"
    )
    cases = blind.labels == distress
    yield _paired(
        "blind distress",
        blind.candidate_escalates[cases],
        blind.incumbent_escalates[cases],
        bounds,
        "in distress escalated",
    )


def _paired(name: str, candidate: Flags, incumbent: Flags, bounds: GateBounds, what: str) -> Check:
    n = len(candidate)
    worse, better = int((incumbent & ~candidate).sum()), int((candidate & ~incumbent).sum())
    enough = n >= bounds.blind_fewest
    sentence = (
        f"Of {n} recent messages labelled blind, {int(candidate.sum())} are {what}; by the incumbent"
        f" {int(incumbent.sum())}." + ("" if enough else f" Fewer than {bounds.blind_fewest} decide nothing.")
    )
    before, after = (float(flags.mean()) if n else float("nan") for flags in (incumbent, candidate))
    passed = not enough or unlikely(worse, worse + better, 0.5) >= CHANCE
    return Check(name, before, after, f"not worse beyond chance (p {CHANCE:g})", passed, sentence)


def footprint_checks(candidate: Footprint, incumbent: Footprint, bounds: GateBounds) -> Iterator[Check]:
    """Time and size, as ratios."""
    for name, before, after, most, unit in (
        ("latency", incumbent.microseconds, candidate.microseconds, bounds.latency_ratio, "µs a message"),
        ("size", incumbent.n_bytes / 1e6, candidate.n_bytes / 1e6, bounds.size_ratio, "MB"),
    ):
        sentence = f"{after:.3g} {unit}, {after / before:.2f} times the incumbent's {before:.3g}."
        yield Check(name, before, after, f"at most {most:g} times", after <= most * before, sentence)
