from hypothesis import given
from hypothesis import strategies as st

from model.text import REPLACEMENT, fold, normalise, redact, storable


@given(st.text(max_size=300))
def test_normalising_never_fails_and_remembers_where_each_character_came_from(text: str) -> None:
    normalised = normalise(text)
    assert len(normalised.text) == len(normalised.starts) == len(normalised.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(normalised.starts, normalised.ends, strict=True))


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=200))
def test_spans_come_in_order(text: str) -> None:
    starts = list(normalise(text).starts)
    assert starts == sorted(starts)


def test_disguises_read_as_what_they_say() -> None:
    assert normalise("I cаn't dо this").text == "i can't do this"  # Cyrillic a and o
    assert normalise("qu\u200bit").text == "quit"  # zero width
    assert normalise("ｑｕｉｔ").text == "quit"  # full width
    assert normalise("sooooo").text == "soo"
    assert fold(normalise("k1ll mys3lf").text) == "kill myself"
    assert fold(normalise("d.i.e").text) == "die"


def test_links_mail_numbers_and_secrets_become_markers() -> None:
    text = normalise(
        "see https://learn.co/tracks?x=1 mail a.b@c.org call 555-123-4567 gho_abcdefghijklmnopqrstuvwx"
    ).text
    assert "xurl learn.co" in text
    assert "tracks" not in text
    assert "xmail" in text
    assert "xnumber" in text
    assert "xsecret" in text
    assert "gho_" not in text


def test_places_in_a_trace_and_code_fences_become_markers() -> None:
    text = normalise("```\napp/models/song.rb:12:in `songs'\n at src/App.js:3:14\n```").text
    assert text.count("xtrace") == 2
    assert "song.rb" not in text
    assert text.count("xcode") == 2


def test_a_span_of_a_marker_is_the_whole_link() -> None:
    original = "go to https://learn.co/x now"
    normalised = normalise(original)
    at = normalised.text.index("xurl")
    start, end = normalised.span(at, at + 4)
    assert original[start:end] == "https://learn.co/x"


def test_what_no_database_takes_is_replaced_and_the_rest_kept() -> None:
    assert storable("a\x00b\ud800c") == f"a{REPLACEMENT}b{REPLACEMENT}c"
    assert storable("naïve 👍") == "naïve 👍"


def test_redaction_keeps_everything_but_credentials() -> None:
    assert redact("token ghp_ABCDEFGHIJKLMNOPQRSTUVWX1234 failed") == "token [removed] failed"
    assert redact("commit 3f2a1b passes") == "commit 3f2a1b passes"
