"""`/metrics`: what is counted, who may look, and that it names nobody."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2
from doubles import Service
from processes import Program
from prometheus_client.parser import text_string_to_metric_families

DISTRESS = "zebra-canary: i'm done with this course, i feel so stupid and i want to quit"


def values(text: str) -> dict[tuple[str, ...], float]:
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, *sorted(sample.labels.values())] = sample.value
    return found


def read(service: Service) -> dict[tuple[str, ...], float]:
    answer = service.client.get("/metrics", headers=service.headers)
    assert answer.headers["content-type"].startswith("text/plain")
    return values(answer.text)


def test_it_counts_requests_decisions_and_how_things_stand(service: Service) -> None:
    sent = service.post(DISTRESS)
    service.post("how do i sort an array by two keys")
    service.client.get(f"/v1/messages/{sent['id']}", headers=service.headers)
    service.client.get("/no/such/page")
    service.clock.move(minutes=4)
    found = read(service)
    assert found["aaq_requests_total", "/v1/messages", "201", "POST"] == 2
    assert found["aaq_requests_total", "/v1/messages/{message_id}", "200", "GET"] == 1
    assert found["aaq_requests_total", "404", "GET", "none"] == 1
    assert found["aaq_decisions_total", "escalate"] == found["aaq_decisions_total", "suggest"] == 1
    assert (found["aaq_queue_messages", "escalate"], found["aaq_queue_messages", "abstain"]) == (1, 0)
    assert (found["aaq_open_escalations",], found["aaq_oldest_escalation_seconds",]) == (1, 240)
    assert any(key[0] == "aaq_outbox_deliveries" for key in found)
    assert any(key[0] == "aaq_release_info" and key[1] for key in found)


def test_it_holds_no_text_and_no_ids_of_messages(service: Service) -> None:
    sent = service.post(DISTRESS, student={"id": "student-canary"})
    service.sign_in()
    service.client.get(f"/queue?message={sent['id']}")
    service.client.get("/students/student-canary")
    text = service.client.get("/metrics", headers=service.headers).text
    assert "canary" not in text
    assert not re.search("[0-9a-f]{32}", text)


def test_on_the_machine_itself_no_key_is_needed_unless_a_proxy_speaks_for_somebody(
    tmp_path: Path, releases: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    program = Program(tmp_path, releases)
    program.environment["PROMETHEUS_MULTIPROC_DIR"] = str(shared)
    program.start()
    with httpx2.Client(base_url=program.address) as client:
        for forwarded in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
            assert client.get("/metrics", headers={forwarded: "10.0.0.7"}).status_code == 401
        text = client.get("/metrics").text
    program.stop()
    assert list(shared.glob("*.db"))  # the counters are where other processes find them
    assert values(text)["aaq_requests_total", "/metrics", "401", "GET"] == 4


def test_counters_of_several_processes_are_added(tmp_path: Path) -> None:
    one = (
        "import sys; from pathlib import Path; from serve.metrics import Metrics\n"
        "metrics = Metrics(None, None, None, Path(sys.argv[1]))\n"
        "metrics.note_request('GET', '/queue', 200, 0.1)\n"
        "metrics._standing = metrics._standing.__class__()\n"
        "print(metrics.written().decode())\n"
    )
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", one, str(tmp_path)], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert values(outputs[1])["aaq_requests_total", "/queue", "200", "GET"] == 2
