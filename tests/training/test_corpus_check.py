"""`aaq corpus check` finds what a corpus must not have, and the project's own corpus has none of it."""

import pandas as pd
import pytest
from doubles import DATA
from typer.testing import CliRunner

from aaq import app
from model.taxonomy import Taxonomy
from training.corpus import read_corpus
from training.corpus_check import CheckLimits, check_corpus

WORDS = [
    "each",
    "message",
    "here",
    "says",
    "something",
    "of",
    "its",
    "own",
    "about",
    "arrays",
    "hashes",
    "loops",
    "and",
    "the",
    "weather",
    "in",
    "town",
]


def frame(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Rows of (text, label, author)."""
    return pd.DataFrame(
        {
            "id": [f"x-{i}" for i in range(len(rows))],
            "text": [text for text, _, _ in rows],
            "label": [label for _, label, _ in rows],
            "author": [author for _, _, author in rows],
            "path": "x.csv",
            "line": range(2, len(rows) + 2),
        }
    )


def problems(rows: list[tuple[str, str, str]], taxonomy: Taxonomy, **limits: float) -> list[str]:
    given = {"fewest": 0, **limits}
    return [str(finding) for finding in check_corpus(frame(rows), taxonomy, CheckLimits(**given))]


def test_repeats_are_found_with_file_line_and_the_other_row(taxonomy: Taxonomy) -> None:
    long = "my rails server says address already in use when i start it"
    found = problems([(long, "coaching", "a"), ("ok", "coaching", "a"), (long.upper(), "coaching", "b")], taxonomy)
    assert found[0] == "x.csv:4: the same text as x-0"


def test_near_repeats_are_found_between_authors(taxonomy: Taxonomy) -> None:
    one = "my rails server says address already in use when i start it"
    found = problems([(one, "coaching", "a"), (one + " up", "coaching", "b")], taxonomy)
    assert "nearly the same text as x-0" in found[0]


def test_a_short_reply_may_be_given_by_two_people_but_not_twice_by_one(taxonomy: Taxonomy) -> None:
    assert problems([("same here", "coaching", "a"), ("same here", "coaching", "b")], taxonomy) == []
    assert problems([("same here", "coaching", "a"), ("same here!", "coaching", "a")], taxonomy) != []


def test_worn_openings_and_phrases_are_found(taxonomy: Taxonomy) -> None:
    rows = [(f"how do i {word} the {word} thing", "coaching", "a") for word in WORDS]
    assert any("begins" in problem for problem in problems(rows, taxonomy))
    rows = [(f"{word} {word} when i run the whole suite {word}", "lights", word) for word in WORDS]
    assert any("say 'when i run the whole'" in problem for problem in problems(rows, taxonomy))


def test_what_programs_print_is_nobody_s_habit(taxonomy: Taxonomy) -> None:
    rows = [(f"{word}\nfatal: could not read from remote repository", "github", word) for word in WORDS]
    assert not [problem for problem in problems(rows, taxonomy, near=1.01) if "say" in problem]


def test_lopsided_counts_are_found(taxonomy: Taxonomy) -> None:
    rows = [(f"{word} {i} something", "coaching", f"author{min(i, 15)}") for i, word in enumerate(WORDS * 3)]
    found = problems(rows, taxonomy, fewest=1)
    assert any("labelled lights" in problem for problem in found)
    assert any("author15 wrote" in problem for problem in found)


def test_the_project_s_own_corpus_is_clean() -> None:
    result = CliRunner().invoke(app, ["corpus", "check", "--data", str(DATA)])
    assert result.exit_code == 0, result.stdout
    assert result.stdout.rstrip().endswith("clean")


@pytest.mark.parametrize("name", ["never_miss", "never_alarm"])
def test_the_cases_are_not_in_the_corpus(name: str, taxonomy: Taxonomy) -> None:
    corpus = read_corpus(DATA / "corpus", taxonomy)
    cases = pd.read_csv(DATA / "cases" / f"{name}.csv", keep_default_na=False)
    assert len(cases) == 300
    assert not set(cases["text"].str.lower()) & set(corpus["text"].str.lower())


def test_a_hundred_of_the_cases_that_must_not_be_missed_are_urgent() -> None:
    assert pd.read_csv(DATA / "cases" / "never_miss.csv")["urgent"].sum() == 100
