"""A coach at work, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from processes import Program

DISTRESS = "i don't think i'm meant for this. thanks for trying to help anyway"
LIGHTS = "the light is still grey although all my tests pass and i pushed"


@pytest.fixture
def program(tmp_path: Path, releases: Path) -> Iterator[Program]:
    started = Program(tmp_path, releases)
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
    yield opened
    context.close()
    assert problems == []


def send(program: Program, *texts: str) -> list[str]:
    headers = {"Authorization": f"Bearer {program.api_key}"}
    with httpx2.Client(base_url=program.address, headers=headers) as client:
        return [client.post("/v1/messages", json={"text": text}).json()["id"] for text in texts]


def sign_in(page: Page, program: Program) -> None:
    page.goto("/")
    page.get_by_label("Name").fill("coach")
    page.get_by_label("Password").fill(program.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Waiting messages")).to_be_visible()


def test_sign_in_confirm_correct_and_undo_by_mouse(page: Page, program: Program) -> None:
    send(program, LIGHTS)
    sign_in(page, program)
    expect(page.locator("mark").first).to_be_visible()
    expect(page.get_by_text("Why you see this")).to_be_visible()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status").filter(has_text="Confirmed.")).to_be_visible()
    expect(page.get_by_text("Nothing waits. New")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("back in the queue")).to_be_visible()
    page.get_by_role("button", name="GitHub").click()
    expect(page.get_by_role("status").filter(has_text="Corrected.")).to_be_visible()


def test_the_keys_confirm_correct_undo_and_acknowledge(page: Page, program: Program) -> None:
    send(program, LIGHTS, "how do i sort an array by two keys", DISTRESS)
    sign_in(page, program)
    expect(page.locator(".text")).to_contain_text("meant for this")
    page.keyboard.press("a")
    expect(page.get_by_text("coach has this in hand")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Confirmed.")).to_be_visible()
    expect(page.locator(".text")).not_to_contain_text("meant for this")
    first = page.locator(".text").inner_text()
    page.keyboard.press("j")
    expect(page.locator(".text")).not_to_contain_text(first)
    page.keyboard.press("k")
    expect(page.locator(".text")).to_contain_text(first)
    page.keyboard.press("c")
    page.keyboard.press("b")
    expect(page.get_by_role("status").filter(has_text="Corrected.")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("back in the queue")).to_be_visible()
    expect(page.locator(".text")).to_contain_text(first)


def test_a_new_message_appears_without_reload(page: Page, program: Program) -> None:
    sign_in(page, program)
    expect(page.get_by_text("Nothing waits. New")).to_be_visible()
    send(program, DISTRESS)
    expect(page.get_by_role("heading", name="A human now")).to_be_visible()


def test_it_works_without_javascript(browser: Browser, program: Program) -> None:
    send(program, LIGHTS)
    context = browser.new_context(base_url=program.address, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, program)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Confirmed.")).to_be_visible()
    context.close()


def test_a_phone_shows_the_list_then_the_message(browser: Browser, program: Program) -> None:
    send(program, LIGHTS)
    context = browser.new_context(base_url=program.address, viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, program)
    expect(page.locator("article")).to_be_hidden()
    page.locator("#list li a").first.click()
    expect(page.locator("article")).to_be_visible()
    expect(page.get_by_role("button", name="Confirm")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Queue").last.click()
    expect(page.locator("#list")).to_be_visible()
    context.close()


def test_markup_in_a_message_does_nothing(page: Page, program: Program) -> None:
    send(program, "<script>alert(1)</script><img src=x onerror=alert(2)> ide wont load")
    sign_in(page, program)
    expect(page.locator(".text")).to_contain_text("<script>alert(1)</script>")
