"""When `aaq retrain` begins by itself: pure functions of counts and times."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Trigger(StrEnum):
    """What asks for a run."""

    MANUAL = "manual"  # a person: always
    TIMER = "timer"  # a schedule: when there is anything new and the last run is long enough ago
    NEW_LABELS = "new-labels"  # a schedule: enough new labels *and* time


@dataclass(frozen=True, slots=True)
class TriggerSettings:
    """Both must be reached: enough to learn from, and not too soon after the last run."""

    new_labels: int
    days: float


@dataclass(frozen=True, slots=True)
class Due:
    """Whether to run, and why or why not, as a sentence."""

    due: bool
    why: str


def due(trigger: Trigger, settings: TriggerSettings, *, n_new: int, last_at: datetime | None, now: datetime) -> Due:
    """n_new: labels that no run has seen · last_at: when the last run was, None when there was none."""
    if trigger is Trigger.MANUAL:
        return Due(True, "asked for by hand")
    wanted = 1 if trigger is Trigger.TIMER else settings.new_labels
    if n_new < wanted:
        return Due(False, f"{n_new} new labels, {wanted} are needed")
    if last_at is not None and now - last_at < timedelta(days=settings.days):
        ago = (now - last_at) / timedelta(days=1)
        return Due(False, f"the last run was {ago:.1f} days ago, {settings.days:g} must pass")
    return Due(True, f"{n_new} new labels since the last run")
