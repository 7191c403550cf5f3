"""The real program: killed and started again, stopped cleanly, its logs without a student's words."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
from processes import Program

CANARY = "zebra-umbrella-canary"


def test_nothing_acknowledged_is_gone_or_doubled_after_a_kill(tmp_path: Path, releases: Path) -> None:
    program = Program(tmp_path, releases)
    program.start()
    headers = {"Authorization": f"Bearer {program.api_key}"}
    sent: dict[str, str] = {}
    n_escalated = 0
    with httpx2.Client(base_url=program.address, headers=headers) as client:
        for i in range(30):
            text = f"question {i}: i feel like giving up, i want to quit" if i % 10 == 0 else f"question {i} {CANARY}"
            answer = client.post("/v1/messages", json={"text": text}, headers={"Idempotency-Key": f"k{i}"})
            assert answer.status_code == 201
            sent[f"k{i}"] = answer.json()["id"]
            n_escalated += answer.json()["outcome"] == "escalate"
    assert n_escalated >= 3
    program.kill()
    program.start()
    with httpx2.Client(base_url=program.address, headers=headers) as client:
        for i in range(30):
            text = f"question {i}: i feel like giving up, i want to quit" if i % 10 == 0 else f"question {i} {CANARY}"
            again = client.post("/v1/messages", json={"text": text}, headers={"Idempotency-Key": f"k{i}"})
            assert (again.status_code, again.json()["id"]) == (200, sent[f"k{i}"])
        ready = client.get("/readyz").json()
        assert (ready["n_open_messages"], ready["n_unacknowledged_escalations"]) == (30, n_escalated)
    assert program.stop() in (0, -signal.SIGTERM)  # uvicorn ends by the signal it was sent, after its work
    assert CANARY not in program.logs + program.output
    assert program.password not in program.logs
    assert program.api_key not in program.logs


def test_a_wrong_setting_stops_the_start_with_its_name_and_rule(tmp_path: Path, releases: Path) -> None:
    ended = start_and_fail(Program(tmp_path, releases, port="70000"), tmp_path)
    assert "AAQ_PORT" in ended.stderr


def test_a_taken_port_is_said_before_anything_else_happens(tmp_path: Path, releases: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = start_and_fail(Program(tmp_path, releases, port=str(taken.getsockname()[1])), tmp_path)
    assert "cannot listen" in ended.stderr
    assert ended.stdout == ""


def start_and_fail(program: Program, folder: Path) -> "subprocess.CompletedProcess[str]":
    ended = subprocess.run(
        [sys.executable, "-c", "from aaq import main; main()", "serve"],
        cwd=folder, env=program.environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended
