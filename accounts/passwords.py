"""What a media account's password has to be, beside Django's checks: not a common one, not like the person."""

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.guessing import LONGEST, is_like, is_plain, letters_of, normal, readings
from home.models import SiteTexts

SHORTEST = 12
# Shorter ones are in many words.
SHORTEST_NAME = 5
# Words that many newsrooms have in their names.
GENERAL = {
    *("press", "presse", "salle", "newsroom", "media", "medias", "office", "service", "services", "centre", "center"),
    *("agency", "agence", "bureau", "department", "departement", "ministry", "ministere", "national", "nationale"),
    *("international", "internationale", "public", "publique", "general", "actualites", "group", "groupe", "localhost"),
    *("example", "organisation", "organization", "europe", "global", "world", "monde"),
}


class PolicyValidator:
    """Length, no white space, upper and lower case, a digit, a symbol; letters of every script count as letters."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError, with each rule that is broken."""
        rules = self._rules(normal(password))
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


class CommonValidator(CommonPasswordValidator):
    """Not one that is tried first, also with what people put around and inside such a word to make it pass."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        for reading in readings(password):
            super().validate(reading)
            if is_plain(reading):
                raise ValidationError(self.get_error_message(), code="password_too_common")


class LikePersonValidator:
    """Not like the address or the name of whose account it is: letters alone are compared."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError, with what it is like. A `user` who is not saved yet has his name as `first_name`."""
        if user is None:
            return
        name = user.media_account.name if hasattr(user, "media_account") else user.first_name
        said = (
            (user.media_email, _("It is too much like your e-mail address.")),
            (name, _("It is too much like your name.")),
        )
        alike = [
            ValidationError(told, code="password_too_similar") for like, told in said if is_like(password, like or "")
        ]
        if alike:
            raise ValidationError(alike)

    def get_help_text(self) -> Promise:
        """The rule in a sentence."""
        return _("It is not like your name or your e-mail address.")


class OwnNameValidator:
    """Not a password that names this newsroom: whoever guesses begins with that."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        names = own_names()
        if any(name in letters_of(reading) for reading in readings(password) for name in names):
            raise ValidationError(_("A password does not have our name in it."), code="password_has_our_name")

    def get_help_text(self) -> Promise:
        """The rule in a sentence."""
        return _("It does not have the name of this newsroom in it.")


def own_names() -> set[str]:
    """Letters of the newsroom's names: as a whole, and word by word where a word is not one of many newsrooms.

    The names are the site's and the organisation's in every language, the one of the settings, and the hosts'.
    """
    names = [name for texts in SiteTexts.objects.values_list("name", "organisation") for name in texts]
    names += [urlsplit(address).hostname or "" for address in (settings.BASE_URL, settings.FRONTEND_URL)]
    if isinstance(settings.WAGTAIL_SITE_NAME, str):
        names.append(settings.WAGTAIL_SITE_NAME)
    words = {letters_of(word) for name in names for word in re.split(r"[\W\d_]+", name)} - GENERAL
    return {name for name in words | {letters_of(name) for name in names} if len(name) >= SHORTEST_NAME}


class Argon2(Argon2PasswordHasher):
    """Argon2id with the least that OWASP asks for: logins do not take the time of readers."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
