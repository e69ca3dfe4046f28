"""The media library's forms."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from wagtail.models import Locale

from home.models import UsageTerms
from tests.factories.newsroom import make_editor, make_image
from videos.models import VideoFile

pytestmark = pytest.mark.django_db


def test_poster_is_chosen_from_the_picture_library() -> None:
    client = Client()
    client.force_login(make_editor("Media desk"))
    video = VideoFile.objects.create(title="Patrol", type="video", file=ContentFile(b"x", name="a.mp4"), duration=1)
    html = client.get(reverse("wagtailmedia:edit", args=[video.pk])).content.decode()
    assert '<select name="poster"' not in html
    assert "poster-chooser" in html


def test_usage_terms_are_offered_once_in_the_readers_language() -> None:
    english = UsageTerms.objects.create(name="Free use", locale=Locale.objects.get(language_code="en"))
    UsageTerms.objects.create(
        name="Usage libre", locale=Locale.objects.get(language_code="fr"), translation_key=english.translation_key
    )
    client = Client()
    client.force_login(make_editor("Media desk"))
    video = VideoFile.objects.create(title="Patrol", type="video", file=ContentFile(b"x", name="a.mp4"), duration=1)
    image = make_image()
    for address in (reverse("wagtailmedia:edit", args=[video.pk]), reverse("wagtailimages:edit", args=[image.pk])):
        for language, offered, other in (("en", "Free use", "Usage libre"), ("fr", "Usage libre", "Free use")):
            html = client.get(address, headers={"accept-language": language}).content.decode()
            assert offered in html
            assert other not in html
    image.usage_terms = english
    image.save()
    html = client.get(
        reverse("wagtailimages:edit", args=[image.pk]), headers={"accept-language": "fr"}
    ).content.decode()
    assert "Free use" in html
    assert "Usage libre" not in html
