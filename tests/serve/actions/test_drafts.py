"""What a coach writes is kept: while typing, on submit, and through a sign-in that ended meanwhile."""

import html
import re

import pytest
from desk import STUDENT, Desk
from doubles import ServiceFactory

LIGHTS = "the light stays grey although all my tests pass"


@pytest.fixture
def desk(start_service: ServiceFactory) -> Desk:
    return Desk(start_service(worker=False))


@pytest.fixture
def message_id(desk: Desk) -> str:
    return str(desk.service.post(LIGHTS, student=STUDENT)["id"])


def test_a_draft_is_kept_and_its_preview_comes_back(desk: Desk, message_id: str) -> None:
    fields = desk.form(message_id, "ticket", "lights") | {"tried": "<b>restarted</b>", "can_go_on": "yes", "check": "2"}
    answer = desk.service.client.post(f"/messages/{message_id}/actions/ticket/draft", data=fields)
    assert answer.status_code == 200
    assert "&lt;b&gt;restarted&lt;/b&gt;" in answer.text
    assert "<strong>High</strong>" in answer.text
    kept = desk.form(message_id, "ticket", "lights")
    assert (kept["tried"], kept["can_go_on"]) == ("<b>restarted</b>", "yes")
    assert 'name="check" value="2" checked' in desk.page(message_id, act="ticket")


def test_a_draft_is_its_coach_s_own_and_gone_when_it_is_sent(desk: Desk, message_id: str) -> None:
    desk.act(message_id, "reply", "project", do="preview", text="mine")
    desk.service.client.app.state.people.add_user("Priya", "coach", "a long password")
    desk.service.client.post("/sign-in", data={"name": "Priya", "password": "a long password"})
    desk.csrf = desk.service.client.get("/students").text.split('name="csrf" value="')[1].split('"')[0]
    desk.post(f"/messages/{message_id}/claim", take_over="true")
    assert desk.form(message_id, "reply", "project")["text"] != "mine"
    desk.csrf = desk.service.sign_in()
    desk.post(f"/messages/{message_id}/claim", take_over="true")
    assert desk.act(message_id, "reply", "project", text="mine, sent")["said"] == "sent"
    with desk.service.client.app.state.database.read() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM drafts").scalar() == 0


def test_a_session_that_ended_while_writing_loses_nothing_without_a_script(desk: Desk, message_id: str) -> None:
    fields = desk.form(message_id, "ticket", "lights") | {
        "tried": 'two\nlines "quoted"',
        "check": ["0", "3"],
        "do": "send",
    }
    desk.service.clock.move(minutes=desk.service.settings.session_idle_minutes + 1)
    ended = desk.service.client.post(f"/messages/{message_id}/actions/ticket", data=fields | {"do": "send"})
    assert ended.status_code == 401
    assert "What you wrote is kept" in ended.text
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', ended.text)
    carried = {name: html.unescape(value) for name, value in hidden}
    assert "carried:csrf" not in carried
    wrong = desk.service.client.post("/sign-in", data={**carried, "name": "coach", "password": "x"})
    assert dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', wrong.text)) == dict(hidden)
    back = desk.service.client.post("/sign-in", data={**carried, "name": "coach", "password": desk.service.password})
    assert back.headers["location"].startswith(f"/queue?message={message_id}&act=ticket")
    kept = desk.form(message_id, "ticket", "lights")
    assert kept["tried"] == 'two\nlines "quoted"'
    assert 'name="check" value="3" checked' in desk.page(message_id, act="ticket")
    with desk.service.client.app.state.database.read() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM outbox").scalar() == 0


def test_a_form_of_an_earlier_session_is_offered_again(desk: Desk, message_id: str) -> None:
    fields = desk.form(message_id, "ticket", "lights") | {"tried": "restarted", "csrf": "0" * 32, "do": "send"}
    stale = desk.service.client.post(f"/messages/{message_id}/actions/ticket", data=fields)
    assert stale.status_code == 409
    assert "restarted" in stale.text


def test_nobody_keeps_a_draft_without_a_session(desk: Desk, message_id: str) -> None:
    desk.service.client.cookies.clear()
    answer = desk.service.client.post(f"/messages/{message_id}/actions/ticket/draft", data={"tried": "x"})
    assert answer.status_code in (303, 401)
    with desk.service.client.app.state.database.read() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM drafts").scalar() == 0
