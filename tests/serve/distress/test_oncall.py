"""Whom to tell next and when, as tables; and which lists of contacts are refused. No clock, no database, no vendor."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serve.distress.oncall import DIGEST_WITHIN, SINGLE_NOTICES, Notice, n_to_take, next_step, notices_overdue, whom
from serve.distress.roster import Contact, Roster, RosterFile, RosterIncomplete, load_roster

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)  # a Monday, nine in New York
MAYA, SAM, LEAD = Contact("Maya", slack="U1"), Contact("Sam", slack="U2"), Contact("Lead", mail="lead@x")
ROSTER = Roster((MAYA, SAM), LEAD)


def after(**by: float) -> datetime:
    return NOW + timedelta(**by)


@pytest.mark.parametrize(
    ("notices", "minutes", "step"),
    [
        ([], 0, 0),  # the row is gone, or was never written: begin
        ([Notice(0, NOW, failed=False)], 4.9, None),
        ([Notice(0, NOW, failed=False)], 5, 1),
        ([Notice(0, NOW, failed=False), Notice(1, after(minutes=5), failed=False)], 9, None),
        ([Notice(0, NOW, failed=False), Notice(1, after(minutes=5), failed=False)], 10, 2),
        ([Notice(0, NOW, failed=True)], 0.4, None),
        ([Notice(0, NOW, failed=True)], 0.5, 1),  # nobody was reached: the next is not kept waiting
        ([Notice(90, NOW, failed=False)], 5, 91),  # it never ends by itself
    ],
)
def test_the_next_notice(notices, minutes, step) -> None:
    assert next_step(notices, now=after(minutes=minutes), roster=ROSTER) == step


def test_the_list_is_walked_then_the_last_responder_then_the_list_again() -> None:
    told = [whom(step, now=NOW, roster=ROSTER).name for step in range(9)]
    assert told == ["Maya", "Sam", "Maya", "Lead", "Sam", "Maya", "Sam", "Lead", "Maya"]


def test_the_last_responder_s_time_is_a_setting() -> None:
    hasty = Roster((MAYA, SAM), LEAD, pass_on=timedelta(minutes=2), last_after=timedelta(minutes=4))
    assert [whom(step, now=NOW, roster=hasty).name for step in range(4)] == ["Maya", "Sam", "Lead", "Maya"]


@pytest.mark.parametrize(
    ("hours", "days", "at", "on_duty"),
    [
        ("09:00-17:00", None, datetime(2026, 11, 23, 14, 0, tzinfo=UTC), True),  # nine o'clock sharp
        ("09:00-17:00", None, datetime(2026, 11, 23, 13, 59, tzinfo=UTC), False),
        ("09:00-17:00", None, datetime(2026, 11, 23, 22, 0, tzinfo=UTC), False),  # five sharp
        ("09:00-17:00", ["mon"], datetime(2026, 11, 24, 15, 0, tzinfo=UTC), False),
        ("22:00-06:00", ["mon"], datetime(2026, 11, 24, 4, 0, tzinfo=UTC), True),  # Monday, eleven in the evening
        ("22:00-06:00", ["mon"], datetime(2026, 11, 24, 10, 0, tzinfo=UTC), True),  # and five next morning
        ("22:00-06:00", ["mon"], datetime(2026, 11, 23, 10, 0, tzinfo=UTC), False),  # but not Monday's own
    ],
)
def test_hours_are_the_contact_s_own(hours, days, at, on_duty, tmp_path: Path) -> None:
    more = f"\ndays = {days!r}" if days else ""
    roster = read(tmp_path, f'hours = "{hours}"\ntimezone = "America/New_York"{more}')
    assert ("Maya" in [contact.name for contact in roster.on_duty(at)]) is on_duty


def test_with_nobody_on_duty_the_last_responder_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "on_call.toml"
    night = 'slack = "U1"\nhours = "09:00-17:00"\n'
    path.write_text(f'[[contacts]]\nname = "A"\n{night}[[contacts]]\nname = "B"\n{night}{LAST}', "utf-8")
    roster = load_roster(path, slack=True, mail=True)
    assert whom(0, now=datetime(2026, 11, 23, 3, tzinfo=UTC), roster=roster).name == "Lead"


def test_another_week_s_contacts_are_taken_over_and_a_broken_list_is_not(tmp_path: Path) -> None:
    read(tmp_path)
    on_call = RosterFile(tmp_path / "on_call.toml", slack=True, mail=True)
    assert [contact.name for contact in on_call().contacts] == ["Maya", "Sam"]
    read(tmp_path, rest='[[contacts]]\nname = "Ada"\nmail = "ada@school.example"\n' + LAST)
    assert [contact.name for contact in on_call().contacts] == ["Maya", "Ada"]
    (tmp_path / "on_call.toml").write_text("[[contacts]]", "utf-8")
    assert [contact.name for contact in on_call().contacts] == ["Maya", "Ada"]
    (tmp_path / "on_call.toml").unlink()
    assert [contact.name for contact in on_call().contacts] == ["Maya", "Ada"]


LAST = '[last_responder]\nname = "Lead"\nmail = "lead@school.example"\n'
SAM_TOML = '[[contacts]]\nname = "Sam"\nmail = "sam@school.example"\n'


def read(folder: Path, maya: str = "", *, rest: str = SAM_TOML + LAST, top: str = "", mail: bool = True) -> Roster:
    path = folder / "on_call.toml"
    path.write_text(f'{top}\n[[contacts]]\nname = "Maya"\nslack = "U1"\n{maya}\n{rest}', "utf-8")
    return load_roster(path, slack=True, mail=mail)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"rest": LAST}, "two contacts"),
        ({"rest": SAM_TOML}, "last responder is needed"),
        ({"mail": False}, "Sam cannot be reached"),
        ({"maya": 'hours = "nine to five"'}, "ValueError"),
        ({"maya": 'hours = "09:00-09:00"'}, "same time"),
        ({"maya": 'days = ["mon"]'}, "days need hours"),
        ({"maya": 'phone = "1"'}, "no such field"),
        ({"top": "pass_on_minutes = 0"}, "above 0"),
        ({"top": "pass_on_minutes = 30"}, "at most"),
        ({"rest": SAM_TOML + LAST + 'hours = "09:00-17:00"'}, "last responder has no hours"),
        ({"top": "= broken"}, "TOMLDecodeError"),
    ],
)
def test_a_list_that_could_leave_a_student_alone_is_refused(given, rule, tmp_path: Path) -> None:
    with pytest.raises(RosterIncomplete, match=rule):
        read(tmp_path, **given)


@pytest.mark.parametrize(
    ("n_due", "n_lately", "n_taken"),
    [(1, 0, 1), (50, 0, 1), (50, SINGLE_NOTICES - 1, 1), (50, SINGLE_NOTICES, 50)],
)
def test_many_at_once_become_a_digest(n_due: int, n_lately: int, n_taken: int) -> None:
    assert n_to_take(n_due, [NOW] * n_lately, NOW) == n_taken
    assert n_to_take(n_due, [NOW] * n_lately, NOW + DIGEST_WITHIN) == 1


@pytest.mark.parametrize(("since", "overdue"), [(None, False), (59, False), (60, True)])
def test_nothing_gets_through(since, overdue) -> None:
    assert notices_overdue(None if since is None else NOW, after(seconds=since or 0)) is overdue
