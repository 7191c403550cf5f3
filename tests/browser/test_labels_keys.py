"""A manager goes through suspect labels with one hand on the keyboard."""

from pathlib import Path

import httpx2
from candidates import add_candidate, copy_of
from playwright.sync_api import Browser, Page, expect
from processes import Program

from model.verdicts import read_verdicts
from training.suspects import Suspect, as_csv

CANDIDATE = "20261120-090000-candidate"


def sign_in(page: Page, program: Program) -> None:
    page.goto(f"{program.address}/labels")
    page.get_by_label("Name").fill("coach")
    page.get_by_label("Password").fill(program.password)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{program.address}/labels")


def test_a_key_each_keeps_changes_and_drops(tmp_path: Path, releases: Path, browser: Browser) -> None:
    own = copy_of(releases, tmp_path / "releases")
    add_candidate(own, CANDIDATE)
    program = Program(tmp_path, own)
    program.start()
    with httpx2.Client(base_url=program.address, headers={"Authorization": f"Bearer {program.api_key}"}) as client:
        ids = [
            client.post("/v1/messages", json={"text": f"grey light number {word}"}).json()["id"]
            for word in ("one", "two", "three", "four")
        ]
    suspects = [Suspect(message_id, "c", "s", "coaching", "lights", 0.01) for message_id in ids]
    (own / CANDIDATE / "suspects.csv").write_bytes(as_csv(suspects))
    page = browser.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    sign_in(page, program)
    for word, keys in (("one", ["Enter"]), ("two", ["1"]), ("three", ["c", "i"]), ("four", ["d"])):
        expect(page.get_by_text(f"grey light number {word}")).to_be_visible()
        for key in keys:
            page.keyboard.press(key)
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    program.stop()
    said = read_verdicts(own)
    found = [(said[one].says, said[one].label) for one in ids]
    assert found == [("keep", "coaching"), ("change", "lights"), ("change", "ide"), ("drop", "coaching")]
    assert problems == []
