"""Two coaches, one queue: who has a message open, and what the second is told."""

import re

import pytest
from doubles import Service

from serve.review import CLAIM_FOR

CALM = "how do i undo my last git commit"
DISTRESS = "i don't think i'm meant for this. thanks for trying to help anyway"


@pytest.fixture
def priya(service: Service) -> Service:
    return service.another_coach("Priya")


def said(answer: object) -> str:
    return re.search(r"said=([a-z-]+)", answer.headers["location"])[1]


def test_the_second_coach_is_told_by_name_in_the_list_and_beside_the_message(service: Service, priya: Service) -> None:
    sent = service.post(CALM)
    service.sign_in()
    service.client.get(f"/queue?message={sent['id']}")
    priya.sign_in()
    page = priya.client.get(f"/queue?message={sent['id']}").text
    assert "<strong>coach</strong> has had this open" in page
    assert '<span class="who">coach</span>' in page
    assert "/confirm" not in page
    assert "with you" in service.client.get("/queue/list").text


def test_a_decision_over_somebody_s_claim_changes_nothing_until_it_is_taken_over(
    service: Service, priya: Service
) -> None:
    sent = service.post(CALM)
    csrf = service.sign_in()
    other = priya.sign_in()
    address = f"/messages/{sent['id']}"
    service.client.get(f"/queue?message={sent['id']}")
    assert said(priya.client.post(f"{address}/confirm", data={"csrf": other})) == "claimed"
    assert said(priya.client.post(f"{address}/claim", data={"csrf": other})) == "claimed"
    assert said(priya.client.post(f"{address}/claim", data={"csrf": other, "take_over": "true"})) == "taken"
    assert said(service.client.post(f"{address}/confirm", data={"csrf": csrf})) == "claimed"
    assert said(priya.client.post(f"{address}/confirm", data={"csrf": other})) == "confirmed"
    assert said(service.client.post(f"{address}/confirm", data={"csrf": csrf})) == "already"


def test_a_claim_ends_by_itself_and_by_opening_another_message(service: Service, priya: Service) -> None:
    first, second = service.post(CALM), service.post("what is a closure in javascript")
    service.sign_in()
    priya.sign_in()
    service.client.get(f"/queue?message={first['id']}")
    service.client.get(f"/queue?message={second['id']}")
    assert "has had this open" not in priya.client.get(f"/queue?message={first['id']}").text
    assert "has had this open" in priya.client.get(f"/queue?message={second['id']}").text
    service.clock.move(seconds=CLAIM_FOR.total_seconds() + 1)
    assert "has had this open" not in priya.client.get(f"/queue?message={second['id']}").text


def test_a_coach_at_work_keeps_the_message_and_one_who_left_does_not(service: Service, priya: Service) -> None:
    sent = service.post(CALM)
    service.sign_in()
    priya.sign_in()
    service.client.get(f"/queue?message={sent['id']}")
    for active, kept in ((True, True), (False, False)):
        for _ in range(3):
            service.clock.move(minutes=2)
            service.client.get("/queue/list", params={"message": sent["id"], "active": active})
        assert ('class="who">coach' in priya.client.get("/queue/list").text) is kept


def test_the_next_message_is_one_that_nobody_has(service: Service, priya: Service) -> None:
    first, second, third = (service.post(f"{CALM} {i}")["id"] for i in range(3))
    csrf = service.sign_in()
    priya.sign_in()
    priya.client.get(f"/queue?message={second}")
    answer = service.client.post(f"/messages/{first}/confirm", data={"csrf": csrf})
    assert f"message={third}" in answer.headers["location"]


def test_a_claim_never_keeps_anybody_from_taking_a_distress_case(service: Service, priya: Service) -> None:
    sent = service.post(DISTRESS)
    service.sign_in()
    service.client.get(f"/queue?message={sent['id']}")
    other = priya.sign_in()
    assert "I have this one" in priya.client.get(f"/queue?message={sent['id']}").text
    answer = priya.client.post(f"/messages/{sent['id']}/acknowledge", data={"csrf": other})
    assert said(answer) == "acknowledged"


def test_a_skip_is_no_label_and_leaves_the_message_to_others(service: Service, priya: Service) -> None:
    first, second = service.post(CALM)["id"], service.post(f"{CALM} again")["id"]
    csrf = service.sign_in()
    answer = service.client.post(f"/messages/{first}/skip", data={"csrf": csrf})
    assert f"message={second}" in answer.headers["location"]
    assert "you skipped" in service.client.get("/queue/list").text
    found = service.client.get(f"/v1/messages/{first}", headers=service.headers).json()
    assert (found["confirmed_label"], found["resolved_at"]) == (None, None)
    again = service.client.post(f"/messages/{first}/skip", data={"csrf": csrf})
    assert again.headers["location"].split("undo=")[1] == answer.headers["location"].split("undo=")[1]
    other = priya.sign_in()
    assert said(priya.client.post(f"/messages/{first}/confirm", data={"csrf": other})) == "confirmed"
