"""The queue page, without a browser: order, decisions, rights. `tests/browser` uses it with one."""

import re

import pytest
from doubles import Service

CALM = "how do i undo my last git commit"
DISTRESS = "i don't think i'm meant for this. thanks for trying to help anyway"
DOUBT = "👍👍"


def forms(page: str) -> list[str]:
    return re.findall(r'action="(/(?:messages|reviews)/[^"]+)"', page)


def labels_of(service: Service, message_id: object) -> dict[str, object]:
    body: dict[str, object] = service.client.get(f"/v1/messages/{message_id}", headers=service.headers).json()
    return body


def test_distress_comes_first_then_doubt_then_suggestions(service: Service) -> None:
    calm, doubt, distress = (service.post(text)["id"] for text in (CALM, DOUBT, DISTRESS))
    service.sign_in()
    page = service.client.get("/queue/list").text
    assert re.findall(r"message=([0-9a-f]{32})", page) == [distress, doubt, calm]


def test_a_confirmation_is_a_labelled_example_with_its_provenance(service: Service) -> None:
    sent = service.post(CALM)
    csrf = service.sign_in()
    answer = service.client.post(f"/messages/{sent['id']}/confirm", data={"csrf": csrf})
    assert answer.status_code == 303
    found = labels_of(service, sent["id"])
    assert (found["confirmed_label"], found["reviewed_by"]) == ("coaching", "coach")
    assert found["resolved_at"]
    with service.client.app.state.database.read() as connection:
        row = connection.exec_driver_sql("SELECT * FROM reviews").mappings().one()
    assert row["kind"] == "confirmation"
    assert row["suggested_label"] == sent["label"]
    assert row["confidence"] == sent["confidence"]
    assert row["release"] == sent["release"]


def test_a_correction_and_its_undo(service: Service) -> None:
    sent = service.post(CALM)
    csrf = service.sign_in()
    answer = service.client.post(f"/messages/{sent['id']}/correct", data={"csrf": csrf, "label": "github"})
    review = re.search(r"undo=([0-9a-f]{32})", answer.headers["location"])
    assert review
    assert labels_of(service, sent["id"])["confirmed_label"] == "github"
    for _ in range(2):  # a second undo changes nothing
        service.client.post(f"/reviews/{review[1]}/undo", data={"csrf": csrf})
        found = labels_of(service, sent["id"])
        assert (found["confirmed_label"], found["resolved_at"]) == (None, None)


def test_the_second_of_two_coaches_is_told_and_changes_nothing(service: Service) -> None:
    sent = service.post(CALM)
    csrf = service.sign_in()
    service.client.post(f"/messages/{sent['id']}/correct", data={"csrf": csrf, "label": "github"})
    late = service.client.post(f"/messages/{sent['id']}/correct", data={"csrf": csrf, "label": "blog"})
    assert "said=already" in late.headers["location"]
    assert labels_of(service, sent["id"])["confirmed_label"] == "github"


def test_correcting_to_distress_escalates(service: Service) -> None:
    sent = service.post(CALM)
    csrf = service.sign_in()
    service.client.post(f"/messages/{sent['id']}/correct", data={"csrf": csrf, "label": "distress"})
    assert labels_of(service, sent["id"])["escalation"]["acknowledged_at"] is None
    assert service.transport.news.wait(5)


def test_an_escalation_stays_in_the_queue_until_somebody_has_it(service: Service) -> None:
    sent = service.post(DISTRESS)
    csrf = service.sign_in()
    service.client.post(f"/messages/{sent['id']}/confirm", data={"csrf": csrf})
    assert sent["id"] in service.client.get("/queue/list").text
    service.client.post(f"/messages/{sent['id']}/acknowledge", data={"csrf": csrf, "note": "called her"})
    assert sent["id"] not in service.client.get("/queue/list").text
    assert labels_of(service, sent["id"])["escalation"]["acknowledged_by"] == "coach"
    again = service.client.post(f"/messages/{sent['id']}/acknowledge", data={"csrf": csrf})
    assert "acknowledged-before" in again.headers["location"]


@pytest.mark.parametrize(
    "path", ["/messages/{id}/confirm", "/messages/{id}/correct", "/messages/{id}/acknowledge", "/reviews/{id}/undo"]
)
def test_no_form_works_without_a_session_or_with_another_session_s_token(service: Service, path: str) -> None:
    sent = service.post(CALM)
    address = path.format(id=sent["id"])
    assert service.client.post(address, data={"label": "blog"}).headers["location"] == "/sign-in"
    service.sign_in()
    for token in ("", "0" * 32):
        answer = service.client.post(address, data={"label": "blog", "csrf": token})
        assert "said=stale" in answer.headers["location"]
    assert labels_of(service, sent["id"])["confirmed_label"] is None


def test_pages_send_a_stranger_to_sign_in_and_back(service: Service) -> None:
    answer = service.client.get("/queue?message=abc")
    assert answer.headers["location"] == "/sign-in?next=%2Fqueue%3Fmessage%3Dabc"
    signed_in = service.client.post(
        "/sign-in", data={"name": "coach", "password": service.password, "next": "//evil.example"}
    )
    assert signed_in.headers["location"] == "/queue"


def test_wrong_passwords_are_refused_and_counted(service: Service) -> None:
    for _ in range(10):
        assert service.client.post("/sign-in", data={"name": "coach", "password": "x"}).status_code == 403
    answer = service.client.post("/sign-in", data={"name": "coach", "password": service.password})
    assert "too many tries" in answer.text
    service.clock.move(minutes=16)
    assert service.client.post("/sign-in", data={"name": "coach", "password": service.password}).status_code == 303


def test_a_session_ends_when_idle_after_its_longest_and_by_a_new_password(service: Service) -> None:
    service.sign_in()
    service.clock.move(minutes=service.settings.session_idle_minutes + 1)
    assert service.client.get("/queue").status_code == 303
    service.sign_in()
    for _ in range(service.settings.session_hours + 1):
        service.clock.move(minutes=59)
        service.client.get("/queue")
    service.clock.move(minutes=30)
    assert service.client.get("/queue").status_code == 303
    service.sign_in()
    service.client.app.state.people.reset_password("coach")
    assert service.client.get("/queue").status_code == 303


def test_a_missing_message_is_said_so(service: Service) -> None:
    csrf = service.sign_in()
    assert "not here any more" in service.client.get("/queue?message=gone").text
    answer = service.client.post("/messages/gone/confirm", data={"csrf": csrf})
    assert "said=missing" in answer.headers["location"]


def test_a_student_s_markup_is_shown_as_text(service: Service) -> None:
    attack = "<script>alert(1)</script> <img src=x onerror=alert(1)> my learn ide wont load"
    sent = service.post(attack, lesson="<b>x</b>", student={"id": "1", "name": "<i>y</i>"})
    service.sign_in()
    page = service.client.get(f"/queue?message={sent['id']}").text
    assert "<script>alert" not in page
    assert "<b>x" not in page
    assert "<i>y" not in page
    assert "&lt;i&gt;y" in page


def test_every_answer_forbids_what_a_page_does_not_need(service: Service) -> None:
    headers = service.client.get("/sign-in").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
