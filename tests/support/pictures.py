"""`make pictures`: the README's pictures, of the pages as they are, over the afternoon of demo.toml.

To add one, add a line to PICTURES.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo import running, write_demo
from playwright.sync_api import Page, sync_playwright
from quarter import write_quarter

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "serve" / "pages" / "pictures"
CHROMIUM = "/usr/bin/chromium"


@dataclass(frozen=True)
class Picture:
    """name: of the file · open: what a coach does, from the queue, to see it · width, height: in pixels."""

    name: str
    open: Callable[[Page], object]
    width: int = 1280
    height: int = 800
    scheme: str = "light"


def _message(words: str) -> Callable[[Page], object]:
    return lambda page: page.locator("#list li a", has_text=words).click()


def _ticket(page: Page) -> None:
    _message("stays grey even though")(page)
    page.locator("#route summary", has_text="The ticket").click()
    page.locator("#route").evaluate("route => { route.closest('main').scrollTop = route.offsetTop - 60 }")


def _maya(page: Page) -> None:
    page.goto("/students/s-maya")
    page.locator("summary", has_text="May be struggling").click()


PICTURES = [
    Picture("queue", lambda page: None),
    Picture("queue-dark", lambda page: None, scheme="dark"),
    Picture("message", _message("tests blow up")),
    Picture("message-dark", _message("tests blow up"), scheme="dark"),
    Picture("message-phone", _message("stays grey even though"), 390, 844),
    Picture("ticket", _ticket, height=1400),
    Picture("student", _maya),
    Picture("manager", lambda page: page.get_by_role("link", name="Shift").click(), height=1500),
    Picture("manager-dark", lambda page: page.get_by_role("link", name="Shift").click(), height=1500, scheme="dark"),
]


def take(folder: Path, releases: Path, pictures: list[Picture]) -> None:
    """Write each picture as `<name>.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        running(Path(scratch), releases) as service,
        sync_playwright() as play,
    ):
        write_demo(service)
        write_quarter(service.app, service.clock)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for picture in pictures:
            size = {"width": picture.width, "height": picture.height}
            context = browser.new_context(base_url=service.address, viewport=size, color_scheme=picture.scheme)
            page = context.new_page()
            page.goto("/")
            page.get_by_label("Name").fill("coach")
            page.get_by_label("Password").fill(service.passwords["coach"])
            page.get_by_role("button", name="Sign in").click()
            page.locator("#list li").first.wait_for()
            while page.locator(".alarm").count():  # the notices of the story are still on their way
                page.wait_for_timeout(1_000)
                page.goto("/queue")
            picture.open(page)
            page.mouse.move(0, 0)
            page.wait_for_timeout(700)
            page.screenshot(path=folder / f"{picture.name}.png")
            print(folder / f"{picture.name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]  # the folder of releases, the folder to write
    take(given[1] if given[1:] else FOLDER, given[0] if given else ROOT / "releases", PICTURES)
