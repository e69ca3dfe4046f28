"""Machine translation by DeepL: a first draft for a person, where `DEEPL_AUTH_KEY` is set."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import requests
from wagtail.models import Locale
from wagtail_localize.machine_translators.deepl import DeepLTranslator
from wagtail_localize.strings import StringValue

from home.errors import MachineSilent

TEXTS_PER_REQUEST = 50  # DeepL takes no more


class DeepL(DeepLTranslator):
    """wagtail-localize's, for texts of any length, and with a sentence where DeepL does not answer as it should."""

    def translate(
        self, source_locale: Locale, target_locale: Locale, strings: Iterable[StringValue]
    ) -> dict[StringValue, StringValue]:
        """Each string with its translation. Raises MachineSilent."""
        left = iter(strings)
        found: dict[StringValue, Any] = {}
        while batch := list(islice(left, TEXTS_PER_REQUEST)):
            try:
                found |= super().translate(source_locale, target_locale, batch)
            except (requests.RequestException, KeyError, ValueError) as error:
                raise MachineSilent(service=self.display_name) from error
        return found
