"""What is asked of who registers, beside address and password. allauth puts its own fields to these."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from accounts.models import MediaAccount, Undertaking, User
from accounts.passwords import LikePersonValidator

# A code that could not be sent for a day is replaced for so long; after that nobody waits for it.
UNCONFIRMED_FOR = timedelta(days=7)


class OneLine(forms.CharField):
    """As `PATCH account/` takes it: a string of one line, without control characters."""

    def to_python(self, value: Any) -> str:
        """Raises ValidationError."""
        if value is not None and not isinstance(value, str):
            raise ValidationError(_("This is no text."), "invalid")
        text = str(super().to_python(value))
        if not text.isprintable():
            raise ValidationError(_("One line, please, without control characters."), "not_text")
        return text


class RegistrationForm(forms.Form):
    """`ACCOUNT_SIGNUP_FORM_CLASS`. `accepts`: the version of the usage terms that the person agreed to."""

    name = OneLine(max_length=120)
    organisation = OneLine(max_length=160)
    country = forms.ChoiceField(choices=countries)
    kind = forms.ChoiceField(choices=MediaAccount.Kind.choices)
    language = forms.ChoiceField(choices=MediaAccount.Language.choices)
    accepts = forms.CharField(max_length=40, required=False)

    def clean_accepts(self) -> Undertaking | None:
        """The usage terms in force. Raises ValidationError for others."""
        terms = Undertaking.in_force(Undertaking.Kind.USAGE)
        if terms is not None and self.cleaned_data["accepts"] != terms.version:
            reason = _("Accept the usage terms in their present version, which is “%(version)s”.")
            raise ValidationError(reason, "terms_not_accepted", {"version": terms.version})
        return terms

    def clean(self) -> dict[str, Any]:
        """Refuse a password that is like the person: allauth checks it before it knows whose it is."""
        cleaned = super().clean() or {}
        person = User(media_email=cleaned.get("email", ""), first_name=cleaned.get("name", ""))
        try:
            LikePersonValidator().validate(str(self.data.get("password", "")), person)
        except ValidationError as error:
            self.add_error("password", error)
        return cleaned

    def signup(self, request: HttpRequest, user: User) -> None:
        """Keep who it is. allauth calls this once it has written the user."""
        told = self.cleaned_data
        fields = {name: told[name] for name in ("name", "organisation", "country", "kind", "language")}
        account = MediaAccount.objects.create(user=user, **fields)
        if told["accepts"]:
            account.accept(told["accepts"])


def forget_unconfirmed() -> int:
    """Remove registrations whose code never came back; how many."""
    old = User.objects.filter(is_media=True, media_email=None, media_account__registered_at__lt=Now() - UNCONFIRMED_FOR)
    number = old.count()
    old.delete()
    return number
