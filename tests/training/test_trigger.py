from datetime import UTC, datetime, timedelta

import pytest

from training.trigger import Trigger, TriggerSettings, due

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SETTINGS = TriggerSettings(new_labels=200, days=7)


@pytest.mark.parametrize(
    ("trigger", "n_new", "days_ago", "expected"),
    [
        (Trigger.MANUAL, 0, 0, True),
        (Trigger.TIMER, 1, 8, True),
        (Trigger.TIMER, 0, 8, False),
        (Trigger.TIMER, 500, 6, False),
        (Trigger.NEW_LABELS, 200, 7, True),
        (Trigger.NEW_LABELS, 199, 70, False),
        (Trigger.NEW_LABELS, 5000, 6, False),
        (Trigger.NEW_LABELS, 200, None, True),
    ],
)
def test_it_begins_when_there_is_enough_to_learn_and_time_has_passed(
    trigger: Trigger, n_new: int, days_ago: float | None, expected: bool
) -> None:
    last_at = None if days_ago is None else NOW - timedelta(days=days_ago)
    decided = due(trigger, SETTINGS, n_new=n_new, last_at=last_at, now=NOW)
    assert decided.due is expected
    assert decided.why
