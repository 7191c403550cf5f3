"""A rollback under load loses nothing: every message is answered, by the one release or by the other."""

import threading
from pathlib import Path

import httpx2
from candidates import add_candidate, copy_of
from processes import Program

from model.live import live_id

CANDIDATE = "20261120-090000-candidate"
_SENDERS, _EACH = 4, 120


def test_no_message_is_lost_or_refused_while_a_manager_promotes_and_rolls_back(tmp_path: Path, releases: Path) -> None:
    own = copy_of(releases, tmp_path / "releases")
    before = live_id(own)
    add_candidate(own, CANDIDATE)
    program = Program(tmp_path, own)
    program.start()
    answers: list[tuple[int, str]] = []
    one_third, two_thirds = threading.Event(), threading.Event()
    n_all = _SENDERS * _EACH

    def send(sender: int) -> None:
        headers = {"Authorization": f"Bearer {program.api_key}"}
        with httpx2.Client(base_url=program.address, headers=headers, timeout=60) as client:
            for i in range(_EACH):
                given = {"text": f"the light is still grey although my tests pass ({sender}-{i})"}
                answer = client.post("/v1/messages", json=given, headers={"Idempotency-Key": f"{sender}-{i}"})
                answers.append((answer.status_code, answer.json().get("release")))
                if len(answers) >= n_all // 3:
                    one_third.set()
                if len(answers) >= 2 * n_all // 3:
                    two_thirds.set()

    with httpx2.Client(base_url=program.address, timeout=60) as manager:
        manager.post("/sign-in", data={"name": "coach", "password": program.password})
        csrf = manager.get("/releases").text.split('name="csrf" value="')[1].split('"')[0]
        senders = [threading.Thread(target=send, args=(sender,)) for sender in range(_SENDERS)]
        for thread in senders:
            thread.start()
        assert one_third.wait(120)
        manager.post("/releases/promote", data={"csrf": csrf, "release": CANDIDATE, "why": "better"})
        assert live_id(own) == CANDIDATE
        assert two_thirds.wait(120)
        manager.post("/releases/roll-back", data={"csrf": csrf, "why": "worse after all"})
        assert live_id(own) == before
        for thread in senders:
            thread.join()
        ready = manager.get("/readyz").json()
        assert manager.get("/version").json()["release"] == before
    program.stop()
    assert [status for status, _ in answers] == [201] * n_all
    assert {release for _, release in answers} == {before, CANDIDATE}
    assert ready["n_open_messages"] == n_all
