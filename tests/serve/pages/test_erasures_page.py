"""The page that erases asks twice, says what it cannot do by itself, and keeps a list to tick off."""

import sqlalchemy as sa
from doubles import Service
from managers import manager_at

from serve.store.tables import messages, outbox

STUDENT = "maya@school.example"


def texts(service: Service) -> list[str]:
    with service.client.app.state.database.read() as connection:
        return list(connection.scalars(sa.select(messages.c.text)))


def test_two_ids_that_differ_erase_nobody(service: Service) -> None:
    service.post("some words", student={"id": STUDENT})
    assert "The two ids differ." in manager_at(service).press("/erasures", student=STUDENT, again="maya")
    assert texts(service) == ["some words"]


def test_an_erased_student_is_gone_and_what_a_person_was_told_is_listed(service: Service) -> None:
    sent = service.post("i want to give up and quit everything", student={"id": STUDENT})
    assert service.transport.news.wait(10)
    service.client.app.state.worker.stop()
    mara = manager_at(service)
    assert "have not been acknowledged by anybody" in mara.press("/erasures", student=STUDENT, again=STUDENT)
    mara.press(f"/messages/{sent['id']}/acknowledge")
    page = mara.press("/erasures", student=STUDENT, again=STUDENT)
    assert "recorded-1" in page
    assert texts(service) == [""]
    with service.client.app.state.database.read() as connection:
        (delivery,) = connection.scalars(sa.select(outbox.c.id))
    assert "recorded-1" not in mara.press("/erasures/tick", delivery=delivery)
    assert "Nothing is known of a student" in mara.press("/erasures", student=STUDENT, again=STUDENT)


def test_a_coach_cannot_erase(service: Service) -> None:
    service.post("some words", student={"id": STUDENT})
    csrf = service.sign_in()
    sent = service.client.post("/erasures", data={"csrf": csrf, "student": STUDENT, "again": STUDENT})
    assert sent.status_code == 403
    assert texts(service) == ["some words"]
