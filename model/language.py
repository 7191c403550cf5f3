"""Whether we can read a message at all: its script, and the small words that give a language away.

A sketch of a language is enough here: what matters is that a message we cannot read is never called ordinary.
"""

import unicodedata

from model.features import WORD

# The commonest function words of each language that are not also English words.
_SMALL_WORDS = {
    "en": "the is i it to a and of in my not what how do this that for with on can you when have was but are be if "
    "so no me i'm don't it's can't any just does why where which from or an am they we at as get all there",
    "es": "el la los las que y en un una por con para como pero mi lo se del al estoy esta este esto cuando porque muy "
    "mas tengo puedo hacer hola gracias ayuda alguien nada yo ya si es de no me",
    "pt": "o os as que e em um uma por com para como mas meu minha nao estou isso este esta quando porque muito mais "
    "tenho consigo fazer ola oi obrigado obrigada ajuda alguem nada eu ja da na no do de ele voce ta",
    "fr": "le la les des que et en un une pour avec dans mais mon ma je ne pas suis est ce cette quand parce tres plus "
    "ai peux faire bonjour merci aide quelqu'un rien sur il au du vous c'est j'ai de",
    "de": "der die das und ich nicht ist ein eine mit fur auf wie aber mein meine es den dem wenn weil sehr mehr habe "
    "kann machen hallo danke hilfe jemand nichts auch noch zu im von bei bin wird",
}
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
HOME = "en"
_FOREIGN_SCRIPT_SHARE = 0.3
_FEWEST_SMALL_WORDS = 3


def unreadable(original: str, normalised_text: str) -> bool:
    """Whether the message is, as far as we can tell, not in English.

    True when three letters of ten are of another script, or when another language's small words clearly outnumber
    English ones. Code, names and one-word messages are readable.
    """
    letters = [char for char in original if char.isalpha()]
    if letters and not original.isascii():
        foreign = sum(not unicodedata.name(char, "").startswith(("LATIN", "FULLWIDTH LATIN")) for char in letters)
        # Look-alikes among Latin letters are a disguise, not a language: normalise has read them as Latin.
        still_foreign = sum(char.isalpha() and not char.isascii() for char in normalised_text)
        if foreign / len(letters) > _FOREIGN_SCRIPT_SHARE and still_foreign > 0:
            return True
    words = WORD.findall(normalised_text)
    counts = {language: sum(word in small for word in words) for language, small in _WORDS.items()}
    other = max(count for language, count in counts.items() if language != HOME)
    return other >= _FEWEST_SMALL_WORDS and other > 2 * counts[HOME]
