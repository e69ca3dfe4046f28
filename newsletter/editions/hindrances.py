"""Why an edition may not go out in a language."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from delivery.clock import database_now, told
from delivery.models import Story
from newsletter.editions.contents import languages_of, titles_of
from newsletter.models import Edition


class Reason(TextChoices):
    """One reason; the label says it in words."""

    WITHDRAWN = "withdrawn", _("A story was withdrawn on %(at)s.")
    EMBARGO = "embargo", _("A story is under embargo until %(at)s.")
    NOT_PUBLIC = "not_public", _("A story is not published.")
    EMPTY = "empty", _("No story is published in %(language)s.")
    NO_SUBJECT = "no_subject", _("It has no subject in %(language)s.")
    NOWHERE = "nowhere", _("The newsletter is kept in no audience of Mailchimp.")
    MAPPING_GONE = "mapping_gone", _("Mailchimp does not have the newsletter’s audience, group or tag any more.")


LANGUAGES = {"en": pgettext_lazy("in …", "English"), "fr": pgettext_lazy("in …", "French")}


@dataclass(frozen=True)
class Hindrance:
    """A reason. `story`: which one of the stories it is about, if it is; `at`: since when, or until when; `language`:
    in which, if it is about one.
    """

    reason: Reason
    story: UUID | None = None
    at: datetime | None = None
    language: str = ""

    def __str__(self) -> str:
        return str(self.reason.label) % {"at": told(self.at), "language": LANGUAGES.get(self.language, "")}

    def is_over_by(self, moment: datetime) -> bool:
        """Whether time alone will have lifted it by then."""
        return self.reason is Reason.EMBARGO and self.at is not None and self.at <= moment


def in_words(hindrances: Iterable[Hindrance]) -> list[str]:
    """Each once, with the title of the story that it is about."""
    found = list(dict.fromkeys(hindrances))
    titles = titles_of([one.story for one in found if one.story])
    return [f"{titles.get(one.story, '?')}: {one}" if one.story else str(one) for one in found]


def hindrances_of(edition: Edition, language: str) -> list[Hindrance]:
    """Everything that keeps an edition from going out in a language now; nothing, if it may."""
    order = [row.story_id for row in edition.stories.all()]
    public = languages_of(order)
    found = _of_stories(order, public)
    if not found and not any(language in languages for languages in public.values()):
        found.append(Hindrance(Reason.EMPTY, language=language))
    if not edition.text("subject", language):
        found.append(Hindrance(Reason.NO_SUBJECT, language=language))
    if edition.newsletter.audience is None:
        found.append(Hindrance(Reason.NOWHERE))
    elif edition.newsletter.is_mapping_gone:
        found.append(Hindrance(Reason.MAPPING_GONE))
    return found


def _of_stories(order: Sequence[UUID], public: Container[UUID]) -> list[Hindrance]:
    """Of stories that nobody may read in any language: a translation that is missing is only left out."""
    hidden = Story.objects.in_bulk([story_id for story_id in order if story_id not in public])
    return [_why(hidden[story_id]) for story_id in order if story_id in hidden]


def _why(story: Story) -> Hindrance:
    if story.withdrawn_at:
        return Hindrance(Reason.WITHDRAWN, story.pk, story.withdrawn_at)
    if story.embargo_until and story.embargo_until > database_now():
        return Hindrance(Reason.EMBARGO, story.pk, story.embargo_until)
    return Hindrance(Reason.NOT_PUBLIC, story.pk)
