"""A burst of the same problem: confirmed at once, undone at once, and never with distress in it."""

import re

from doubles import Service

GREY = "the light is still grey although all my tests pass and i pushed"
DISTRESS = "the light is grey and i can't do this any more, i want to give up on everything"


def send(service: Service, n: int, **fields: object) -> list[str]:
    return [str(service.post(f"{GREY}{'!' * i}", **fields)["id"]) for i in range(n)]


def label_of(service: Service, message_id: str) -> object:
    return service.client.get(f"/v1/messages/{message_id}", headers=service.headers).json()["confirmed_label"]


def test_alike_ones_are_offered_confirmed_and_undone_together(service: Service) -> None:
    ids = send(service, 4)
    csrf = service.sign_in()
    page = service.client.get(f"/queue?message={ids[1]}").text
    offered = re.findall(r'name="message" value="([0-9a-f]{32})"', page.split('class="burst"')[1].split("</form>")[0])
    assert set(offered) == set(ids)
    answer = service.client.post("/bursts/confirm", data={"csrf": csrf, "message": offered})
    assert [label_of(service, i) for i in ids] == ["lights"] * 4
    shown = service.client.get(answer.headers["location"]).text
    assert "Confirmed. 4 messages alike." in shown
    undo = re.search(r'action="(/bursts/[0-9a-f]{32}/undo)"', shown)
    for _ in range(2):
        service.client.post(undo[1], data={"csrf": csrf})
        assert [label_of(service, i) for i in ids] == [None] * 4


def test_what_was_decided_taken_escalated_or_erased_meanwhile_is_left_alone(service: Service) -> None:
    mine, decided, taken = send(service, 3)
    distress = str(service.post(DISTRESS)["id"])
    priya = service.another_coach("Priya")
    other = priya.sign_in()
    priya.client.post(f"/messages/{decided}/correct", data={"csrf": other, "label": "github"})
    priya.client.get(f"/queue?message={taken}")
    csrf = service.sign_in()
    everything = [mine, decided, taken, distress, "0" * 32, mine]
    service.client.post("/bursts/confirm", data={"csrf": csrf, "message": everything})
    assert [label_of(service, i) for i in (mine, decided, taken, distress)] == ["lights", "github", None, None]
    again = service.client.post("/bursts/confirm", data={"csrf": csrf, "message": everything})
    assert "said=none" in again.headers["location"]


def test_distress_is_never_offered_in_a_burst(service: Service) -> None:
    ids = [str(service.post(f"{DISTRESS}{'.' * i}")["id"]) for i in range(4)]
    service.sign_in()
    assert 'class="burst"' not in service.client.get(f"/queue?message={ids[0]}").text
