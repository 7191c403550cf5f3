"""The route below the message, in a real browser: written by keyboard, previewed as it is written, sent once."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from processes import Program

STUDENT = {"id": "s-1", "name": "Maya Ruiz", "github_username": "mayar", "plan": "paid"}
TRACK = "since the new page my track is gone and i cannot open the track, it shows a blank page"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Program]:
    started = Program(tmp_path_factory.mktemp("program"), releases)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def page(browser: Browser, program: Program) -> Iterator[Page]:
    context = browser.new_context(base_url=program.address)
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
    opened.goto("/sign-in")
    opened.get_by_label("Name").fill("coach")
    opened.get_by_label("Password").fill(program.password)
    opened.get_by_role("button", name="Sign in").click()
    yield opened
    context.close()
    assert problems == []


def send(program: Program, text: str) -> str:
    headers = {"Authorization": f"Bearer {program.api_key}"}
    body = {"text": text, "student": STUDENT, "lesson": "Sinatra: Playlister", "environment": "Learn IDE"}
    answer = httpx2.post(f"{program.address}/v1/messages", json=body, headers=headers)
    return str(answer.json()["id"])


def test_a_ticket_by_keyboard_with_its_priority_as_it_is_written_and_a_blocker_said_twice(
    page: Page, program: Program
) -> None:
    message_id = send(program, TRACK)
    page.goto(f"/queue?message={message_id}&as=ui&act=ticket")
    ticket = page.locator("#act-ticket")
    page.locator('#act-ticket input[name="check"]').first.focus()
    for _ in range(5):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    expect(ticket.get_by_role("radio", name="Paid")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # Yes, then No
    page.keyboard.press("ArrowRight")
    expect(ticket.locator(".priority")).to_contain_text("Blocker")
    for label, text in {
        "In one line": "Track is blank",
        "Operating system": "macOS",
        "What was seen": "a blank {code}page{code}",
        "What was expected": "the track",
        "Steps to re-create it": "open learn.co",
        "Everything that was tried": "refreshed",
    }.items():
        ticket.get_by_label(label).fill(text)
    ticket.get_by_label("Everything that was tried").press("Tab")
    expect(ticket.get_by_text("Draft kept")).to_be_visible()
    expect(ticket.locator("[data-field=description]")).to_contain_text("a blank \\{code\\}page\\{code\\}")
    expect(ticket.locator(".problems")).to_have_count(0)
    page.reload()  # what was written is there again
    expect(ticket.get_by_label("What was expected")).to_have_value("the track")
    shown = ticket.locator("[data-field=description]").text_content()
    ticket.get_by_role("button", name="Send the ticket").press("Enter")
    expect(page.get_by_text("A Blocker alerts the whole staff")).to_be_visible()
    page.get_by_role("button", name="Yes, alert the whole staff").press("Enter")
    expect(page.get_by_role("status").filter(has_text="On its way")).to_be_visible()
    expect(page.get_by_role("region", name="Sent")).to_contain_text("Ticket, Blocker to Jira")
    expect(page.locator("#act-ticket")).to_contain_text("Sent by coach")
    assert shown is not None
    printed = program.output.split("[jira] ticket")[1]
    assert shown.splitlines()[0] in printed
    assert printed.count("Blocker") >= 1
    assert program.output.count("[jira] ticket") == 1


def test_admissions_go_in_order(page: Page, program: Program) -> None:
    message_id = send(program, "how much does the full time course cost and are there scholarships")
    page.goto(f"/queue?message={message_id}&as=admissions")
    expect(page.get_by_role("region", name="Assign to Enrollments")).to_contain_text("once the student's yes")
    expect(page.get_by_role("button", name="Assign to Enrollments")).to_have_count(0)
    page.get_by_role("button", name="Send the reply").click()
    expect(page.get_by_role("region", name="The reply")).to_contain_text("Sent by coach")
    page.get_by_role("button", name="The student said yes").click()
    page.get_by_role("button", name="Assign to Enrollments").click()
    expect(page.get_by_role("region", name="Sent")).to_contain_text("Assigned to Enrollments")


def test_a_session_that_ended_carries_the_draft_through_the_sign_in(page: Page, program: Program) -> None:
    message_id = send(program, "how do i sort an array by two keys")
    page.goto(f"/queue?message={message_id}&as=project&act=reply")
    page.locator("#act-reply textarea").fill("look at the videos\nof section two")
    page.context.clear_cookies()
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 401):
        page.locator("#act-reply").get_by_role("button", name="Preview").click()
    expect(page.get_by_text("What you wrote is kept")).to_be_visible()
    page.get_by_label("Name").fill("coach")
    page.get_by_label("Password").fill(program.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#act-reply textarea")).to_have_value("look at the videos\nof section two")


@pytest.mark.parametrize("label", ["ui", "admissions", "distress", "struggling", "project", "coaching"])
def test_every_route_is_accessible_and_fits_a_phone(page: Page, program: Program, label: str) -> None:
    message_id = send(program, "the light stays grey although all my tests pass")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/queue?message={message_id}&as={label}&act=ticket")
    expect(page.get_by_role("region", name="Route")).to_be_visible()
    for folded in page.locator("details.step:not([open]) > summary").all():
        folded.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(page, context="#route")
    assert found.violations_count == 0, found.generate_report()
