"""Jira's search, read to the end: by token on Cloud, by place on Data Center."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jira import JIRA

from serve.transports.base import DeliveryFailed, Kind
from serve.transports.jira_client import is_cloud

_PAGE = 50


def search(client: JIRA, jql: str, fields: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """All issues that match, as Jira's JSON, in the query's order. Raises DeliveryFailed, or what the client raises."""
    token: str | None = None
    start = 0
    while True:
        if is_cloud(client):
            page = client.enhanced_search_issues(
                jql, nextPageToken=token, maxResults=_PAGE, fields=list(fields), json_result=True
            )
        else:
            page = client.search_issues(jql, startAt=start, maxResults=_PAGE, fields=list(fields), json_result=True)
        # The client answers None where it is not sure of the server: that is "not known", never "not there".
        if not isinstance(page, dict) or not isinstance(page.get("issues"), list):
            raise DeliveryFailed("the search's answer cannot be read", Kind.RETRYABLE)
        yield from page["issues"]
        token, start = page.get("nextPageToken"), start + len(page["issues"])
        if is_cloud(client):
            more = token is not None and not page.get("isLast", False)
        else:
            more = bool(page["issues"]) and start < int(page["total"])
        if not more:
            return
