"""The story's fields in the page editor. They belong to the story, so they show the same in every language."""

from datetime import datetime
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

    def clean_slug(self) -> str:
        """In the one form that addresses have, before Wagtail asks whether it is free."""
        return canonical_slug(self.cleaned_data["slug"])

    def clean(self) -> dict[str, Any]:
        """What the story's fields may say, given what is public already and who asks."""
        cleaned = super().clean()
        embargo = cleaned.get("story_embargo_until")
        if embargo and embargo > database_now():
            if self.story and is_public(self.story):
                self.add_error(
                    "story_embargo_until",
                    _("This story is public already. Unpublish it in every language before you set an embargo."),
                )
            go_live_at = cleaned.get("go_live_at")
            if go_live_at and go_live_at < embargo:
                self.add_error("go_live_at", _("This is before the story's embargo."))
        if "story_embargo_until" not in self.errors and self._ends_embargo_early(embargo) and not self._may_publish():
            self.add_error("story_embargo_until", _("Only who may publish can lift an embargo, or bring it forward."))
        if cleaned.get("story_translation_not_needed") and not cleaned.get("story_translation_not_needed_reason"):
            self.add_error("story_translation_not_needed_reason", _("Say why no translation is needed."))
        release = cleaned.get("story_release") or Release.ORIGINAL_FIRST
        before = self.story.release if self.story else Release.ORIGINAL_FIRST
        if release != before and release == Release.WHEN_READY and not self._may_publish():
            self.add_error("story_release", _("Only who may publish can let a translation go out before its original."))
        elif self._unbinds(release, cleaned) and not self._may_publish():
            self.add_error("story_release", _("Only who may publish can let the languages go out apart."))
        return cleaned

    def _unbinds(self, release: str, cleaned: dict[str, Any]) -> bool:
        """Whether a language that waits for the others would go out by this."""
        if self.story is None or self.story.release != Release.TOGETHER:
            return False
        spared = cleaned.get("story_translation_not_needed") and not self.story.translation_not_needed
        return release != Release.TOGETHER or bool(spared)

    def _ends_embargo_early(self, embargo: datetime | None) -> bool:
        held = self.story.embargo_until if self.story else None
        return bool(
            held and held > database_now() and (embargo is None or embargo < held.replace(second=0, microsecond=0))
        )

    def _may_publish(self) -> bool:
        page = self.instance if self.instance.pk else self.parent_page
        return bool(page and self.for_user and page.permissions_for_user(self.for_user).can_publish())

    def save(self, commit: bool = True) -> Any:
        """Fill the page, and leave the story's values on it: `StoryPage.save_revision` writes them.

        Not here, because Wagtail calls this for a preview too.
        """
        page = super().save(commit=commit)
        page.story_values = {
            name: self.cleaned_data.get(f"story_{name}") for name in STORY_FIELDS if f"story_{name}" in self.fields
        }
        return page


STORY_FIELDS = (
    "embargo_until",
    "release",
    "public_date",
    "translation_not_needed",
    "translation_not_needed_reason",
)


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
