import pytest

from serve.actions.quoting import quotes

SAID = "i can't do this any more, i want to quit"


@pytest.mark.parametrize(
    ("text", "is_quotation"),
    [
        (SAID, True),
        ("the student wrote: I WANT  TO\nquit today", True),
        ("ｉ ｗａｎｔ ｔｏ ｑｕｉｔ", True),
        ("wants to leave the course", False),
        ("i want a new laptop", False),
        ("", False),
    ],
)
def test_four_of_the_student_s_words_in_a_row_are_a_quotation(text: str, is_quotation: bool) -> None:
    assert quotes(SAID, text) is is_quotation


def test_a_short_message_is_quoted_whole_and_an_empty_one_never() -> None:
    assert quotes("goodbye", "they say goodbye")
    assert not quotes("goodbye all", "goodbye")
    assert not quotes("", "anything")
