"""Stories, translations and people for tests, made as the newsroom makes them: through revisions."""

from io import BytesIO
from typing import Any

from django.contrib.auth.models import Group
from django.core.files.images import ImageFile
from PIL import Image
from wagtail.models import Locale

from accounts.models import User
from delivery.models import Story
from delivery.sync import story_of
from home.models import EditorialImage, Topic
from news.models import NewsIndexPage, NewsPage
from videos.models import VideoIndexPage, VideoPage

PASSWORD = "correct horse battery"


def section(locale: str = "en") -> NewsIndexPage:
    """The news section of a language."""
    return NewsIndexPage.objects.get(locale__language_code=locale)


def make_news(title: str = "A story", *, locale: str = "en", publish: bool = True, **fields: Any) -> NewsPage:
    """A news page with a draft, published unless `publish` is false. `fields` go to the page."""
    page = NewsPage(title=title, live=False, locale=Locale.objects.get(language_code=locale), **fields)
    section(locale).add_child(instance=page)
    revision = page.save_revision()
    if publish:
        revision.publish()
        page.refresh_from_db()
    return page


def make_translation(page: NewsPage, title: str = "Une histoire", *, publish: bool = True, **fields: Any) -> NewsPage:
    """The page's other language, without wagtail-localize."""
    other = "fr" if page.locale.language_code == "en" else "en"
    translation = NewsPage(
        title=title,
        live=False,
        locale=Locale.objects.get(language_code=other),
        translation_key=page.translation_key,
        **fields,
    )
    section(other).add_child(instance=translation)
    revision = translation.save_revision()
    if publish:
        revision.publish()
        translation.refresh_from_db()
    return translation


def make_video(title: str = "A video", *, locale: str = "en", publish: bool = True, **fields: Any) -> VideoPage:
    """A video page with a draft, published unless `publish` is false."""
    page = VideoPage(title=title, live=False, locale=Locale.objects.get(language_code=locale), **fields)
    VideoIndexPage.objects.get(locale__language_code=locale).add_child(instance=page)
    revision = page.save_revision()
    if publish:
        revision.publish()
        page.refresh_from_db()
    return page


def edit(page: Any, **fields: Any) -> Any:
    """A new draft with other values, published."""
    page = page.specific_class.objects.get(pk=page.pk)
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision().publish()
    page.refresh_from_db()
    return page


def story(page: Any) -> Story:
    """The page's story."""
    return story_of(page)


def make_topic(name: str = "Rescue", *, locale: str = "en", slug: str = "", **fields: Any) -> Topic:
    """A published topic."""
    return Topic.objects.create(
        name=name, slug=slug or name.lower(), locale=Locale.objects.get(language_code=locale), **fields
    )


def make_image(title: str = "Harbour", *, size: tuple[int, int] = (1000, 600), **fields: Any) -> EditorialImage:
    """A picture in the library, a real JPEG."""
    out = BytesIO()
    Image.new("RGB", size, (20, 60, 120)).save(out, "JPEG")
    image = EditorialImage(
        title=title,
        credit=fields.pop("credit", "COS"),
        file=ImageFile(BytesIO(out.getvalue()), name=f"{title.lower()}.jpg"),
        **fields,
    )
    image._set_file_hash()
    image.save()
    return image


def make_editor(group: str = "Editors", username: str = "") -> User:
    """Somebody in one of the newsroom's groups, with the password PASSWORD."""
    user = User.objects.create_user(
        username or group.lower().replace(" ", "-"), f"{group.lower().replace(' ', '.')}@openseas.example"
    )
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name=group))
    return user
