"""How far the translation of each story is, worked out from facts in one query.

wagtail-localize's own report counts strings and says "up to date" when the original has changed since. Here an
original counts as changed when what it says differs from what its translation was made from.
"""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale, Page, Revision, WorkflowState
from wagtail_localize.models import StringSegment, StringTranslation, Translation

from delivery.models import Publication, PublishedDocument, Story
from delivery.registry import all_renderers
from home.models import Topic


class State(models.TextChoices):
    """How far a story is in a language that is not its own."""

    NOT_STARTED = "not_started", _("Not started")
    IN_PROGRESS = "in_progress", _("In progress")
    CHANGES = "changes", _("Changes requested")
    TRANSLATED = "translated", _("Translated, not handed in")
    WAITING = "waiting", _("Waiting for approval")
    READY = "ready", _("Ready, not public yet")
    OUTDATED = "outdated", _("Public, but outdated")
    PUBLIC = "public", _("Public")
    NOT_NEEDED = "not_needed", _("Not needed")


# What a translator has to do something about, the most pressing first.
FOR_TRANSLATORS = (State.CHANGES, State.OUTDATED, State.IN_PROGRESS, State.TRANSLATED, State.NOT_STARTED)
DONE = (State.PUBLIC, State.NOT_NEEDED)

# Values of a page's revision that say nothing to readers, or that publishing changes by itself.
NOT_CONTENT = [
    *("pk", "path", "depth", "numchild", "url_path", "translation_key", "locale", "content_type", "page_ptr"),
    *("live", "has_unpublished_changes", "latest_revision", "latest_revision_created_at", "live_revision"),
    *("first_published_at", "last_published_at", "go_live_at", "expire_at", "expired", "draft_title", "alias_of"),
    *("owner", "locked", "locked_by", "locked_at", "wagtail_admin_comments"),
    *("change_kind", "owner_desk", "internal_note"),
]


class Content(Func):
    """What a revision's JSON says, as text to compare. A child row has no number until its page is published."""

    template = """regexp_replace((%(expressions)s)::text, '"(pk|page|content_object)": (null|[0-9]+)', '', 'g')"""
    output_field = models.TextField()

    def __init__(self, json: Any) -> None:
        without = Value(NOT_CONTENT, output_field=ArrayField(models.TextField()))
        super().__init__(Func(Cast(json, models.JSONField()), without, template="(%(expressions)s)", arg_joiner=" - "))


def translations_into(locale: Locale) -> QuerySet[Any]:
    """Stories of other languages with all that is known of their translation into `locale`; no filter on the state.

    Left out: what was withdrawn, and drafts that nobody announced (no schedule, no embargo, not submitted).
    """
    pages = Page.objects.filter(translation_key=OuterRef("pk"), alias_of=None)
    originals = pages.filter(locale=OuterRef("original_locale"))
    targets = pages.filter(locale=locale)
    links = Translation.objects.filter(
        source__object_id=OuterRef("pk"), source__locale=OuterRef("original_locale"), target_locale=locale
    )
    documents = PublishedDocument.objects.filter(story=OuterRef("pk"))
    stories = (
        Story.objects.filter(withdrawn_at=None)
        .exclude(original_locale=locale)
        .select_related("original_locale")
        .annotate(
            original_id=_one(originals, "pk"),
            original_title=_one(originals, "draft_title"),
            original_live=_one(originals, "live"),
            target_id=_one(targets, "pk"),
            target_live=_one(targets, "live"),
            link_id=_one(links, "pk"),
            linked=_one(links, "enabled"),
            source_id=_one(links, "source_id"),
            synced_at=_one(links, "source__last_updated_at"),
            original_date=Coalesce(
                _one(documents.filter(locale=F("story__original_locale__language_code")), "published_at"),
                "embargo_until",
                _one(originals, "go_live_at"),
                _one(originals, "latest_revision_created_at"),
            ),
            is_public=Exists(documents.filter(locale=locale.language_code)),
            priority=_priority(),
        )
        .filter(original_id__isnull=False)
        .filter(
            Q(original_live=True)
            | Q(embargo_until__isnull=False)
            | Q(target_id__isnull=False)
            | Exists(Revision.page_revisions.filter(**_of("original_id"), approved_go_live_at__isnull=False))
        )
    )
    return _with_state(_with_changes(_with_strings(stories, locale)))


def _one(queryset: QuerySet[Any], field: str) -> Subquery:
    return Subquery(queryset.values(field)[:1])


def _of(page_id: str) -> dict[str, Any]:
    """Revisions and workflow states know pages by a text."""
    return {"object_id": Cast(OuterRef(page_id), models.CharField())}


def _priority() -> Any:
    """The original's priority, where its collection has one."""
    ranked = [renderer.model for renderer in all_renderers() if _has(renderer.model, "priority")]
    rows = [
        model.objects.filter(translation_key=OuterRef("pk"), locale=OuterRef("original_locale")) for model in ranked
    ]
    values = [_one(row, "priority") for row in rows]
    return Coalesce(*values, Value(0)) if values else Value(0)


def _has(model: type[models.Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.get_fields())


def _with_strings(stories: QuerySet[Any], locale: Locale) -> QuerySet[Any]:
    """How many strings the original has, and how many of them are translated."""
    translated = StringTranslation.objects.filter(
        translation_of=OuterRef("string"), context=OuterRef("context"), locale=locale, has_error=False
    )
    strings = StringSegment.objects.filter(source=OuterRef("source_id")).order_by()
    done = strings.filter(Exists(translated))
    return stories.annotate(
        strings=Coalesce(_count(strings), 0),
        strings_done=Coalesce(_count(done), 0),
        is_begun=Exists(done),
        is_unfinished=Exists(strings.exclude(Exists(translated))),
    )


def _count(queryset: QuerySet[Any]) -> Subquery:
    return Subquery(queryset.values("source").annotate(n=Count("pk")).values("n"))


def _with_changes(stories: QuerySet[Any]) -> QuerySet[Any]:
    """Since when the original says something else than the translation was made from, if it does."""
    originals = Page.objects.filter(pk=OuterRef("original_id"))
    targets = Page.objects.filter(pk=OuterRef("target_id"))
    stories = stories.annotate(
        original_revision=_one(originals, "live_revision"),
        original_said_at=_one(originals, "live_revision__created_at"),
        target_said_at=_one(targets, "live_revision__created_at"),
    )
    translated = Translation.objects.filter(pk=OuterRef(OuterRef("link_id"))).values("source__content_json")[:1]
    changed = (
        Revision.objects.filter(pk=OuterRef("original_revision"), created_at__gt=OuterRef("synced_at"))
        .annotate(says=Content(F("content")), said=Content(Subquery(translated)))
        .exclude(says=F("said"))
    )
    published = Publication.objects.filter(
        story=OuterRef("pk"), locale=OuterRef("original_locale__language_code"), at__gt=OuterRef("synced_at")
    ).order_by("at")
    # A translation that was unlinked is looked after by hand: it is as new as its own last publication.
    by_hand = Q(linked=False, target_said_at__gt=F("original_said_at"))
    return stories.annotate(
        outdated_since=Case(
            When(Q(link_id=None) | by_hand, then=None),
            When(Exists(changed), then=Coalesce(_one(published, "at"), "original_said_at")),
            When(linked=True, is_public=True, target_said_at__lt=F("synced_at"), then="synced_at"),
            output_field=models.DateTimeField(),
        )
    )


def _with_state(stories: QuerySet[Any]) -> QuerySet[Any]:
    workflows = WorkflowState.objects.filter(
        base_content_type=ContentType.objects.get_for_model(Page),
        status__in=[WorkflowState.STATUS_IN_PROGRESS, WorkflowState.STATUS_NEEDS_CHANGES],
        **_of("target_id"),
    )
    scheduled = Revision.page_revisions.filter(**_of("target_id"), approved_go_live_at__isnull=False)
    return stories.annotate(
        workflow=_one(workflows, "status"),
        state=Case(
            When(workflow=WorkflowState.STATUS_IN_PROGRESS, then=Value(State.WAITING)),
            When(workflow=WorkflowState.STATUS_NEEDS_CHANGES, then=Value(State.CHANGES)),
            When(is_public=True, outdated_since__isnull=False, then=Value(State.OUTDATED)),
            When(is_public=True, then=Value(State.PUBLIC)),
            When(translation_not_needed=True, then=Value(State.NOT_NEEDED)),
            When(Q(target_live=True) | Exists(scheduled), then=Value(State.READY)),
            When(Q(target_id=None) | Q(linked=True, is_begun=False), then=Value(State.NOT_STARTED)),
            When(linked=True, is_unfinished=False, then=Value(State.TRANSLATED)),
            default=Value(State.IN_PROGRESS),
            output_field=models.CharField(),
        ),
    )


def most_pressing_first(stories: QuerySet[Any]) -> QuerySet[Any]:
    """By priority, then by the time before which the translation is needed."""
    rank = Case(*[When(state=state, then=Value(place)) for place, state in enumerate(FOR_TRANSLATORS)], default=99)
    return stories.annotate(rank=rank).order_by("-priority", F("embargo_until").asc(nulls_last=True), "rank", "-pk")


def topics_without(locale: Locale) -> QuerySet[Any]:
    """Public topics that readers of `locale` cannot find by their own words, with the draft's `target_id` if any."""
    translated = Topic.objects.filter(translation_key=OuterRef("translation_key"), locale=locale)
    return (
        Topic.objects.filter(live=True)
        .exclude(locale=locale)
        .filter(~Exists(translated.filter(live=True)))
        .annotate(target_id=_one(translated, "pk"))
        .order_by("name", "pk")
    )


def topic_url(topic: Any, locale: Locale) -> str:
    """As `work_url`, for a row of `topics_without`."""
    if topic.target_id:
        return reverse("wagtailsnippets_home_topic:edit", args=[topic.target_id])
    submit = reverse("wagtail_localize:submit_snippet_translation", args=["home", "topic", topic.pk])
    return f"{submit}?select_locale={locale.language_code}"


def work_url(row: Any, locale: Locale) -> str:
    """Where work on this translation goes on: in its editor, or where it is submitted for translation."""
    if row.target_id and row.link_id:
        return reverse("wagtailadmin_pages:edit", args=[row.target_id])
    submit = reverse("wagtail_localize:submit_page_translation", args=[row.original_id])
    return f"{submit}?select_locale={locale.language_code}"
