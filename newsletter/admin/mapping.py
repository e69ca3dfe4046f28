"""Where a newsletter is kept at Mailchimp, in words, and what there is to choose from."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from newsletter.models import Audience, NewsletterList

Choices = list[tuple[str, Any]]
# What Mailchimp is told anew, if one of it changes.
MAPPING = ("audience_id", "interest", "tag")


def group_of(one: NewsletterList) -> str:
    """The group or tag that a list is kept as, if any; a group's id where Mailchimp has it no more."""
    if one.tag:
        return str(_("Tag: %(name)s") % {"name": one.tag})
    interests = one.audience.interests if one.audience else []
    return next((_name(each) for each in interests if each["id"] == one.interest), one.interest)


def mapping_of(one: NewsletterList) -> tuple[Any, ...]:
    """What `MAPPING` names."""
    return tuple(getattr(one, name) for name in MAPPING)


class ListForm(WagtailAdminModelForm):
    """A newsletter. Audiences and groups are chosen by name; what is gone at Mailchimp can stay as it is."""

    interest = forms.ChoiceField(
        label=_("Group"),
        required=False,
        help_text=_("One of the audience's groups. None: the whole audience gets this newsletter."),
    )

    tag = forms.ChoiceField(
        label=_("Tag"),
        required=False,
        help_text=_("In place of a group. People do not see tags, and cannot choose them at Mailchimp."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        audiences = list(Audience.objects.all())
        audience: Any = self.fields["audience"]
        audience.label_from_instance = _audience_name
        audience.empty_label = _("None: it is kept here only")
        audience.help_text = _(
            "Changed, its subscribers are told of there. Whoever refused mails there leaves it; so does, for 30 days, "
            "whoever unsubscribes where it was. To clean up there, archive people, do not unsubscribe them."
        )
        interest: Any = self.fields["interest"]
        interest.choices = _groups(audiences, self.instance)
        tag: Any = self.fields["tag"]
        tag.choices = _tags(audiences, self.instance)
        self.fields["slug"].disabled = self.instance.pk is not None

    def clean(self) -> dict[str, Any]:
        """Raises nothing; a group of another audience is told of at its field."""
        cleaned: dict[str, Any] = super().clean()
        audience, interest = cleaned.get("audience"), cleaned.get("interest")
        others = Audience.objects.exclude(pk=audience.pk) if audience else Audience.objects.none()
        if interest and any(interest in _ids(other) for other in others):
            self.add_error("interest", _("This group is one of another audience."))
        return cleaned


def _audience_name(audience: Audience) -> str:
    if audience.missing_since is None:
        return audience.name
    return str(_("%(name)s (gone at Mailchimp)") % {"name": audience.name})


def _groups(audiences: Iterable[Audience], one: NewsletterList) -> Choices:
    """Below the names of their audiences; and the one that the list has, though it may be gone."""
    choices: Choices = [("", _("The whole audience"))]
    known: set[str] = set()
    for audience in audiences:
        if audience.interests:
            choices.append((_audience_name(audience), [(each["id"], _name(each)) for each in audience.interests]))
            known |= _ids(audience)
    if one.interest and one.interest not in known:
        choices.append((one.interest, _("Gone at Mailchimp: %(id)s") % {"id": one.interest}))
    return choices


def _tags(audiences: Iterable[Audience], one: NewsletterList) -> Choices:
    """Below the names of their audiences: several may have one of the same name."""
    choices: Choices = [("", _("None"))]
    for audience in audiences:
        if audience.tag_ids:
            choices.append((_audience_name(audience), [(name, name) for name in sorted(audience.tag_ids)]))
    if one.tag and not any(one.tag in audience.tag_ids for audience in audiences):
        choices.append((one.tag, _("Gone at Mailchimp: %(id)s") % {"id": one.tag}))
    return choices


def _name(interest: dict[str, str]) -> str:
    return f"{interest['category']}: {interest['name']}"


def _ids(audience: Audience) -> set[str]:
    return {each["id"] for each in audience.interests}
