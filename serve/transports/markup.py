"""Student text stays literal wherever it is sent: no link, picture, mention, heading or formula comes alive."""

import unicodedata

import re2

_ZERO_WIDTH = "\N{ZERO WIDTH SPACE}"

# https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa: a backslash makes the next sign literal. Two of them
# are a line break, so the backslash itself is written as an entity.
_JIRA_SIGNS = re2.compile(r"[{}\[\]*_+^~?!|#&-]")
_JIRA_LINE_STARTS = re2.compile(r"(?m)^(\s*(?:h[1-6]|bq))\.")
_JIRA_FACES = re2.compile(r"([:;])([()DP|])|\(([xyinof/+*!?-]+)\)")

# https://docs.slack.dev/messaging/formatting-message-text: only & < > have an escape. For the rest there is none,
# but a sign that touches a zero-width space does not pair up.
_SLACK_PAIRS = re2.compile(r"https?://\S+|[*_~`:]")
_SLACK_QUOTE = re2.compile(r"(?m)^(\s*)&gt;")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # https://owasp.org/www-community/attacks/CSV_Injection


def jira_literal(text: str) -> str:
    """The text as Jira wiki markup that renders as that text."""
    text = text.replace("\\", "\0")
    text = _JIRA_FACES.sub(lambda face: "".join(f"\\{sign}" if sign in ":;()" else sign for sign in face[0]), text)
    text = _JIRA_SIGNS.sub(lambda sign: f"\\{sign[0]}", text)
    text = _JIRA_LINE_STARTS.sub(r"\1\\.", text)
    return text.replace("\0", "&#92;")


def slack_literal(text: str) -> str:
    """The text as Slack mrkdwn that shows as that text: no mention, named link, bold, code, emoji or quote.

    Addresses are left whole, so that they can be copied.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _SLACK_PAIRS.sub(lambda found: found[0] if len(found[0]) > 1 else _apart(found[0]), text)
    return str(_SLACK_QUOTE.sub(lambda quote: f"{quote[1]}{_ZERO_WIDTH}&gt;", text))


def _apart(sign: str) -> str:
    return f"{_ZERO_WIDTH}{sign}{_ZERO_WIDTH}"


def csv_literal(cell: str) -> str:
    """The cell with an apostrophe before whatever a spreadsheet would compute."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def one_line(text: str, longest: int = 200) -> str:
    """The text as a subject or summary: one line, no control characters, at most `longest` characters."""
    plain = "".join(" " if unicodedata.category(char).startswith(("C", "Z")) else char for char in text)
    line = " ".join(plain.split())
    return line if len(line) <= longest else f"{line[: longest - 3].rstrip()}..."
