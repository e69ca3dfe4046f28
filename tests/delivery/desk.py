"""What editors do, in any order: the rules of the test in `test_editorial_machine.py`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client, TestCase
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from taggit.models import Tag
from wagtail.models import Locale, Page, PageViewRestriction
from wagtail_localize.operations import translate_object

import delivery.transaction
from delivery.models import NextChange, Release, Story
from delivery.refresh import refresh_all
from delivery.schedule import publish_due
from delivery.stories import change_embargo, reinstate, withdraw
from delivery.transaction import publishing, story_moved
from home.models import HomePage, HomeSlot, LandingPage, Topic
from news.models import NewsIndexPage, NewsPage, RelatedStory
from tests.delivery.oracle import LANGUAGES
from tests.delivery.test_schedule import make_due
from tests.factories.newsroom import make_image, make_topic, section, story
from videos.models import VideoIndexPage, VideoPage

NUMBERS = st.integers(0, 40)
HOUR = timedelta(hours=1)


class Desk(RuleBasedStateMachine):
    """Editors and translators at work in both languages, each example in a transaction that is taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        cache.clear()
        self.client = Client()
        self.words = 0
        self.released: set[UUID] = set()
        self.budget = delivery.transaction.INLINE_BUDGET

    def teardown(self) -> None:
        delivery.transaction.INLINE_BUDGET = self.budget
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)
        super().teardown()

    def word(self) -> str:
        """A word that no other page has."""
        self.words += 1
        return f"w{self.words}x"

    def act(self, act: Callable[[], Any], *, at_the_admin: bool = True) -> None:
        """As a request of the admin does it, or as a script; one that Wagtail refuses leaves nothing behind."""
        try:
            with transaction.atomic(), TestCase.captureOnCommitCallbacks(execute=True):
                if at_the_admin:
                    with publishing():
                        act()
                else:
                    act()
        except ValidationError:
            pass

    def pages(self, *kinds: type) -> list[Any]:
        """Pages of these classes, or of any, as their own classes, oldest first."""
        found = [page.specific for page in Page.objects.filter(depth__gt=1).order_by("pk")]
        return [page for page in found if isinstance(page, kinds or Page)]

    def one(self, number: int, *kinds: type) -> Any:
        """One of them, if there is any."""
        found = self.pages(*kinds)
        return found[number % len(found)] if found else None

    def stories(self) -> tuple[type, ...]:
        return (NewsPage, VideoPage, LandingPage)

    # What is written

    @initialize()
    def desk(self) -> None:
        self.image = make_image("Harbour", alt_text_en="A quay")
        self.topic = make_topic("Rescue")
        make_topic("Sauvetage", locale="fr", translation_key=self.topic.translation_key)
        self.tag = Tag.objects.create(name="Ice", slug="ice")
        self.sections = {section(locale).pk for locale in LANGUAGES}  # always there to write in
        for number, locale in enumerate(LANGUAGES):
            self._create(NewsPage, locale, number, publish=True)

    def _create(self, kind: Any, locale: str, number: int, *, publish: bool, at_the_admin: bool = True) -> None:
        language = Locale.objects.get(language_code=locale)
        above = {NewsPage: NewsIndexPage, VideoPage: VideoIndexPage, NewsIndexPage: HomePage}.get(kind)
        parents = [
            page for page in self.pages(*([above] if above else [HomePage, LandingPage])) if page.locale == language
        ]
        page = kind(title=f"Title {self.word()}", locale=language, live=False)
        if kind is NewsPage:
            page.hero_image = self.image
        parent = parents[number % len(parents)]

        def create() -> None:
            parent.add_child(instance=page)
            if kind in (NewsPage, VideoPage) and Topic.objects.filter(pk=self.topic.pk).exists():
                page.topics = [self.topic]
                page.tags.add(self.tag)
            revision = page.save_revision()
            if publish:
                revision.publish()

        self.act(create, at_the_admin=at_the_admin)

    @rule(
        kind=st.sampled_from([NewsPage, NewsPage, VideoPage, LandingPage, NewsIndexPage]),
        locale=st.sampled_from(LANGUAGES),
        number=NUMBERS,
        publish=st.booleans(),
        at_the_admin=st.booleans(),
    )
    def create(self, kind: Any, locale: str, number: int, publish: bool, at_the_admin: bool) -> None:
        self._create(kind, locale, number, publish=publish, at_the_admin=at_the_admin)

    def _edit(self, page: Any, *, publish: bool, at_the_admin: bool = True, **fields: Any) -> None:
        def edit() -> None:
            draft = page.get_latest_revision_as_object()
            for name, value in fields.items():
                setattr(draft, name, value)
            revision = draft.save_revision()
            if publish:
                revision.publish()

        self.act(edit, at_the_admin=at_the_admin)

    @rule(number=NUMBERS, publish=st.booleans(), at_the_admin=st.booleans())
    def edit(self, number: int, publish: bool, at_the_admin: bool) -> None:
        self._edit(self.one(number), publish=publish, at_the_admin=at_the_admin, title=f"Title {self.word()}")

    @rule(number=NUMBERS, at_the_admin=st.booleans())
    def publish(self, number: int, at_the_admin: bool) -> None:
        self._edit(self.one(number), publish=True, at_the_admin=at_the_admin)

    @rule(number=NUMBERS)
    def roll_back(self, number: int) -> None:
        old = self.one(number).revisions.order_by("pk").first()
        if old is not None:
            self.act(lambda: old.as_object().save_revision().publish())

    @rule(number=NUMBERS, at_the_admin=st.booleans())
    def rename_slug(self, number: int, at_the_admin: bool) -> None:
        page = self.one(number, NewsPage, VideoPage, LandingPage, NewsIndexPage)
        self._edit(page, publish=page.live, at_the_admin=at_the_admin, slug=f"slug-{self.word()}")

    @rule(number=NUMBERS, other=NUMBERS, publish=st.booleans())
    def mention(self, number: int, other: int, publish: bool) -> None:
        page, target = self.one(number, NewsPage), self.one(other)
        if page and page.pk != target.pk:
            link = {"type": "text", "value": f'<p><a linktype="page" id="{target.pk}">there</a></p>'}
            self._edit(page, publish=publish, related=[RelatedStory(story=target)], body=[link])

    @rule(number=NUMBERS, other=NUMBERS)
    def fill_slot(self, number: int, other: int) -> None:
        home, target = self.one(number, HomePage), self.one(other, *self.stories())
        if target:
            slot = HomeSlot(place="lead", story=target, locale=home.locale, sort_order=0)
            self._edit(home, publish=home.live, slots=[slot])

    @rule(number=NUMBERS, publish=st.booleans(), by_hand=st.booleans())
    def translate(self, number: int, publish: bool, by_hand: bool) -> None:
        page = self.one(number, *self.stories(), NewsIndexPage)
        other = Locale.objects.exclude(pk=page.locale_id).get()
        parent = page.get_parent().get_translation_or_none(other)
        if parent is None or page.has_translation(other):
            return

        def translate() -> None:
            if by_hand:
                target = page.copy_for_translation(other)
                target.title = f"Titre {self.word()}"
                revision = target.save_revision()
            else:
                translate_object(page, [other])
                revision = page.get_translation(other).specific.get_latest_revision()
            if publish and revision:
                revision.publish()

        self.act(translate)

    @rule(number=NUMBERS, keep_live=st.booleans(), recursive=st.booleans(), at_the_admin=st.booleans())
    def copy(self, number: int, keep_live: bool, recursive: bool, at_the_admin: bool) -> None:
        page = self.one(number, *self.stories(), NewsIndexPage)
        attributes = {"slug": f"copy-{self.word()}"}
        self.act(
            lambda: page.copy(recursive=recursive, keep_live=keep_live, update_attrs=attributes),
            at_the_admin=at_the_admin,
        )

    @rule(number=NUMBERS)
    def alias(self, number: int) -> None:
        page = self.one(number, *self.stories())
        if page:
            with pytest.raises(ValidationError), transaction.atomic():
                page.create_alias(update_slug=f"alias-{self.word()}")

    # When it goes out

    @rule(number=NUMBERS, hours=st.integers(1, 3))
    def schedule(self, number: int, hours: int) -> None:
        self._edit(
            self.one(number, *self.stories()) or self.one(number),
            publish=True,
            title=f"Title {self.word()}",
            go_live_at=timezone.now() + hours * HOUR,
        )

    @rule(number=NUMBERS, hours=st.sampled_from([None, 1, 2]))
    def embargo(self, number: int, hours: int | None) -> None:
        page = self.one(number, *self.stories())
        if page:
            until = timezone.now() + hours * HOUR if hours else None
            self.act(lambda: change_embargo(story(page), until))

    @rule(number=NUMBERS)
    def time_comes(self, number: int) -> None:
        """The story's schedules, embargo and expiry are a second ago."""
        key = self.one(number).translation_key
        ago = timezone.now() - timedelta(seconds=1)
        Story.objects.filter(pk=key, embargo_until__isnull=False).update(embargo_until=ago)
        for page in Page.objects.filter(translation_key=key):
            make_due(page)
        Page.objects.filter(translation_key=key, expire_at__isnull=False).update(expire_at=ago)
        NextChange.objects.filter(story_id=key).update(at=ago)
        publish_due()

    @rule(number=NUMBERS)
    def expire(self, number: int) -> None:
        page = self.one(number, *self.stories())
        if page and page.live:
            self._edit(page, publish=True, expire_at=timezone.now() + HOUR)

    @rule(number=NUMBERS, release=st.sampled_from(Release), spared=st.booleans())
    def change_release(self, number: int, release: str, spared: bool) -> None:
        page = self.one(number, *self.stories())
        if page:
            reason = "Local." if spared else ""

            def change() -> None:
                Story.objects.filter(pk=story(page).pk).update(
                    release=release, translation_not_needed=spared, translation_not_needed_reason=reason
                )
                story_moved(page.translation_key)

            self.act(change)

    # How it ends

    @rule(number=NUMBERS, below=st.booleans(), at_the_admin=st.booleans())
    def unpublish(self, number: int, below: bool, at_the_admin: bool) -> None:
        page = self.one(number)
        pages = [page, *(page.get_descendants().live().specific() if below else [])]
        if page.live:
            self.act(lambda: [one.unpublish() for one in pages], at_the_admin=at_the_admin)

    @rule(number=NUMBERS, how=st.sampled_from(["tree", "queryset"]), at_the_admin=st.booleans())
    def delete(self, number: int, how: str, at_the_admin: bool) -> None:
        page = self.one(number, *self.stories(), NewsIndexPage)
        if page is None or page.pk in self.sections:
            return
        self.act(
            page.delete if how == "tree" else lambda: Page.objects.filter(pk=page.pk).delete(),
            at_the_admin=at_the_admin,
        )

    @rule(number=NUMBERS, other=NUMBERS)
    def withdraw(self, number: int, other: int) -> None:
        page, better = self.one(number, *self.stories()), self.one(other, *self.stories())
        if page and not story(page).withdrawn_at and story(page).documents.exists():
            replacement = story(better) if better.translation_key != page.translation_key else None
            self.act(lambda: withdraw(story(page), reason="Wrong.", replacement=replacement))

    @rule(number=NUMBERS)
    def reinstate(self, number: int) -> None:
        page = self.one(number, *self.stories())
        if page and story(page).withdrawn_at:
            self.act(lambda: reinstate(story(page)))

    # Where it stands

    @rule(number=NUMBERS, other=NUMBERS, at_the_admin=st.booleans())
    def move(self, number: int, other: int, at_the_admin: bool) -> None:
        page = self.one(number, *self.stories(), NewsIndexPage)
        if page is None:
            return
        targets = [
            target
            for target in self.pages()
            if target.locale_id == page.locale_id and not target.path.startswith(page.path) and page.can_move_to(target)
        ]
        if targets:
            target = targets[other % len(targets)]
            self.act(lambda: page.move(target, pos="last-child"), at_the_admin=at_the_admin)

    @rule(number=NUMBERS, kind=st.sampled_from(["login", "password"]), at_the_admin=st.booleans())
    def restrict(self, number: int, kind: str, at_the_admin: bool) -> None:
        page = self.one(number)
        if not PageViewRestriction.objects.filter(page=page).exists():
            self.act(
                lambda: PageViewRestriction.objects.create(page=page, restriction_type=kind, password="x"),
                at_the_admin=at_the_admin,
            )

    @rule(number=NUMBERS)
    def lift_restriction(self, number: int) -> None:
        found = list(PageViewRestriction.objects.order_by("pk"))
        if found:
            self.act(found[number % len(found)].delete)

    # What it shows

    @rule(delete=st.booleans())
    def change_topic(self, delete: bool) -> None:
        topic = Topic.objects.filter(pk=self.topic.pk).first()
        if topic is None:
            return
        topic.name = topic.slug = f"topic-{self.words}"
        self.act(topic.delete if delete and self.words % 3 == 0 else topic.save)

    @rule()
    def rename_tag(self) -> None:
        self.tag.slug = f"ice-{self.words}"
        self.act(self.tag.save)

    @rule()
    def change_picture(self) -> None:
        self.image.alt_text_en = f"A quay, {self.words}"
        self.image.focal_point_x = self.image.focal_point_y = self.words
        self.act(self.image.save)

    @rule(later=st.booleans())
    def refresh(self, later: bool) -> None:
        """From now on refreshes wait, or they are worked off."""
        delivery.transaction.INLINE_BUDGET = 0 if later else self.budget
        if not later:
            refresh_all()
