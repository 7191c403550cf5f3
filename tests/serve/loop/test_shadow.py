"""A candidate answers live messages unseen: nobody waits for it, nobody sees it, and what it would change is listed."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from candidates import add_candidate, copy_of
from doubles import Service, ServiceFactory

from model.live import make_shadow
from serve.loop.shadow import Shadow
from serve.store.database import Database
from serve.store.migrate import migrate
from serve.store.shadow import count_shadow, disagreements
from serve.store.tables import shadow_answers

LIGHTS = "the light is still grey although all my tests pass and i pushed"
UNSURE = {"confidence": 0.9999999}  # a release that suggests nothing
HURRIED = {"urgent": 0.0}  # one that finds every escalation urgent


@pytest.fixture
def own(releases: Path, tmp_path: Path) -> Path:
    return copy_of(releases, tmp_path / "releases")


def finished(service: Service) -> Database:
    """The database, once everything that was offered is answered."""
    service.client.app.state.shadow.stop()
    found: Database = service.client.app.state.database
    return found


def test_live_messages_are_answered_unseen_and_disagreements_are_listed(
    start_service: ServiceFactory, own: Path
) -> None:
    make_shadow(own, add_candidate(own, "20261120-090000-candidate", thresholds=UNSURE))
    service = start_service(releases=own)
    shown = [service.post(f"{LIGHTS} ({i})") for i in range(3)]
    assert {answer["outcome"] for answer in shown} == {"suggest"}
    with finished(service).read() as connection:
        counts = count_shadow(connection, "20261120-090000-candidate")
        found = disagreements(connection, "20261120-090000-candidate", 10)
    assert (counts.n, counts.n_different, counts.n_distress) == (3, 3, 0)
    assert {(one.live_outcome, one.outcome) for one in found} == {("suggest", "abstain")}


def test_what_is_about_distress_comes_first(start_service: ServiceFactory, own: Path) -> None:
    make_shadow(own, add_candidate(own, "20261120-090000-candidate", thresholds=UNSURE | HURRIED))
    service = start_service(releases=own)
    sad = service.post("i don't think i'm meant for this. thanks for trying to help anyway")
    assert sad["outcome"] == "escalate"
    service.clock.move(minutes=1)
    service.post(LIGHTS)
    with finished(service).read() as connection:
        first, second = disagreements(connection, "20261120-090000-candidate", 10)
    assert (first.message_id, first.about_distress) == (sad["id"], True)
    assert not second.about_distress


def test_a_message_in_the_blind_sample_is_not_listed_before_it_is_labelled(
    start_service: ServiceFactory, own: Path
) -> None:
    make_shadow(own, add_candidate(own, "20261120-090000-candidate", thresholds=UNSURE))
    service = start_service(releases=own, blind_share=1)
    service.post(LIGHTS)
    with finished(service).read() as connection:
        assert count_shadow(connection, "20261120-090000-candidate").n == 1
        assert disagreements(connection, "20261120-090000-candidate", 10) == []


def test_without_a_candidate_nothing_is_kept(start_service: ServiceFactory, own: Path) -> None:
    service = start_service(releases=own)
    service.post(LIGHTS)
    with finished(service).read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(shadow_answers)) == 0


def test_a_bad_candidate_is_refused_and_messages_come_in_as_ever(start_service: ServiceFactory, own: Path) -> None:
    make_shadow(own, add_candidate(own, "20261120-090000-candidate"))
    (own / "20261120-090000-candidate" / "weights.npz").write_bytes(b"nonsense")
    service = start_service(releases=own)
    assert service.post(LIGHTS)["outcome"] == "suggest"
    assert "checksum" in service.client.app.state.shadow.problem


def test_what_comes_while_too_many_wait_is_dropped_and_counted_and_nobody_waits(own: Path, tmp_path: Path) -> None:
    make_shadow(own, add_candidate(own, "20261120-090000-candidate"))
    with Database(f"sqlite:///{tmp_path / 'x.db'}") as database:
        migrate(database.engine)
        idle = Shadow(database, own, None, lambda: datetime.now(UTC))  # never started: nothing is taken out
        senders = [threading.Thread(target=lambda: [idle.offer(f"{i}", LIGHTS) for i in range(200)]) for _ in range(3)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        assert idle.n_dropped == 100


def test_the_candidate_changes_when_the_pointer_does(own: Path, tmp_path: Path) -> None:
    first, second = add_candidate(own, "20261120-090000-first"), add_candidate(own, "20261121-090000-second")
    with Database(f"sqlite:///{tmp_path / 'x.db'}") as database:
        shadow = Shadow(database, own, None, lambda: datetime.now(UTC))
        assert shadow.release is None
        for wanted in (first, second, None):
            make_shadow(own, wanted)
            shadow.refresh()
            assert shadow.release == wanted
