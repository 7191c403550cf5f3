"""`/v1` for all that the pages do, as a program of the school sees it."""

import re
from pathlib import Path

import pytest
from doubles import Service, ServiceFactory
from fastapi.routing import iter_route_contexts
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

DISTRESS = "zebra-canary: i'm done with this course, i feel so stupid and i want to quit"
LIGHTS = "tests pass, I pushed, the light is still grey"

# Every form of the pages, and what a program calls instead; None and why there is nothing.
TWINS = {
    "/messages/{message_id}/confirm": "/v1/messages/{message_id}/confirm",
    "/messages/{message_id}/correct": "/v1/messages/{message_id}/correct",
    "/messages/{message_id}/skip": "/v1/messages/{message_id}/skip",
    "/messages/{message_id}/claim": "/v1/messages/{message_id}/claim",
    "/messages/{message_id}/acknowledge": "/v1/messages/{message_id}/acknowledge",
    "/messages/{message_id}/actions/{action}": "/v1/messages/{message_id}/actions/{action}",
    "/messages/{message_id}/actions/{action}/draft": "/v1/messages/{message_id}/actions/{action}/draft",
    "/messages/{message_id}/yes": "/v1/messages/{message_id}/yes",
    "/deliveries/{delivery_id}/again": "/v1/deliveries/{delivery_id}/again",
    "/deliveries/{delivery_id}/by-hand": "/v1/deliveries/{delivery_id}/by-hand",
    "/reviews/{review_id}/undo": "/v1/reviews/{review_id}/undo",
    "/bursts/confirm": "/v1/bursts/confirm",
    "/bursts/{batch_id}/undo": "/v1/bursts/{batch_id}/undo",
    "/notes": "/v1/students/{student_id}/notes",
    "/queue/search": "the list's filters",
    "/students/search": "the list of students",
}
# Who may do what, which release answers, which labels stand and who is erased is decided by people.
PEOPLE_ONLY = ("/people", "/programs", "/sign-in", "/sign-out", "/releases", "/labels", "/erasures")


@pytest.fixture
def service(start_service: ServiceFactory) -> Service:
    return start_service(show_api_docs=True)


@pytest.fixture
def review(service: Service) -> dict[str, str]:
    """Headers of a program that reviews for the coach."""
    key = service.client.app.state.people.add_api_key("widget", "review").key
    return {"Authorization": f"Bearer {key}", "AAQ-Coach": "coach"}


def test_every_form_of_the_pages_has_its_twin(service: Service) -> None:
    posts = {
        str(route.path)
        for route in iter_route_contexts(service.client.app.routes)
        if route.methods and "POST" in route.methods
    }
    forms = {path for path in posts if not path.startswith(("/v1", *PEOPLE_ONLY))}
    assert forms == set(TWINS)
    assert {twin for twin in TWINS.values() if twin.startswith("/")} <= posts


def test_a_sender_sees_its_own_messages_and_no_other_s(service: Service, review) -> None:
    mine = service.post(LIGHTS)["id"]
    other = {"Authorization": f"Bearer {service.client.app.state.people.add_api_key('other').key}"}
    theirs = service.client.post("/v1/messages", json={"text": DISTRESS}, headers=other).json()["id"]
    assert service.client.get(f"/v1/messages/{mine}", headers=service.headers).json()["text"] == LIGHTS
    for path in (f"/v1/messages/{theirs}", f"/v1/messages/{theirs}/deliveries"):
        refused = service.client.get(path, headers=service.headers)
        assert refused.status_code == 404
        assert "zebra" not in refused.text
    listed = service.client.get("/v1/messages", headers=service.headers).json()["messages"]
    assert [message["id"] for message in listed] == [mine]
    assert len(service.client.get("/v1/messages", headers=review).json()["messages"]) == 2


def test_reading_a_distress_case_for_a_coach_is_noted_under_that_coach(service: Service, review) -> None:
    sent = service.post(DISTRESS)["id"]
    service.client.get(f"/v1/messages/{sent}", headers=review)
    service.client.get("/v1/messages", headers=review)
    service.client.get(f"/v1/messages/{sent}", headers=service.headers)  # the sender's own: no person reads it
    with service.client.app.state.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT what, message_id FROM audit").all()
    assert rows == [("api", sent)] * 2


@pytest.mark.parametrize(("named", "status"), [({}, 400), ({"AAQ-Coach": "nobody"}, 403), ({"AAQ-Coach": "gone"}, 403)])
def test_a_review_names_a_coach_who_is_there(service: Service, review, named, status: int) -> None:
    people = service.client.app.state.people
    people.add_user("gone", "coach")
    people.accounts.disable("gone")
    sent = service.post(LIGHTS)["id"]
    headers = {"Authorization": review["Authorization"], **named}
    assert service.client.post(f"/v1/messages/{sent}/confirm", headers=headers).status_code == status


def test_pages_are_stable_while_messages_arrive(service: Service, review) -> None:
    sent = []
    for number in range(7):
        service.clock.move(seconds=number % 2)  # some arrive at the very same time
        sent.append(service.post(f"how do i sort array number {number}")["id"])
    seen: list[str] = []
    cursor = None
    while True:
        address = f"/v1/messages?limit=3{f'&cursor={cursor}' if cursor else ''}"
        page = service.client.get(address, headers=review).json()
        seen += [message["id"] for message in page["messages"]]
        service.post("one more in between")
        if not (cursor := page["next_cursor"]):
            break
    assert sorted(seen) == sorted(sent)
    assert len(set(seen)) == 7


@pytest.mark.parametrize("cursor", ["nonsense", "é", "YWJj", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTkuYQ"])
def test_a_cursor_that_is_not_one_of_ours_is_refused(service: Service, review, cursor: str) -> None:
    assert service.client.get(f"/v1/messages?cursor={cursor}", headers=review).status_code == 422


def test_filters_narrow_the_list(service: Service, review) -> None:
    light = service.post(LIGHTS, lesson="Playlister", student={"id": "s1", "plan": "paid"})["id"]
    case = service.post(DISTRESS, student={"id": "s2", "plan": "free"})["id"]
    service.client.post(f"/v1/messages/{light}/confirm", headers=review)

    def ids(query: str) -> list[str]:
        found = service.client.get(f"/v1/messages?{query}", headers=review).json()["messages"]
        return [message["id"] for message in found]

    assert ids("state=open") == [case]
    assert ids("state=resolved") == ids("label=lights") == ids("plan=paid") == ids("lesson=Playlister") == [light]
    assert ids("unacknowledged=true") == ids("outcome=escalate") == ids("student=s2") == [case]
    assert service.client.get("/v1/messages?state=odd", headers=review).status_code == 422


def test_a_coach_decides_through_a_program(service: Service, review) -> None:
    sent = service.post(LIGHTS, student={"id": "s1"})["id"]
    post = lambda path, body=None: service.client.post(f"/v1{path}", json=body, headers=review)  # noqa: E731
    said = post(f"/messages/{sent}/correct", {"label": "github"}).json()
    assert (said["kind"], said["suggested_label"], said["confirmed_label"]) == ("correction", "lights", "github")
    assert post(f"/messages/{sent}/correct", {"label": "blog"}).status_code == 409
    assert post(f"/reviews/{said['id']}/undo").json() == {"messages": [sent]}
    assert post(f"/messages/{sent}/correct", {"label": "nonsense"}).status_code == 422
    assert post(f"/messages/{sent}/skip").json()["confirmed_label"] is None
    assert post(f"/messages/{sent}/claim", {}).json()["coach"] == "coach"
    assert post(f"/messages/{sent}/confirm").json()["kind"] == "confirmation"
    assert post(f"/messages/{sent}/acknowledge", {}).status_code == 404
    note = {"id": "0" * 32, "text": "asked twice", "kind": "flag", "message": sent}
    assert [post("/students/s1/notes", note).json()["first"] for _ in range(2)] == [True, False]
    profile = service.client.get("/v1/students/s1", headers=review).json()
    assert [(one["kind"], one["coach"]) for one in profile["notes"]] == [("flag", "coach")]
    assert profile["messages"] == [sent]


def test_an_escalation_is_seen_and_taken_through_a_program(service: Service, review) -> None:
    sent = service.post(DISTRESS)["id"]
    (case,) = service.client.get("/v1/escalations", headers=review).json()["escalations"]
    assert (case["message_id"], case["acknowledged_by"]) == (sent, None)
    assert "zebra" not in str(case)
    taken = [
        service.client.post(f"/v1/messages/{sent}/acknowledge", json={"note": "called"}, headers=review).json()
        for _ in range(2)
    ]
    assert taken == [{"first": True}, {"first": False}]
    (delivery,) = service.client.get(f"/v1/messages/{sent}/deliveries", headers=review).json()["deliveries"]
    assert delivery["action"] == "distress_notice"


def test_an_action_is_drafted_and_sent_once(service: Service, review) -> None:
    sent = service.post("lost on recursion for weeks", student={"id": "s1", "plan": "paid"})["id"]
    fields = {"kind": "note", "text": "we went through recursion again", "tried": "two labs"}
    address = f"/v1/messages/{sent}/actions/profile_note"
    draft = service.client.post(f"{address}/draft", json={"fields": fields, "label": "struggling"}, headers=review)
    assert draft.status_code == 200, draft.text
    assert set(draft.json()) == {"body", "problems", "digest"}
    stale = {"fields": fields, "label": "struggling", "previewed": "another"}
    refused = service.client.post(address, json=stale, headers=review)
    assert refused.status_code == 422
    assert (
        service.client.post(f"/v1/messages/{sent}/actions/odd", json={"fields": {}}, headers=review).status_code == 404
    )


def test_the_blind_sample_keeps_its_suggestion_back_from_a_coach_s_program(start_service: ServiceFactory) -> None:
    service = start_service(blind_share=1)
    key = service.client.app.state.people.add_api_key("widget", "review").key
    headers = {"Authorization": f"Bearer {key}", "AAQ-Coach": "coach"}
    sent = service.post(LIGHTS)["id"]
    hidden = service.client.get(f"/v1/messages/{sent}", headers=headers).json()
    assert (hidden["label"], hidden["candidates"], hidden["probabilities"], hidden["evidence"]) == (None, [], {}, [])
    assert service.client.get("/v1/messages?label=lights", headers=headers).json()["messages"] == []
    service.client.post(f"/v1/messages/{sent}/correct", json={"label": "github"}, headers=headers)
    assert service.client.get(f"/v1/messages/{sent}", headers=headers).json()["label"] == "lights"


def test_the_description_is_valid_and_its_examples_keep_its_rules(service: Service) -> None:
    document = service.client.get("/openapi.json").json()
    validate(document)
    for name, schema in document["components"]["schemas"].items():
        for field, rule in schema.get("properties", {}).items():
            for example in rule.get("examples", ()):
                whole = {**rule, "components": document["components"]}
                Draft202012Validator(whole).validate(example), (name, field)


def test_every_answer_is_as_described(service: Service, review) -> None:
    document = service.client.get("/openapi.json").json()
    sent = service.post(DISTRESS, student={"id": "s1", "plan": "paid"})["id"]
    service.post(LIGHTS)
    calls = [
        ("get", "/v1/messages", {}), ("get", "/v1/messages/{message_id}", {}), ("get", "/v1/escalations", {}),
        ("get", "/v1/messages/{message_id}/deliveries", {}), ("get", "/v1/students", {}),
        ("get", "/v1/students/{student_id}", {}), ("post", "/v1/messages/{message_id}/acknowledge", {"json": {}}),
        ("post", "/v1/messages/{message_id}/claim", {"json": {}}), ("post", "/v1/messages/{message_id}/skip", {}),
        ("post", "/v1/messages/{message_id}/correct", {"json": {"label": "distress"}}),
        ("post", "/v1/messages/{message_id}/correct", {"json": {"label": "blog"}}),
        ("post", "/v1/messages/{message_id}/correct", {"json": {"label": 5}}),
        ("post", "/v1/bursts/confirm", {"json": {"messages": []}}), ("post", "/v1/bursts/{batch_id}/undo", {}),
        ("post", "/v1/predictions", {"json": {"text": "hello"}}),
    ]  # fmt: skip
    for method, path, given in calls:
        filled = path.replace("{message_id}", sent).replace("{student_id}", "s1").replace("{batch_id}", "none")
        answer = service.client.request(method.upper(), filled, headers=review, **given)
        described = document["paths"][path.replace("{student_id}", "{student_id}")][method]["responses"]
        content = described[str(answer.status_code)]["content"]
        schema = content[answer.headers["content-type"]]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())


def test_every_route_of_the_api_says_its_errors_and_needs_a_key(service: Service) -> None:
    document = service.client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert path.startswith("/v1"), path
            assert operation["security"] == [{"HTTPBearer": []}], (method, path)
            assert {"401", "422", "503"} <= set(operation["responses"]), (method, path)
            assert operation["description"], (method, path)
            assert "HTTPValidationError" not in str(operation), (method, path)


def test_the_readme_names_every_header_and_scope() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert re.search(r"AAQ-Coach", readme)
    for scope in ("`send`", "`review`"):
        assert scope in readme
