"""axe-core over every page, light and dark, wide and narrow, with everything unfolded."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from demo import Running, write_demo
from playwright.sync_api import Page

SIZES = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
UNFOLD = "document.querySelectorAll('details').forEach(folded => folded.open = true)"


def violations(page: Page) -> list[str]:
    page.evaluate(UNFOLD)
    found = Axe().run(page).response["violations"]
    said = "{} {}: {} {}".format
    nodes = [(rule["id"], node) for rule in found for node in rule["nodes"]]
    return [said(page.url, rule, node["html"], node["failureSummary"]) for rule, node in nodes]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_no_page_has_a_violation(scheme: str, size: str, shift: Running, signed_in: Callable[..., Page]) -> None:
    write_demo(shift)
    page = signed_in(shift, color_scheme=scheme, viewport=SIZES[size], bypass_csp=True)
    found = violations(page)
    ids = page.locator("#list li").evaluate_all("rows => rows.map(row => row.id.slice(4))")
    with shift.app.state.database.read() as connection:
        priya = connection.exec_driver_sql("SELECT id FROM users WHERE name = 'Priya'").scalar_one()
    shift.app.state.reviewing.claim(ids[2], priya)
    messages = [f"/queue?message={ids[i]}" for i in (0, 2, 4)]  # distress, a colleague's, a burst
    for address in (*messages, "/queue?label=virtualbox", "/students", "/students/s-maya", "/students/nobody"):
        page.goto(address)
        found += violations(page)
    page.goto("/queue?state=decided")
    page.locator("#list li a").first.click()
    page.locator("section.done").wait_for()
    found += violations(page)
    page.keyboard.press("?")
    found += violations(page)
    page.context.clear_cookies()
    page.goto("/sign-in")
    assert found + violations(page) == []
