"""The route below the message, in a real browser: written by keyboard, previewed as it is written, sent once."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from demo import Running
from playwright.sync_api import Page, expect

from serve.store.deliveries import deliveries_of

STUDENT = {"id": "s-1", "name": "Maya Ruiz", "github_username": "mayar", "plan": "paid"}
LAB = {"student": STUDENT, "lesson": "Sinatra: Playlister", "environment": "Learn IDE"}
TRACK = "since the new page my track is gone and i cannot open the track, it shows a blank page"

SignedIn = Callable[..., Page]


def bodies(shift: Running, message_id: str, action: str) -> list[dict[str, object]]:
    """What is sent of an action, as its vendor gets it."""
    with shift.app.state.database.read() as connection:
        return [dict(row.body) for row in deliveries_of(connection, message_id) if row.action == action]


def test_a_ticket_by_keyboard_with_its_priority_as_it_is_written_and_a_blocker_said_twice(
    shift: Running, signed_in: SignedIn
) -> None:
    page, message_id = signed_in(shift), shift.post(TRACK, **LAB)
    page.goto(f"/queue?message={message_id}&as=ui&act=ticket")
    ticket = page.locator("#act-ticket")
    page.locator('#act-ticket input[name="check"]').first.focus()
    for _ in range(5):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    expect(ticket.get_by_role("radio", name="Paid")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # from Yes to No
    expect(ticket.locator(".priority strong")).to_have_text("Blocker")
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
    expect(page.get_by_role("region", name="Sent", exact=True)).to_contain_text("Ticket, Blocker to Jira")
    expect(page.locator("#act-ticket")).to_contain_text("Sent by coach")
    (body,) = bodies(shift, message_id, "ticket")
    assert body["description"] == shown
    assert body["priority"] == "Blocker"


def test_admissions_go_in_order(shift: Running, signed_in: SignedIn) -> None:
    page, message_id = (
        signed_in(shift),
        shift.post("how much is the full course, are there scholarships", **LAB),
    )
    page.goto(f"/queue?message={message_id}&as=admissions")
    expect(page.get_by_role("region", name="Assign to Enrollments")).to_contain_text("once the student's yes")
    expect(page.get_by_role("button", name="Assign to Enrollments")).to_have_count(0)
    page.get_by_role("button", name="Send the reply").click()
    expect(page.get_by_role("region", name="The reply")).to_contain_text("Sent by coach")
    page.get_by_role("button", name="The student said yes").click()
    page.get_by_role("button", name="Assign to Enrollments").click()
    expect(page.get_by_role("region", name="Sent", exact=True)).to_contain_text("Assigned to Enrollments")


def test_a_session_that_ended_carries_the_draft_through_the_sign_in(shift: Running, signed_in: SignedIn) -> None:
    page, message_id = signed_in(shift), shift.post("how do i sort an array by two keys", **LAB)
    page.goto(f"/queue?message={message_id}&as=project&act=reply")
    page.locator("#act-reply textarea").fill("look at the videos\nof section two")
    page.context.clear_cookies()
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 401):
        page.locator("#act-reply").get_by_role("button", name="Preview").click()
    expect(page.get_by_text("What you wrote is kept")).to_be_visible()
    page.get_by_label("Name").fill("coach")
    page.get_by_label("Password").fill(shift.passwords["coach"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#act-reply textarea")).to_have_value("look at the videos\nof section two")


@pytest.mark.parametrize("label", ["ui", "admissions", "distress", "struggling", "project", "coaching"])
def test_every_route_is_accessible_and_fits_a_phone(shift: Running, signed_in: SignedIn, label: str) -> None:
    page, message_id = signed_in(shift), shift.post("the light stays grey although all my tests pass", **LAB)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/queue?message={message_id}&as={label}&act=ticket")
    expect(page.get_by_role("region", name="Route")).to_be_visible()
    for folded in page.locator("details.step:not([open]) > summary").all():
        folded.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(page, context="#route")
    assert found.violations_count == 0, found.generate_report()
