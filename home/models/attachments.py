"""Files to download, beside images and videos."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument, Document


class Attachment(AbstractDocument):
    """A file that a story offers to download. Wagtail calls it document; a document is something else here."""

    language = models.CharField(_("language of the file"), max_length=8, blank=True)
    credit = models.CharField(_("credit"), max_length=255, blank=True)

    admin_form_fields = (*Document.admin_form_fields, "language", "credit")

    class Meta(AbstractDocument.Meta):
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
