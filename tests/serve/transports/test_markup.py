"""What a student wrote stays literal in Jira, in Slack, in a spreadsheet and in a subject."""

import re

import pytest

from serve.transports.markup import csv_literal, jira_literal, one_line, slack_literal

_ESCAPED = re.compile(r"\\([^\sA-Za-z0-9])")
HOSTILE = [
    "{code}rm -rf{code}", "{noformat}", "{color:red}x{color}", "[click|http://evil.example]", "[~admin]", "!image.png!",
    "*bold*", "_it_", "-gone-", "+new+", "^up^", "~down~", "??cite??", "h1. Heading", "  h3. Heading", "bq. quote",
    "# one\n# two", "- item", "* item", "||head||", "|cell|", "----", "--", "a \\\\ b", "\\{code}", ":)", "(x)", "(!)",
    "&lt;script&gt;", "C:\\Users\\me", "plain words, nothing else.",
]  # fmt: skip


def rendered(markup: str) -> str:
    """What Jira shows for literal text: escapes and the entity undone."""
    return _ESCAPED.sub(r"\1", markup).replace("&#92;", "\\")


@pytest.mark.parametrize("text", HOSTILE)
def test_jira_shows_what_was_written(text: str) -> None:
    markup = jira_literal(text)
    assert rendered(markup) == text
    alive = _ESCAPED.sub("", markup).replace("&#92;", "")
    assert not re.search(r"[{}\[\]*_+^~?!|#]|^\s*(h[1-6]|bq)\.|^\s*-|--|:\)|\((x|!)\)", alive, re.MULTILINE)
    assert "\\\\" not in markup  # a line break in Jira


@pytest.mark.parametrize("text", ["<@U123>", "<!channel>", "<http://evil.example|here>", "a & b < c", "> quote"])
def test_slack_mentions_and_links_are_text(text: str) -> None:
    mrkdwn = slack_literal(text)
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", mrkdwn)
    shown = mrkdwn.replace("​", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == text


@pytest.mark.parametrize("sign", "*_~`:")
def test_slack_signs_do_not_pair_up(sign: str) -> None:
    assert re.search(rf"(?<!​){re.escape(sign)}|{re.escape(sign)}(?!​)", slack_literal(f"{sign}x{sign}")) is None


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_computes_nothing(cell: str) -> None:
    assert csv_literal(cell) == f"'{cell}"
    assert csv_literal("it costs 1+1") == "it costs 1+1"


def test_a_subject_is_one_line_of_bounded_length() -> None:
    assert one_line("a\r\nBcc: x@example.org\x00\u2028b") == "a Bcc: x@example.org b"
    assert len(one_line("word " * 200)) <= 200
