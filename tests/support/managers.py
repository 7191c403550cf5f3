"""A manager at the pages, without a browser."""

import re
from dataclasses import dataclass

from doubles import Service

from serve.store.people import find_user


@dataclass
class Manager:
    """Signed in; `csrf` is the token of their forms."""

    service: Service
    csrf: str

    def read(self, path: str) -> str:
        """A page's HTML, its white space folded."""
        return " ".join(self.service.client.get(path, headers={"Accept": "text/html"}).text.split())

    def press(self, path: str, **fields: str) -> str:
        """Send a form; what the page then says."""
        answer = self.service.client.post(path, data={"csrf": self.csrf, **fields}, headers={"Accept": "text/html"})
        if answer.status_code == 303:
            return self.read(answer.headers["location"])
        return " ".join(answer.text.split())


def manager_at(service: Service, name: str = "mara") -> Manager:
    """Sign a manager in, who is added the first time."""
    password = f"{name}'s password"
    with service.client.app.state.database.read() as connection:
        known = find_user(connection, name)
    if known is None:
        service.client.app.state.people.add_user(name, "manager", password)
    service.client.cookies.clear()
    service.client.post("/sign-in", data={"name": name, "password": password})
    return Manager(service, re.findall('name="csrf" value="([^"]+)"', service.client.get("/queue").text)[0])
