"""Every field of every translatable model has a decision; what follows the original really follows."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.models import Locale, Page, get_translatable_models
from wagtail_localize.fields import BaseTranslatableField, TranslatableField, get_translatable_fields

from news.models import Correction, NewsPage, RelatedStory, Source
from tests.factories.newsroom import edit, make_image, make_news, make_topic, make_video
from tests.translation.conftest import Desk
from videos.models import Shot, VideoCredit, VideoPerson

T, S, SO, OWN = "translated", "shared", "shared unless overridden", "each language's own"
STORY = {
    **dict.fromkeys(["title", "slug", "seo_title", "search_description", "summary"], T),
    **dict.fromkeys(["show_in_menus", "change_kind", "owner_desk", "internal_note"], S),
}
DECISIONS: dict[str, dict[str, str]] = {
    "home.HomePage": STORY | {"slots": T},
    "home.HomeSlot": {"place": S, "story": S, "headline": T, "text": T, "starts_at": S, "ends_at": S},
    "home.LandingPage": STORY | {"body": T},
    "home.SiteTexts": {
        **dict.fromkeys(["name", "organisation", "tagline", "contact_address", "account_intro", "account_terms"], T),
        **dict.fromkeys(["newsletter_intro", "newsletter_consent", "menu_items"], T),
        "contact_email": SO,
        "contact_phone": SO,
        "social_links": S,
    },
    "home.MenuItem": {"menu": S, "label": T, "page": S, "url": SO},
    "home.Topic": {
        "name": T,
        "slug": T,
        "description": T,
        "first_published_at": OWN,
        "go_live_at": OWN,
        "expire_at": OWN,
    },
    "home.UsageTerms": {"name": T, "text": T, "url": SO},
    "news.NewsIndexPage": STORY,
    "news.NewsPage": STORY
    | dict.fromkeys(["dateline_place", "hero_caption", "body", "event_place", "corrections"], T)
    | dict.fromkeys(
        ["kind", "dateline_date", "topics", "tagged_items", "priority", "event_date", "sources", "related"], S
    )
    | dict.fromkeys(["hero_image", "press_contact_name", "press_contact_email", "press_contact_phone"], SO)
    | {"tags": OWN},
    "news.Correction": {"at": S, "note": T},
    "videos.VideoIndexPage": STORY,
    "videos.VideoPage": STORY
    | dict.fromkeys(["description", "location", "shots"], T)
    | dict.fromkeys(["kind", "video", "with_graphics", "recorded_on", "topics", "tagged_items", "people", "credits"], S)
    | {"tags": OWN},
    "videos.Shot": {"start": S, "end": S, "text": T},
}
# Of Wagtail or the database, not of the text: each page's own, by Wagtail or by `delivery`.
WAGTAILS = {
    *("id", "page_ptr", "path", "depth", "numchild", "url_path", "translation_key", "locale", "content_type", "owner"),
    *("live", "has_unpublished_changes", "first_published_at", "last_published_at", "live_revision", "expired"),
    *("go_live_at", "expire_at", "locked", "locked_at", "locked_by", "latest_revision", "alias_of", "draft_title"),
    *("latest_revision_created_at", "wagtail_admin_comments", "page", "home", "site_texts", "sort_order"),
}

pytestmark = pytest.mark.django_db


def ours() -> list[type[models.Model]]:
    return [m for m in get_translatable_models(include_subclasses=True) if m is not Page]


def fields_of(model: type[models.Model]) -> set[str]:
    """Everything that an editor can fill in: columns, many-to-many relations, child rows."""
    names = set()
    for field in model._meta.get_fields():
        is_child = field.one_to_many and isinstance(getattr(field, "remote_field", None), ParentalKey)
        if (
            (not field.auto_created and getattr(field, "editable", True) and not field.is_relation)
            or is_child
            or (not field.auto_created and field.is_relation and getattr(field, "editable", False))
        ):
            names.add(field.name)
    return names


def decision(field: BaseTranslatableField) -> str:
    if isinstance(field, TranslatableField):
        return T
    if type(field) is BaseTranslatableField:
        return OWN
    return SO if getattr(field, "overridable", False) else S


@pytest.mark.parametrize("model", ours(), ids=lambda model: model._meta.label)
def test_every_field_has_its_decision(model: type[models.Model]) -> None:
    decisions = {field.field_name: decision(field) for field in get_translatable_fields(model)}
    # Only texts, and keys of child rows, can be overridden in wagtail-localize's editor.
    assert decisions == DECISIONS[model._meta.label]
    own = {name for name in fields_of(model) if name not in decisions}
    assert own - WAGTAILS == set()


def test_what_is_shared_arrives_and_follows(editor: Desk, senior: Desk) -> None:
    topic, other = make_topic("Rescue"), make_topic("Ports")
    image = make_image()
    page = make_news("Patrol", publish=False, hero_image=image, priority=3)
    page.topics = [topic]
    page.tags.add("storm")
    page.sources = [Source(name="Ana Roy")]
    page.related = [RelatedStory(story=make_news("Before"))]
    page.save_revision().publish()
    translation = editor.submit(page, "fr")
    target = french_of(page)
    assert facts(target) == (["Rescue"], ["storm"], ["Ana Roy"], ["Before"], image, 3)

    page = NewsPage.objects.get(pk=page.pk)
    page.topics = [other]
    page.tags.set(["calm"])
    page.sources = [Source(name="Jo Lim")]
    page.related = []
    edit_in_place(page, priority=4)
    senior.synchronise(translation)
    senior.publish(translation)
    assert facts(french_of(page)) == (["Ports"], ["calm"], ["Jo Lim"], [], image, 4)

    page = NewsPage.objects.get(pk=page.pk)
    page.topics, page.sources = [], []
    page.tags.clear()
    edit_in_place(page, hero_image=None)
    senior.synchronise(translation)
    senior.publish(translation)
    assert facts(french_of(page)) == ([], [], [], [], None, 4)
    assert facts(NewsPage.objects.get(pk=page.pk)) == ([], [], [], [], None, 4)


def edit_in_place(page: NewsPage, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision().publish()


def french_of(page: Any) -> Any:
    return type(page).objects.get(translation_key=page.translation_key, locale__language_code="fr")


def facts(page: NewsPage) -> tuple[Any, ...]:
    return (
        [topic.name for topic in page.topics.all()],
        sorted(page.tags.names()),
        [source.name for source in page.sources.all()],
        [related.story.title for related in page.related.all()],
        page.hero_image,
        page.priority,
    )


def test_child_rows_are_translated(editor: Desk, translator: Desk, senior: Desk) -> None:
    page = make_news("Patrol", publish=False)
    page.corrections = [Correction(at=datetime(2026, 5, 1, 10, tzinfo=UTC), note="It was Tuesday.", locale=page.locale)]
    page.save_revision().publish()
    translation = editor.submit(page, "fr")
    translator.translate(translation)
    senior.publish(translation)
    [row] = french_of(page).corrections.all()
    assert (row.note, row.locale.language_code) == ("FR It was Tuesday.", "fr")
    assert row.at == NewsPage.objects.get(pk=page.pk).corrections.get().at


def test_shot_list_is_translated_and_its_times_follow(editor: Desk, translator: Desk, senior: Desk) -> None:
    page = make_video("Harbour", publish=False, location="Quay")
    page.shots = [Shot(start=0, end=2, text="A boat.", locale=page.locale)]
    page.people, page.credits = [VideoPerson(name="Ana Roy")], [VideoCredit(text="Camera: Jo Lim")]
    page.save_revision().publish()
    translation = editor.submit(page, "fr")
    translator.translate(translation)
    senior.publish(translation)
    target = french_of(page)
    [shot] = target.shots.all()
    assert (shot.text, shot.locale.language_code, target.location) == ("FR A boat.", "fr", "FR Quay")
    assert [person.name for person in target.people.all()] == ["Ana Roy"]
    assert [row.text for row in target.credits.all()] == ["Camera: Jo Lim"]

    page = type(page).objects.get(pk=page.pk)
    shots = list(page.shots.all())
    shots[0].end = 3
    page.shots = [*shots, Shot(start=3, end=4, text="A crane.", locale=page.locale)]
    page.save_revision().publish()
    senior.synchronise(translation)
    senior.publish(translation)
    assert [(shot.end, shot.text) for shot in french_of(page).shots.all()] == [(3, "FR A boat."), (4, "A crane.")]


def test_body_is_translated_block_by_block(editor: Desk, translator: Desk, senior: Desk) -> None:
    image = make_image()
    body = [
        {"type": "text", "value": '<p>Cold <a href="https://example.org/">sea</a>.</p>', "id": "a1"},
        {"type": "quote", "value": {"text": "We go.", "speaker": "Ana Roy", "role": "Captain"}, "id": "a2"},
        {
            "type": "image",
            "value": {"image": image.pk, "caption": "Quay", "alt_text": "", "decorative": False},
            "id": "a3",
        },
    ]
    import json

    page = make_news("Patrol", body=json.dumps(body))
    translation = editor.submit(page, "fr")

    def words(path: str, text: str) -> str:
        return "patrouille" if path == "slug" else text.replace("Cold", "Froide").replace("We go", "On y va")

    translator.translate(translation, words)
    senior.publish(translation)
    raw = {block["id"]: block["value"] for block in french_of(page).body.raw_data}
    assert raw["a1"] == '<p>Froide <a href="https://example.org/">sea</a>.</p>'
    assert raw["a2"]["text"] == "On y va."
    assert raw["a3"]["image"] == image.pk


def test_emptied_text_is_emptied_in_the_translation(editor: Desk, translator: Desk, senior: Desk) -> None:
    page = make_news("Patrol", summary="Cold.")
    translation = editor.submit(page, "fr")
    translator.translate(translation)
    senior.publish(translation)
    edit(page, summary="")
    senior.synchronise(translation)
    senior.publish(translation)
    assert french_of(page).summary == ""


def test_topics_are_translated(editor: Desk, translator: Desk, senior: Desk) -> None:
    topic = make_topic("Rescue")
    translation = senior.submit(topic, "fr")
    target = translation.get_target_instance()
    assert (target.live, target.locale) == (False, Locale.objects.get(language_code="fr"))
    translator.translate(translation)
    assert translator.publish(translation).status_code in (302, 403)
    target.refresh_from_db()
    assert not target.live
    translator.hand_in(translation)
    target.refresh_from_db()
    assert (target.live, target.name, target.slug) == (False, "FR Rescue", "rescue-fr")
    senior.publish(translation)
    target.refresh_from_db()
    assert (target.live, target.name) == (True, "FR Rescue")
