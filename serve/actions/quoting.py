"""Whether a text repeats a student's own words, however they are spaced, cased or disguised."""

from model.text import normalise

WORDS_IN_A_ROW = 4  # so many of somebody's words in a row are a quotation


def quotes(said: str, text: str) -> bool:
    """Whether `text` holds a run of the words of `said`: WORDS_IN_A_ROW of them, or all when there are fewer."""
    words, own = normalise(text).text.split(), normalise(said).text.split()
    length = min(WORDS_IN_A_ROW, len(own))
    if length == 0:
        return False
    runs = {tuple(own[i : i + length]) for i in range(len(own) - length + 1)}
    return any(tuple(words[i : i + length]) in runs for i in range(len(words) - length + 1))
