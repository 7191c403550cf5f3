"""The blind sample: nothing of the suggestion shows until the coach has said what it is."""

import re

import pytest
from doubles import Service, ServiceFactory

from serve.shift.agreement import agreement
from serve.store.reviews import reviews_of_kind

LIGHTS = "the light is still grey although all my tests pass and i pushed"
DISTRESS = "i don't think i'm meant for this. thanks for trying to help anyway"


@pytest.fixture
def blind(start_service: ServiceFactory) -> Service:
    return start_service(blind_share=1)


def test_nothing_of_the_suggestion_is_on_the_page(blind: Service) -> None:
    sent = blind.post(LIGHTS, student={"id": "s-1"})
    assert (sent["label"], sent["outcome"]) == ("lights", "suggest")
    blind.sign_in()
    page = blind.client.get(f"/queue?message={sent['id']}").text
    assert "Label first" in page
    for hint in ("<mark", "How sure", "Suggested", "/confirm", 'class="likely"', "data-digit", "Why you see this:"):
        assert hint not in page
    row = blind.client.get("/queue/list").text
    assert "Your call" in row
    assert "Lights" not in row
    assert sent["id"] not in blind.client.get("/queue/list?label=lights").text
    assert "Lights" not in re.sub(r"<button.*?</button>", "", blind.client.get("/students/s-1").text)


def test_after_the_label_the_page_says_what_would_have_been_said(blind: Service) -> None:
    sent = blind.post(LIGHTS)
    csrf = blind.sign_in()
    refused = blind.client.post(f"/messages/{sent['id']}/confirm", data={"csrf": csrf})
    assert "said=nothing" in refused.headers["location"]
    answer = blind.client.post(f"/messages/{sent['id']}/correct", data={"csrf": csrf, "label": "github"})
    assert "You said GitHub; we would have said Lights" in blind.client.get(answer.headers["location"]).text
    assert "We would have said Lights" in blind.client.get(f"/queue?message={sent['id']}").text
    with blind.client.app.state.database.read() as connection:
        (review,) = reviews_of_kind(connection, "blind", blind.clock())
    assert (review.suggested_label, review.confirmed_label) == ("lights", "github")
    found = agreement([review])
    assert (found.accuracy.n_hits, found.override_rate.n_hits) == (0, 1)


def test_a_label_after_the_suggestion_was_seen_is_not_blind(blind: Service) -> None:
    sent = blind.post(LIGHTS)
    csrf = blind.sign_in()
    answer = blind.client.post(f"/messages/{sent['id']}/correct", data={"csrf": csrf, "label": "github"})
    review = re.search(r"undo=([0-9a-f]{32})", answer.headers["location"])
    blind.client.post(f"/reviews/{review[1]}/undo", data={"csrf": csrf})
    answer = blind.client.post(f"/messages/{sent['id']}/confirm", data={"csrf": csrf})
    assert "said=confirmed" in answer.headers["location"]
    with blind.client.app.state.database.read() as connection:
        assert list(reviews_of_kind(connection, "blind", blind.clock())) == []


def test_an_escalation_is_never_blind(blind: Service) -> None:
    sent = blind.post(DISTRESS)
    blind.sign_in()
    page = blind.client.get(f"/queue?message={sent['id']}").text
    assert "Why you see this:" in page
    assert 'class="distress"' in page


def test_a_blind_label_of_distress_escalates(blind: Service) -> None:
    sent = blind.post(LIGHTS)
    csrf = blind.sign_in()
    blind.client.post(f"/messages/{sent['id']}/correct", data={"csrf": csrf, "label": "distress"})
    assert blind.transport.news.wait(5)


def test_without_a_release_there_is_nothing_to_keep_back(start_service: ServiceFactory, tmp_path: object) -> None:
    service = start_service(blind_share=1, releases=tmp_path / "none")
    sent = service.post(LIGHTS)
    service.sign_in()
    assert "No model is running" in service.client.get(f"/queue?message={sent['id']}").text
