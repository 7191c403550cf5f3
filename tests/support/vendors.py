"""Local servers that behave as vendors do. Each counts the work it did, and answers what a test asks it to answer."""

import contextlib
import json
import re
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Answer:
    """What a vendor answers. worked: whether it does the work all the same · lost: the connection ends instead."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    worked: bool = False
    lost: bool = False

    @property
    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


HTML = b"<!doctype html><title>Sign in</title>"
REFUSALS = {
    "400": Answer(400, {"errorMessages": ["no"], "errors": {}}),
    "401": Answer(401, HTML, {"Content-Type": "text/html"}),
    "404": Answer(404, {"errorMessages": ["No project could be found"], "errors": {}}),
    "410": Answer(410, {"errorMessages": ["The requested API has been removed"], "errors": {}}),
}
PASSING = {
    "429 seconds": (Answer(429, {}, {"Retry-After": "17"}), timedelta(seconds=17)),
    "429 date": (
        Answer(429, {}, {"Date": "Wed, 21 Oct 2026 07:28:00 GMT", "Retry-After": "Wed, 21 Oct 2026 07:29:00 GMT"}),
        timedelta(seconds=60),
    ),
}
UNREADABLE = {
    "500": Answer(500, {"errorMessages": ["Internal server error"]}),
    "502 HTML": Answer(502, HTML, {"Content-Type": "text/html"}),
    "503": Answer(503, b"", {"Retry-After": "5"}),
    "200 HTML": Answer(200, HTML, {"Content-Type": "text/html"}, worked=True),
    "200 broken JSON": Answer(200, b'{"id": "10', worked=True),
    "200 other JSON": Answer(200, {}, worked=True),
    "lost": Answer(worked=True, lost=True),
}


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Vendor:
    """Listens on a free port of 127.0.0.1 until `close`."""

    def __init__(self, tls: tuple[Path, Path] | None = None) -> None:
        """`tls`: certificate and key."""
        self.calls: list[Call] = []
        self.works: list[Any] = []  # what it did: tickets, messages, events
        self.scripted: deque[Answer] = deque()  # for the calls that would do work, before its own answers
        self.always: Answer | None = None  # for every call, whatever it asks
        self.fate: Callable[[], Answer | None] = lambda: None  # when nothing is scripted
        self.on_work: Callable[[], None] = lambda: None
        self.on_read: Callable[[Call], object] = lambda _: None
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def is_work(self, call: Call) -> bool:
        """Whether the call asks for something to be done rather than read."""
        return call.method == "POST"

    def work(self, call: Call) -> Answer:
        """Do it."""
        raise NotImplementedError

    def read(self, call: Call) -> Answer:
        """Answer a question."""
        return Answer(404)

    def answer(self, call: Call) -> Answer:
        with self._lock:
            self.calls.append(call)
            if self.always is not None:
                return self.always
            if not self.is_work(call):
                self.on_read(call)
                return self.read(call)
            scripted = self.scripted.popleft() if self.scripted else self.fate()
            if scripted is not None and not scripted.worked:
                return scripted
            done = self.work(call)
        self.on_work()
        return scripted or done

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                pass

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError, ssl.SSLError):
                    super().handle()

            def _any(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = vendor.answer(Call(self.command, parts.path, query, headers, body))
                if answer.lost:
                    self.close_connection = True
                    return
                self.send_response_only(answer.status)
                for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.bytes)))
                self.end_headers()
                self.wfile.write(answer.bytes)

            do_GET = do_POST = do_PUT = _any  # noqa: N815  the names that http.server looks for

        return Handler


class Jira(Vendor):
    """Cloud's search finds a ticket some time after it was made (`lag`, asked each time); Data Center's at once."""

    def __init__(
        self, now: Callable[[], datetime], *, cloud: bool = True, lag: Callable[[], timedelta] = timedelta
    ) -> None:
        super().__init__()
        self.now = now
        self.cloud = cloud
        self.lag = lag
        self.required: dict[str, Any] = {}
        self.page_size = 50

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def work(self, call: Call) -> Answer:
        if attached := re.fullmatch(r"/rest/api/2/issue/([^/]+)/attachments", call.path):
            name = re.search(rb'filename="([^"]+)"', call.body)
            assert name
            self.ticket(attached[1])["files"].append(name[1].decode())
            return Answer(200, [{"id": "1", "filename": name[1].decode(), "size": 3, "self": ""}])
        if commented := re.fullmatch(r"/rest/api/2/issue/([^/]+)/comment", call.path):
            self.ticket(commented[1])["comments"].append(call.json["body"])
            return Answer(201, {"id": "1", "body": call.json["body"], "self": ""})
        assert call.path == "/rest/api/2/issue", call.path
        fields = call.json["fields"]
        key = f"TS-{len(self.works) + 1}"
        found_at = self.now() + self.lag() if self.cloud else self.now()
        empty: dict[str, Any] = {"files": [], "comments": [], "status": "To Do"}
        self.works.append({"key": key, "fields": fields, "found_at": found_at, **empty})
        return Answer(201, {"id": str(10_000 + len(self.works)), "key": key, "self": f"{self.address}/{key}"})

    def ticket(self, key: str) -> dict[str, Any]:
        return next(ticket for ticket in self.works if ticket["key"] == key)

    def read(self, call: Call) -> Answer:
        path = call.path.removeprefix("/rest/api/2/")
        if path == "serverInfo":
            kind = "Cloud" if self.cloud else "Server"
            return Answer(200, {"deploymentType": kind, "versionNumbers": [9, 12, 0], "baseUrl": self.address})
        if path == "field":
            return Answer(200, [{"id": "labels", "name": "Labels"}])
        if path == "mypermissions":
            return Answer(200, {"permissions": {"CREATE_ISSUES": {"havePermission": True}}})
        if path in ("search/jql", "search"):
            if (path == "search") == self.cloud:
                return Answer(410 if self.cloud else 404, {"errorMessages": ["The requested API has been removed"]})
            return self._search(call)
        if path == "issue/createmeta":
            kinds = [{"id": "1", "name": "Bug", "fields": self._fields()}]
            kinds = kinds if call.query["issuetypeNames"] == "Bug" else []
            return Answer(200, {"projects": [{"key": "TS", "issuetypes": kinds}]})
        if path == "issue/createmeta/TS/issuetypes":
            return Answer(200, {"values": [{"id": "1", "name": "Bug"}], "isLast": True, "total": 1})
        if path == "issue/createmeta/TS/issuetypes/1":
            known = [{"fieldId": key, **value} for key, value in self._fields().items()]
            return Answer(200, {"values": known, "isLast": True, "total": len(known)})
        if path.endswith("/comment"):
            said = self.ticket(path.split("/")[1])["comments"]
            return Answer(200, {"comments": [{"id": "1", "body": body, "self": ""} for body in said]})
        if path.startswith("issue/"):
            return Answer(200, self._issue(self.ticket(path.split("/")[1])))
        return Answer(404, {"errorMessages": [path]})

    def _fields(self) -> dict[str, Any]:
        names = [{"name": name} for name in ("Blocker", "High", "Medium", "Low")]
        fields: dict[str, Any] = {name: {"name": name.title(), "required": True} for name in ("summary", "project")}
        fields |= {"labels": {"name": "Labels", "required": False}}
        return fields | {"priority": {"name": "Priority", "required": False, "allowedValues": names}} | self.required

    def _search(self, call: Call) -> Answer:
        wanted = re.search(r'(?:labels|component) = "([^"]+)"', call.query["jql"])
        keys = re.findall(r'"(TS-\d+)"', call.query["jql"])
        found = [
            self._issue(ticket)
            for ticket in self.works
            if ticket["found_at"] <= self.now()
            and (ticket["key"] in keys or (wanted and wanted[1] in ticket["fields"]["labels"]))
        ]
        size = min(self.page_size, int(call.query["maxResults"]))
        if not self.cloud:
            start = int(call.query.get("startAt", 0))
            return Answer(200, {"issues": found[start : start + size], "total": len(found), "startAt": start})
        start = int(call.query.get("nextPageToken", 0))
        page: dict[str, Any] = {"issues": found[start : start + size], "isLast": start + size >= len(found)}
        return Answer(200, page if page["isLast"] else {**page, "nextPageToken": str(start + size)})

    def _issue(self, ticket: dict[str, Any]) -> dict[str, Any]:
        fields = {
            "summary": ticket["fields"]["summary"],
            "status": {
                "name": ticket["status"],
                "statusCategory": {"key": "done" if ticket["status"] == "Done" else "new"},
            },
            "attachment": [{"filename": name} for name in ticket["files"]],
        }
        return {"id": ticket["key"], "key": ticket["key"], "self": "", "fields": fields}


class Slack(Vendor):
    """Says `ok: false` as Slack does when it refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.scopes = "chat:write,im:write"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    def is_work(self, call: Call) -> bool:
        return call.path == "/api/chat.postMessage"

    def work(self, call: Call) -> Answer:
        self.works.append(call.json)
        return Answer(200, {"ok": True, "channel": call.json["channel"], "ts": f"{len(self.works)}.0"})

    def read(self, call: Call) -> Answer:
        if call.path == "/api/conversations.open":
            asked = parse_qs(call.body.decode()).get("users") or [json.loads(call.body)["users"]]
            return Answer(200, {"ok": True, "channel": {"id": f"D-{asked[0]}"}})
        if call.path == "/api/auth.test":
            return Answer(200, {"ok": True}, {"x-oauth-scopes": self.scopes})
        return Answer(200, {"ok": False, "error": "unknown_method"})


class Receiver(Vendor):
    """A school's own program: verifies the signature and keeps the event, once for each id."""

    SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}/hook?from=aaq"

    def work(self, call: Call) -> Answer:
        event = Webhook(self.SECRET).verify(call.body, call.headers)
        self.works.append((call.headers["webhook-id"], event))
        return Answer(200, {"url": "https://school.example/1"})
