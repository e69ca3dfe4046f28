"""A page with one word of its own in everything that it has: text, address, topic, tags and files."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from wagtail.models import Locale, Page

from delivery.context import frontend_path
from home.models import Attachment, EditorialImage, HomePage, LandingPage, Topic
from news.models import NewsIndexPage, NewsPage, Source
from tests.factories.newsroom import make_image, make_topic
from videos.models import Caption, Storyboard, VideoFile, VideoIndexPage, VideoPage, VideoRendition, Waveform
from videos.models.page import Shot, VideoCredit, VideoPerson
from videos.storage import video_storage

COLLECTIONS: dict[str, tuple[type[Any], type[Any]]] = {  # page, and what it stands below
    "news": (NewsPage, NewsIndexPage),
    "videos": (VideoPage, VideoIndexPage),
    "pages": (LandingPage, LandingPage),
}
# All that are hidden are of one date, before any other story: a cursor at one of them leaves the same to read.
DATE = datetime(2020, 2, 2, 12, 0, tzinfo=UTC)
WORD = r"zq\d{3}x"


@dataclass
class Subject:
    """A page in a state, its word, and whatever carries it. `etags`: of its answers while it was public, by address.

    `id_is_public`: another draft or another language of the same story is out, so that its id answers.
    """

    number: int
    state: str
    collection: str
    locale: str
    page: Any = None
    was_public: bool = False
    id_is_public: bool = False
    token: str = ""
    etags: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.word = f"zq{self.number:03d}x"
        self.topic: Topic = make_topic(
            f"Topic {self.word}", slug=f"topic-{self.word}", locale=self.locale, description=self.word
        )
        self.image: EditorialImage = make_image(
            f"picture-{self.word}",
            size=(450, 30),
            credit=self.word,
            **{f"{name}_{code}": self.word for name in ("alt_text", "caption") for code in ("en", "fr")},
        )
        self.attachment: Attachment | None = None
        self.video: VideoFile | None = None
        if self.collection == "videos":
            self.add_video()
        else:
            paper = ContentFile(b"%PDF-1.7", name=f"paper-{self.word}.pdf")
            self.attachment = Attachment.objects.create(title=self.word, file=paper, file_size=8)

    def add_video(self) -> None:
        """A master with a poster, a public encoding, captions and a transcript."""
        self.video = VideoFile.objects.create(
            title=self.word,
            type="video",
            file=ContentFile(b"0123456789", name=f"master-{self.word}.mp4"),
            duration=2,
            poster=self.image,
        )
        self.rendition = VideoRendition.objects.create(
            video=self.video,
            name=f"web-{self.word}",
            role="web",
            audience="public",
            width=640,
            height=360,
            size_bytes=10,
            video_codec="h264",
            file_name=video_storage().save(f"videos/web-{self.word}.mp4", ContentFile(b"0123456789")),
        )
        self.sheet = video_storage().save(f"storyboards/{self.word}.jpg", ContentFile(b"0123456789"))
        Storyboard.objects.create(
            video=self.video, file_name=self.sheet, count=1, columns=1, tile_width=160, tile_height=90, interval=2
        )
        Waveform.objects.create(video=self.video, content=f'{{"word": "{self.word}"}}')
        text = f"WEBVTT\n\n00:00.000 --> 00:01.000\n{self.word}\n"
        self.caption = Caption.objects.create(video=self.video, language=self.locale, text=text)
        Caption.objects.create(video=self.video, kind="transcript", language=self.locale, text=self.word)

    def forget(self) -> None:
        """Delete what it has, but remember what it was: it is to be like what never was."""
        for name in ("topic", "image", "attachment", "rendition", "caption", "video"):
            thing = getattr(self, name, None)
            if thing is not None:
                key = thing.pk
                thing.delete()
                thing.pk = key

    @property
    def stored(self) -> list[str]:
        """Names of its files in the storage."""
        names = [thing.file.name for thing in (self.image, self.attachment, self.video) if thing]
        return [*names, self.rendition.file_name, self.sheet] if self.video else names

    def __str__(self) -> str:
        return f"{self.state} · {self.collection} · {self.locale}"

    @property
    def model(self) -> type[Any]:
        """The class of its page."""
        return COLLECTIONS[self.collection][0]

    @property
    def slug(self) -> str:
        """Its slug, which is its word too."""
        return f"slug-{self.word}"

    @property
    def story_id(self) -> str:
        """The id in the API."""
        return str(self.page.translation_key)

    @property
    def path(self) -> str:
        """Where a frontend would show it."""
        return f"{frontend_path(self.page).rsplit('/', 2)[0]}/{self.slug}/"

    def section(self, locale: str = "") -> Page:
        """The standing page that pages of this kind are below."""
        parent = HomePage if self.collection == "pages" else COLLECTIONS[self.collection][1]
        return parent.objects.get(locale__language_code=locale or self.locale)

    def desk(self, name: str, parent: Page | None = None) -> Page:
        """A page to put pages below, public like any other and without the word."""
        slug = f"{name}-{self.number}"
        return published(self._drafted(LandingPage(title=slug, slug=slug), parent or self.home()))

    def home(self) -> Page:
        """The home page of its language."""
        return HomePage.objects.get(locale__language_code=self.locale)

    def draft(self, parent: Page | None = None, **fields: Any) -> Any:
        """The page with its word everywhere, saved and not published."""
        self.page = self._drafted(self.filled(self.model(slug=self.slug)), parent or self.section(), **fields)
        return self.page

    def plain(self, locale: str = "") -> Any:
        """A public page of the same kind, without the word."""
        slug = f"plain-{self.number}"
        return published(self._drafted(self.model(title=slug, slug=slug), self.section(locale), locale=locale))

    def _drafted(self, page: Any, parent: Page, *, locale: str = "", **fields: Any) -> Any:
        page.locale = Locale.objects.get(language_code=locale or self.locale)
        page.live = False
        is_subject = page.slug == self.slug
        page.first_published_at = DATE if is_subject else DATE + timedelta(days=1)
        if is_subject and self.state == "public":
            page.first_published_at = None  # now: feeds have the newest
        for name, value in fields.items():
            setattr(page, name, value)
        Page.objects.get(pk=parent.pk).add_child(instance=page)
        page.save_revision()
        return page

    def filled(self, page: Any) -> Any:
        """`page`, with the word in everything that readers could read of it."""
        word = self.word
        page.title, page.slug, page.summary = f"Title {word}", self.slug, f"Summary {word}."
        page.seo_title = page.search_description = word
        if self.collection == "videos":
            page.video, page.location, page.description = self.video, word, f"<p>{word}</p>"
            page.shots = [
                Shot(start="0.000", end="1.000", text=word, locale=Locale.objects.get(language_code=self.locale))
            ]
            page.people, page.credits = [VideoPerson(name=word)], [VideoCredit(text=word)]
        else:
            page.body = json.dumps(self.body())
        if self.collection == "news":
            page.hero_image, page.hero_caption, page.dateline_place = self.image, word, word
            page.event_place = page.press_contact_name = word
            page.sources = [Source(name=word)]
        if self.collection != "pages":
            page.topics = [self.topic]
            page.tags.add(f"tag-{word}")
        return page

    def body(self) -> list[Any]:
        """Blocks with the word, its picture and its attachment."""
        assert self.attachment
        paper = f'<p>{self.word} <a linktype="document" id="{self.attachment.pk}">paper</a></p>'
        picture = {"image": self.image.pk, "alt_text": "", "decorative": False, "caption": ""}
        values = {
            "text": paper,
            "quote": {"text": self.word, "speaker": self.word, "role": ""},
            "image": picture,
            "download": {"attachment": self.attachment.pk, "label": ""},
        }
        return [{"type": kind, "value": value, "id": f"{self.word}-{kind}"} for kind, value in values.items()]


def published(page: Any) -> Any:
    """The page as the database has it after its latest draft was published."""
    page.get_latest_revision().publish()
    return type(page).objects.get(pk=page.pk)
