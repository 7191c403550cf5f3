"""A manager decides which release answers: past the gate only, with a second person where it asks, and back again."""

from pathlib import Path

import pytest
from candidates import add_candidate, copy_of
from doubles import Service, ServiceFactory
from managers import manager_at

from model.journal import read_journal
from model.live import live_id, shadow_id

CANDIDATE = "20261120-090000-candidate"


@pytest.fixture
def own(releases: Path, tmp_path: Path) -> Path:
    return copy_of(releases, tmp_path / "releases")


@pytest.fixture
def managed(start_service: ServiceFactory, own: Path) -> Service:
    return start_service(releases=own)


def test_a_coach_sees_no_model_page(managed: Service) -> None:
    managed.sign_in()
    assert managed.client.get("/releases", headers={"Accept": "text/html"}).status_code == 403
    assert '"/releases"' not in managed.client.get("/queue").text


def test_the_page_says_what_answers_and_what_the_gate_found(managed: Service, own: Path) -> None:
    add_candidate(own, CANDIDATE, passed=False, refusal="It would miss 3 cases of distress.")
    manager_at(managed)
    page = managed.client.get("/releases").text
    assert live_id(own) in page
    assert "It would miss 3 cases of distress." in page
    assert "urgent recall" in page
    assert "Let it answer now" not in page


def test_what_passed_answers_at_once_and_rolls_back(managed: Service, own: Path) -> None:
    before, mara = live_id(own), manager_at(managed)
    add_candidate(own, CANDIDATE)
    assert "Let it answer now" in managed.client.get("/releases").text
    assert "Done" in mara.press("/releases/promote", release=CANDIDATE, why="better on lights")
    assert live_id(own) == CANDIDATE
    assert "since 23 November 2026" in managed.client.get("/releases").text
    assert "Done" in mara.press("/releases/roll-back", why="coaches override more")
    assert live_id(own) == before
    assert managed.client.get("/version").json()["release"] == before
    found = [(entry.who, entry.action, entry.why) for entry in read_journal(own)][-2:]
    assert found == [("mara", "promoted", "better on lights"), ("mara", "rolled_back", "coaches override more")]


def test_what_the_gate_refused_is_not_promoted_whatever_is_sent(managed: Service, own: Path) -> None:
    before, mara = live_id(own), manager_at(managed)
    add_candidate(own, CANDIDATE, passed=False, refusal="It would miss 3 cases of distress.")
    assert "It would miss 3 cases" in mara.press("/releases/promote", release=CANDIDATE, why="please")
    assert "there is no such release" in mara.press("/releases/promote", release="../elsewhere", why="please")
    assert live_id(own) == before


def test_where_the_gate_asks_a_second_person_must_agree(managed: Service, own: Path) -> None:
    before, mara = live_id(own), manager_at(managed)
    add_candidate(own, CANDIDATE, waits_for=["4.0% of 900 recent messages get another label, over 2%."])
    assert "another manager agrees" in mara.press("/releases/promote", release=CANDIDATE, why="a new tool")
    assert "Nothing was changed" in mara.press("/releases/promote", release=CANDIDATE, why="a new tool")
    assert live_id(own) == before
    noor = manager_at(managed, "noor")
    assert "mara asked for it" in noor.read("/releases")
    noor.press("/releases/promote", release=CANDIDATE)
    assert live_id(own) == CANDIDATE
    last = read_journal(own)[-1]
    assert (last.who, last.why) == ("mara", "a new tool (seconded by noor)")


def test_nothing_before_means_nothing_to_roll_back_to(managed: Service) -> None:
    assert "nothing was live before" in manager_at(managed).press("/releases/roll-back", why="x")


def test_a_candidate_runs_unseen_and_its_disagreements_are_on_the_page(managed: Service, own: Path) -> None:
    mara = manager_at(managed)
    add_candidate(own, CANDIDATE, thresholds={"confidence": 0.9999999})
    mara.press("/releases/shadow", release=CANDIDATE)
    assert shadow_id(own) == CANDIDATE
    shadow = managed.client.app.state.shadow
    shadow.refresh()
    managed.post("the light is still grey although all my tests pass and i pushed")
    shadow.stop()
    page = " ".join(managed.client.get("/releases").text.split())
    assert "It has answered 1 live message. On 1 it says something else, on 0 of them about distress." in page
    assert "not sure" in page
    mara.press("/releases/shadow", release="")
    assert shadow_id(own) is None


def test_promoting_what_runs_unseen_ends_the_shadow(managed: Service, own: Path) -> None:
    mara = manager_at(managed)
    add_candidate(own, CANDIDATE)
    mara.press("/releases/shadow", release=CANDIDATE)
    mara.press("/releases/promote", release=CANDIDATE, why="seen enough")
    assert (live_id(own), shadow_id(own)) == (CANDIDATE, None)
