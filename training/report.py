"""The report page of a release: every figure with its n and interval, and the pictures that say what they mean."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader

from model.taxonomy import Taxonomy
from training import draw
from training.evaluate import Answered, Evaluation, Slice
from training.metrics import rate, weighted_rate


def write_report(
    folder: Path,
    release_id: str,
    answered: Answered,
    evaluation: Evaluation,
    slices: Sequence[Slice],
    taxonomy: Taxonomy,
) -> Path:
    """Write `report.html` with its pictures inside. Returns its path."""
    environment = Environment(loader=PackageLoader("training", "templates"), autoescape=True)
    page = environment.get_template("report.html").render(
        release_id=release_id,
        evaluation=evaluation,
        slices=slices,
        taxonomy=taxonomy,
        pictures=pictures(answered, taxonomy),
        worst=worst_errors(answered, taxonomy),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.html"
    path.write_text(page, "utf-8")
    return path


def pictures(answered: Answered, taxonomy: Taxonomy) -> Mapping[str, str]:
    """SVG by name."""
    return {
        "confusion": _confusion(answered, taxonomy),
        "reliability": _reliability(answered),
        "coverage": _risk_against_coverage(answered),
        "distress": _distress_trade(answered),
    }


def worst_errors(answered: Answered, taxonomy: Taxonomy, most: int = 15) -> list[tuple[str, str, float, str]]:
    """The suggestions that were wrong with the most confidence: (label, prediction, confidence, message)."""
    wrong = np.flatnonzero(answered.suggested & ~answered.right)
    order = wrong[np.argsort(-answered.confidence[wrong])][:most]
    keys = taxonomy.keys
    return [
        (
            keys[answered.labels[i]],
            keys[answered.predicted[i]],
            float(answered.confidence[i]),
            str(answered.frame["text"].iat[i]),
        )
        for i in order.tolist()
    ]


def _confusion(answered: Answered, taxonomy: Taxonomy) -> str:
    n = len(taxonomy.keys)
    table = np.zeros((n, n))
    np.add.at(table, (answered.labels, answered.predicted), 1)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    drawn, axes = draw.figure(8, 7, "Which labels are mistaken for which (shares of a row)")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=0.25)
    for i, j in np.argwhere(shares >= 0.01).tolist():
        colour = "white" if shares[i, j] > 0.15 else "black"
        axes.text(j, i, f"{shares[i, j]:.0%}", ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(n), taxonomy.keys, rotation=60, ha="right")
    axes.set_yticks(range(n), taxonomy.keys)
    return draw.svg(drawn)


def _reliability(answered: Answered) -> str:
    error = answered.calibration_error
    drawn, axes = draw.figure(5, 4.6, f"How sure it is, and how often right (error {error:.3f})")
    axes.plot([0, 1], [0, 1], color=draw.GREY, linewidth=1)
    bins = np.minimum((answered.confidence * 10).astype(int), 9)
    for i in np.unique(bins).tolist():
        inside = bins == i
        right = weighted_rate(answered.right[inside], answered.weights[inside])
        sure = float(np.average(answered.confidence[inside], weights=answered.weights[inside]))
        axes.plot([sure, sure], [right.low, right.high], color=draw.ACCENT, alpha=0.5)
        axes.plot(
            sure, right.value, "o", color=draw.ACCENT, markersize=4 + 10 * float(answered.weights[inside].mean() > 1)
        )
    axes.set_xlabel("confidence")
    axes.set_ylabel("right")
    return draw.svg(drawn)


def _risk_against_coverage(answered: Answered) -> str:
    calm = ~answered.escalated
    order = np.argsort(-answered.confidence[calm], kind="stable")
    weights = answered.weights[calm][order]
    wrong = ~answered.right[calm][order]
    coverage = np.cumsum(weights) / answered.weights.sum()
    risk = np.cumsum(weights * wrong) / np.cumsum(weights)
    drawn, axes = draw.figure(5.6, 4.2, "The more it suggests, the more of it is wrong")
    axes.plot(coverage, risk, color=draw.ACCENT)
    here = weighted_rate(answered.suggested, answered.weights).value
    at = weighted_rate(~answered.right[answered.suggested], answered.weights[answered.suggested]).value
    axes.plot(here, at, "o", color=draw.AMBER, markersize=9)
    axes.annotate(
        f"here: {here:.0%} suggested,\n{at:.1%} of them wrong",
        (here, at),
        (-16, -4),
        textcoords="offset points",
        ha="right",
        va="top",
    )
    axes.set_xlabel("share of messages with a suggestion")
    axes.set_ylabel("share of suggestions that are wrong")
    axes.set_ylim(bottom=0)
    return draw.svg(drawn)


def _distress_trade(answered: Answered) -> str:
    distress = answered.in_distress
    thresholds = np.quantile(answered.distress[distress], np.linspace(0, 1, 200))
    caught = [float(((answered.distress >= t) | answered.in_net)[distress].mean()) for t in thresholds.tolist()]
    others = ~distress
    flagged = [
        weighted_rate(((answered.distress >= t) | answered.in_net)[others], answered.weights[others]).value
        for t in thresholds.tolist()
    ]
    drawn, axes = draw.figure(5.6, 4.2, "Fewer missed costs more false alarms")
    axes.plot(flagged, caught, color=draw.ROSE)
    x = weighted_rate(answered.escalated[others], answered.weights[others]).value
    y = rate(answered.escalated[distress])
    axes.plot([x, x], [y.low, y.high], color=draw.AMBER)
    axes.plot(x, y.value, "o", color=draw.AMBER, markersize=9)
    axes.annotate(
        f"here: {y.value:.1%} of distress,\n{x:.0%} of the others", (x, y.value), (14, -36), textcoords="offset points"
    )
    axes.set_xlabel("share of other messages that are escalated")
    axes.set_ylabel("share of distress that is escalated")
    axes.set_xlim(0, 0.6)
    axes.set_ylim(0.6, 1.005)
    return draw.svg(drawn)
