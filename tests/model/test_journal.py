"""The journal only grows, survives a power cut, and says what to go back to."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model.journal import JOURNAL, Entry, JournalCorrupt, Step, append, lived, read_journal

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


def entry(release: str, action: Step = Step.PROMOTED) -> Entry:
    return Entry(AT, "kim", action, release, "it is better")


def test_what_was_written_is_read_in_order(tmp_path: Path) -> None:
    assert read_journal(tmp_path) == []
    append(tmp_path, entry("r1"))
    append(tmp_path, entry("r2", Step.REFUSED))
    assert read_journal(tmp_path) == [entry("r1"), entry("r2", Step.REFUSED)]


def test_a_line_cut_off_by_a_power_cut_costs_only_itself(tmp_path: Path) -> None:
    append(tmp_path, entry("r1"))
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(b'{"at": "2026-')
    append(tmp_path, entry("r2"))
    assert [one.release for one in read_journal(tmp_path)] == ["r1", "r2"]


def test_a_line_that_is_no_entry_is_named(tmp_path: Path) -> None:
    append(tmp_path, entry("r1"))
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(b'{"at": "2026-11-02"}\n')
    with pytest.raises(JournalCorrupt, match=r"journal\.jsonl:2"):
        read_journal(tmp_path)


def test_entries_of_many_writers_at_once_are_all_there(tmp_path: Path) -> None:
    threads = [threading.Thread(target=append, args=(tmp_path, entry(f"r{i}"))) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.release for one in read_journal(tmp_path)} == {f"r{i}" for i in range(20)}


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="aware"):
        append(tmp_path, Entry(datetime(2026, 11, 2), "kim", Step.PROMOTED, "r1", "why"))


def test_a_rollback_goes_back_to_the_one_before_and_again_further() -> None:
    history = [entry("r1"), entry("r2"), entry("bad", Step.REFUSED), entry("r3")]
    assert lived(history) == ("r1", "r2", "r3")
    history.append(entry("r2", Step.ROLLED_BACK))
    assert lived(history) == ("r1", "r2")
    history.append(entry("r4"))
    assert lived(history) == ("r1", "r2", "r4")
