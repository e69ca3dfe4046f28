"""What the public reads of a story, beside the page in the editor."""

import json
from typing import Any

from django import template
from wagtail.models import Page

from delivery.clock import database_now
from delivery.context import api_url
from delivery.models import PublicationKind, PublishedDocument, Story
from delivery.visibility import explain

register = template.Library()


@register.simple_tag
def public_state_of(page: Page) -> dict[str, Any] | None:
    """The page's story, and a row a language: the rule's words, the document if there is one, the last publication."""
    story = Story.objects.select_related("original_locale").filter(pk=page.translation_key).first()
    if story is None:
        return None
    documents = {document.locale: document for document in story.documents.defer("card")}
    last = {one.locale: one for one in story.publications.order_by("at", "pk")}
    rows = []
    for locale, state in sorted(explain(story, database_now()).items()):
        document = documents.get(locale)
        rows.append(
            {
                "page": state.page,
                "sentence": state.sentence,
                "document": document,
                "publication": last.get(locale),
                "note": _correction(document) if document and last[locale].kind == PublicationKind.CORRECTION else "",
                "api_url": api_url(story.collection, story.pk, locale),
            }
        )
    return {"story": story, "languages": rows}


def _correction(document: PublishedDocument) -> str:
    """The newest note of correction that readers see; nothing where the collection has none."""
    notes = json.loads(bytes(document.body)).get("corrections", [])
    return str(notes[0]["note"]) if notes else ""
