"""The list: pages, filters, search, and a poll that costs nothing while nothing changes."""

import re
from datetime import timedelta

import pytest
from doubles import Service

from serve.pages.listing import PAGE
from serve.store.messages import insert_message
from serve.store.places import Place, parse_place
from serve.store.queue import Filters, queue_page
from serve.store.records import NewMessage, StoredDecision, Student

CALM = "how do i undo my last git commit"
DISTRESS = "i don't think i'm meant for this. thanks for trying to help anyway"


def rows(page: str) -> list[str]:
    return re.findall(r'id="row-([0-9a-f]{32})"', page)


def fill(service: Service, n: int, *, outcome: str = "suggest", **fields: object) -> list[str]:
    """Messages straight into the database: what the classifier says of them does not matter here."""
    now = service.clock()
    ids = [f"{i:032x}" for i in range(n)]

    def store(connection: object) -> None:
        for i, message_id in enumerate(ids):
            at = now - timedelta(minutes=n - i)
            given = {"lesson": None, "student": None} | fields
            message = NewMessage(
                id=message_id, sender="s", idempotency_key=None, body_hash="h", question_id=None, text=f"message {i}",
                asked_at=at, question_url=None, environment=None, received_at=at, **given,
            )  # fmt: skip
            decision = StoredDecision(
                "ide", 0.9, outcome, None, False, ["confident"], ["ide"], {"ide": 0.9}, [], None, at
            )
            insert_message(connection, message, decision)

    service.client.app.state.database.write(store)
    return ids


def test_a_page_follows_the_other_without_gap_or_repeat_while_messages_leave(service: Service) -> None:
    ids = fill(service, 2 * PAGE + 5)
    csrf = service.sign_in()
    first = service.client.get("/queue/list").text
    assert f"{2 * PAGE + 5}</span></h2>" in first
    assert rows(first) == ids[:PAGE]
    more = re.search(r'class="more" href="([^"]+)"', first)[1].replace("&amp;", "&")
    service.client.post(f"/messages/{ids[0]}/confirm", data={"csrf": csrf})
    second = service.client.get(more.replace("/queue?", "/queue/list?")).text
    assert rows(second) == ids[PAGE : 2 * PAGE]
    third = re.search(r'class="more" href="([^"]+)"', second)[1].replace("&amp;", "&")
    last = service.client.get(third.replace("/queue?", "/queue/list?")).text
    assert rows(last) == ids[2 * PAGE :]
    assert 'class="more"' not in last


def test_pages_of_every_group_keep_its_order(service: Service) -> None:
    for i in range(7):
        service.post(f"{DISTRESS} {i}" if i % 2 else f"i will kill myself tonight {i}")
    with service.client.app.state.database.read() as connection:
        given = {"coach_id": "c", "now": service.clock()}
        whole = queue_page(connection, "now", Filters(), limit=50, **given)
        paged, after = [], None
        while page := queue_page(connection, "now", Filters(), limit=2, after=after, **given):
            paged += page
            after = page[-1].place
    assert [row.id for row in paged] == [row.id for row in whole]
    assert [row.urgent for row in whole] == sorted([row.urgent for row in whole], reverse=True)
    assert len(whole) == 7


@pytest.mark.parametrize("words", ["", "x", "1-2", "2-5-abc", "1-" + "9" * 18 + "-abc", "1-x-abc"])
def test_an_address_with_an_odd_place_begins_at_the_beginning(words: str) -> None:
    assert parse_place(words) is None


def test_a_place_survives_its_way_through_an_address(service: Service) -> None:
    place = Place(True, service.clock(), "a" * 32)
    assert parse_place(str(place)) == place


def test_filters_narrow_the_list_and_survive_a_decision(service: Service) -> None:
    paid = service.post(CALM, lesson="Git", student={"id": "1", "plan": "paid"})["id"]
    free = service.post(CALM, lesson="SQL", student={"id": "2", "plan": "free"})["id"]
    other = service.post(CALM, lesson="SQL")["id"]
    csrf = service.sign_in()
    found = {
        query: set(rows(service.client.get(f"/queue/list?{query}").text))
        for query in (
            "plan=paid",
            "lesson=SQL",
            "plan=unknown&lesson=SQL",
            "label=ide",
            "label=coaching",
            "label=nonsense",
        )
    }
    assert found == {
        "plan=paid": {paid},
        "lesson=SQL": {free, other},
        "plan=unknown&lesson=SQL": {other},
        "label=ide": set(),
        "label=coaching": {paid, free, other},
        "label=nonsense": {paid, free, other},
    }
    page = service.client.get(f"/queue?lesson=SQL&message={free}").text
    action = re.search(r'action="(/messages/[^"]+/confirm[^"]*)"', page)[1].replace("&amp;", "&")
    answer = service.client.post(action, data={"csrf": csrf})
    assert "lesson=SQL" in answer.headers["location"]
    assert f"message={other}" in answer.headers["location"]
    assert rows(service.client.get("/queue/list?state=decided").text) == [free]
    service.client.get(f"/queue?message={other}")
    assert rows(service.client.get("/queue/list?state=mine").text) == [other]
    assert rows(service.client.get("/queue/list?state=free").text) == [paid]


def test_distress_is_found_under_distress_whatever_is_likeliest(service: Service) -> None:
    sent = service.post(DISTRESS)["id"]
    service.sign_in()
    assert rows(service.client.get("/queue/list?label=distress").text) == [sent]


def test_searched_words_are_kept_out_of_addresses_and_survive_a_reload(service: Service) -> None:
    git = service.post(f"{CALM} 100%", student={"id": "1", "name": "Zoë Quill"})["id"]
    service.post("what is a closure")
    csrf = service.sign_in()
    for words in ("UNDO", "100%", "quill"):
        answer = service.client.post("/queue/search", data={"csrf": csrf, "words": words})
        assert answer.headers["location"] == "/queue"
        assert rows(service.client.get("/queue/list").text) == [git]
    assert rows(service.client.get("/queue/list").text) == [git]
    service.client.post("/queue/search", data={"csrf": csrf, "words": "%"})
    assert rows(service.client.get("/queue/list").text) == [git]
    service.client.post("/queue/search", data={"csrf": csrf, "words": ""})
    assert len(rows(service.client.get("/queue/list").text)) == 2


def test_a_poll_is_answered_304_until_something_changes(service: Service) -> None:
    service.post(CALM)
    service.sign_in()
    etag = service.client.get("/queue/list").headers["etag"]
    asked = {"If-None-Match": etag}
    assert service.client.get("/queue/list", headers=asked).status_code == 304
    assert service.client.get("/queue/list?plan=paid", headers=asked).status_code == 200
    service.post("what is a closure")
    changed = service.client.get("/queue/list", headers=asked)
    assert changed.status_code == 200
    service.clock.move(minutes=1)
    assert service.client.get("/queue/list", headers={"If-None-Match": changed.headers["etag"]}).status_code == 200


def test_a_student_in_the_list_is_named_and_the_first_words_stand_there(service: Service) -> None:
    fill(service, 1, lesson="SQL: Joins", student=Student("1", "Zoë", None, "paid"))
    service.sign_in()
    page = service.client.get("/queue/list").text
    assert "message 0" in page
    assert "SQL: Joins" in page
