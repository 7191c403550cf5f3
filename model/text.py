"""Normalise one message, once, before everything that reads it.

What a student types arrives with look-alike letters, zero-width characters, pasted links and secrets. Everything
downstream sees one plain form. Each character of it remembers where it came from, so that evidence can be shown
on the text as it was written.
"""

import functools
import unicodedata
from dataclasses import dataclass

import re2
from confusable_homoglyphs import confusables

# Written into every release: probabilities are only comparable between equal versions.
NORMALISE_VERSION = 1

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SAME_LETTERS_KEPT = 2  # "sooooo" and "sooo" are the same word
_SAME_SIGNS_KEPT = 3
_PUNCTUATION = {"‘": "'", "’": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."}

# Linear-time patterns (RE2) on student text, in the order in which they win. A place in a trace says that there is a
# trace, not which lab it is from; a code fence reads as three quotes by now.
_CREDENTIAL = (
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,}|AKIA[A-Z0-9]{16}"
    r"|aaq_[A-Za-z0-9_-]{20,}|sk_(?:live|test)_[A-Za-z0-9]{10,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+|[0-9a-fA-F]{32,})\b"
)
_MARKERS = (
    ("xsecret", _CREDENTIAL.lower()),
    ("xmail", r"[\w.+-]+@[\w-]+\.[\w.-]*\w"),
    ("xurl", r"\b(?:https?://|www\.)\S+"),
    ("xtrace", r"[\w./~-]*\w\.(?:rb|js|jsx|erb|py|html|css)(?::\d+)+(?::in)?"),
    ("xcode", r"'''"),
    ("xnumber", r"\b\d[\d.,:_-]{4,}\d\b"),
)
_MARKED = re2.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _MARKERS))
_HOST = re2.compile(r"(?:https?://|www\.)([^/\s?#]+)")
_REDACTED = re2.compile(_CREDENTIAL)


@dataclass(frozen=True, slots=True)
class Normalised:
    """The plain form of a message, and for each of its characters the span `[starts[i], ends[i])` it came from."""

    text: str
    starts: tuple[int, ...] | range
    ends: tuple[int, ...] | range

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text behind `text[start:end]`; `start < end`."""
        return self.starts[start], self.ends[end - 1]


def storable(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD: what every database and encoder accepts."""
    if "\x00" not in text and text.isascii():
        return text
    return "".join(REPLACEMENT if char == "\x00" or "\ud800" <= char <= "\udfff" else char for char in text)


def redact(text: str) -> str:
    """The text without anything that looks like a password token or a key, for places outside the school."""
    return str(_REDACTED.sub("[removed]", storable(text)))


@functools.lru_cache(maxsize=8192)
def _plain(char: str) -> str:
    """One character as lower-case Latin where it can be read so; "" for what cannot be seen."""
    if char in _PUNCTUATION:
        return _PUNCTUATION[char]
    if char == "\x00" or "\ud800" <= char <= "\udfff":
        return REPLACEMENT
    category = unicodedata.category(char)
    if category in ("Cf", "Mn", "Cc") and not char.isspace():
        return ""
    decomposed = "".join(c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) != "Mn")
    if decomposed.isascii():
        return decomposed.lower()
    if category.startswith("L"):
        look_alikes = confusables.is_confusable(decomposed, greedy=False, preferred_aliases=["latin"])
        for glyph in look_alikes[0]["homoglyphs"] if look_alikes else ():
            if glyph["c"].isascii() and glyph["c"].isalpha():
                return str(glyph["c"]).lower()
    return decomposed.lower()


def _squeezed(text: str) -> Normalised:
    """Every character made plain, runs of the same character shortened."""
    chars: list[str] = []
    starts: list[int] = []
    run = 0
    for position, char in enumerate(text):
        for plain in char.lower() if char.isascii() and char >= " " and char != "`" else _plain(char):
            run = run + 1 if chars and chars[-1] == plain else 1
            if plain.isalnum() and run > _SAME_LETTERS_KEPT and not plain.isdigit():
                continue
            if not plain.isalnum() and run > _SAME_SIGNS_KEPT:
                continue
            chars.append(plain)
            starts.append(position)
    return Normalised("".join(chars), tuple(starts), tuple(start + 1 for start in starts))


def normalise(text: str) -> Normalised:
    """The plain form of a message: any string in, lower-case text with markers for secrets, mail, links, numbers out.

    Idempotent on its own text. Never raises.
    """
    plain = _squeezed(text)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    copied = 0

    def copy(end: int) -> None:
        pieces.append(plain.text[copied:end])
        starts.extend(plain.starts[copied:end])
        ends.extend(plain.ends[copied:end])

    for match in _MARKED.finditer(plain.text):
        copy(match.start())
        marker = str(match.lastgroup)
        if marker == "xurl" and (host := _HOST.match(match.group())):
            marker = f"xurl {host.group(1).removeprefix('www.')}"
        pieces.append(f" {marker} ")
        starts.extend([plain.starts[match.start()]] * (len(marker) + 2))
        ends.extend([plain.ends[match.end() - 1]] * (len(marker) + 2))
        copied = match.end()
    if copied == 0:
        return plain
    copy(len(plain.text))
    return Normalised("".join(pieces), tuple(starts), tuple(ends))


_LEET = str.maketrans("013457@$!|", "oieastasil")
_TEXTING = {"2": "to", "4": "for", "u": "you", "r": "are", "ur": "your", "n": "and", "abt": "about", "bout": "about"}
_TEXTING |= {"1": "i", "50": "so", "15": "is", "17": "it"}  # leet without a letter to give it away


@functools.lru_cache(maxsize=1024)
def _folded(normalised_text: str, letters_kept: int) -> str:
    """See `fold`; cached because the same message is folded for the net and for its reason."""
    words: list[str] = []
    spelled: list[str] = []
    for raw in normalised_text.replace("'", "").split():
        decoded = raw.translate(_LEET) if any(c.isalpha() for c in raw) else raw
        word = "".join(c if c.isalnum() else " " for c in decoded)
        for part in word.split() or [""]:
            if len(part) == 1 and part.isalpha():
                spelled.append(part)
                continue
            words.extend(_unspelled(spelled))
            spelled = []
            if part:
                words.append(part)
    words.extend(_unspelled(spelled))
    text = " ".join(_TEXTING.get(word, word) for word in words)
    if letters_kept == 1:
        text = "".join(c for i, c in enumerate(text) if i == 0 or c != text[i - 1])
    return text


def _unspelled(letters: list[str]) -> list[str]:
    """ "d i e" typed letter by letter is one word; one or two single letters are themselves ("i", "a b")."""
    return ["".join(letters)] if len(letters) > 2 else letters


def fold(normalised_text: str, letters_kept: int = 2) -> str:
    """The disguise-proof form: letters and digits only, leet decoded, texting words ("2", "u") and
    spelled-out words written out, single spaces.

    `letters_kept=1` also drops doubled letters ("diie" -> "die"); patterns that want to survive it are tried on both.
    """
    return _folded(normalised_text, letters_kept)
