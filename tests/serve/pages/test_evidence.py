"""Pure: what the page says about a message, and how its text is cut."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.policy import Thresholds
from model.taxonomy import Taxonomy, load_taxonomy
from serve.pages.evidence import segments
from serve.pages.view import figures, how_sure, why
from serve.store.records import StoredDecision

LINES = Thresholds(distress=0.06, urgent=0.5, confidence=0.58)


def decision(outcome: str, label: str, reasons: list[str], **probabilities: float) -> StoredDecision:
    return StoredDecision(
        label, probabilities[label], outcome, None, False, reasons, list(probabilities), probabilities, [], "r",
        datetime(2026, 11, 23, tzinfo=UTC),
    )  # fmt: skip


def test_the_reason_has_its_figure_and_the_line_it_was_held_against(taxonomy: Taxonomy) -> None:
    found = why(decision("escalate", "distress", ["distress_probability"], distress=0.71), LINES, taxonomy)
    assert found == "It reads like distress (0.71; we show everything over 0.06)."
    found = why(decision("abstain", "ide", ["low_confidence"], ide=0.41, ui=0.3), LINES, taxonomy)
    assert found == "We were not sure what it is about (0.41; we suggest from 0.58)."


def test_without_the_release_the_line_is_left_out(taxonomy: Taxonomy) -> None:
    found = why(decision("escalate", "distress", ["distress_probability"], distress=0.71), None, taxonomy)
    assert found == "It reads like distress (0.71)."


@pytest.mark.parametrize(
    ("value", "line", "shown"),
    [(0.71, 0.06, ("0.71", "0.06")), (0.0581, 0.0561, ("0.058", "0.056")), (0.999, 0.58, ("over 0.99", "0.58"))],
)
def test_figures_tell_value_and_line_apart_and_are_never_certain(
    value: float, line: float, shown: tuple[str, str]
) -> None:
    assert figures(value, line) == shown


def test_distress_is_among_the_shares_of_an_escalation_whatever_is_likeliest(taxonomy: Taxonomy) -> None:
    escalated = decision("escalate", "coaching", ["distress_probability"], coaching=0.8, distress=0.1)
    assert "Distress 10%" in how_sure(escalated, taxonomy)


@given(st.text(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_the_pieces_are_the_text(text: str, start: int, end: int) -> None:
    evidence = [{"label": "ide", "start": start, "end": end, "weight": 1.0}]
    found = segments(text, evidence, load_taxonomy())
    assert "".join(piece.text for segment in found for piece in segment.pieces) == text


def test_code_and_traces_are_told_from_prose(taxonomy: Taxonomy) -> None:
    text = (
        "my class is failing, let me know why it says this:\n"
        "lib/song.rb:12:in `save'\nfrom /home/x/bin/learn:23:in `<main>'\n"
        "i ran `bundle` first\n```\nputs 1\n```"
    )
    found = [(s.code, "".join(piece.text for piece in s.pieces)) for s in segments(text, [], taxonomy) if s.code]
    assert found == [
        ("block", "lib/song.rb:12:in `save'\nfrom /home/x/bin/learn:23:in `<main>'"),
        ("inline", "`bundle`"),
        ("block", "```\nputs 1\n```"),
    ]
