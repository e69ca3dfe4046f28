"""What wagtail-localize's editor says in English to everybody, or wrongly in French."""

from django.utils.translation import gettext as _
from django.views.i18n import JavaScriptCatalog
from wagtail_localize import models
from wagtail_localize.views import edit_translation


def write_dates_in_figures() -> None:
    """It writes months in English. Figures in this order mean the same in every language."""
    models.DATE_FORMAT = edit_translation.DATE_FORMAT = "%Y-%m-%d"


class Catalogue(JavaScriptCatalog):
    """The editor's words. It puts a language after "Publish in ", whose French has lost the space at the end."""

    packages = ["wagtail_localize"]

    def get_catalog(self) -> dict[str, list[str] | str]:
        """English → the reader's language."""
        return {**super().get_catalog(), "Publish in ": f"{_('Publish in')} "}
