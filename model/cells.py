"""Cells of a CSV that a spreadsheet would run as a formula: made harmless on the way out, undone on the way in.

A cell that begins with = + - @, a tab or a carriage return, is given an apostrophe (OWASP, "CSV Injection"); so is one
that begins with apostrophes and then one of these, which makes `plain` the exact inverse of `guarded`.
"""

_STARTS = ("=", "+", "-", "@", "\t", "\r")


def guarded(cell: str) -> str:
    """The cell as text that no spreadsheet runs."""
    return f"'{cell}" if cell.lstrip("'").startswith(_STARTS) else cell


def plain(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_STARTS) else cell
