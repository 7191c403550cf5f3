"""A second look at a suspect label: one key keeps, changes or drops it, and the next training honours that."""

from pathlib import Path

import pytest
from candidates import add_candidate, copy_of
from doubles import Service, ServiceFactory
from managers import manager_at

from model.verdicts import read_verdicts
from serve.store.people import find_user
from training.suspects import Suspect, as_csv

CANDIDATE = "20261120-090000-candidate"


@pytest.fixture
def own(releases: Path, tmp_path: Path) -> Path:
    folder = copy_of(releases, tmp_path / "releases")
    add_candidate(folder, CANDIDATE)
    return folder


@pytest.fixture
def service(start_service: ServiceFactory, own: Path) -> Service:
    return start_service(releases=own)


def suspected(service: Service, own: Path, *texts: str) -> list[str]:
    """Messages whose label `lights` is suspect, worst first; ids."""
    with service.client.app.state.database.read() as connection:
        coach = find_user(connection, "coach").id
    ids = [str(service.post(text)["id"]) for text in texts]
    for message_id in ids:
        service.client.app.state.reviewing.correct(message_id, "lights", coach)
    found = [Suspect(message_id, "c-1", "s-1", "lights", "ide", 0.01) for message_id in [*ids, "gone"]]
    (own / CANDIDATE / "suspects.csv").write_bytes(as_csv(found))
    return ids


def test_keep_change_and_drop_are_kept_one_after_the_other(service: Service, own: Path) -> None:
    first, second, third = suspected(service, own, "first words", "second words", "third words")
    mara = manager_at(service)
    page = mara.read("/labels")
    assert "first words" in page
    assert "second words" not in page
    assert "3 to go, 0 done" in page
    assert "second words" in mara.press("/labels", message=first, says="keep")
    assert "third words" in mara.press("/labels", message=second, label="ide")
    assert "has been looked at (3)" in mara.press("/labels", message=third, says="drop")
    said = read_verdicts(own)
    assert [(said[one].says, said[one].label, said[one].who) for one in (first, second, third)] == [
        ("keep", "lights", "mara"),
        ("change", "ide", "mara"),
        ("drop", "lights", "mara"),
    ]


def test_what_was_looked_at_is_not_changed_by_a_double_click(service: Service, own: Path) -> None:
    (first,) = suspected(service, own, "first words")
    mara = manager_at(service)
    mara.press("/labels", message=first, says="keep")
    assert "already" in mara.press("/labels", message=first, label="ide")
    assert read_verdicts(own)[first].says == "keep"


def test_an_unknown_label_changes_nothing(service: Service, own: Path) -> None:
    (first,) = suspected(service, own, "first words")
    assert "Choose one of the labels" in manager_at(service).press("/labels", message=first, label="nonsense")
    assert read_verdicts(own) == {}


def test_without_suspects_the_page_says_so_and_a_coach_sees_none(service: Service) -> None:
    assert "No training has found" in manager_at(service).read("/labels")
    service.sign_in()
    assert service.client.get("/labels", headers={"Accept": "text/html"}).status_code == 403
