"""A small newsroom in both languages, and what the public notices of an act in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, TestCase
from taggit.models import Tag
from wagtail.models import Locale

from delivery.models import Change, ChangeKind, PublishedDocument
from delivery.refresh import refresh_all
from delivery.transaction import publishing
from delivery.verification import Difference, all_story_ids, verify_log, verify_stories, verify_strays
from home.models import Attachment, HomePage, HomeSlot, LandingPage, MenuItem, SiteTexts, UsageTerms
from news.models import NewsPage, RelatedStory
from tests.factories.newsroom import (
    edit,
    make_editor,
    make_image,
    make_news,
    make_topic,
    make_translation,
    make_video,
    section,
)
from videos.models import Caption, VideoFile, VideoPage, VideoRendition

EVERY_DOCUMENT = frozenset(
    """
    /en/ /en/news/ /en/news/patrol/ /en/news/storm/ /en/news/quiet/ /en/videos/ /en/videos/film/ /en/about/
    /en/about/team/ /fr/ /fr/actualites/ /fr/actualites/patrouille/ /fr/actualites/tempete/ /fr/videos/
    /fr/videos/tournage/ /fr/a-propos/ /fr/a-propos/equipe/
    """.split()
)
PATROL = frozenset({"/en/news/patrol/", "/fr/actualites/patrouille/"})
STORM = frozenset({"/en/news/storm/", "/fr/actualites/tempete/"})
FILM = frozenset({"/en/videos/film/", "/fr/videos/tournage/"})
HOMES = frozenset({"/en/", "/fr/"})
ENGLISH_NEWS = frozenset({"/en/news/", "/en/news/patrol/", "/en/news/storm/", "/en/news/quiet/"})
FRENCH_NEWS = frozenset({"/fr/actualites/", "/fr/actualites/patrouille/", "/fr/actualites/tempete/"})


@dataclass(frozen=True)
class Effect:
    """Paths of the documents that an act made, made differ and took away. One that moved has its new path here."""

    appeared: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    vanished: frozenset[str] = frozenset()


def effect(appeared: Any = (), changed: Any = (), vanished: Any = ()) -> Effect:
    """What an act is expected to do; a path alone need not be put in a set."""
    return Effect(*(frozenset([paths] if isinstance(paths, str) else paths) for paths in (appeared, changed, vanished)))


NOTHING = effect()


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the machine is busy, an act takes what it renders again into its own transaction."""
    monkeypatch.setattr("delivery.transaction.INLINE_BUDGET", 60)


def faults() -> list[Difference]:
    """What `verify_documents` would complain of."""
    return [
        *verify_log(),
        *verify_strays(),
        *verify_stories(all_story_ids()),
    ]


def documents() -> dict[tuple[Any, str], tuple[str, Any]]:
    """Of every document the path, and what the public notices of it: its bytes, lists and files that it is found by."""
    rows = PublishedDocument.objects.values_list("story_id", "locale", "path", "etag", "terms", "shows")
    return {(story_id, locale): (path, noticed) for story_id, locale, path, *noticed in rows}


def do(act: Callable[[], Any]) -> None:
    """An act with all that follows its commit, and the refreshes worked off."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        act()
    refresh_all()
    connection.check_constraints()  # as a commit does


def together(act: Callable[[], Any]) -> Callable[[], None]:
    """An act by code as one request of the admin, which is one transaction."""

    def act_together() -> None:
        with publishing():
            act()

    return act_together


def observed(act: Callable[[], Any], *, once: bool = True) -> Effect:
    """Do it as an editor would, and tell what became of the documents.

    Asserts what holds after every act: the log has exactly one entry for each document that differs and none for
    others, and a fresh render of everything is what is stored. `once` false: there may be more `refresh` entries, since
    so much is rendered again that it takes several transactions.
    """
    before, head = documents(), Change.objects.count()
    do(act)
    after = documents()
    appeared = after.keys() - before.keys()
    vanished = before.keys() - after.keys()
    changed = {key for key in after.keys() & before.keys() if after[key] != before[key]}
    told = [(str(entry.path), entry.kind == ChangeKind.WITHDRAWN) for entry in Change.objects.filter(sequence__gt=head)]
    assert sorted(told if once else set(told)) == sorted(
        [(after[key][0], False) for key in appeared | changed] + [(before[key][0], True) for key in vanished]
    )
    assert faults() == []
    return Effect(
        frozenset(after[key][0] for key in appeared),
        frozenset(after[key][0] for key in changed),
        frozenset(before[key][0] for key in vanished),
    )


def make_draft(title: str) -> NewsPage:
    """A story that was never published."""
    with publishing():
        return make_news(title, publish=False)


def landing(title: str, parent: Any, translation_of: Any = None, **fields: Any) -> LandingPage:
    """A published landing page."""
    page = LandingPage(title=title, locale=parent.locale, live=False, **fields)
    if translation_of is not None:
        page.translation_key = translation_of.translation_key
    type(parent).objects.get(pk=parent.pk).add_child(instance=page)
    page.save_revision().publish()
    return page


def text(html: str) -> dict[str, Any]:
    """A block of running text."""
    return {"type": "text", "value": f"<p>{html}</p>"}


def link_to(page: Any) -> dict[str, Any]:
    """Running text that links to a page."""
    return text(f'See <a linktype="page" id="{page.pk}">this</a>.')


def _video(terms: UsageTerms) -> VideoFile:
    video = VideoFile.objects.create(
        title="Film",
        type="video",
        file=ContentFile(b"not a video", name="film.mp4"),
        duration=12,
        poster=make_image("Poster"),
        usage_terms=terms,
    )
    for name, role in (("master", "master"), ("web", "web")):
        VideoRendition.objects.update_or_create(
            video=video,
            name=name,
            defaults={
                "role": role,
                "audience": "public",
                "file_name": f"{name}.mp4",
                "width": 640,
                "height": 360,
                "video_codec": "h264",
                "size_bytes": 1000,
            },
        )
    for kind, words in (("caption", "WEBVTT\n\n00:00.000 --> 00:01.000\nIce.\n"), ("transcript", "Ice.")):
        Caption.objects.create(video=video, kind=kind, language="en", text=words)
    return video


def _film(video: VideoFile, topic: Any) -> tuple[VideoPage, VideoPage]:
    film = make_video("Film", publish=False, video=video)
    french = VideoPage(
        title="Tournage",
        locale=Locale.objects.get(language_code="fr"),
        live=False,
        translation_key=film.translation_key,
        video=video,
    )
    film.get_parent().get_translation(french.locale).add_child(instance=french)
    for page in (film, french):
        page.topics = [topic]
        page.save_revision().publish()
    return film, french


def _build() -> dict[str, Any]:
    """Build it, and answer its pages and other objects by name."""
    room = SimpleNamespace(section=section("en"), section_fr=section("fr"))
    room.home, room.home_fr = (HomePage.objects.get(locale__language_code=code) for code in ("en", "fr"))
    room.topic = make_topic("Rescue")
    room.topic_fr = make_topic("Sauvetage", locale="fr", translation_key=room.topic.translation_key)
    room.terms = UsageTerms.objects.create(name="Press use", text="Free.", locale=room.home.locale)
    room.terms_fr = UsageTerms.objects.create(
        name="Presse", text="Libre.", locale=room.home_fr.locale, translation_key=room.terms.translation_key
    )
    room.picture = make_image("Harbour", usage_terms=room.terms, alt_text_en="A quay", alt_text_fr="Un quai")
    room.attachment = Attachment.objects.create(title="Fact sheet", file=ContentFile(b"%PDF", name="facts.pdf"))
    room.video = _video(room.terms)
    room.film, room.film_fr = _film(room.video, room.topic)
    room.about = landing("About", room.home)
    room.about_fr = landing("À propos", room.home_fr, room.about)
    room.team = landing("Team", room.about)
    room.team_fr = landing("Équipe", room.about_fr, room.team)
    room.patrol = make_news("Patrol", hero_image=room.picture)
    room.patrol_fr = make_translation(room.patrol, "Patrouille", hero_image=room.picture)
    body = [
        link_to(room.about),
        {"type": "video", "value": {"video": room.film.pk, "caption": ""}},
        {"type": "download", "value": {"attachment": room.attachment.pk, "label": ""}},
    ]
    room.storm = make_news("Storm", body=body, related=[RelatedStory(story=room.patrol)])
    room.storm_fr = make_translation(room.storm, "Tempête", body=body, related=[RelatedStory(story=room.patrol)])
    room.quiet = make_news("Quiet")
    tag = Tag.objects.create(name="Ice", slug="ice")
    for page in (room.patrol, room.patrol_fr):
        page.tags.add(tag)
        page.topics = [room.topic]
        page.body = [link_to(room.storm)]
        page.save_revision().publish()
    room.tag = tag
    for home, page in ((room.home, room.patrol), (room.home_fr, room.patrol_fr)):
        edit(home, slots=[HomeSlot(place="lead", story=page, locale=home.locale)])
    texts = SiteTexts.objects.get(locale=room.home.locale)
    room.menu_item = MenuItem.objects.create(
        site_texts=texts, label="News", page=room.section, locale=texts.locale, sort_order=0
    )
    refresh_all()
    assert {path for path, _etag in documents().values()} == EVERY_DOCUMENT
    assert faults() == []
    return vars(room)


@pytest.fixture(scope="module")
def built_newsroom(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """Built once a module, in a transaction around those of its tests: it takes seconds."""
    with django_db_blocker.unblock(), transaction.atomic():
        MigrationRecorder(connection).ensure_schema()  # wagtail-localize asks it; `--no-migrations` makes none
        cache.clear()
        yield _build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def files(built_newsroom: dict[str, Any]) -> dict[Path, bytes]:
    """What the newsroom's files hold: a deletion that is taken back leaves them deleted."""
    folders = (Path(settings.MEDIA_ROOT), Path(settings.VIDEOS_DIR))
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def newsroom(built_newsroom: dict[str, Any], files: dict[Path, bytes], db: None) -> Iterator[SimpleNamespace]:
    """Sections, stories in both languages that mention each other, topics, tags, pictures, a video, slots, a menu."""
    cache.clear()
    for path, content in files.items():
        path.write_bytes(content)
    yield SimpleNamespace(**{name: type(one).objects.get(pk=one.pk) for name, one in built_newsroom.items()})
    cache.clear()  # of site records that the rollback takes back


class Chief(Client):
    """Somebody who may do everything in the admin."""

    def __init__(self) -> None:
        super().__init__()
        user = make_editor("Senior editors", "chief")
        user.is_superuser = True
        user.save()
        self.user = user
        self.force_login(user)

    def send(self, address: str, form: dict[str, Any] | None = None) -> Any:
        """Post a form that is right; fails the test where the admin refuses it."""
        response = self.post(address, form or {})
        assert response.status_code in (200, 302), response.status_code
        errors = response.context and response.context.get("form") and response.context["form"].errors
        assert not errors, errors
        return response


@pytest.fixture
def chief(db: None) -> Chief:
    return Chief()
