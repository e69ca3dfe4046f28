"""What the newsroom decides about media accounts in general."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting


class AccountSettings(BaseGenericSetting):
    """Whether accounts wait for the newsroom's yes, and who is told of new ones."""

    needs_approval = models.BooleanField(
        _("new accounts wait for approval"),
        default=False,
        help_text=_("Otherwise an account may download as soon as its address is confirmed."),
    )
    told_by_mail = models.TextField(
        _("told of new accounts"), blank=True, help_text=_("E-mail addresses, one a line. Nobody is told if empty.")
    )

    panels = [FieldPanel("needs_approval"), FieldPanel("told_by_mail")]

    class Meta:
        verbose_name = _("media accounts")

    def clean(self) -> None:
        """Raises ValidationError that names each line which is no address."""
        wrong = [line for line in map(str.strip, self.told_by_mail.splitlines()) if line and not _is_address(line)]
        if wrong:
            reasons = [ValidationError(_("“%(line)s” is no e-mail address."), params={"line": line}) for line in wrong]
            raise ValidationError({"told_by_mail": reasons})


def _is_address(line: str) -> bool:
    try:
        validate_email(line)
    except ValidationError:
        return False
    return True
