"""`topics/`: names in one language, and how many documents there are."""

import pytest

from tests.api.conftest import Api
from tests.factories.newsroom import make_news, make_topic, make_video
from tests.factories.showcase import TOPIC_ID, make_showcase_topic

pytestmark = pytest.mark.django_db


def test_topic_counts_what_lists_show(api: Api) -> None:
    topic = make_showcase_topic()
    for page in (make_news("One", publish=False), make_news("Two", publish=False), make_video(publish=False)):
        page.topics.set([topic])
        page.save_revision().publish()
    draft = make_news("Draft", publish=False)
    draft.topics.set([topic])
    draft.save_revision()
    (entry,) = api.json("topics/")["items"]
    assert entry["counts"] == {"news": 2, "videos": 1}
    for collection, number in entry["counts"].items():
        assert api.json(f"{collection}/?topic={entry['slug']}&count=true")["count"] == number


def test_topic_is_named_in_the_language_asked_for(api: Api) -> None:
    topics = [make_showcase_topic(), make_topic("Weather")]
    make_news("One", topics=topics)
    answer = api.json("topics/?locale=fr")
    assert [(entry["id"], entry["name"], entry["counts"]) for entry in answer["items"]] == [
        (str(TOPIC_ID), "Sauvetage", {})
    ]
    assert answer["items"][0]["translations"] == [
        {"locale": "en", "slug": "rescue", "name": "Rescue"},
        {"locale": "fr", "slug": "sauvetage", "name": "Sauvetage"},
    ]


def test_draft_topic_is_nowhere(api: Api) -> None:
    make_news("One", topics=[make_topic("Secret", live=False)])
    assert api.json("topics/")["items"] == []


def test_topic_is_there_while_a_published_document_has_it(api: Api) -> None:
    page = make_news("One", topics=[make_topic("Rescue")], publish=False)
    assert api.json("topics/")["items"] == []
    page.save_revision().publish()
    assert [entry["slug"] for entry in api.json("topics/")["items"]] == ["rescue"]
    page.refresh_from_db()
    page.unpublish()
    assert api.json("topics/")["items"] == []


def test_filter_takes_id_and_slug_and_any_of_several(api: Api) -> None:
    rescue, weather = make_topic("Rescue"), make_topic("Weather")
    for title, topic in (("One", rescue), ("Two", weather), ("Three", None)):
        page = make_news(title, publish=False)
        page.topics.set([topic] if topic else [])
        page.save_revision().publish()
    for query, titles in {
        "topic=rescue": {"One"},
        f"topic={weather.translation_key}": {"Two"},
        "topic=rescue&topic=weather": {"One", "Two"},
        "topic=nothing": set(),
    }.items():
        assert {item["title"] for item in api.json(f"news/?{query}")["items"]} == titles
