"""Text as words: what the index and a query make of hyphens, apostrophes, acronyms, accents. Pure.

Each word that comes out here is one word to PostgreSQL, too: letters and digits alone. So the number of a word here is
its position there.
"""

import re
import unicodedata

# One word each: O.T.A.N. is OTAN, 11,400 and 11 400 are 11400, as is whatever has letters and digits only.
WORD = re.compile(
    r"(?P<dotted>\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?)"
    r"|(?P<number>(?<![\d.,])\d{1,3}(?:[,' \u00a0\u202f\u2019]\d{3})+(?![\d]))"
    r"|[^\W_]+"
)
# It begins where a word does: else a long word would be looked through from each of its letters.
HYPHENATED = re.compile(r"(?<![^\W_])[^\W_]+(?:[-\u2010\u2011][^\W_]+)+")
LETTERS = re.compile(r"[^\W_]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff0-\uffff\ud800-\udfff]+")
LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l"})
# What begins a French word that is elided, and says nothing: `l'Alliance` is `Alliance`.
ELIDED = re.compile(r"^(?:[ldjmnstc]|qu|jusqu|lorsqu|puisqu|quoiqu)['\u2019\u02bc](?=\w{2})", re.IGNORECASE)
# Words that say nothing, and that PostgreSQL's lists do not know, or not as people type them: without accents.
SILENT = {
    "fr": frozenset("les a meme ete etes etait etaient etant etais quand comment pourquoi combien quel quelle".split()),
    "en": frozenset[str](),
}


def tidy(text: str) -> str:
    """Text for people: composed, on one line, without control characters."""
    return " ".join(unicodedata.normalize("NFC", CONTROL.sub(" ", text)).split())


def words_of(text: str) -> list[str]:
    """The words of a text in their order, as they are written. Ligatures of print (`ﬁ`) and wide forms are undone."""
    return [_bare(found[0]) for found in WORD.finditer(unicodedata.normalize("NFKC", CONTROL.sub(" ", text)))]


def words_with_places(text: str) -> list[tuple[str, int, int]]:
    """The same, each with where it begins and ends in the text, which is composed (`tidy`)."""
    plain = [unicodedata.normalize("NFKC", letter) if letter > "\x7f" else letter for letter in text]
    origins = [at for at, letters in enumerate(plain) for _letter in letters]
    return [
        (_bare(found[0]), origins[found.start()], origins[found.end() - 1] + 1)
        for found in WORD.finditer("".join(plain))
    ]


def _bare(word: str) -> str:
    return word if word.isalnum() else "".join(LETTERS.findall(word))


def joined_words(text: str) -> list[str]:
    """Words with hyphens, written as one: "co-operation" is found as "cooperation"."""
    return ["".join(LETTERS.findall(found)) for found in HYPHENATED.findall(unicodedata.normalize("NFKC", text))]


def folded(text: str) -> str:
    """Lower case, without accents and ligatures."""
    if text.isascii():
        return text.lower()
    taken_apart = unicodedata.normalize("NFKD", text.translate(LIGATURES))
    return "".join(letter for letter in taken_apart if not unicodedata.combining(letter)).lower()
