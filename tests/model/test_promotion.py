"""A release answers only past the gate; going back is one step; all of it is in the journal."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from model.journal import Step, read_journal
from model.live import live_id, make_live, shadow_id
from model.promotion import (
    GATE,
    NothingBefore,
    PromotionRefused,
    manifest_hash,
    promote,
    read_gate,
    roll_back,
    shadow,
    write_gate,
)
from model.release import ReleaseCorrupt, ReleaseMissing, save_release
from model.scorer import LinearWeights
from model.taxonomy import Taxonomy

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, taxonomy: Taxonomy) -> Path:
    """Three tiny releases: r1, which is live, r2 and r3, which the gate has not seen."""
    for name in ("r1", "r2", "r3"):
        save_release(
            tmp_path / name,
            vocabulary={"words": ["a"], "characters": [" a"]},
            weights=LinearWeights(
                idf={"words": np.ones(1), "characters": np.ones(1)},
                coefficients=np.zeros((2, len(taxonomy.labels) + 1)),
                intercept=np.zeros(len(taxonomy.labels) + 1),
            ),
            files={},
            manifest={
                "id": name,
                "labels": list(taxonomy.keys),
                "features": {"words": [1, 2], "characters": [2, 5], "min_messages": 2, "word_weight": 1.0},
                "thresholds": {"distress": 0.1, "urgent": 0.5, "confidence": 0.8},
            },
        )
    promote(tmp_path, "r1", who="kim", why="it is the first", at=AT)
    return tmp_path


def judged(folder: Path, name: str, incumbent: str = "r1", **changes: object) -> None:
    report = {
        "passed": True,
        "refusal": "",
        "waits_for": [],
        "candidate_sha256": manifest_hash(folder / name),
        "incumbent": incumbent,
        "incumbent_sha256": manifest_hash(folder / incumbent),
    }
    (folder / name / GATE).write_text(json.dumps(report | changes), "utf-8")


def steps(folder: Path) -> list[tuple[str, Step, str, str]]:
    return [(entry.who, entry.action, entry.release, entry.why) for entry in read_journal(folder)]


def refuse(folder: Path, says: str, name: str = "r2", **given: str) -> None:
    before = steps(folder)
    with pytest.raises(PromotionRefused, match=says):
        promote(folder, name, who="kim", why="better", at=AT, **given)
    assert live_id(folder) == "r1"
    assert steps(folder) == before


def test_the_first_release_needs_no_gate(folder: Path) -> None:
    assert live_id(folder) == "r1"
    assert steps(folder) == [("kim", Step.PROMOTED, "r1", "it is the first")]


def test_a_release_that_passed_is_promoted(folder: Path) -> None:
    judged(folder, "r2")
    promote(folder, "r2", who="kim", why="knows the new tool", at=AT)
    assert live_id(folder) == "r2"
    assert steps(folder)[-1] == ("kim", Step.PROMOTED, "r2", "knows the new tool")


def test_a_release_that_was_not_judged_is_refused(folder: Path) -> None:
    refuse(folder, "has not been through the gate")


def test_a_release_that_the_gate_refused_is_refused_with_its_words(folder: Path) -> None:
    judged(folder, "r2", passed=False, refusal="2 cases would be missed")
    refuse(folder, "2 cases would be missed")


def test_a_release_changed_after_it_was_judged_is_refused(folder: Path) -> None:
    judged(folder, "r2")
    manifest = folder / "r2" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8") + " ", "utf-8")
    refuse(folder, "is not what the gate judged")


def test_a_release_judged_against_another_incumbent_is_refused(folder: Path) -> None:
    judged(folder, "r2", incumbent="r3")
    refuse(folder, "was compared with r3, but r1 is live")


def test_a_broken_report_is_refused(folder: Path) -> None:
    (folder / "r2" / GATE).write_text("{", "utf-8")
    refuse(folder, "unreadable")


def test_with_a_key_only_a_signed_report_counts(folder: Path) -> None:
    judged(folder, "r2")
    report = read_gate(folder / "r2")
    assert report is not None
    with pytest.raises(PromotionRefused, match="wrong signature"):
        read_gate(folder / "r2", b"the releases' key")
    write_gate(folder / "r2", report, b"the releases' key")
    assert read_gate(folder / "r2", b"the releases' key") == report
    (folder / "r2" / GATE).write_text(json.dumps({**report, "waits_for": []}), "utf-8")
    with pytest.raises(PromotionRefused, match="wrong signature"):
        read_gate(folder / "r2", b"the releases' key")


def test_a_great_change_waits_for_another_person(folder: Path) -> None:
    judged(folder, "r2", waits_for=["4% of recent messages get another label."])
    refuse(folder, "waits for a second person")
    refuse(folder, "other than kim", second=" Kim ")
    promote(folder, "r2", who="kim", why="better", at=AT, second="lee")
    assert steps(folder)[-1][-1] == "better (seconded by lee)"


def test_a_damaged_release_is_refused_although_it_passed(folder: Path) -> None:
    judged(folder, "r2")
    weights = folder / "r2" / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ReleaseCorrupt):
        promote(folder, "r2", who="kim", why="better", at=AT)
    assert live_id(folder) == "r1"


def test_a_rollback_goes_to_the_one_before_and_can_be_promoted_again(folder: Path) -> None:
    judged(folder, "r2")
    promote(folder, "r2", who="kim", why="better", at=AT)
    assert roll_back(folder, who="lee", why="too many alarms", at=AT) == "r1"
    assert live_id(folder) == "r1"
    assert steps(folder)[-1] == ("lee", Step.ROLLED_BACK, "r1", "too many alarms")
    with pytest.raises(NothingBefore):
        roll_back(folder, who="lee", why="further", at=AT)
    promote(folder, "r2", who="kim", why="it was not that", at=AT)
    assert live_id(folder) == "r2"


def test_a_release_made_live_by_hand_can_be_gone_back_to(folder: Path) -> None:
    make_live(folder, "r3")
    judged(folder, "r2", incumbent="r3")
    promote(folder, "r2", who="kim", why="better", at=AT)
    assert roll_back(folder, who="kim", why="no", at=AT) == "r3"


def test_a_shadow_is_set_and_ended(folder: Path) -> None:
    shadow(folder, "r2", who="kim", why="to see", at=AT)
    assert shadow_id(folder) == "r2"
    shadow(folder, None, who="kim", why="seen", at=AT)
    assert shadow_id(folder) is None
    assert [step[1:3] for step in steps(folder)[-2:]] == [(Step.SHADOWED, "r2"), (Step.SHADOWED, "none")]
    with pytest.raises(ReleaseMissing):
        shadow(folder, "never-made", who="kim", why="to see", at=AT)
