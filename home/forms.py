"""Forms of the libraries."""

from typing import Any

from django.utils.translation import get_language
from wagtail.images.forms import BaseImageForm

from home.models import UsageTerms


class TermsFormMixin:
    """Offers each usage terms once, in the reader's language, and what is chosen already."""

    fields: Any
    instance: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "usage_terms" not in self.fields:
            return
        chosen = self.instance.usage_terms
        offered = UsageTerms.objects.filter(locale__language_code=(get_language() or "en")[:2])
        if chosen is not None:
            offered = offered.exclude(translation_key=chosen.translation_key) | UsageTerms.objects.filter(pk=chosen.pk)
        self.fields["usage_terms"].queryset = offered.order_by("name")


class EditorialImageForm(TermsFormMixin, BaseImageForm):
    """Upload or edit a picture."""
