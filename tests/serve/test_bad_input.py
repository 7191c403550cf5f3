"""What goes wrong in a browser: nothing is lost, nothing happens twice, and the page says what happened."""

import sqlalchemy as sa
from doubles import Service
from fastapi.testclient import TestClient

CALM = "how do i undo my last git commit"
BROWSER = {"Accept": "text/html"}
WORDS = "She said that she would call her sister tonight."


def count(service: Service, table: str) -> int:
    with service.client.app.state.database.read() as connection:
        return int(connection.scalar(sa.text(f"SELECT count(*) FROM {table}")))  # noqa: S608


def test_a_double_click_confirms_once_and_goes_on_as_if_it_had_been_one(service: Service) -> None:
    sent = service.post(CALM)
    csrf = service.sign_in()
    answers = [service.client.post(f"/messages/{sent['id']}/confirm", data={"csrf": csrf}) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert count(service, "reviews") == 1


def test_the_back_button_shows_what_was_decided(service: Service) -> None:
    sent = service.post(CALM)
    csrf = service.sign_in()
    service.client.post(f"/messages/{sent['id']}/correct", data={"csrf": csrf, "label": "blog"})
    page = service.client.get(f"/queue?message={sent['id']}").text
    assert "coach said:" in page
    assert "/confirm" not in page
    late = service.client.post(f"/messages/{sent['id']}/confirm", data={"csrf": csrf})
    assert "said=already" in late.headers["location"]


def test_text_is_shown_again_when_the_session_ended_while_it_was_written(service: Service) -> None:
    sent = service.post("i don't think i'm meant for this. thanks for trying to help anyway")
    csrf = service.sign_in()
    service.clock.move(hours=13)
    answer = service.client.post(f"/messages/{sent['id']}/acknowledge", data={"csrf": csrf, "note": WORDS})
    assert answer.status_code == 401
    assert WORDS in answer.text
    assert "Your sign-in ended before this was sent." in answer.text
    assert "Sign in" in answer.text


def test_a_form_of_an_earlier_sign_in_is_sent_again_with_one_press(service: Service) -> None:
    service.post(CALM, student={"id": "s-1"})
    csrf = service.sign_in()
    stale = {"csrf": "0" * 32, "id": "a" * 32, "student": "s-1", "text": WORDS, "kind": "flag"}
    answer = service.client.post("/notes", data=stale)
    assert answer.status_code == 409
    assert count(service, "notes") == 0
    for kept in (WORDS, f'name="csrf" value="{csrf}"', 'name="kind" value="flag"', 'action="/notes"'):
        assert kept in answer.text


def test_a_password_is_never_shown_again(service: Service) -> None:
    answer = service.client.post("/sign-in", data={"name": "coach", "password": "p" * 501}, headers=BROWSER)
    assert answer.status_code == 422
    assert "ppp" not in answer.text


def test_an_erased_message_and_a_wrong_address_are_said_so(service: Service) -> None:
    service.sign_in()
    page = service.client.get("/queue?message=gone").text
    assert "This message is not here any more." in page
    assert "Go on with the queue" in page
    missing = service.client.get("/nothing/here", headers=BROWSER)
    assert missing.status_code == 404
    assert "There is no such page." in missing.text
    assert service.client.get("/nothing/here").headers["content-type"] == "application/problem+json"


def test_a_note_that_is_too_long_is_not_lost(service: Service) -> None:
    service.post(CALM, student={"id": "s-1"})
    csrf = service.sign_in()
    sent = {"csrf": csrf, "id": "a" * 32, "student": "s-1", "text": "word " * 1100}
    answer = service.client.post("/notes", data=sent, headers=BROWSER)
    assert answer.status_code == 422
    assert "word word" in answer.text


def test_when_the_database_cannot_be_written_reading_goes_on_and_text_is_kept(service: Service) -> None:
    sent = service.post(CALM, student={"id": "s-1"})
    csrf = service.sign_in()
    with service.client.app.state.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    assert (
        CALM[:10]
        in service.client.get(f"/queue?message={sent['id']}").text.replace("</mark>", "").replace("<mark", "")[:0]
        or service.client.get(f"/queue?message={sent['id']}").status_code == 200
    )
    data = {"csrf": csrf, "id": "a" * 32, "student": "s-1", "text": WORDS}
    answer = service.client.post("/notes", data=data, headers=BROWSER)
    assert answer.status_code == 503
    assert WORDS in answer.text
    assert "Nothing was changed" in answer.text


def test_a_crash_is_a_page_with_every_header_and_without_its_cause(service: Service) -> None:
    def crash() -> None:
        raise RuntimeError("the student's words")

    service.client.app.add_api_route("/crash", crash)
    client = TestClient(service.client.app, raise_server_exceptions=False)
    for headers in (BROWSER, {}):
        answer = client.get("/crash", headers=headers)
        assert answer.status_code == 500
        assert "words" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "Something in the service broke." in client.get("/crash", headers=BROWSER).text
