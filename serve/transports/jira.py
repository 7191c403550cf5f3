"""Jira, Cloud and Data Center: a ticket, looked up by its label when the answer to its creation was lost."""

import base64
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from jira import JIRA, JIRAError
from requests import RequestException

from serve.transports.base import Delivery, DeliveryFailed, Receipt, Ticket
from serve.transports.jira_check import problems_of
from serve.transports.jira_client import JiraServer, connect
from serve.transports.jira_failures import failing
from serve.transports.jira_joining import join, joined
from serve.transports.jira_search import search

_MOST_KEYS = 50
_KEY = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+")


def label_of(delivery_id: str) -> str:
    """The label by which a ticket is found again: random, so that it says nothing about anybody."""
    return f"aaq-{delivery_id}"


class JiraTransport:
    """Creates a ticket once, and can be asked for it."""

    def __init__(self, server: JiraServer) -> None:
        self._server = server
        self._client: JIRA | None = None

    def deliver(self, delivery: Delivery) -> Receipt:
        """Create the ticket, then attach its files; or add to the open one it names. Raises DeliveryFailed."""
        fields, add_to = self._fields(delivery), delivery.body.get("add_to")
        with failing(creating=False):
            client = self._connected()
        if add_to:
            with failing(creating=True):
                join(client, add_to, label_of(delivery.id), delivery)
            return self._receipt(add_to)
        with failing(creating=True):
            issue = client.create_issue(fields=fields, prefetch=False)
            receipt = self._receipt(str(issue.key))
        return self._attach(client, receipt, delivery.body.get("attachments") or (), there=())

    def look_up(self, delivery: Delivery) -> Receipt | None:
        """The ticket that carries the delivery's label; None when the search, asked to the end, has none as of now.

        Raises DeliveryFailed when the search did not answer, or not in full.
        """
        files, add_to = delivery.body.get("attachments") or (), delivery.body.get("add_to")
        with failing(creating=False):
            client = self._connected()
            if add_to:
                return self._receipt(add_to) if joined(client, add_to, label_of(delivery.id)) else None
            found = list(self._search(f'labels = "{label_of(delivery.id)}"', ["attachment"] if files else ["key"]))
        if not found:
            return None
        there = [item["filename"] for item in (found[0].get("fields") or {}).get("attachment") or ()]
        return self._attach(client, self._receipt(found[0]["key"]), files, there=there)

    def open_tickets(self, category: str, within: timedelta) -> Sequence[Ticket]:
        """Tickets of a category that were created lately and are not done: a burst joins one. Raises DeliveryFailed."""
        where = "labels" if self._server.category_as == "label" else "component"
        minutes = max(1, int(within.total_seconds() // 60))
        jql = f'{where} = "{self._server.category(category)}" AND statusCategory != Done AND created >= -{minutes}m'
        with failing(creating=False):
            return [self._ticket(item) for item in self._search(jql, ["summary", "status"])]

    def statuses(self, keys: Sequence[str]) -> Sequence[Ticket]:
        """The tickets with these keys as they stand now, up to 50; those that are gone are left out.

        Raises DeliveryFailed.
        """
        wanted = ", ".join(f'"{key}"' for key in keys[:_MOST_KEYS] if _KEY.fullmatch(key))
        if not wanted:
            return []
        with failing(creating=False):
            return [self._ticket(item) for item in self._search(f"key in ({wanted})", ["summary", "status"])]

    def check(self) -> list[str]:
        """Whether a ticket could be created: what is wrong with sign-in, project, permission and required fields."""
        try:
            with failing(creating=False):
                return problems_of(self._connected(), self._server)
        except DeliveryFailed as failure:
            return [str(failure)]

    def _connected(self) -> JIRA:
        if self._client is None:
            self._client = connect(self._server)
        return self._client

    def _fields(self, delivery: Delivery) -> dict[str, Any]:
        body, server = delivery.body, self._server
        labels = [label_of(delivery.id)]
        fields: dict[str, Any] = {
            "project": {"key": server.project},
            "issuetype": {"name": server.issue_type},
            "summary": " ".join(str(body["summary"]).split())[:255],
            "description": body["description"],
            "priority": {"name": server.priority(body["priority"])},
            "labels": labels,
        }
        if server.category_as == "component":
            fields["components"] = [{"name": server.category(body["category"])}]
        else:
            labels.append(server.category(body["category"]))
        return fields

    def _search(self, jql: str, fields: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """All issues of the project that match, the oldest first."""
        return search(self._connected(), f'project = "{self._server.project}" AND {jql} ORDER BY created ASC', fields)

    def _attach(
        self, client: JIRA, receipt: Receipt, files: Sequence[Mapping[str, str]], there: Sequence[str]
    ) -> Receipt:
        """Attach what is not there yet. The ticket stands without a file; the receipt then says so."""
        missing = 0
        for file in files:
            if file["name"] in there:
                continue
            try:
                client.add_attachment(receipt.reference, io.BytesIO(base64.b64decode(file["base64"])), file["name"])
            except (JIRAError, RequestException, ValueError):
                missing += 1
        note = f"{missing} of {len(files)} files could not be attached" if missing else None
        return Receipt(receipt.reference, receipt.url, note)

    def _receipt(self, key: str) -> Receipt:
        return Receipt(key, f"{self._server.url}/browse/{key}")

    def _ticket(self, raw: Mapping[str, Any]) -> Ticket:
        key, fields = raw["key"], raw["fields"]
        status = fields["status"]
        done = status.get("statusCategory", {}).get("key") == "done"
        return Ticket(key, fields["summary"], status["name"], done, f"{self._server.url}/browse/{key}")
