"""`/v1`, as a sender sees it."""

import json

import pytest
from doubles import Service, ServiceFactory

ANSWER = {
    "label", "confidence", "outcome", "route", "escalate_to_human", "urgent", "reasons", "candidates", "release",
    "probabilities", "evidence",
}  # fmt: skip


def test_a_prediction_stores_nothing_and_tells_nobody(service: Service) -> None:
    answer = service.client.post("/v1/predictions", json={"text": "i want to kill myself"}, headers=service.headers)
    assert set(answer.json()) == ANSWER
    assert answer.json()["urgent"] is True
    assert service.client.get("/readyz").json()["n_open_messages"] == 0
    assert service.transport.delivered == []


def test_a_batch_is_answered_in_order(service: Service) -> None:
    texts = ["learn: command not found", "how much does the course cost", ""]
    body = service.client.post("/v1/predictions", json={"texts": texts}, headers=service.headers).json()
    assert [answer["label"] for answer in body["predictions"]][:2] == ["learn-gem", "admissions"]
    assert len(body["predictions"]) == 3


def test_a_message_is_stored_answered_and_found_again(service: Service) -> None:
    sent = service.post(
        "the light stays grey, all tests pass",
        question_id="q-1",
        question_url="https://learn.co/aaq/1",
        lesson="Sinatra: Playlister",
        environment="Learn IDE",
        student={"id": "s-1", "name": "Maya R.", "github_username": "maya", "plan": "paid"},
    )
    assert sent["label"] == "lights"
    found = service.client.get(f"/v1/messages/{sent['id']}", headers=service.headers).json()
    assert sent.items() <= found.items()
    assert set(found) > ANSWER
    assert (found["text"], found["student"]["name"]) == ("the light stays grey, all tests pass", "Maya R.")


def test_the_same_key_stores_once_and_answers_the_same(service: Service) -> None:
    headers = {**service.headers, "Idempotency-Key": "k-1"}
    first = service.client.post("/v1/messages", json={"text": "hello"}, headers=headers)
    again = service.client.post("/v1/messages", json={"text": "hello"}, headers=headers)
    other = service.client.post("/v1/messages", json={"text": "other"}, headers=headers)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json()["id"] == again.json()["id"]
    assert service.client.get("/readyz").json()["n_open_messages"] == 1


def test_keys_of_two_senders_do_not_meet(service: Service) -> None:
    people = service.client.app.state.people
    other = {"Authorization": f"Bearer {people.add_api_key('other').key}", "Idempotency-Key": "k-1"}
    mine = {**service.headers, "Idempotency-Key": "k-1"}
    first = service.client.post("/v1/messages", json={"text": "a"}, headers=mine)
    second = service.client.post("/v1/messages", json={"text": "b"}, headers=other)
    assert (first.status_code, second.status_code) == (201, 201)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eA=="}])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/predictions"), ("POST", "/v1/messages"), ("GET", "/v1/messages/x")]
)
def test_without_a_key_there_is_nothing(service: Service, headers, method: str, path: str) -> None:
    answer = service.client.request(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_id_is_a_problem_with_status_404(service: Service) -> None:
    answer = service.client.get("/v1/messages/nope", headers=service.headers)
    assert answer.json() == {
        "type": "about:blank", "title": "Not Found", "status": 404, "detail": "there is no message with this id"
    }  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    [
        b'{"text": ""}',
        b'{"text": "   "}',
        '{"text": "👍"}'.encode(),
        b'{"text": "\\u0000\\u0001\\u0002 \\ud83d"}',
        b'{"text": "\xff\xfe"}',
        '{"text": "не знаю, что делать с этим заданием"}'.encode(),
        json.dumps({"text": "x" * 20_000}).encode(),
    ],
)
def test_what_cannot_be_read_is_accepted_and_comes_to_a_human(service: Service, raw: bytes) -> None:
    headers = {**service.headers, "Content-Type": "application/json"}
    answer = service.client.post("/v1/messages", content=raw, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["escalate_to_human"] is True


def test_odd_bytes_do_not_turn_a_student_away(service: Service) -> None:
    headers = {**service.headers, "Content-Type": "application/json"}
    raw = b'{"text": "i want to \xff die \\u0000 please \\ud800"}'
    assert service.client.post("/v1/messages", content=raw, headers=headers).json()["outcome"] == "escalate"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 422),
        (b"nonsense", 422),
        (b"[]", 422),
        (b'{"text": 5}', 422),
        (b'{"text": NaN}', 422),
        (b'{"txt": "canary"}', 422),
        (b'{"text": "canary", "student": {"id": "1", "plan": "gold"}}', 422),
        (b'{"text": "canary", "question_url": "javascript:alert(1)"}', 422),
        (b'{"text": "canary", "asked_at": "yesterday"}', 422),
        (json.dumps({"text": "canary" * 4000}).encode(), 422),
        (json.dumps({"text": "canary" * 20_000}).encode(), 413),
        (b"[" * 60_000, 400),
    ],
)
def test_what_is_no_message_is_refused_without_an_echo(service: Service, raw: bytes, status: int) -> None:
    headers = {**service.headers, "Content-Type": "application/json"}
    answer = service.client.post("/v1/messages", content=raw, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "canary" not in answer.text


def test_without_a_release_every_message_comes_to_a_human(start_service: ServiceFactory, tmp_path) -> None:
    service = start_service(releases=tmp_path / "none")
    assert service.post("how do i sort an array")["reasons"] == ["no_model"]
    assert service.post("i want to kill myself")["outcome"] == "escalate"
    ready = service.client.get("/readyz").json()
    assert ready["release"] is None
    assert "aaq train" in ready["release_problem"]


def test_health_and_version_need_no_key(service: Service) -> None:
    assert service.client.get("/healthz").json() == {"status": "ok"}
    assert service.client.get("/version").json()["release"]


def test_the_documentation_of_the_api_is_off_unless_asked_for(start_service: ServiceFactory) -> None:
    assert start_service().client.get("/docs").status_code == 404


def test_nothing_is_gone_after_a_restart(start_service: ServiceFactory) -> None:
    first = start_service()
    sent = first.post("i don't think i'm meant for this. thanks for trying to help anyway")
    first.client.__exit__(None, None, None)
    second = start_service()
    found = second.client.get(f"/v1/messages/{sent['id']}", headers=first.headers).json()
    assert found["outcome"] == "escalate"
    assert found["escalation"]["acknowledged_at"] is None
    first.client.__exit__ = lambda *_: None  # closed already
