"""`make pictures`: the README's pictures, of the pages as they are, over the demo's afternoon.

To add one, add a line to PICTURES.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo import running_demo
from playwright.sync_api import Page, sync_playwright
from quarter import write_quarter

HERE = Path(__file__).parents[2]
FOLDER = HERE / "serve" / "pages" / "pictures"
CHROMIUM = "/usr/bin/chromium"


@dataclass(frozen=True)
class Picture:
    """name: of the file · open: what a coach does, from the queue, to see it · width, height: in pixels."""

    name: str
    open: Callable[[Page], object]
    width: int = 1280
    height: int = 800
    scheme: str = "light"


def _row(words: str) -> Callable[[Page], object]:
    return lambda page: page.locator("#list li a", has_text=words).click()


PICTURES = [
    Picture("queue", lambda page: None),
    Picture("queue-dark", lambda page: None, scheme="dark"),
    Picture("message", _row("tests blow up")),
    Picture("message-dark", _row("tests blow up"), scheme="dark"),
    Picture("message-phone", _row("stays grey even though"), 390, 844),
    Picture("manager", lambda page: page.get_by_role("link", name="Shift").click(), height=1500),
    Picture("manager-dark", lambda page: page.get_by_role("link", name="Shift").click(), height=1500, scheme="dark"),
    Picture("student", lambda page: page.locator("article h1 a").click(), height=1000),
]


def take(folder: Path, releases: Path, pictures: list[Picture]) -> None:
    """Write each picture as `<name>.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        running_demo(Path(scratch), releases) as demo,
        sync_playwright() as play,
    ):
        write_quarter(demo.app, demo.clock)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for picture in pictures:
            size = {"width": picture.width, "height": picture.height}
            context = browser.new_context(base_url=demo.address, viewport=size, color_scheme=picture.scheme)
            page = context.new_page()
            page.goto("/")
            page.get_by_label("Name").fill("coach")
            page.get_by_label("Password").fill(demo.password)
            page.get_by_role("button", name="Sign in").click()
            page.locator("#list li").first.wait_for()
            picture.open(page)
            page.wait_for_load_state("networkidle") if picture.name == "student" else page.wait_for_timeout(400)
            page.screenshot(path=folder / f"{picture.name}.png")
            print(folder / f"{picture.name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    take(
        Path(sys.argv[2]) if len(sys.argv) > 2 else FOLDER,
        Path(sys.argv[1] if len(sys.argv) > 1 else "releases"),
        PICTURES,
    )
