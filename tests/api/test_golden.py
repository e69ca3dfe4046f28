"""Whole answers, compared with readable files. `make golden` renews them; read the diff."""

import json
import re
from typing import Any

import pytest
from django.conf import settings
from inline_snapshot import external_file

from delivery.context import frontend_root
from tests.api.conftest import Api
from tests.factories.newsroom import make_news
from tests.factories.showcase import STORY_ID, VIDEO_ID, fixed, make_showcase_story, make_showcase_video

pytestmark = pytest.mark.django_db


def whole(response: Any) -> dict[str, Any]:
    """Status, headers and content of an answer, without what an installation decides."""
    names = ["Content-Type", "Content-Language", "Cache-Control", "Cache-Tag", "Vary", "Allow", "Location"]
    answer = {
        "status": response.status_code,
        "headers": {name: response[name] for name in names if name in response},
        "content": json.loads(response.content),
    }
    text = json.dumps(answer, ensure_ascii=False).replace(settings.BASE_URL, "https://newsroom.example")
    # Where a name is taken, the storage adds letters of its own.
    text = re.sub(r"fact-sheet_\w+\.pdf", "fact-sheet.pdf", text.replace(frontend_root(), "https://openseas.example"))
    content: dict[str, Any] = json.loads(text)
    return content


def test_story_with_every_block(api: Api) -> None:
    make_showcase_story()
    assert whole(api.get("news/harbour-reopens/")) == external_file("golden/story.json")


def test_video(api: Api) -> None:
    make_showcase_video()
    assert whole(api.get(f"videos/{VIDEO_ID}/")) == external_file("golden/video.json")


def test_list(api: Api) -> None:
    make_showcase_story()
    assert whole(api.get("news/?limit=1&count=true")) == external_file("golden/list.json")


def test_resolve(api: Api) -> None:
    make_showcase_story()
    answer = whole(api.get("resolve/?path=/fr/actualites/reouverture-du-port/"))
    assert answer == external_file("golden/resolve.json")


def test_fallback(api: Api) -> None:
    make_news("English only", **fixed(STORY_ID))
    answer = whole(api.get(f"news/{STORY_ID}/?locale=fr&fallback=default"))
    assert answer == external_file("golden/fallback.json")


def test_problem(api: Api) -> None:
    answer = whole(api.get("news/?limit=1000&colour=blue", accept_language="fr-CA, en;q=0.5"))
    assert answer == external_file("golden/problem.json")
