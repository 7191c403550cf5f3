"""The quarter as a picture: accuracy by week, what would have been without the loop, and what happened when."""

from training import draw
from training.simulate.quarter import Quarter


def draw_quarter(quarter: Quarter, drift_week: int) -> str:
    """SVG."""
    drawn, axes = draw.figure(
        9,
        4.6,
        f"A new tool takes {100 * (quarter.panel.before.value - quarter.panel.fallen.value):.1f} points; retraining"
        f" through the gate brings back {100 * (quarter.panel.after.value - quarter.panel.fallen.value):.1f}",
    )
    weeks = [week.number for week in quarter.weeks]
    axes.axvspan(drift_week - 0.5, weeks[-1] + 0.5, color=draw.AMBER, alpha=0.08, linewidth=0)
    low, high = [week.served.low for week in quarter.weeks], [week.served.high for week in quarter.weeks]
    axes.fill_between(weeks, low, high, color=draw.ACCENT, alpha=0.15, linewidth=0)
    axes.plot(weeks, [week.first.value for week in quarter.weeks], color=draw.GREY, linestyle="--")
    axes.plot(weeks, [week.served.value for week in quarter.weeks], color=draw.ACCENT, marker="o", markersize=4)
    bottom = min(*low, *(week.first.value for week in quarter.weeks)) - 0.03
    for week in quarter.weeks:
        if "promoted" in week.event:
            axes.plot([week.number + 0.5] * 2, [bottom, bottom + 0.012], color=draw.ACCENT, linewidth=2)
        elif week.event:
            axes.plot([week.number + 0.5] * 2, [bottom, bottom + 0.012], color=draw.ROSE, linewidth=2)
    last = quarter.weeks[-1]
    axes.text(weeks[-1] + 0.15, last.served.value, "served", color=draw.ACCENT, va="center")
    axes.text(weeks[-1] + 0.15, last.first.value, "never retrained", color=draw.GREY, va="center")
    axes.text(drift_week - 0.4, max(high) + 0.005, "a new tool's name appears", color=draw.AMBER)
    axes.text(weeks[0], bottom + 0.014, "a mark: a new release past the gate", color=draw.ACCENT, fontsize=9)
    refused = sum(attack.refused for attack in quarter.attacks)
    if quarter.attacks:
        said = f"{refused} of {len(quarter.attacks)} poisoned runs refused"
        axes.text(weeks[-1] + 0.5, bottom + 0.014, said, color=draw.ROSE, fontsize=9, ha="right")
    axes.set_xlabel("week")
    axes.set_ylabel("right label (band: 95%)")
    axes.set_xticks(weeks)
    axes.set_xlim(0.5, weeks[-1] + 2.2)
    axes.set_ylim(bottom, max(high) + 0.02)
    return draw.svg(drawn)
