"""A school's old Jira issues become labelled history, by the mapping that the school writes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from vendors import Answer, Jira

from model.history import HistoryRow, Provenance
from model.taxonomy import Taxonomy
from serve.clock import utc_now
from serve.loop.jira_history import BadIssue, MappingWrong, read_mapping, rows_of
from serve.transports.base import DeliveryFailed
from serve.transports.jira_client import JiraServer, connect
from serve.transports.jira_failures import failing
from serve.transports.jira_search import search

MAPPING = """
text = ["summary", "description"]
category_field = "customfield_10042"
[category]
"Learn IDE" = "ide"
[component]
Billing = "account"
[label]
lights = "lights"
"""


def issue(key: str, **fields: Any) -> dict[str, Any]:
    given = {
        "summary": f"summary of {key}",
        "description": "what was seen",
        "created": "2025-03-04T09:00:00.000+0100",
        "reporter": {"accountId": "557058:priya"},
        "components": [],
        "labels": [],
        "customfield_10042": None,
    }
    return {"id": key, "key": key, "fields": given | fields}


ISSUES = [
    issue("TS-1", customfield_10042={"value": "learn ide"}, labels=["lights"]),
    issue("TS-2", components=[{"name": "Billing"}]),
    issue("TS-3", labels=["lights", "aaq-123"]),
    issue("TS-4", labels=["printer"]),
    issue("TS-5", labels=["lights"], summary="", description=None),
    *(issue(f"TS-{n}", labels=["lights"]) for n in range(6, 66)),
]


class OldJira(Jira):
    """Answers every search with the old issues, a page at a time."""

    def _search(self, call: Any) -> Answer:
        found = ISSUES
        if not self.cloud:
            start = int(call.query.get("startAt", 0))
            return Answer(200, {"issues": found[start : start + 50], "total": len(found), "startAt": start})
        start = int(call.query.get("nextPageToken", 0))
        page: dict[str, Any] = {"issues": found[start : start + 50], "isLast": start + 50 >= len(found)}
        return Answer(200, page if page["isLast"] else {**page, "nextPageToken": str(start + 50)})


@pytest.fixture(params=[True, False], ids=["Cloud", "Data Center"])
def jira(request: pytest.FixtureRequest) -> Iterator[OldJira]:
    vendor = OldJira(utc_now, cloud=request.param)
    yield vendor
    vendor.close()


def rows(jira: OldJira, folder: Path, taxonomy: Taxonomy) -> list[HistoryRow | BadIssue]:
    (folder / "mapping.toml").write_text(MAPPING, "utf-8")
    mapping = read_mapping(folder / "mapping.toml", taxonomy)
    with failing(creating=False):
        client = connect(JiraServer(jira.address, "coach@school.example", SecretStr("t" * 20)))
        return list(rows_of(search(client, "project = TS", mapping.fields), mapping))


def test_category_component_and_label_say_ours_on_every_page(jira: OldJira, tmp_path: Path, taxonomy: Taxonomy) -> None:
    found = rows(jira, tmp_path, taxonomy)
    good = {row.message_id: row for row in found if isinstance(row, HistoryRow)}
    assert [good[f"jira-TS-{n}"].confirmed_label for n in (1, 2, 3)] == ["ide", "account", "lights"]
    assert len(good) == 63
    first = good["jira-TS-1"]
    assert first.text == "summary of TS-1\nwhat was seen"
    assert (first.provenance, first.coach, first.student) == (Provenance.IMPORTED, "557058:priya", None)
    assert first.made_at.isoformat() == "2025-03-04T08:00:00+00:00"


def test_an_issue_that_says_nothing_we_know_is_named_and_left_out(
    jira: OldJira, tmp_path: Path, taxonomy: Taxonomy
) -> None:
    bad = {one.key: one.problem for one in rows(jira, tmp_path, taxonomy) if isinstance(one, BadIssue)}
    assert bad == {"TS-4": "no label of ours for: printer", "TS-5": "no words in summary, description"}


def test_a_refusal_is_asked_once_and_said(jira: OldJira, tmp_path: Path, taxonomy: Taxonomy) -> None:
    jira.always = Answer(401, b"<!doctype html>", {"Content-Type": "text/html"})
    with pytest.raises(DeliveryFailed, match="401"):
        rows(jira, tmp_path, taxonomy)
    assert len(jira.calls) == 1


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ('text = ["summary"]\n[label]\nx = "lihgts"', "'lihgts' is not one of"),
        ("text = []", "names no field"),
        ("text =", "TOMLDecodeError"),
        ("", "text"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(tmp_path: Path, taxonomy: Taxonomy, mapping: str, says: str) -> None:
    (tmp_path / "m.toml").write_text(mapping, "utf-8")
    with pytest.raises(MappingWrong, match=says):
        read_mapping(tmp_path / "m.toml", taxonomy)


def test_the_mapping_that_ships_knows_our_categories(taxonomy: Taxonomy) -> None:
    mapping = read_mapping(None, taxonomy)
    assert mapping.names["label"]["learn-gem"] == "learn-gem"
