"""Routes are data: what ships agrees with the taxonomy, and what is wrong is refused by file, key and rule."""

import copy
import tomllib
from pathlib import Path

import pytest
from doubles import ServiceFactory

from model.taxonomy import Taxonomy
from serve.delivering.outbox import Action
from serve.drafts import DraftMissing, load_draft, parse_draft
from serve.routing import RouteMissing, RoutingWrong, load_routing, parse_routing

SHIPPED = Path(__file__).parents[3] / "serve" / "routing.toml"


@pytest.fixture
def document() -> dict:
    return copy.deepcopy(tomllib.loads(SHIPPED.read_text("utf-8")))


def refusal(document: dict, taxonomy: Taxonomy) -> str:
    with pytest.raises(RoutingWrong) as refused:
        parse_routing(document, taxonomy, "ours.toml")
    return str(refused.value)


def test_every_label_has_the_route_that_the_taxonomy_names(taxonomy: Taxonomy) -> None:
    routing = load_routing(taxonomy)
    assert {label.key: routing.of(label.key).key for label in taxonomy.labels} == {
        label.key: label.route for label in taxonomy.labels
    }
    with pytest.raises(RouteMissing):
        routing.of("weather")


def test_nothing_that_ships_is_automatic(taxonomy: Taxonomy) -> None:
    assert all(action.automatic_above is None for route in load_routing(taxonomy).routes for action in route.actions)


def test_an_unknown_label_and_a_label_without_a_route_are_refused(document: dict, taxonomy: Taxonomy) -> None:
    document["labels"]["weather"] = "jira"
    del document["labels"]["blog"]
    said = refusal(document, taxonomy)
    assert "ours.toml: labels.weather: not a label" in said
    assert "labels.blog: every label needs a route" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"destination": "fax"}, "routes.jira.actions.0.destination: ticket can go to jira, not to 'fax'"),
        ({"destination": "slack"}, "can go to jira"),
        ({"action": "telegram"}, "routes.jira.actions.0.action"),
        ({"action": "distress_notice"}, "distress_notice is not for routes"),
        ({"template": "nowhere"}, "routes.jira.actions.0.template: there is no serve/drafts/nowhere.txt"),
        ({"template": "../settings"}, "there is no serve/drafts"),
        ({"template": "manager_notice"}, "is not known here"),
        ({"automatic_above": 7}, "routes.jira.actions.0.automatic_above"),
        ({"automatic_above": 0.97, "automatic_up_to": "Blocker"}, "a Blocker is never automatic"),
        ({"colour": "red"}, "routes.jira.actions.0.colour"),
    ],
)
def test_a_slip_in_an_action_is_named(document: dict, taxonomy: Taxonomy, change: dict, said: str) -> None:
    document["routes"]["jira"]["actions"][0] |= change
    assert said in refusal(document, taxonomy)


def test_distress_and_a_referral_are_never_automatic(document: dict, taxonomy: Taxonomy) -> None:
    document["routes"]["escalation"]["actions"][0]["automatic_above"] = 0.99
    document["routes"]["enrollments"]["actions"][1]["automatic_above"] = 0.99
    said = refusal(document, taxonomy)
    assert "routes.escalation.actions.0.automatic_above: distress is never automatic" in said
    assert "routes.enrollments.actions.1.automatic_above: referral needs what only a coach can say" in said


def test_distress_keeps_its_page(document: dict, taxonomy: Taxonomy) -> None:
    document["labels"]["distress"] = "answer"
    assert "the page distress" in refusal(document, taxonomy)


def test_a_school_s_own_file_is_used_and_a_wrong_one_stops_the_start(
    start_service: ServiceFactory, tmp_path: Path
) -> None:
    own = tmp_path / "ours.toml"
    own.write_text(SHIPPED.read_text("utf-8").replace('virtualbox = "jira"', 'virtualbox = "answer"'), "utf-8")
    service = start_service(routing=own)
    sent = service.post("virtualbox says kernel driver not installed when i start it")
    service.sign_in()
    assert "answer it yourself" in service.client.get(f"/queue?message={sent['id']}&as=virtualbox").text
    own.write_text("labels = 3", "utf-8")
    with pytest.raises(RoutingWrong, match=r"ours\.toml"):
        start_service(routing=own)


def test_templates_fill_in_one_pass_and_know_their_placeholders() -> None:
    draft = parse_draft("Subject: $summary\n\n*Seen* $seen $link", Action.TICKET)
    subject, body = draft.fill({"summary": "$link", "seen": "$summary ${x} $$", "link": ""}, lambda value: f"<{value}>")
    assert subject == "$link"
    assert body == "*Seen* <$summary ${x} $$> not given"
    with pytest.raises(DraftMissing, match="password"):
        parse_draft("$password", Action.TICKET)
    with pytest.raises(DraftMissing, match=r"\$\$"):
        parse_draft("it costs $ 5", Action.TICKET)
    with pytest.raises(DraftMissing):
        load_draft("../routing", Action.TICKET)
