"""A coach at the route pages, without a browser: reads the forms as they stand, fills them in, presses a button."""

import html
import re
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from doubles import Service

from serve.delivering.outbox import DESTINATIONS
from serve.delivering.worker import Worker
from serve.transports.base import Delivery

STUDENT = {"id": "s-1", "name": "Maya Ruiz", "github_username": "mayar", "plan": "paid"}
WRITTEN = {
    "expected": "a green light",
    "steps": "open the lab, push",
    "tried": "pushed again",
    "environment": "Learn IDE",
    "operating_system": "macOS",
}
CHECKLIST = ["0", "1", "2", "3", "4"]


@dataclass
class Desk:
    """One coach's session over a service whose worker is run by hand."""

    service: Service
    csrf: str = field(init=False)

    def __post_init__(self) -> None:
        self.csrf = self.service.sign_in()

    def page(self, message_id: object, **parameters: str) -> str:
        answer = self.service.client.get("/queue", params={"message": str(message_id), **parameters})
        assert answer.status_code == 200, answer.text
        return answer.text

    def form(self, message_id: object, action: str, label: str) -> dict[str, str]:
        """The fields of an action's form as the page shows them; the preview's digest among them."""
        part = self.part(self.page(message_id, **{"as": label, "act": action}), action)
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', part))
        fields |= dict(re.findall(r'<input id="[^"]+" name="([^"]+)" value="([^"]*)"', part))
        texts = re.findall(r'<textarea id=[^>]+? name="([^"]+)"[^>]*>([^<]*)<', part)
        fields |= {name: text.removeprefix("\n") for name, text in texts}
        fields |= dict(re.findall(r'<input type="radio" name="([^"]+)" value="([^"]*)" checked', part))
        for name, choices in re.findall(r'<select id="[^"]+" name="([^"]+)">(.*?)</select>', part, re.DOTALL):
            fields[name] = (re.findall(r'value="([^"]*)" selected', choices) or [""])[0]
        return {name: html.unescape(value) for name, value in fields.items()}

    def preview(self, message_id: object, action: str, label: str) -> dict[str, str]:
        """Field -> text of what the page says is sent."""
        part = self.part(self.page(message_id, **{"as": label, "act": action}), action)
        shown = re.findall(r'data-field="([^"]+)">(.*?)</dd>', part, re.DOTALL)
        return {name: html.unescape(text) for name, text in shown}

    @staticmethod
    def part(page: str, action: str) -> str:
        """What the page shows of one action."""
        found = re.search(
            rf'<(details|section) class="step[^"]*" id="act-{action}".*?</form>|id="act-{action}".*?</section>',
            page,
            re.DOTALL,
        )
        assert found, f"no form for {action}"
        return found.group()

    def post(self, path: str, **fields: object) -> dict[str, str]:
        """Press a button; returns the parameters of the address that it leads to."""
        answer = self.service.client.post(path, data={"csrf": self.csrf, **fields})
        assert answer.status_code == 303, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def act(self, message_id: object, action: str, label: str, do: str = "send", **fields: object) -> dict[str, str]:
        """Fill in, look at the preview, send: as a coach without a script does."""
        path = f"/messages/{message_id}/actions/{action}"
        filled = self.form(message_id, action, label) | fields
        if do == "send":
            self.post(path, **filled, do="preview")
            second_yes = {"second_yes": fields["second_yes"]} if "second_yes" in fields else {}
            filled = self.form(message_id, action, label) | {"check": fields.get("check", [])} | second_yes
        return self.post(path, **filled, do=do)

    def ticket(self, message_id: object, label: str = "lights", **fields: object) -> dict[str, str]:
        """A ticket with everything written, unless said otherwise."""
        return self.act(message_id, "ticket", label, **{"check": CHECKLIST, "can_go_on": "yes", **WRITTEN, **fields})

    def deliver(self, destination: str) -> list[Delivery]:
        """Let the worker deliver what is due; returns what this destination got so far."""
        transports = dict.fromkeys(DESTINATIONS, self.service.transport)
        database = self.service.client.app.state.database
        worker = Worker(database, transports, self.service.clock, lease_for=timedelta(seconds=60))
        while worker.deliver_one(destination):
            pass
        return [delivery for delivery in self.service.transport.delivered if delivery.destination == destination]
