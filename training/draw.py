"""One look for every picture: SVG, few colours, labelled directly, the same bytes for the same data."""

import io

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

mpl.rcParams |= {
    "svg.hashsalt": "aaq",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
}
INK, ACCENT, ROSE, AMBER, GREY = "#3f464d", "#1f5f8b", "#9b2c4d", "#b07a10", "#9aa2aa"


def figure(width: float, height: float, says: str) -> tuple[Figure, Axes]:
    """An empty picture whose title says what it shows."""
    drawn = Figure(figsize=(width, height))
    axes = drawn.subplots()
    axes.set_title(says, loc="left", color=INK, fontsize=12)
    return drawn, axes


def svg(drawn: Figure) -> str:
    """The picture as an `<svg>` element."""
    buffer = io.StringIO()
    drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
