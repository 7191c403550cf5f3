"""A school may let a route act by itself; never for distress, doubt or a Blocker."""

from pathlib import Path

import pytest
from desk import STUDENT, Desk
from doubles import ServiceFactory

SHIPPED = (Path(__file__).parents[3] / "serve" / "routing.toml").read_text("utf-8")
LIGHTS = "the light on my lab stays grey even though all my tests pass and i pushed"
TICKET = 'action = "ticket"\ndestination = "jira"\n'


@pytest.fixture
def automatic(start_service: ServiceFactory, tmp_path: Path):
    def start(**settings: object) -> Desk:
        own = tmp_path / "ours.toml"
        lines = "".join(f"{name} = {value!r}\n" for name, value in settings.items()).replace("'", '"')
        own.write_text(SHIPPED.replace(TICKET, TICKET + lines), "utf-8")
        return Desk(start_service(worker=False, routing=own))

    return start


def test_a_sure_suggestion_becomes_a_ticket_by_itself_and_waits_for_its_coach(automatic) -> None:
    desk = automatic(automatic_above=0.9, automatic_up_to="High")
    sent = desk.service.post(LIGHTS, student=STUDENT)
    assert sent["outcome"] == "suggest"
    (ticket,) = desk.deliver("jira")
    assert ticket.body["priority"] == "High"
    assert "nobody has gone through the checklist" in ticket.body["description"]
    page = desk.page(sent["id"])
    assert "by itself" in page
    assert "Confirm" in page
    assert desk.post(f"/messages/{sent['id']}/actions/ticket", do="send")["said"] == "sent-before"


def test_a_priority_above_the_line_waits_for_a_person(automatic) -> None:
    desk = automatic(automatic_above=0.9, automatic_up_to="Medium")
    desk.service.post(LIGHTS, student=STUDENT)
    assert desk.deliver("jira") == []


@pytest.mark.parametrize("text", ["the light is grey and i want to quit, i feel stupid", "???", "how do i sort a hash"])
def test_distress_doubt_and_other_labels_do_nothing_by_themselves(automatic, text: str) -> None:
    desk = automatic(automatic_above=0.5, automatic_up_to="High")
    desk.service.post(text, student=STUDENT)
    assert desk.deliver("jira") == []


def test_without_a_plan_nobody_knows_the_priority(automatic) -> None:
    desk = automatic(automatic_above=0.5, automatic_up_to="High")
    desk.service.post(LIGHTS)
    assert desk.deliver("jira") == []
