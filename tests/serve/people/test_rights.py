"""Who may what: every route of the application against every kind of asker, from the table in support/routes.txt."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from doubles import Service, ServiceFactory
from fastapi.routing import iter_route_contexts
from provider import CLIENT_ID, CLIENT_SECRET

from serve.clock import utc_now
from serve.people.auth import People, SignInRefused
from serve.people.tries import Tries

NOT_THERE = "0" * 32
ASKERS = ("nobody", "coach", "manager", "admin", "send", "review")
TABLE = Path(__file__).parents[2] / "support" / "routes.txt"
ROWS = {
    (fields[0], fields[1]): dict(zip(ASKERS, map(int, fields[2:]), strict=True))
    for fields in (line.split() for line in TABLE.read_text("utf-8").splitlines())
    if fields and fields[0] != "#" and not fields[0].startswith("#")
}
DISTRESS = "zebra-canary: i'm done with this course, i feel so stupid and i want to quit"


@pytest.fixture(scope="module")
def shared_service(start_module_service: ServiceFactory) -> Service:
    return start_module_service(
        oidc_issuer="http://127.0.0.1:1", oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET
    )


@pytest.fixture(scope="module")
def askers(shared_service: Service) -> Iterator[Mapping[str, Mapping[str, str]]]:
    """Headers, and the session's form token, of each kind of asker."""
    people, client = shared_service.client.app.state.people, shared_service.client
    known: dict[str, dict[str, str]] = {"nobody": {}}
    for role in ("coach", "manager", "admin"):
        password = shared_service.password if role == "coach" else people.add_user(role, role)
        client.cookies.clear()
        client.post("/sign-in", data={"name": role, "password": password})
        csrf = client.get("/queue").text.split('name="csrf" value="')[1].split('"')[0]
        known[role] = {"Cookie": f"aaq={client.cookies['aaq']}", "csrf": csrf}
    for scope in ("send", "review"):
        key = people.add_api_key(f"{scope} key", scope).key
        known[scope] = {"Authorization": f"Bearer {key}", "AAQ-Coach": "coach"}
    client.cookies.clear()
    return known


def ask(service: Service, method: str, path: str, headers: Mapping[str, str], csrf: str | None = None):
    service.client.cookies.clear()
    given = {name: value for name, value in headers.items() if name != "csrf"}
    token = headers.get("csrf", "") if csrf is None else csrf
    form = {"csrf": token} if method == "POST" and not path.startswith("/v1") else None
    filled = path
    for part in path.split("/"):
        if part.startswith("{"):
            filled = filled.replace(part, NOT_THERE)
    return service.client.request(method, filled, headers=given, data=form)


def routes(service: Service) -> set[tuple[str, str]]:
    found = set()
    for route in iter_route_contexts(service.client.app.routes):
        if route.methods is None:
            continue  # the mount of static files; its row is a file of it
        path = str(route.path).replace(":path}", "}")
        found |= {(method, path) for method in route.methods - {"HEAD"}}
    return found


def test_every_route_has_its_row_and_every_row_its_route(shared_service: Service) -> None:
    assert set(ROWS) - {("GET", "/static/app.css")} == routes(shared_service)


BY_NAME = ("/sign-out", "/sign-in")  # they end and count sessions: tested below, by name


@pytest.mark.parametrize("asker", ASKERS)
@pytest.mark.parametrize(("method", "path"), [row for row in ROWS if row[1] not in BY_NAME])
def test_each_asker_gets_what_the_table_says(shared_service: Service, askers, method: str, path: str, asker) -> None:
    answer = ask(shared_service, method, path, askers[asker])
    assert answer.status_code == ROWS[method, path][asker], answer.text[:500]
    if ROWS[method, path]["nobody"] == 303 and asker in ("nobody", "send", "review") and path != "/":
        assert answer.headers["location"].startswith("/sign-in")


FORMS = [path for method, path in ROWS if method == "POST" and not path.startswith(("/v1", "/sign-in"))]


@pytest.mark.parametrize("token", ["", "0" * 32, "é"])
@pytest.mark.parametrize("path", FORMS)
def test_no_form_is_taken_from_another_session(shared_service: Service, askers, path: str, token: str) -> None:
    answer = ask(shared_service, "POST", path, askers["admin"], csrf=token)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/queue?said=stale")


@pytest.mark.parametrize(("method", "path"), [row for row in ROWS if ROWS[row]["nobody"] == 303 and row[1] != "/"])
def test_a_cookie_that_was_changed_is_no_session(shared_service: Service, askers, method: str, path: str) -> None:
    payload, _, rest = askers["admin"]["Cookie"].partition(".")
    for tampered in (f"{payload[:-2]}AA.{rest}", f"{payload}.{rest[:-3]}xyz", "aaq=", "aaq=e30=.x.y"):
        answer = ask(shared_service, method, path, {**askers["admin"], "Cookie": tampered})
        assert answer.headers["location"].startswith("/sign-in")


def test_a_sign_in_form_that_another_site_sends_is_refused(shared_service: Service) -> None:
    form = {"name": "coach", "password": shared_service.password}
    for site, location in (
        ("cross-site", "/queue?said=stale"),
        ("same-site", "/queue?said=stale"),
        ("same-origin", "/queue"),
    ):
        shared_service.client.cookies.clear()
        answer = shared_service.client.post("/sign-in", data=form, headers={"Sec-Fetch-Site": site})
        assert answer.headers["location"] == location


def test_signing_in_begins_a_new_session(start_service: ServiceFactory) -> None:
    service = start_service()
    service.sign_in()
    first = service.client.cookies["aaq"]
    first_token = service.sign_in()
    service.clock.move(seconds=1)
    second_token = service.sign_in()
    assert service.client.cookies["aaq"] != first
    assert first_token != second_token


def test_a_wrong_role_is_told_whose_page_it_is(shared_service: Service, askers) -> None:
    answer = ask(shared_service, "GET", "/people", {**askers["coach"], "Accept": "text/html"})
    assert "This is for an admin, and you are signed in as coach" in answer.text


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(shared_service: Service, askers) -> None:
    accounts = shared_service.client.app.state.people.accounts
    accounts.add("short-lived", "manager", "a password of the tests")
    shared_service.client.cookies.clear()
    shared_service.client.post("/sign-in", data={"name": "short-lived", "password": "a password of the tests"})
    assert shared_service.client.get("/manager").status_code == 200
    accounts.change_role("short-lived", "coach")
    assert shared_service.client.get("/manager").status_code == 403


def test_tries_are_counted_by_address_too(shared_service: Service) -> None:
    database, clock = shared_service.client.app.state.database, shared_service.clock
    people = People(database, clock, timedelta(hours=1), timedelta(hours=1), tries_by_address=2)
    for name in ("a", "b"):
        with pytest.raises(SignInRefused, match="do not fit"):
            people.sign_in({}, name, "x", "10.0.0.1")
    with pytest.raises(SignInRefused, match="too many"):
        people.sign_in({}, "c", "x", "10.0.0.1")
    with pytest.raises(SignInRefused, match="do not fit"):
        people.sign_in({}, "c", "x", "10.0.0.2")


def test_a_flood_of_invented_names_does_not_fill_the_memory() -> None:
    tries, now = Tries(3, timedelta(minutes=15)), utc_now()
    for number in range(25_000):
        assert tries.allowed(f"name {number}", now)
    assert len(tries) <= 10_001


def test_signing_out_ends_the_session_here(start_service: ServiceFactory) -> None:
    service = start_service()
    csrf = service.sign_in()
    assert service.client.post("/sign-out", data={"csrf": "0" * 32}).headers["location"] == "/queue?said=stale"
    assert service.client.get("/queue").status_code == 200
    service.client.post("/sign-out", data={"csrf": csrf})
    assert service.client.get("/queue").status_code == 303


def test_every_page_that_shows_a_distress_case_s_words_leaves_a_trace(start_service: ServiceFactory) -> None:
    service = start_service()
    sent = service.post(DISTRESS, student={"id": "s-1"})
    people = service.client.app.state.people
    service.client.post("/sign-in", data={"name": "root", "password": people.add_user("root", "admin")})
    filled = {"{student_id}": "s-1", "{message_id}": str(sent["id"])}
    shown = 0
    for method, path in [*ROWS, ("GET", f"/queue?message={sent['id']}")]:
        if method != "GET" or path.startswith("/v1"):
            continue
        for name, value in filled.items():
            path = path.replace(name, value)
        service.clock.move(days=1)
        service.client.post("/sign-in", data={"name": "root", "password": people.accounts.reset("root")})
        before = n_reads(service)
        if "zebra-canary" in service.client.get(path).text:
            shown += 1
            assert n_reads(service) > before, path
    assert shown >= 3


def n_reads(service: Service) -> int:
    with service.client.app.state.database.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM audit").scalar() or 0)


def test_a_list_is_noted_once_a_day_and_a_message_each_time(start_service: ServiceFactory) -> None:
    service = start_service()
    sent = service.post(DISTRESS)
    service.post("how do i sort an array")
    service.sign_in()
    for _ in range(3):
        service.client.get("/queue/list")
    start = n_reads(service)
    for _ in range(3):
        service.client.get("/queue/list")
    assert n_reads(service) == start
    for _ in range(2):
        service.client.get(f"/queue?message={sent['id']}")
    assert n_reads(service) == start + 2


def test_an_admin_sees_who_read_what_and_no_words(start_service: ServiceFactory) -> None:
    service = start_service()
    sent = service.post(DISTRESS)
    service.sign_in()
    service.client.get(f"/queue?message={sent['id']}")
    people = service.client.app.state.people
    service.client.post("/sign-in", data={"name": "root", "password": people.add_user("root", "admin")})
    page = service.client.get("/reads").text
    assert str(sent["id"])[:8] in page
    assert 'scope="row">coach<' in page
    assert "zebra" not in page
