"""Accounts, keys and their pages, as an admin and the command line see them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from doubles import Service, ServiceFactory
from processes import Program


@pytest.fixture
def admin(service: Service) -> str:
    """Signed in as an admin; the form token."""
    people = service.client.app.state.people
    service.client.post("/sign-in", data={"name": "root", "password": people.add_user("root", "admin")})
    return service.client.get("/people").text.split('name="csrf" value="')[1].split('"')[0]


def id_of(service: Service, name: str) -> str:
    return service.client.app.state.people.accounts.find(name).id


def post(service: Service, path: str, csrf: str, **form: str):
    return service.client.post(path, data={"csrf": csrf, **form})


def signs_in(service: Service, name: str, password: str) -> bool:
    return service.client.post("/sign-in", data={"name": name, "password": password}).status_code == 303


def shown_once(page: str) -> str:
    found = re.search(r"shown only now: <code>([^<]+)</code>", page)
    assert found
    return found[1]


def test_a_new_person_s_password_is_shown_once_and_works(service: Service, admin: str) -> None:
    password = shown_once(post(service, "/people", admin, name=" maya ", role="manager").text)
    assert password not in service.client.get("/people").text
    assert post(service, "/people", admin, name="maya", role="coach").headers["location"] == "/people?said=taken"
    assert signs_in(service, "maya", password)
    assert service.client.get("/manager").status_code == 200


def test_a_new_password_ends_the_old_one_and_every_session(service: Service, admin: str) -> None:
    service.sign_in()
    coach = service.client.cookies["aaq"]
    people = service.client.app.state.people
    service.client.post("/sign-in", data={"name": "root", "password": people.accounts.reset("root")})
    csrf = service.client.get("/people").text.split('name="csrf" value="')[1].split('"')[0]
    password = shown_once(post(service, f"/people/{id_of(service, 'coach')}/reset", csrf).text)
    service.client.cookies.clear()
    assert service.client.get("/queue", headers={"Cookie": f"aaq={coach}"}).status_code == 303
    assert not signs_in(service, "coach", service.password)
    assert signs_in(service, "coach", password)


def test_a_disabled_person_is_out_at_once_and_in_again_when_enabled(service: Service, admin: str) -> None:
    post(service, f"/people/{id_of(service, 'coach')}/disable", admin)
    assert not signs_in(service, "coach", service.password)
    post(service, f"/people/{id_of(service, 'coach')}/enable", admin)
    assert signs_in(service, "coach", service.password)


@pytest.mark.parametrize(("change", "form"), [("disable", {}), ("role", {"role": "coach"})])
def test_the_last_admin_stays_one(service: Service, admin: str, change: str, form) -> None:
    answer = post(service, f"/people/{id_of(service, 'root')}/{change}", admin, **form)
    assert answer.headers["location"] == "/people?said=last"
    service.client.app.state.people.add_user("second", "admin")
    post(service, f"/people/{id_of(service, 'root')}/{change}", admin, **form)
    assert service.client.get("/people").status_code in (303, 403)


def test_a_key_is_shown_once_listed_by_its_beginning_and_revoked(service: Service, admin: str) -> None:
    key = shown_once(post(service, "/programs/keys", admin, name="widget", scope="review").text)
    headers = {"Authorization": f"Bearer {key}", "AAQ-Coach": "coach"}
    assert service.client.get("/v1/messages", headers=headers).status_code == 200
    page = service.client.get("/programs").text
    assert key not in page
    assert f"{key[:12]}…" in page
    assert page.count("2026-11-23") >= 2  # made, and last used
    (made,) = [one for one in service.client.app.state.people.keys.all() if one.name == "widget"]
    post(service, f"/programs/keys/{made.id}/revoke", admin)
    assert service.client.get("/v1/messages", headers=headers).status_code == 401


def test_the_day_of_use_is_written_once_a_day(service: Service) -> None:
    keys = service.client.app.state.people.keys

    def used() -> str:
        return str(next(key.used_on for key in keys.all() if key.name == "tests"))

    service.client.get("/v1/messages", headers=service.headers)
    assert used() == "2026-11-23"
    service.clock.move(days=2)
    service.client.get("/v1/messages", headers=service.headers)
    assert used() == "2026-11-25"


def test_a_key_of_another_process_ends_within_seconds_of_its_revocation(start_service: ServiceFactory) -> None:
    service = start_service()
    keys = service.client.app.state.people.keys
    assert keys.caller(service.api_key)
    service.client.app.state.database.write(
        lambda connection: connection.exec_driver_sql("UPDATE api_keys SET revoked_at = created_at")
    )
    assert keys.caller(service.api_key)  # remembered for ten seconds
    service.clock.move(seconds=11)
    assert keys.caller(service.api_key) is None


def aaq(folder: Path, environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from aaq import main; main()", *words],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_command_line_adds_lists_disables_and_revokes(tmp_path: Path, releases: Path) -> None:
    environment = Program(tmp_path, releases).environment

    def run(*words: str) -> str:
        ended = aaq(tmp_path, environment, *words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    first = run("users", "add", "maya", "--role", "admin").split()[-1]
    assert run("users", "reset", "maya").split()[-1] != first
    run("users", "add", "tom")
    run("users", "disable", "tom")
    assert re.search(r"coach\s+tom \(password, disabled \d{4}-", run("users", "list"))
    key = run("keys", "add", "widget", "--scope", "review").split()[-1]
    listed = run("keys", "list")
    assert key not in listed
    run("keys", "revoke", key[:12])
    assert "revoked" in run("keys", "list")
    refused = aaq(tmp_path, environment, "users", "disable", "maya")
    assert (refused.returncode, refused.stderr) == (
        1, "aaq: maya is the only admin: make somebody else one first\n"
    )  # fmt: skip
    assert aaq(tmp_path, environment, "users", "add", "x", "--role", "king").returncode == 1
