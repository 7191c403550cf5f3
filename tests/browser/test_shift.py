"""A coach's shift from the keyboard alone, with a colleague, with what goes wrong, on a phone."""

import re
from collections.abc import Callable
from typing import Any

from demo import Running
from playwright.sync_api import Page, expect

DISTRESS = "i don't think i'm meant for this. thanks for trying to help anyway"
LIGHTS = "the light is still grey although all my tests pass and i pushed"
DOUBT = "???"
EVERY_KIND = [
    DISTRESS,
    DOUBT,
    LIGHTS,
    "learn: command not found when i run the tests",
    "how long is the course and what does it cost? i want to apply",
    "my portfolio project review, how do i schedule it",
    "the video on the lesson page does not play",
    "i was charged twice this month and cannot log in to my account",
    "how do i sort an array of hashes by two keys",
    "my blog post will not publish",
]
Serving = Callable[..., Any]
SignedIn = Callable[..., Page]


def current(page: Page) -> str | None:
    return page.locator("article.message").get_attribute("data-message")


def press_and_go_on(page: Page, *keys: str) -> None:
    """Press, then wait until another message, or none, stands there."""
    before = current(page)
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator(f'article[data-message="{before}"]')).to_have_count(0)


def test_after_a_label_one_key_leads_to_its_ticket(shift: Running, signed_in: SignedIn) -> None:
    shift.post(LIGHTS, student={"id": "s-1", "name": "Maya Reyes", "plan": "paid"})
    shift.post(DOUBT)
    page = signed_in(shift)
    page.locator("#list").get_by_text("still grey").click()
    expect(page.locator(".text")).to_have_text(LIGHTS)
    press_and_go_on(page, "Enter")
    page.keyboard.press("g")
    expect(page.locator(".text")).to_have_text(LIGHTS)
    expect(page.get_by_role("region", name="Route").get_by_role("heading", level=2)).to_contain_text("Lights")


def test_ten_items_of_every_kind_are_cleared_from_the_keyboard_alone(shift: Running, signed_in: SignedIn) -> None:
    for text in EVERY_KIND:
        shift.post(text, student={"id": "s-1", "name": "Maya Reyes", "plan": "paid"})
    page = signed_in(shift)
    page.evaluate("window.stillTheSamePage = true")
    expect(page.locator(".text")).to_contain_text("meant for this")  # distress stands first
    page.keyboard.press("a")
    expect(page.get_by_text("coach has this in hand")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("Called her; she is with her sister.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".note-text")).to_have_text("Called her; she is with her sister.")
    press_and_go_on(page, "Enter")
    expect(page.locator(".text")).to_have_text(DOUBT)
    press_and_go_on(page, "c", "o")
    page.keyboard.press("u")
    expect(page.locator(".text")).to_have_text(DOUBT)
    press_and_go_on(page, "c", "o")
    press_and_go_on(page, "s")
    likely = page.locator('.likely:not([value="distress"])').first  # distress would stay in front until acknowledged
    press_and_go_on(page, likely.get_attribute("data-digit") or "")
    while page.locator("article .actions").count() and page.locator("#list li").count() > 1:
        press_and_go_on(page, "Enter")
    expect(page.locator("#list li")).to_have_count(1)  # the one that was skipped
    press_and_go_on(page, "Enter")
    expect(page.get_by_text("Nothing waits. New messages")).to_be_visible()
    assert page.evaluate("window.stillTheSamePage")


def test_a_posted_message_shows_within_two_seconds_without_reload_or_moving_the_list(
    shift: Running, signed_in: SignedIn
) -> None:
    shift.post(LIGHTS)
    page = signed_in(shift)
    expect(page.locator("#list li")).to_have_count(1)
    shift.post("how do i sort an array of hashes by two keys")
    expect(page.get_by_role("button", name="1 new")).to_be_visible(timeout=2000)
    expect(page.locator("#list li")).to_have_count(1)
    expect(page.locator("#news")).to_have_text("1 new")
    page.keyboard.press("r")
    expect(page.locator("#list li")).to_have_count(2)
    reading = current(page)
    shift.post(DISTRESS)
    expect(page.get_by_role("heading", name="A human now")).to_be_visible(timeout=2000)
    expect(page.locator("#news")).to_have_text("A message needs a human now.")
    assert current(page) == reading


def test_an_empty_queue_shows_the_first_message_by_itself(shift: Running, signed_in: SignedIn) -> None:
    page = signed_in(shift)
    expect(page.get_by_text("Nothing waits. New messages")).to_be_visible()
    shift.post(LIGHTS)
    expect(page.locator(".text")).to_have_text(LIGHTS)


def test_the_second_coach_is_told_and_can_take_over(shift: Running, signed_in: SignedIn) -> None:
    message = shift.post(LIGHTS)
    first, second = signed_in(shift), signed_in(shift, "Priya")
    expect(first.locator("#list .who")).to_have_text("with you")
    second.goto(f"/queue?message={message}")
    expect(second.get_by_text("coach has had this open")).to_be_visible()
    second.keyboard.press("Enter")  # there is nothing to confirm with
    second.keyboard.press("t")
    expect(second.get_by_role("button", name="Confirm")).to_be_visible()
    first.keyboard.press("Enter")
    expect(first.get_by_role("status").filter(has_text="Another coach has this one open")).to_be_visible()
    expect(first.get_by_text("Priya has had this open")).to_be_visible()
    second.keyboard.press("Enter")
    expect(second.get_by_role("status").filter(has_text="Confirmed.")).to_be_visible()


def test_a_blind_message_shows_nothing_until_it_is_labelled(serving: Serving, signed_in: SignedIn) -> None:
    with serving(blind_share=1) as service:
        service.post(LIGHTS)
        page = signed_in(service)
        expect(page.get_by_text("Label first:")).to_be_visible()
        expect(page.locator("mark")).to_have_count(0)
        page.keyboard.press("Enter")
        page.keyboard.press("1")
        expect(page.get_by_text("Label first:")).to_be_visible()
        press_and_go_on(page, "c", "g")
        expect(page.get_by_role("status").filter(has_text="we would have said Lights")).to_be_visible()


def test_a_burst_is_confirmed_and_undone_with_one_key_each(shift: Running, signed_in: SignedIn) -> None:
    for i in range(5):
        shift.post(f"{LIGHTS}{'!' * i}")
    page = signed_in(shift)
    expect(page.get_by_text("5 alike within the hour")).to_be_visible()
    page.keyboard.press("b")
    expect(page.get_by_role("status").filter(has_text="Confirmed. 5 messages alike.")).to_be_visible()
    expect(page.get_by_text("Nothing waits. New messages")).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator("#list li")).to_have_count(5)


def test_filters_and_search_stay_through_decisions_and_reloads(shift: Running, signed_in: SignedIn) -> None:
    for i in range(3):
        shift.post(f"{LIGHTS} {i}", student={"id": f"p{i}", "plan": "paid"}, lesson="SQL: Joins")
        shift.post(f"how do i sort an array {i}", student={"id": f"f{i}", "plan": "free"})
    page = signed_in(shift)
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Plan").select_option("paid")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#list li")).to_have_count(3)
    expect(page).to_have_url(re.compile("plan=paid"))
    press_and_go_on(page, "Enter")
    expect(page.locator("#list li")).to_have_count(2)
    page.reload()
    expect(page.locator("#list li")).to_have_count(2)
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("#list li")).to_have_count(5)
    page.keyboard.press("/")
    page.keyboard.type("sort an")
    page.keyboard.press("Enter")
    expect(page.locator("#list li")).to_have_count(3)
    assert "sort" not in page.url
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("#list li")).to_have_count(5)
    page.go_back()
    expect(page.locator("#list")).to_be_visible()


def test_what_is_typed_outlives_other_messages_reloads_and_the_end_of_the_session(
    shift: Running, signed_in: SignedIn
) -> None:
    for i in range(2):
        shift.post(f"{LIGHTS} {i}", student={"id": f"p{i}"})
    page = signed_in(shift)
    page.keyboard.press("n")
    page.keyboard.type("halfway through a thought")
    page.keyboard.press("Escape")
    press_and_go_on(page, "j")
    expect(page.locator(".write textarea")).to_have_value("")
    press_and_go_on(page, "k")
    expect(page.locator(".write textarea")).to_have_value("halfway through a thought")
    page.reload()
    expect(page.locator(".write textarea")).to_have_value("halfway through a thought")
    cookie = page.context.cookies()
    page.context.clear_cookies()
    page.keyboard.press("n")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Your sign-in ended before this was sent.")).to_be_visible()
    expect(page.get_by_label("What you wrote")).to_have_value("halfway through a thought")
    page.context.add_cookies(cookie)


def test_a_phone_has_thumb_sized_targets_and_no_sideways_scroll(shift: Running, signed_in: SignedIn) -> None:
    shift.post(LIGHTS, student={"id": "s-1", "name": "Maya Reyes"}, lesson="Sinatra: Playlister")
    page = signed_in(shift, viewport={"width": 390, "height": 844}, has_touch=True)
    page.locator("#list li a").tap()
    expect(page.get_by_role("button", name="Confirm")).to_be_in_viewport()
    small = page.evaluate(
        "[...document.querySelectorAll('button, summary, select, .back, .top nav a')]"
        ".filter(e => e.offsetHeight && e.offsetHeight < 40).map(e => e.outerHTML)"
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Confirm").tap()
    expect(page.get_by_role("status").filter(has_text="Confirmed.")).to_be_visible()


def test_a_student_s_page_takes_a_flag_from_the_keyboard_without_javascript_too(
    shift: Running, signed_in: SignedIn
) -> None:
    shift.post(LIGHTS, student={"id": "s-1", "name": "Maya Reyes"})
    page = signed_in(shift, java_script_enabled=False)
    page.get_by_role("link", name="Maya Reyes").first.click()
    page.get_by_text("Write a note or a flag").click()
    page.get_by_label("For the other coaches").fill("Please look twice")
    page.get_by_role("button", name="Save as a flag").click()
    expect(page.get_by_text("Noted.")).to_be_visible()
    expect(page.locator(".note.flag")).to_contain_text("Please look twice")
