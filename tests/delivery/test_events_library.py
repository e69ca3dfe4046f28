"""What stories show and are found by: topics, tags, pictures, attachments, videos, terms of use."""

from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from taggit.models import Tag
from wagtail.models import Collection, CollectionViewRestriction

from delivery.models import PublishedDocument
from home.models import EditorialImage, Topic
from news.models import NewsTag
from tests.delivery.conftest import FILM, HOMES, NOTHING, PATROL, STORM, Chief, effect, observed
from tests.factories.newsroom import make_topic
from videos.models import Caption, VideoFile, VideoRendition

pytestmark = pytest.mark.django_db

TOPICAL = {*PATROL, *FILM}
# Cards of the patrol and of the film show their picture.
SHOW_PATROL = {*PATROL, *STORM, *HOMES}
SHOW_FILM = {*FILM, *STORM}


def listed(client: Client, query: str) -> list[str]:
    return [card["title"] for card in client.get(f"/api/v1/news/?{query}").json()["items"]]


def documents_with(words: bytes) -> int:
    return sum(words in bytes(body) for body in PublishedDocument.objects.values_list("body", flat=True))


# Topics


def topic_form(topic: Topic, **fields: Any) -> dict[str, Any]:
    return {"name": topic.name, "slug": topic.slug, "description": "", "action-publish": "1", **fields}


def test_renamed_topic_is_renamed_in_its_language(newsroom: SimpleNamespace, chief: Chief) -> None:
    address = reverse("wagtailsnippets_home_topic:edit", args=[newsroom.topic.pk])
    act = lambda: chief.send(address, topic_form(newsroom.topic, name="Sea rescue"))  # noqa: E731
    # The home page and the storm show the patrol's card, but not its topics.
    assert observed(act) == effect(changed={"/en/news/patrol/", "/en/videos/film/"})


def test_topic_whose_slug_changes_is_found_by_both(newsroom: SimpleNamespace, chief: Chief) -> None:
    address = reverse("wagtailsnippets_home_topic:edit", args=[newsroom.topic_fr.pk])
    act = lambda: chief.send(address, topic_form(newsroom.topic_fr, slug="secours"))  # noqa: E731
    found = observed(act)
    assert {"/fr/actualites/patrouille/", "/fr/videos/tournage/"} <= found.changed
    assert listed(chief, "locale=fr&topic=secours") == ["Patrouille"]
    assert listed(chief, "topic=secours") == ["Patrol"]
    assert listed(chief, "locale=fr&topic=sauvetage") == ["Patrouille"]


def test_list_of_a_topic_is_whole_before_its_documents_are_rendered_again(newsroom: SimpleNamespace) -> None:
    Topic.objects.filter(pk=newsroom.topic.pk).update(slug="sea-rescue")
    assert listed(Client(), "topic=sea-rescue") == ["Patrol"]


def test_former_slug_is_whose_it_is_now(newsroom: SimpleNamespace) -> None:
    newsroom.topic.slug = "sea-rescue"
    newsroom.topic.save()
    former, newsroom.topic.slug = newsroom.topic.slug, "rescue-at-sea"
    newsroom.topic.save()
    assert listed(Client(), f"topic={former}") == ["Patrol"]
    draft = make_topic("Drill", slug=former, live=False)
    assert listed(Client(), f"topic={former}") == ["Patrol"]
    draft.live = True
    draft.save()
    assert listed(Client(), f"topic={former}") == []


def test_unpublished_topic_leaves_the_stories(newsroom: SimpleNamespace, chief: Chief) -> None:
    address = reverse("wagtailsnippets_home_topic:unpublish", args=[newsroom.topic_fr.pk])
    assert observed(lambda: chief.send(address)).changed >= {"/fr/actualites/patrouille/", "/fr/videos/tournage/"}
    assert listed(chief, "topic=sauvetage") == []


def test_deleted_topic_leaves_the_stories(newsroom: SimpleNamespace, chief: Chief) -> None:
    address = reverse("wagtailsnippets_home_topic:delete", args=[newsroom.topic.pk])
    # The stories of both languages name the English topic.
    assert observed(lambda: chief.send(address)) == effect(changed=TOPICAL)


def test_topic_that_is_translated_at_last_appears(newsroom: SimpleNamespace) -> None:
    newsroom.topic_fr.delete()
    key = newsroom.topic.translation_key
    act = lambda: make_topic("Secours", locale="fr", translation_key=key)  # noqa: E731
    assert {"/fr/actualites/patrouille/", "/fr/videos/tournage/"} <= observed(act).changed


# Tags


def test_renamed_tag_is_found_by_its_new_slug(newsroom: SimpleNamespace, client: Client) -> None:
    def rename() -> None:
        newsroom.tag.name, newsroom.tag.slug = "Sea ice", "sea-ice"
        newsroom.tag.save()

    assert observed(rename) == effect(changed=PATROL)
    assert (listed(client, "tag=sea-ice"), listed(client, "tag=ice")) == (["Patrol"], [])


def test_deleted_tag_leaves_the_stories(newsroom: SimpleNamespace, client: Client) -> None:
    assert observed(newsroom.tag.delete) == effect(changed=PATROL)
    assert listed(client, "tag=ice") == []


def test_tag_deleted_by_queryset_leaves_the_stories(newsroom: SimpleNamespace) -> None:
    assert observed(Tag.objects.filter(slug="ice").delete) == effect(changed=PATROL)


def test_merged_tag_is_found_by_the_other_one(newsroom: SimpleNamespace, client: Client) -> None:
    def merge() -> None:
        frost = Tag.objects.create(name="Frost", slug="frost")
        NewsTag.objects.filter(tag=newsroom.tag).update(tag=frost)
        newsroom.tag.delete()

    assert observed(merge) == effect(changed=PATROL)
    assert listed(client, "tag=frost") == ["Patrol"]


# Terms of use


def test_terms_are_renewed_in_their_language(newsroom: SimpleNamespace, chief: Chief) -> None:
    address = reverse("wagtailsnippets_home_usageterms:edit", args=[newsroom.terms_fr.pk])
    act = lambda: chief.send(address, {"name": "Presse", "text": "Avec mention.", "url": ""})  # noqa: E731
    french = {"/fr/actualites/patrouille/", "/fr/videos/tournage/", "/fr/"}
    assert observed(act).changed >= french - {"/fr/"}


def test_deleted_terms_are_shown_no_more(newsroom: SimpleNamespace, chief: Chief) -> None:
    address = reverse("wagtailsnippets_home_usageterms:delete", args=[newsroom.terms.pk])
    assert observed(lambda: chief.send(address)).changed >= {*PATROL, *FILM}
    assert documents_with(b"Free.") == 0


# Pictures


def image_form(image: EditorialImage, **fields: Any) -> dict[str, Any]:
    names = "title credit alt_text_en alt_text_fr caption_en caption_fr source".split()
    form = {name: getattr(image, name) for name in names}
    form |= {"tags": "", "usage_terms": str(image.usage_terms_id), "rights_end_date": ""}
    form |= {"collection": str(image.collection_id)}
    form |= {f"focal_point_{name}": "" for name in ("x", "y", "width", "height")}
    return form | fields


@pytest.mark.parametrize(
    ("fields", "languages"),
    [
        ({"alt_text_fr": "Le quai"}, {"fr"}),
        ({"credit": "A. Moreau"}, {"en", "fr"}),
        ({"usage_terms": ""}, {"en", "fr"}),
        ({"rights_end_date": "2020-01-01"}, {"en", "fr"}),
        (dict(zip("xywh", "500 150 10 10".split(), strict=True)), {"en", "fr"}),
    ],
)
def test_picture_is_renewed_wherever_it_is_shown(
    newsroom: SimpleNamespace, chief: Chief, fields: dict[str, str], languages: set[str]
) -> None:
    short = {"x": "focal_point_x", "y": "focal_point_y", "w": "focal_point_width", "h": "focal_point_height"}
    form = image_form(newsroom.picture, **{short.get(name, name): value for name, value in fields.items()})
    address = reverse("wagtailimages:edit", args=[newsroom.picture.pk])
    shown = {path for path in SHOW_PATROL if path[1:3] in languages}
    assert observed(lambda: chief.send(address, form)) == effect(changed=shown)


def test_title_of_a_picture_is_the_librarys_own(newsroom: SimpleNamespace, chief: Chief) -> None:
    address = reverse("wagtailimages:edit", args=[newsroom.picture.pk])
    assert observed(lambda: chief.send(address, image_form(newsroom.picture, title="Port"))) == NOTHING


def test_replaced_file_of_a_picture_has_other_addresses(newsroom: SimpleNamespace, chief: Chief) -> None:
    out = BytesIO()
    Image.new("RGB", (900, 500), (200, 10, 10)).save(out, "JPEG")
    form = image_form(newsroom.picture, file=SimpleUploadedFile("other.jpg", out.getvalue(), "image/jpeg"))
    address = reverse("wagtailimages:edit", args=[newsroom.picture.pk])
    assert observed(lambda: chief.send(address, form)) == effect(changed=SHOW_PATROL)


def test_replaced_file_by_code_has_other_addresses(newsroom: SimpleNamespace) -> None:
    out = BytesIO()
    Image.new("RGB", (900, 500), (200, 10, 10)).save(out, "JPEG")

    def replace() -> None:
        newsroom.picture.file = ImageFile(BytesIO(out.getvalue()), name="other.jpg")
        newsroom.picture._set_file_hash()
        newsroom.picture.save()

    assert observed(replace) == effect(changed=SHOW_PATROL)


def test_deleted_picture_is_shown_no_more(newsroom: SimpleNamespace, chief: Chief) -> None:
    address = reverse("wagtailimages:delete", args=[newsroom.picture.pk])
    assert observed(lambda: chief.send(address)) == effect(changed=SHOW_PATROL)


def test_deleted_poster_is_shown_no_more(newsroom: SimpleNamespace) -> None:
    assert observed(newsroom.video.poster.delete) == effect(changed=SHOW_FILM)


# Attachments


def test_replaced_attachment_is_offered_under_its_new_name(newsroom: SimpleNamespace, chief: Chief) -> None:
    form: dict[str, Any] = {"title": "Facts", "tags": "", "language": "en"}
    form["collection"] = str(newsroom.attachment.collection_id)
    form |= {"file": SimpleUploadedFile("other.pdf", b"%PDF-1.7 other", "application/pdf"), "credit": ""}
    address = reverse("wagtaildocs:edit", args=[newsroom.attachment.pk])
    assert observed(lambda: chief.send(address, form)) == effect(changed=STORM)
    assert documents_with(b"/other") == 2


def test_deleted_attachment_is_offered_no_more(newsroom: SimpleNamespace, chief: Chief) -> None:
    address = reverse("wagtaildocs:delete", args=[newsroom.attachment.pk])
    assert observed(lambda: chief.send(address)) == effect(changed=STORM)


def test_private_collection_says_nothing_of_published_stories(newsroom: SimpleNamespace, client: Client) -> None:
    # Collections are the library's folders. What the public may fetch is what a published document shows.
    root = Collection.get_first_root_node()
    act = lambda: CollectionViewRestriction.objects.create(collection=root, restriction_type="login")  # noqa: E731
    assert observed(act) == NOTHING


# Videos


def test_a_transcript_is_read_and_captions_have_another_version(newsroom: SimpleNamespace, client: Client) -> None:
    transcript, caption = (Caption.objects.get(video=newsroom.video, kind=kind) for kind in ("transcript", "caption"))

    def write() -> None:
        transcript.text = "Ice breaks."
        transcript.save()

    def caption_it() -> None:
        caption.text = "WEBVTT\n\n00:00.000 --> 00:01.000\nIce breaks.\n"
        caption.save()

    assert observed(write) == effect(changed=FILM)
    assert observed(caption_it) == effect(changed=FILM)
    assert b"Ice breaks." in client.get(f"/files/captions/{caption.pk}.vtt").content


def test_captions_in_another_language_are_offered(newsroom: SimpleNamespace) -> None:
    words = {"text": "WEBVTT\n", "language": "fr", "video": newsroom.video}
    act = lambda: Caption.objects.create(kind="caption", **words)  # noqa: E731
    assert observed(act) == effect(changed=FILM)
    assert observed(Caption.objects.filter(language="fr").delete) == effect(changed=FILM)


def test_encoding_for_accounts_only_is_not_offered_to_everybody(newsroom: SimpleNamespace) -> None:
    web = VideoRendition.objects.get(video=newsroom.video, name="web")

    def close() -> None:
        web.audience = "accredited"
        web.save()

    assert observed(close) == effect(changed=FILM)
    assert not PublishedDocument.objects.filter(shows__contains=[f"rendition:{web.pk}"]).exists()


def test_audience_of_the_master_is_chosen_in_the_library(newsroom: SimpleNamespace, chief: Chief) -> None:
    form = {"title": "Film", "collection": str(newsroom.video.collection_id), "master_audience": "accredited"}
    form |= {"usage_terms": str(newsroom.video.usage_terms_id), "poster": str(newsroom.video.poster_id), "tags": ""}
    address = reverse("wagtailmedia:edit", args=[newsroom.video.pk])
    assert observed(lambda: chief.send(address, form)) == effect(changed=FILM)


def test_replaced_video_file_renews_its_pages(newsroom: SimpleNamespace) -> None:
    def replace() -> None:
        newsroom.video.file = ContentFile(b"another", name="another.mp4")
        newsroom.video.duration = 99
        newsroom.video.save()

    assert observed(replace) == effect(changed=SHOW_FILM)


def test_deleted_video_file_leaves_pages_without_a_video(newsroom: SimpleNamespace) -> None:
    assert observed(VideoFile.objects.get(pk=newsroom.video.pk).delete) == effect(changed=SHOW_FILM)
