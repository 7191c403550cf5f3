"""Figures as people read them: a number carries its n, and a share of few is said as "3 of 8"."""

from serve.shift.agreement import Rate

_FEW = 20


def share(rate: Rate) -> str:
    """ "3 of 8" below twenty, "81% of 120" from there; "none yet" of nothing, "all 51" of everything."""
    if rate.share is None:
        return "none yet"
    if rate.n_hits == rate.n:
        return f"all {rate.n}"
    if rate.n < _FEW or rate.n_hits == 0:
        return f"{rate.n_hits} of {rate.n}"
    return f"{percent_of(rate)} of {rate.n}"


def percent_of(rate: Rate) -> str:
    """ "81%"; never "100%" or "0%" for what was not all or nothing."""
    assert rate.share is not None
    if 0 < rate.n_hits < rate.n and not 0.005 <= rate.share < 0.995:
        return "under 1%" if rate.share < 0.5 else "over 99%"
    return f"{rate.share:.0%}"


def number(value: float) -> str:
    """ "12", "3.7", "0.4": as many digits as say something."""
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def minutes(value: float | None) -> str:
    """ "6 min", "2 h"; a dash when nobody was seen."""
    if value is None:
        return "–"
    if value < 1:
        return "under 1 min"
    return f"{value:.0f} min" if value < 90 else f"{number(value / 60)} h"
