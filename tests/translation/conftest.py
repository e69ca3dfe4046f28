"""Editors as wagtail-localize's views see them, and short ways through those views."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from wagtail.models import Locale
from wagtail_localize.models import StringSegment, Translation, TranslationSource

from tests.factories.newsroom import make_editor


class Desk:
    """One person of a group at the admin, and what she does with translations."""

    def __init__(self, group: str) -> None:
        self.user = make_editor(group)
        self.client = Client()
        self.client.force_login(self.user)

    def submit(self, instance: Any, into: str, **extra: str) -> Translation:
        """Submit for translation, as an editor does."""
        kind = "page" if hasattr(instance, "url_path") else "snippet"
        args = [instance.pk] if kind == "page" else [instance._meta.app_label, instance._meta.model_name, instance.pk]
        locale = Locale.objects.get(language_code=into)
        response = self.client.post(
            reverse(f"wagtail_localize:submit_{kind}_translation", args=args), {"locales": [locale.pk], **extra}
        )
        assert response.status_code == 302, response.context["form"].errors
        return translation_of(instance, into)

    def translate(self, translation: Translation, words: Callable[[str, str], str] | None = None) -> None:
        """Translate each string in the editor; `words`: path, text → text."""
        for segment in translation.source.stringsegment_set.select_related("string", "context").order_by("order"):
            text = (words or french)(segment.context.path, segment.string.data)
            assert self.put(translation, segment, text).status_code in (200, 201)

    def put(self, translation: Translation, segment: StringSegment, text: str) -> Any:
        """One string, as the editor's script sends it."""
        from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

        return self.client.put(
            reverse("wagtail_localize:edit_string_translation", args=[translation.pk, segment.pk]),
            encode_multipart(BOUNDARY, {"value": text}),
            content_type=MULTIPART_CONTENT,
        )

    def publish(self, translation: Translation) -> Any:
        """The button "Publish in French"."""
        return self.client.post(edit_url(translation.get_target_instance()), {"action": "publish"})

    def hand_in(self, translation: Translation) -> Any:
        """The button "Submit for approval"."""
        return self.client.post(reverse("submit_translation_for_approval", args=[translation.pk]))

    def synchronise(self, translation: Translation, **form: str) -> Any:
        """The button "Sync translated pages"."""
        return self.client.post(reverse("wagtail_localize:update_translations", args=[translation.source_id]), form)


def french(path: str, text: str) -> str:
    """A text that is visibly another one, and a valid slug where one is needed."""
    return f"{text}-fr" if path == "slug" else f"FR {text}"


def edit_url(instance: Any) -> str:
    from wagtail_localize.models import get_edit_url

    return str(get_edit_url(instance))


def translation_of(instance: Any, into: str) -> Translation:
    """The link between two languages."""
    source = TranslationSource.objects.get_for_instance(instance)
    return Translation.objects.get(source=source, target_locale__language_code=into)


@pytest.fixture(autouse=True)
def migrations_table(db: None) -> None:
    """wagtail-localize asks it for the schema's version; `--no-migrations` makes none."""
    MigrationRecorder(connection).ensure_schema()


@pytest.fixture
def editor(db: None) -> Desk:
    return Desk("Editors")


@pytest.fixture
def translator(db: None) -> Desk:
    return Desk("Translators")


@pytest.fixture
def senior(db: None) -> Desk:
    return Desk("Senior editors")
