"""How a password looks to who guesses: without its trimmings, and with letters where letters were replaced."""

import re
import unicodedata
from collections import defaultdict
from itertools import pairwise

# What people put for letters. `1` stands for either of two.
REPLACED = [str.maketrans("@4035$7" + "1", "aaoesst" + one) for one in "li"]
ROWS = (
    "qwertyuiopasdfghjklzxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertzuiopasdfghjklyxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
)
# What lists of passwords that are tried first have in French, and what a newsroom's people think of.
WORDS = """
    password passwort passphrase motdepasse passe secret admin administrateur administrator access acces login connexion
    welcome bienvenue bonjour bonsoir hello salut coucou soleil sunshine chocolat doudou loulou chouchou jetaime
    iloveyou amour princesse princess dragon monkey football baseball superman batman starwars pokemon letmein trustno
    changeme temporary temporaire default defaut test guest invite user utilisateur compte account
    marseille paris france bruxelles belgique geneve suisse quebec canada london england europe
    nicolas camille julien thomas marie pierre antoine
    newsroom redaction salledepresse presse press journal journaliste journalist journalism reporter news media medias
    radio television video
    january february march april may june july august september october november december
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    spring summer autumn fall winter printemps ete automne hiver
    monday tuesday wednesday thursday friday saturday sunday lundi mardi mercredi jeudi vendredi samedi dimanche
""".split()
OF_WORDS = re.compile(f"(?:{'|'.join(sorted(WORDS, key=len, reverse=True))})+")
LIKE = 0.7
# Of characters; a longer password is refused as such, and read by nobody.
LONGEST = 128
# Shorter ones are in many words.
SHORTEST_PART = 4


def folded(text: str) -> str:
    """In lower case and without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def letters_of(text: str) -> str:
    """Its letters alone."""
    return "".join(filter(str.isalpha, folded(text)))


def normal(password: str) -> str:
    """Characters that are written as a letter and its accents count as one. What is far too long comes back as it is:
    putting accents in order takes time that grows with the square of their number.
    """
    return unicodedata.normalize("NFC", password) if len(password) <= 4 * LONGEST else password


def readings(password: str) -> set[str]:
    """What it may be read as: whole, without digits and symbols at its ends, with letters put back, letters alone.
    Nothing, where it is longer than one can be.
    """
    if len(normal(password)) > LONGEST:
        return set()
    whole = folded(password)
    trimmed = {whole, re.sub(r"[\W\d_]+$", "", whole), re.sub(r"^[\W\d_]+|[\W\d_]+$", "", whole)}
    put_back = trimmed | {reading.translate(table) for reading in trimmed for table in REPLACED}
    return (put_back | {letters_of(reading) for reading in put_back}) - {""}


def is_plain(reading: str) -> bool:
    """Whether it is made of nothing but words that are tried first, a part that is repeated, or a row of keys."""
    is_repeated = len(reading) > 1 and reading in (reading + reading)[1:-1]
    return is_repeated or OF_WORDS.fullmatch(reading) is not None or _is_row(reading)


def is_like(password: str, person: str) -> bool:
    """Whether its letters are for the most part those of a name or an address."""
    parts = {letters_of(part) for part in [*re.split(r"[\s@]+", person), person]}
    return any(
        _are_alike(reading, part)
        for reading in {letters_of(reading) for reading in readings(password)}
        for part in parts
        if len(reading) >= SHORTEST_PART and len(part) >= SHORTEST_PART
    )


def _are_alike(reading: str, part: str) -> bool:
    is_inside = reading in part or (part in reading and 2 * len(part) >= len(reading))
    return is_inside or 2 * _in_common(reading, part) / (len(reading) + len(part)) >= LIKE


def _in_common(one: str, other: str) -> int:
    """How many letters both have in the same order, whatever is between: their longest common subsequence. A bit is a
    place in `one` (Hyyrö 2004): whatever the letters, a few operations for each of them.
    """
    places: dict[str, int] = defaultdict(int)
    for place, letter in enumerate(one):
        places[letter] |= 1 << place
    free = every = (1 << len(one)) - 1
    for letter in other:
        here = free & places.get(letter, 0)
        free = ((free + here) | (free - here)) & every
    return len(one) - free.bit_count()


def _is_row(reading: str) -> bool:
    """Neighbours on a keyboard or in the alphabet, in either direction."""
    steps = list(pairwise(reading))
    return bool(steps) and any(all(a + b in row or b + a in row for a, b in steps) for row in ROWS)
