"""What a media account's password has to be, beside Django's checks: not a common one, not like the person."""

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SHORTEST, LONGEST = 12, 128


class PolicyValidator:
    """Length, no white space, upper and lower case, a digit, a symbol; letters of every script count as letters."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError, with each rule that is broken."""
        rules = self._rules(_normal(password))
        broken = [ValidationError(str(said), code=code) for code, said, is_kept in rules if not is_kept]
        if broken:
            raise ValidationError(broken)

    def get_help_text(self) -> Promise:
        """All rules in a sentence."""
        return _(
            "At least 12 characters without spaces, among them an upper-case and a lower-case letter, a digit and "
            "a symbol."
        )

    def _rules(self, password: str) -> list[tuple[str, Promise, bool]]:
        kinds = [unicodedata.category(letter) for letter in password]
        return [
            (
                "password_too_short",
                _("This password is too short: it needs at least 12 characters."),
                len(kinds) >= SHORTEST,
            ),
            ("password_too_long", _("This password is too long: it may have 128 characters."), len(kinds) <= LONGEST),
            ("password_has_space", _("A password has no spaces."), not any(map(str.isspace, password))),
            ("password_no_upper", _("It needs an upper-case letter."), bool({"Lu", "Lt"} & {*kinds})),
            ("password_no_lower", _("It needs a lower-case letter."), "Ll" in kinds),
            ("password_no_digit", _("It needs a digit."), "Nd" in kinds),
            ("password_no_symbol", _("It needs a symbol, such as ! ? - or €."), any(kind[0] in "PS" for kind in kinds)),
        ]


class OwnNameValidator:
    """Not a password that names this newsroom: whoever guesses begins with that."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        letters = "".join(letter for letter in password.casefold() if letter.isalnum())
        if any(word in letters for word in own_names()):
            raise ValidationError(_("A password does not have our name in it."), code="password_has_our_name")

    def get_help_text(self) -> Promise:
        """The rule in a sentence."""
        return _("It does not have the name of this newsroom in it.")


def own_names() -> set[str]:
    """Words that are the newsroom's own: of its name, and of its hosts. At least five letters: others are in many."""
    hosts = [urlsplit(address).hostname or "" for address in (settings.BASE_URL, settings.FRONTEND_URL)]
    words = re.split(r"[^\w]+", " ".join([str(settings.WAGTAIL_SITE_NAME), *hosts]).casefold())
    return {word for word in words if len(word) >= 5 and not word.isdigit()} | {"newsroom"}


def _normal(password: str) -> str:
    """Characters that are written as a letter and an accent count as one."""
    return unicodedata.normalize("NFC", password)


class Argon2(Argon2PasswordHasher):
    """Argon2id with the least that OWASP asks for: logins do not take the time of readers."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
