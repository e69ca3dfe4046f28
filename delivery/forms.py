"""The story's fields in the page editor. They belong to the story, so they show the same in every language."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, Panel
from wagtail.admin.widgets import AdminDateTimeInput

from delivery.clock import database_now
from delivery.models import PublicationKind, Release, Story
from delivery.slugs import canonical_slug
from delivery.stories import is_public


class StoryForm(WagtailAdminPageForm):
    """A page's form with the fields of its story, saved with the draft: an embargo binds at once, in all languages."""

    story_embargo_until = forms.DateTimeField(
        label=_("Embargo until"),
        required=False,
        widget=AdminDateTimeInput,
        help_text=_("No language of this story goes out before, whoever publishes it. In your account’s time zone."),
    )
    story_release = forms.ChoiceField(
        label=_("Languages"),
        choices=Release,
        required=False,
        help_text=_("Only who may publish can let a language go out before the original, or apart from the others."),
    )
    story_public_date = forms.DateTimeField(
        label=_("Public date"),
        required=False,
        widget=AdminDateTimeInput,
        help_text=_(
            "The date readers see and lists are sorted by. Empty: the moment of the first publication. "
            "In your account’s time zone."
        ),
    )
    story_translation_not_needed = forms.BooleanField(
        label=_("Translation not needed"),
        required=False,
        help_text=_("It leaves the translators' lists. Say why below."),
    )
    story_translation_not_needed_reason = forms.CharField(
        label=_("Why no translation is needed"), required=False, max_length=255
    )
    # What the fields above said when the form was made: only what somebody has changed is written.
    story_shown = forms.JSONField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.live and not self.instance.has_unpublished_changes:
            # What the last publication was says nothing about the next one.
            self.initial["change_kind"] = PublicationKind.UPDATE
        key = self.instance.translation_key
        self.story = Story.objects.filter(pk=key).first() if key else None
        if self.story:
            for name in STORY_FIELDS:
                self.fields[f"story_{name}"].initial = getattr(self.story, name)
        else:
            self.fields["story_release"].initial = Release.ORIGINAL_FIRST
        self.fields["story_shown"].initial = self._stored()

    def clean_slug(self) -> str:
        """In the one form that addresses have, before Wagtail asks whether it is free."""
        return canonical_slug(self.cleaned_data["slug"])

    def _stored(self) -> dict[str, Any]:
        """What the story says now, by field, as JSON has it."""
        return {name: _plain(getattr(self.story, name) if self.story else DEFAULTS[name]) for name in STORY_FIELDS}

    def clean(self) -> dict[str, Any]:
        """What the story's fields may say, given what is public already, what others have changed, and who asks."""
        cleaned = super().clean()
        stored = self._stored()
        shown = {**stored, **(cleaned.get("story_shown") or {})}
        given = {name: cleaned.get(f"story_{name}") for name in STORY_FIELDS if f"story_{name}" in cleaned}
        given["release"] = given.get("release") or Release.ORIGINAL_FIRST
        self.changed_story = {name: value for name, value in given.items() if _plain(value) != shown[name]}
        for name, value in self.changed_story.items():
            if stored[name] not in (shown[name], _plain(value)):
                self.add_error(f"story_{name}", _("Somebody else has changed this meanwhile. Load the page again."))
        self._clean_embargo(cleaned)
        if cleaned.get("story_translation_not_needed") and not cleaned.get("story_translation_not_needed_reason"):
            self.add_error("story_translation_not_needed_reason", _("Say why no translation is needed."))
        self._clean_release()
        return cleaned

    def _clean_embargo(self, cleaned: dict[str, Any]) -> None:
        held = self.story.embargo_until if self.story else None
        embargo = self.changed_story.get("embargo_until", held)
        now = database_now()
        if embargo and embargo > now:
            if "embargo_until" in self.changed_story and self.story and is_public(self.story):
                self.add_error(
                    "story_embargo_until",
                    _("This story is public already. Unpublish it in every language before you set an embargo."),
                )
            if cleaned.get("go_live_at") and cleaned["go_live_at"] < embargo:
                self.add_error("go_live_at", _("This is before the story's embargo."))
            if cleaned.get("expire_at") and cleaned["expire_at"] <= embargo:
                self.add_error("expire_at", _("This is before the story's embargo: it would never be public."))
        ends_early = held and held > now and (embargo is None or _plain(embargo) < _plain(held))
        if ends_early and "embargo_until" in self.changed_story:
            if not self._may_publish():
                self.add_error(
                    "story_embargo_until", _("Only who may publish can lift an embargo, or bring it forward.")
                )
            elif not self._publishes:
                self.add_error(
                    "story_embargo_until", _("To lift the embargo or to bring it forward, choose “Publish”.")
                )

    def _clean_release(self) -> None:
        release = self.changed_story.get("release", self.story.release if self.story else Release.ORIGINAL_FIRST)
        if "release" in self.changed_story and release == Release.WHEN_READY and not self._may_publish():
            self.add_error("story_release", _("Only who may publish can let a translation go out before its original."))
        elif self._unbinds(release):
            if not self._may_publish():
                self.add_error("story_release", _("Only who may publish can let the languages go out apart."))
            elif not self._publishes:
                self.add_error("story_release", _("To let the languages go out apart, choose “Publish”."))

    def _unbinds(self, release: str) -> bool:
        """Whether a language that waits for the others would go out by this."""
        if self.story is None or self.story.release != Release.TOGETHER:
            return False
        return release != Release.TOGETHER or bool(self.changed_story.get("translation_not_needed"))

    @property
    def _publishes(self) -> bool:
        """Whether “Publish” was pressed: nobody lets a story out by saving, least of all by saving as one types."""
        return "action-publish" in self.data

    def _may_publish(self) -> bool:
        page = self.instance if self.instance.pk else self.parent_page
        return bool(page and self.for_user and page.permissions_for_user(self.for_user).can_publish())

    def save(self, commit: bool = True) -> Any:
        """Fill the page, and leave the story's values on it: `StoryPage.save_revision` writes them.

        Not here, because Wagtail calls this for a preview too.
        """
        page = super().save(commit=commit)
        page.story_values = self.changed_story
        return page


DEFAULTS: dict[str, Any] = {
    "embargo_until": None,
    "release": Release.ORIGINAL_FIRST,
    "public_date": None,
    "translation_not_needed": False,
    "translation_not_needed_reason": "",
}
STORY_FIELDS = tuple(DEFAULTS)


def _plain(value: Any) -> Any:
    """A field's value as JSON has it, times to the minute, as the form has them."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    return str(value) if isinstance(value, Release) else value


def story_panels() -> list[Panel]:
    """Panels for the story's fields, for a page's editor."""
    return [
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("story_embargo_until"), FieldPanel("story_public_date")]),
                FieldPanel("story_release"),
                FieldPanel("story_translation_not_needed"),
                FieldPanel("story_translation_not_needed_reason"),
            ],
            heading=_("The story, in all its languages"),
        )
    ]
