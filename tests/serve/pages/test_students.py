"""The admin profile: notes and flags, patterns with their rows, history; and the list of students."""

import re

from doubles import Service

CALM = "how do i undo my last git commit"
MAYA = {"id": "school/42?x", "name": "Maya Reyes", "github_username": "mayareyes", "plan": "paid"}
ADDRESS = "/students/school/42%3Fx"


def note(service: Service, csrf: str, **fields: str) -> object:
    page = service.client.get(ADDRESS).text
    made = re.search(r'name="id" value="([0-9a-f]{32})"', page)[1]
    given = {"csrf": csrf, "id": made, "student": MAYA["id"], "text": "lost on loops", "back": ADDRESS} | fields
    return service.client.post("/notes", data=given)


def test_a_note_is_on_the_profile_and_beside_the_message(service: Service) -> None:
    sent = service.post(CALM, student=MAYA)
    csrf = service.sign_in()
    answer = note(service, csrf, kind="flag", message=str(sent["id"]))
    assert answer.headers["location"] == f"{ADDRESS}?said=noted"
    for address in (ADDRESS, f"/queue?message={sent['id']}"):
        page = service.client.get(address).text
        assert "lost on loops" in page
        assert "⚑ flag" in page
    assert "1 flag" in service.client.get(f"/queue?message={sent['id']}").text


def test_a_note_sent_twice_is_there_once(service: Service) -> None:
    service.post(CALM, student=MAYA)
    csrf = service.sign_in()
    first = note(service, csrf, id="a" * 32)
    second = note(service, csrf, id="a" * 32)
    assert "said=noted-before" in second.headers["location"]
    assert "said=noted" in first.headers["location"]
    assert service.client.get(ADDRESS).text.count("lost on loops") == 1


def test_an_empty_note_is_refused_in_words(service: Service) -> None:
    service.post(CALM, student=MAYA)
    csrf = service.sign_in()
    assert "said=note-empty" in note(service, csrf, text="  ").headers["location"]


def test_two_flags_show_a_pattern_with_its_rows_and_nothing_is_done_alone(service: Service) -> None:
    sent = service.post(CALM, student=MAYA)
    csrf = service.sign_in()
    note(service, csrf, kind="flag")
    note(service, csrf, kind="flag")
    page = service.client.get(ADDRESS).text
    assert "May be struggling: 2 signs" in page
    assert page.count("flag by coach") == 2
    assert service.client.get(f"/v1/messages/{sent['id']}", headers=service.headers).json()["escalation"] is None


def test_students_are_found_by_name_github_name_and_id_with_what_there_is_about_them(service: Service) -> None:
    service.post(CALM, student=MAYA)
    service.post(CALM, student={"id": "7", "name": "Tom"})
    csrf = service.sign_in()
    note(service, csrf)
    for words, found in (("reyes", True), ("MAYAR", True), ("school/42", True), ("tom", False)):
        service.client.post("/students/search", data={"csrf": csrf, "words": words})
        page = service.client.get("/students").text
        assert ("Maya Reyes" in page) is found
    service.client.post("/students/search", data={"csrf": csrf, "words": "nobody"})
    assert "Nobody is called" in service.client.get("/students").text


def test_fifty_students_make_a_page_and_the_rest_the_next(service: Service) -> None:
    for i in range(53):
        service.clock.move(seconds=1)
        service.post(CALM, student={"id": f"s{i}", "name": f"Student {i:02}"})
    service.sign_in()
    first = service.client.get("/students").text
    more = re.search(r'class="more" href="([^"]+)"', first)[1]
    names = re.findall(r"Student \d\d", first) + re.findall(r"Student \d\d", service.client.get(more).text)
    assert names == [f"Student {i:02}" for i in reversed(range(53))]


def test_a_student_who_is_not_there_is_said_so(service: Service) -> None:
    csrf = service.sign_in()
    page = service.client.get("/students/nobody", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "There is no student with this id" in page.text
    assert "said=missing-student" in note_for_nobody(service, csrf).headers["location"]


def note_for_nobody(service: Service, csrf: str) -> object:
    return service.client.post("/notes", data={"csrf": csrf, "id": "b" * 32, "student": "nobody", "text": "x"})
