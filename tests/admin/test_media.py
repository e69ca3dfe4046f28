"""The media library's forms."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from tests.factories.newsroom import make_editor
from videos.models import VideoFile

pytestmark = pytest.mark.django_db


def test_poster_is_chosen_from_the_picture_library() -> None:
    client = Client()
    client.force_login(make_editor("Media desk"))
    video = VideoFile.objects.create(title="Patrol", type="video", file=ContentFile(b"x", name="a.mp4"), duration=1)
    html = client.get(reverse("wagtailmedia:edit", args=[video.pk])).content.decode()
    assert '<select name="poster"' not in html
    assert "poster-chooser" in html
