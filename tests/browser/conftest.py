"""One browser for all; pages that fail a test by any error, refused request or dialog."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from demo import Running, running
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

SignedIn = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        yield launched
        launched.close()


@pytest.fixture
def serving(tmp_path: Path, releases: Path) -> Callable[..., object]:
    """Start a service with other settings: `with serving(blind_share=1) as service`."""

    @contextmanager
    def start(**settings: object) -> Iterator[Running]:
        with running(tmp_path, releases, **settings) as service:
            yield service

    return start


@pytest.fixture
def shift(tmp_path: Path, releases: Path) -> Iterator[Running]:
    with running(tmp_path, releases) as service:
        yield service


def is_problem(message: ConsoleMessage) -> bool:
    """Chromium reports an answer of 401 or 404 as an error; they are what some tests ask for."""
    return message.type == "error" and not message.text.startswith("Failed to load resource: the server responded")


@pytest.fixture
def signed_in(browser: Browser) -> Iterator[SignedIn]:
    """Open a coach's browser on a service: `signed_in(service, "Priya", viewport=...)`."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(service: Running, name: str = "coach", **options: object) -> Page:
        context = browser.new_context(base_url=service.address, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if is_problem(message) else None)
        page.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
        page.goto("/")
        page.get_by_label("Name").focus()
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type(service.passwords[name])
        page.keyboard.press("Enter")
        page.locator("#list").wait_for(state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []
