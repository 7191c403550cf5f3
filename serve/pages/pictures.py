"""The manager's pictures as SVG: pure functions of figures. Colours are classes of the stylesheet, in light and dark.

Each picture is 440 units wide, with direct labels, and says in its `aria-label` what it shows.
"""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from serve.pages.words import number, share
from serve.shift.figures import Bin, DayFigures
from serve.shift.simulate import Simulation

_WIDE = 440.0
_SERIES = (
    ("n_human_now", "now", "a human now"),
    ("n_your_call", "call", "your call"),
    ("n_suggested", "sug", "suggested"),
)


def _tag(name: str, content: str | Markup = "", /, **attributes: Any) -> Markup:
    """An element; everything in it that is not Markup already is escaped. `class_` is class, `x_y` is x-y."""
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    spelled = [(key, f"{value:g}" if isinstance(value, float) else value) for key, value in given.items()]
    inside = Markup("").join(Markup(' {}="{}"').format(key, value) for key, value in spelled)
    return Markup("<{name}{inside}>{content}</{name}>").format(name=name, inside=inside, content=content)


def _svg(height: float, says: str, *parts: Markup) -> Markup:
    inside = Markup("").join(parts)
    return _tag("svg", inside, viewBox=f"0 0 {_WIDE:g} {height:g}", role="img", class_="picture", aria_label=says)


def _text(x: float, y: float, words: str, class_: str = "", anchor: str = "start") -> Markup:
    return _tag("text", words, x=x, y=y, class_=class_, text_anchor=anchor)


def days_picture(days: Sequence[DayFigures]) -> Markup:
    """Messages of each day as stacked bars, by what was done with them."""
    top, ground = 22.0, 150.0
    most = max((day.figures.n for day in days), default=0) or 1
    step = (_WIDE - 2) / max(1, len(days))
    parts: list[Markup] = []
    for place, day in enumerate(days):
        bottom = ground
        pieces: list[Markup] = []
        for field, class_, _ in _SERIES:
            height = (ground - top) * getattr(day.figures, field) / most
            bottom -= height
            if height:
                bar = {"x": 1 + place * step + 0.5, "y": bottom, "width": max(1.0, step - 1), "height": height}
                pieces.append(_tag("rect", class_=class_, **bar))
        said = ", ".join(f"{getattr(day.figures, field)} {words}" for field, _, words in _SERIES)
        parts.append(_tag("g", Markup("").join([_tag("title", f"{day.day:%d %b}: {said}"), *pieces])))
    parts += [_tag("line", x1=0.0, x2=_WIDE, y1=ground, y2=ground, class_="axis"), *_dates(days, ground + 14)]
    parts.append(_text(_WIDE, 10, f"most in a day: {most}", "soft", "end"))
    for place, (_, class_, words) in enumerate(_SERIES):
        x = place * 105.0
        parts += [_tag("rect", x=x, y=2.0, width=8.0, height=8.0, class_=class_), _text(x + 13, 10, words)]
    return _svg(170, "Messages a day, by what was done with them", *parts)


def _dates(days: Sequence[DayFigures], y: float, left: float = 0) -> Sequence[Markup]:
    if not days:
        return ()
    return (_text(left, y, f"{days[0].day:%d %b}", "soft"), _text(_WIDE, y, f"{days[-1].day:%d %b}", "soft", "end"))


def first_human_picture(days: Sequence[DayFigures]) -> Markup:
    """The share of each day's students who had a person within the promise; a small day is drawn thinner."""
    top, ground, left = 10.0, 138.0, 34.0
    step = (_WIDE - left) / max(1, len(days))
    parts: list[Markup] = []
    for y, words in ((top, "all"), ((top + ground) / 2, "half"), (ground, "none")):
        parts += [
            _tag("line", x1=left, x2=_WIDE, y1=y, y2=y, class_="grid"),
            _text(left - 5, y + 4, words, "soft", "end"),
        ]
    for place, day in enumerate(days):
        rate = day.figures.first_human.in_time
        if rate.share is None:
            continue
        height = (ground - top) * rate.share
        wide = step * (0.7 if rate.n >= 20 else 0.3)
        bar = _tag(
            "rect",
            _tag("title", f"{day.day:%d %b}: {share(rate)} within 15 minutes"),
            x=left + place * step + (step - wide) / 2,
            y=ground - height,
            width=wide,
            height=max(1.0, height),
            class_="done",
        )
        parts.append(bar)
    parts += _dates(days, ground + 14, left)
    return _svg(158, "Share of students who had a person within 15 minutes, for each day", *parts)


def calibration_picture(shown: Sequence[Bin], blind: Sequence[Bin]) -> Markup:
    """How often it was right against how sure it was; on the diagonal it is honest."""
    size, left, top = 200.0, 60.0, 12.0

    def at(x: float, y: float) -> tuple[float, float]:
        return left + size * x, top + size * (1 - y)

    parts: list[Markup] = []
    for share_ in (0.0, 0.5, 1.0):
        x, y = at(share_, share_)
        parts.append(_tag("line", x1=left, x2=left + size, y1=y, y2=y, class_="grid"))
        parts.append(_text(left - 6, y + 4, f"{share_:.0%}", "soft", "end"))
        parts.append(_text(x, top + size + 14, f"{share_:.0%}", "soft", "middle"))
    (x1, y1), (x2, y2) = at(0, 0), at(1, 1)
    parts.append(_tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_="honest"))
    for bins, class_ in ((shown, "sug"), (blind, "blind")):
        for one in bins:
            if one.right.share is None or one.right.low is None or one.right.high is None:
                continue
            (x, y), (_, low), (_, high) = at(one.said, one.right.share), at(0, one.right.low), at(0, one.right.high)
            said = _tag("title", f"said {one.said:.0%}, right {share(one.right)}")
            parts.append(_tag("line", x1=x, x2=x, y1=low, y2=high, class_=f"range {class_}"))
            parts.append(_tag("circle", said, cx=x, cy=y, r=4.5, class_=class_))
    parts += [
        _text(left + size / 2, top + size + 28, "how sure it was", "soft", "middle"),
        _tag("circle", cx=left + size + 22, cy=24.0, r=4.5, class_="sug"),
        _text(left + size + 32, 28, "suggestion shown"),
        _tag("circle", cx=left + size + 22, cy=44.0, r=4.5, class_="blind"),
        _text(left + size + 32, 48, "labelled blind"),
        _text(left + size + 17, 72, "line: 95% interval", "soft"),
        _text(left + size + 17, 88, "diagonal: honest", "soft"),
    ]
    return _svg(top + size + 34, "How often it was right, against how sure it was", *parts)


def tradeoff_picture(simulations: Sequence[Simulation], chosen: Simulation, live: float | None) -> Markup:
    """Flags a day and missed cases at several distress thresholds, one line each."""
    most = max((one.flags_a_day for one in simulations), default=0.0) or 1.0
    line, left, long = 22.0, 122.0, 130.0
    parts: list[Markup] = []
    for place, one in enumerate(simulations):
        y = place * line + 4
        here = " here" if one.setting.distress == chosen.setting.distress else ""
        name = f"from {number(one.setting.distress * 100)}%"
        name += " (now)" if one.setting.distress == live else ""
        width = max(1.0, long * one.flags_a_day / most)
        parts.append(_text(left - 6, y + 12, name, here.strip() or "soft", "end"))
        parts.append(_tag("rect", x=left, y=y, width=width, height=15.0, class_=f"now{'' if here else ' faint'}"))
        words = f"{number(one.flags_a_day)} a day, {one.missed.n_hits} of {one.missed.n} missed"
        parts.append(_text(left + width + 6, y + 12, words, here.strip()))
    return _svg(len(simulations) * line + 8, "Flags a day and missed cases at several thresholds", *parts)
