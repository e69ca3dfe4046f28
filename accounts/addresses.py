"""E-mail addresses in one form, so that one address is one account and one limit, however it is typed."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# Full stops of other scripts, which IDNA maps to the one of ASCII (RFC 3490, 3.1).
DOTS = str.maketrans("。．｡", "...")
# Of an address (RFC 5321, 4.5.3.1), and of a part of its domain. IDNA's time grows with the square of a part's length.
LONGEST, LONGEST_LABEL = 254, 63


def canonical(address: str) -> str:
    """Lower case, compatibility characters (full width, ligatures) as what they stand for, the domain in ASCII.

    What is no address, or longer than one can be, comes back in the same way, to be refused by whoever looks.
    """
    address = address.strip()
    if len(address) > LONGEST:
        return address
    folded = unicodedata.normalize("NFKC", address.translate(DOTS)).casefold().translate(DOTS)
    local, at, domain = folded.rpartition("@")
    if not domain.isascii() and max(map(len, domain.split("."))) <= LONGEST_LABEL:
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            return folded
    return f"{local}{at}{domain}"


def refuse_no_address(address: str) -> None:
    """Raises ValidationError, also for a local part in quotes: that is one more way to write the same address."""
    validate_email(address)
    if len(address) > LONGEST or '"' in address:
        raise ValidationError(validate_email.message, validate_email.code)


def masked(address: str) -> str:
    """So much of an address that who has it knows it: `ana.duarte@press.example` → `a…e@press.example`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…{local[-1:] if len(local) > 2 else ''}{at}{domain}"
