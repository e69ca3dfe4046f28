"""E-mail addresses in one form, so that one address is one account and one limit, however it is typed."""

import unicodedata

# Full stops of other scripts, which IDNA maps to the one of ASCII (RFC 3490, 3.1).
DOTS = str.maketrans("。．｡", "...")


def canonical(address: str) -> str:
    """Lower case, compatibility characters (full width, ligatures) as what they stand for, the domain in ASCII.

    What is no address comes back in the same way, to be refused by whoever looks.
    """
    folded = unicodedata.normalize("NFKC", address.strip().translate(DOTS)).casefold().translate(DOTS)
    local, at, domain = folded.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            return folded
    return f"{local}{at}{domain}"


def masked(address: str) -> str:
    """So much of an address that who has it knows it: `ana.duarte@press.example` → `a…e@press.example`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…{local[-1:] if len(local) > 2 else ''}{at}{domain}"
