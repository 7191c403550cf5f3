"""A ticket as Jira gets it, and what the transport reads back: the real client against a local Jira."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles import HandClock
from pydantic import SecretStr
from vendors import Answer, Jira

from serve.transports.base import Delivery, DeliveryFailed, Kind
from serve.transports.jira import JiraTransport, label_of
from serve.transports.jira_client import JiraServer

BODY = {
    "summary": "lights: the third light stays grey",
    "description": "h3. What was seen\nthe light is grey\n",
    "category": "lights",
    "priority": "Blocker",
}
DELIVERY = Delivery("0123456789abcdef" * 2, "ticket", "jira", BODY, "ticket:review-1:jira")


@pytest.fixture(params=["Cloud", "Data Center"])
def jira(request: pytest.FixtureRequest) -> Iterator[Jira]:
    vendor = Jira(HandClock(), cloud=request.param == "Cloud")
    yield vendor
    vendor.close()


@pytest.fixture
def server(jira: Jira) -> JiraServer:
    return JiraServer(jira.address, "bot@school.example" if jira.cloud else None, SecretStr("the-token"))


def test_a_ticket_has_the_handbook_s_fields(jira: Jira, server: JiraServer) -> None:
    receipt = JiraTransport(server).deliver(DELIVERY)
    assert (receipt.reference, receipt.url) == ("TS-1", f"{jira.address}/browse/TS-1")
    assert jira.works[0]["fields"] == {
        "project": {"key": "TS"},
        "issuetype": {"name": "Bug"},
        "summary": BODY["summary"],
        "description": BODY["description"],
        "priority": {"name": "Blocker"},
        "labels": [label_of(DELIVERY.id), "lights"],
    }
    scheme = jira.calls[0].headers["authorization"].split()[0]
    assert scheme == ("Basic" if jira.cloud else "Bearer")


def test_a_school_s_own_names_are_used(jira: Jira, server: JiraServer) -> None:
    own = replace(server, category_as="component", names={"lights": "Lesson lights"}, priorities={"Blocker": "Highest"})
    JiraTransport(own).deliver(DELIVERY)
    fields = jira.works[0]["fields"]
    assert fields["components"] == [{"name": "Lesson lights"}]
    assert fields["labels"] == [label_of(DELIVERY.id)]
    assert fields["priority"] == {"name": "Highest"}


def test_files_are_attached_once_also_when_the_ticket_is_found_again(jira: Jira, server: JiraServer) -> None:
    files = [{"name": name, "base64": base64.b64encode(b"abc").decode()} for name in ("one.png", "two.png")]
    delivery = replace(DELIVERY, body={**BODY, "attachments": files})
    transport = JiraTransport(server)
    assert transport.deliver(delivery).note is None
    jira.works[0]["files"].remove("two.png")  # as if it had died in between
    found = transport.look_up(delivery)
    assert found is not None
    assert found.reference == "TS-1"
    assert sorted(jira.works[0]["files"]) == ["one.png", "two.png"]


def test_a_file_that_is_refused_does_not_undo_the_ticket(jira: Jira, server: JiraServer) -> None:
    files = [{"name": "one.png", "base64": base64.b64encode(b"abc").decode()}]
    jira.on_work = lambda: jira.scripted.append(Answer(413, {"errorMessages": ["too large"]}))
    receipt = JiraTransport(server).deliver(replace(DELIVERY, body={**BODY, "attachments": files}))
    assert (receipt.reference, receipt.note) == ("TS-1", "1 of 1 files could not be attached")


def test_a_search_is_read_to_its_last_page(jira: Jira, server: JiraServer) -> None:
    transport = JiraTransport(server)
    for i in range(5):
        transport.deliver(replace(DELIVERY, id=f"{i}" * 32))
    jira.page_size = 2
    assert [ticket.key for ticket in transport.open_tickets("lights", timedelta(hours=2))] == [
        f"TS-{i}" for i in range(1, 6)
    ]
    asked = [call.query["jql"] for call in jira.calls if "jql" in call.query]
    assert len(asked) == 3
    assert 'labels = "lights" AND statusCategory != Done AND created >= -120m' in asked[0]


def test_how_tickets_stand_is_read_back(jira: Jira, server: JiraServer) -> None:
    transport = JiraTransport(server)
    for i in range(3):
        transport.deliver(replace(DELIVERY, id=f"{i}" * 32))
    jira.works[0]["status"], jira.works[1]["status"] = "In Progress", "Done"
    said = [(ticket.key, ticket.status, ticket.done) for ticket in transport.statuses(["TS-1", "TS-2", "TS-99"])]
    assert said == [("TS-1", "In Progress", False), ("TS-2", "Done", True)]
    assert transport.statuses(['TS-1") OR project = "HR']) == []


def test_a_server_that_does_not_say_what_it_is_is_not_asked(jira: Jira, server: JiraServer) -> None:
    jira.always = Answer(200, {"versionNumbers": [9, 0, 0]})
    transport = JiraTransport(server)
    for attempt in (transport.deliver, transport.look_up):
        with pytest.raises(DeliveryFailed, match="Cloud or Data Center") as failed:
            attempt(DELIVERY)
        assert failed.value.kind is Kind.RETRYABLE
    assert jira.works == []


def test_jira_s_own_words_reach_the_coach(jira: Jira, server: JiraServer) -> None:
    jira.scripted.append(Answer(400, {"errorMessages": [], "errors": {"priority": "'Blocker' is not valid"}}))
    with pytest.raises(DeliveryFailed, match="400 'Blocker' is not valid"):
        JiraTransport(server).deliver(DELIVERY)


@pytest.mark.parametrize(
    ("changes", "required", "problem"),
    [
        ({}, {}, None),
        ({}, {"customfield_1": {"name": "Team", "required": True}}, "requires the field 'Team'"),
        ({}, {"customfield_1": {"name": "Team", "required": True, "hasDefaultValue": True}}, None),
        ({}, {"components": {"name": "Component", "required": True}}, "requires the field 'Component'"),
        ({"category_as": "component"}, {"components": {"name": "Component", "required": True}}, None),
        ({"priorities": {"Low": "Lowest"}}, {}, "no priority 'Lowest' for Low"),
        ({"issue_type": "Incident"}, {}, "no issue type 'Incident'"),
    ],
)
def test_what_a_project_lacks_is_said_before_the_first_ticket(changes, required, problem, jira, server) -> None:
    jira.required = required
    problems = JiraTransport(replace(server, **changes)).check()
    if problem is None:
        assert problems == []
    else:
        assert len(problems) == 1
        assert problem in problems[0]


def test_a_wrong_token_is_said(jira: Jira, server: JiraServer) -> None:
    jira.always = Answer(401, b"<html>", {"Content-Type": "text/html"})
    assert JiraTransport(server).check() == ["Jira answered 401 with a web page, not with an answer"]


def test_a_message_of_a_burst_joins_the_open_ticket_once_though_the_answer_is_lost(
    jira: Jira, server: JiraServer
) -> None:
    transport = JiraTransport(server)
    transport.deliver(DELIVERY)
    joining = replace(DELIVERY, id="f" * 32, body=BODY | {"add_to": "TS-1"})
    assert transport.look_up(joining) is None
    jira.scripted.append(Answer(worked=True, lost=True))
    with pytest.raises(DeliveryFailed) as failed:
        transport.deliver(joining)
    assert failed.value.kind is Kind.AMBIGUOUS
    found = transport.look_up(joining)
    assert found is not None
    assert found.reference == "TS-1"
    assert len(jira.works) == 1
    (comment,) = jira.works[0]["comments"]
    assert BODY["description"] in comment
