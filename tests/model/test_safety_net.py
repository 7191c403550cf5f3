import pytest

from model.safety_net import WINDOW, SafetyNet, load_safety_net
from model.text import normalise

NET = load_safety_net()


def groups(text: str) -> set[str]:
    return {hit.group for hit in NET.hits(normalise(text).text)}


@pytest.mark.parametrize(
    "text",
    [
        "i want to kill myself",
        "I WANT TO KILL MYSELF",
        "i want to k1ll mys3lf",
        "i want to kill mysеlf",  # Cyrillic e
        "ki\u200bll my\u200bself",
        "k i l l  m y s e l f",
        "k.i.l.l m.y.s.e.l.f",
        "k-i-l-l my-self",
        "ｋｉｌｌ ｍｙｓｅｌｆ",
        "kiiiilll myseeelf",
        "kíll mysélf",
        "*kill* _myself_",
        "my error is 500. also i don't want to be alive anymore. thanks",
    ],
)
def test_self_harm_is_read_through_disguises_and_is_urgent(text: str) -> None:
    hits = NET.hits(normalise(text).text)
    assert any(hit.group == "self_harm" and hit.urgent for hit in hits)


@pytest.mark.parametrize(
    "text",
    ["死にたい", "不想再活下去了", "лучше бы меня не было", "죽고 싶다", "أريد أن أموت", "मरना चाहता हूं", "chcę umrzeć"],
)
def test_self_harm_is_read_in_other_languages_and_is_urgent(text: str) -> None:
    assert any(hit.urgent for hit in NET.hits(normalise(text).text))


@pytest.mark.parametrize(
    "text",
    [
        "honestly thinking about dropping out",
        "i'm just not cut out for this",
        "I can't do this anymore",
        "you people are useless",
        "ya no puedo más",
        "quero desistir",
        "j'en peux plus",
        "ich kann nicht mehr",
        "больше не могу",
        "nie daję rady",
        "suko na ako po",
        "thinking of quitting. how do others decide?",
        "you guys suck",
        "thanks for nothing",
        "i regret that i enrolled",
        "lost all motivation two weeks ago",
    ],
)
def test_giving_up_and_hostility_are_read(text: str) -> None:
    assert groups(text)


@pytest.mark.parametrize(
    "text",
    [
        "how do i kill the process on port 3000",
        "this loop is killing me lol",
        "my code died on line 4",
        "how do I quit vim",
        "tu tutorial esta muy bien",
        "thinking of leaving the loop early with break",
        "what is an orphaned child process",
        "abort the merge?",
        "can i give up a lock in sql",
        "what does exit 1 mean",
        "the dead code warning won't go away",
    ],
)
def test_ordinary_words_that_only_sound_alarming_are_left_alone(text: str) -> None:
    assert not groups(text)


@pytest.mark.parametrize("position", [0, WINDOW - 10, WINDOW * 2 - 5, 19_900])
def test_the_whole_text_is_read_also_across_window_borders(position: int) -> None:
    filler = "TypeError: undefined is not a function at line 12 " * 500
    text = f"{filler[:position]} i want to kill myself {filler}"[:20_000]
    assert "self_harm" in groups(text)


def test_hostile_text_takes_linear_time_patterns_only() -> None:
    with pytest.raises(ValueError, match="RE2"):
        SafetyNet({"group": [{"name": "x", "patterns": [r"(a)\1"]}]})
