"""What can be done with an edition, and how its mails look now."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.widgets import AdminDateInput

from delivery.clock import told
from delivery.middleware import outside_publishing
from newsletter.editions import planning
from newsletter.editions.gathering import gather
from newsletter.editions.hindrances import in_words
from newsletter.editions.letters import letter_of
from newsletter.editions.watching import try_again
from newsletter.errors import EditionError
from newsletter.models import Campaign, Edition
from newsletter.models.people import Language
from newsletter.tasks import wake_watcher

QUARTERS = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]


class ScheduleForm(forms.Form):
    """When it goes out, in the reader's time zone."""

    day = forms.DateField(label=_("Day"), widget=AdminDateInput)
    at = forms.TypedChoiceField(
        label=_("Time"),
        choices=[(f"{one:%H:%M}",) * 2 for one in QUARTERS],
        coerce=time.fromisoformat,
        help_text=_("Mailchimp sends every quarter of an hour."),
    )

    @staticmethod
    def times_of(send_at: datetime | None) -> dict[str, Any]:
        """Its first values: as planned, or tomorrow morning."""
        if send_at is None:
            return {"day": timezone.localdate() + timedelta(days=1), "at": "08:00"}
        local = timezone.localtime(send_at)
        return {"day": local.date(), "at": f"{local:%H:%M}"}

    @property
    def send_at(self) -> datetime:
        """The moment."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["day"], self.cleaned_data["at"]))


class TestForm(forms.Form):
    """To whom, and which of its mails."""

    language = forms.ChoiceField(label=_("Language"))
    to = forms.EmailField(label=_("To"))

    def __init__(self, edition: Edition, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["language"]
        field.choices = [(key, Language(key).label) for key in edition.languages]


def act(request: HttpRequest, edition_id: int, name: str) -> HttpResponse:
    """Do one of the acts; what keeps it from being done is told."""
    if not request.user.has_perm("newsletter.change_edition") or name not in ACTS:
        raise PermissionDenied
    edition = get_object_or_404(Edition.objects.select_related("newsletter__audience"), pk=edition_id)
    try:
        with transaction.atomic():
            if name in PLANS:
                # Who planned it last is told if it does not go out.
                Edition.objects.filter(pk=edition.pk).update(made_by=request.user)
            said = ACTS[name](request, edition)
            transaction.on_commit(wake_watcher, robust=True)
        messages.success(request, said)
    except EditionError as error:
        why = " ".join([str(error), *in_words(error.hindrances)])
        messages.error(request, why)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(reverse("newsletter_editions:inspect", args=[edition.pk]))


def _gather(_request: HttpRequest, edition: Edition) -> str:
    number = gather(edition)
    if not number:
        return str(_("There is nothing new on these topics."))
    return ngettext("One story came in.", "%(number)d stories came in.", number) % {"number": number}


def _draft(_request: HttpRequest, edition: Edition) -> str:
    planning.put_as_draft(edition)
    return str(_("Its mails come to Mailchimp as drafts."))


def _schedule(request: HttpRequest, edition: Edition) -> str:
    form = ScheduleForm(request.POST)
    _check(form)
    planning.schedule(edition, form.send_at)
    return str(_("It goes out on %(at)s.") % {"at": told(form.send_at)})


def _call_back(_request: HttpRequest, edition: Edition) -> str:
    planning.call_back(edition)
    return str(_("It is called back: its mails are removed from Mailchimp."))


def _test(request: HttpRequest, edition: Edition) -> str:
    form = TestForm(edition, request.POST)
    _check(form)
    planning.send_test(edition, form.cleaned_data["language"], form.cleaned_data["to"])
    return str(_("A test is on its way to %(to)s.") % {"to": form.cleaned_data["to"]})


def _again(request: HttpRequest, edition: Edition) -> str:
    campaign = get_object_or_404(Campaign, edition=edition, language=request.POST.get("language", ""))
    try_again(campaign)
    return str(_("It is told to Mailchimp once more."))


def _check(form: forms.Form) -> None:
    """Raises ValidationError with all that is wrong."""
    if not form.is_valid():
        raise ValidationError([message for each in form.errors.values() for message in each])


ACTS = {
    "gather": _gather,
    "draft": _draft,
    "schedule": _schedule,
    "call-back": _call_back,
    "test": _test,
    "again": _again,
}


PLANS = ("draft", "schedule")


@xframe_options_sameorigin
def preview(request: HttpRequest, edition_id: int, language: str) -> HttpResponse:
    """A mail as HTML, as it is now. Raises Http404 for a language that it does not go out in."""
    if not any(request.user.has_perm(f"newsletter.{right}_edition") for right in ("view", "change")):
        raise PermissionDenied
    edition = get_object_or_404(Edition.objects.select_related("newsletter__audience"), pk=edition_id)
    if language not in edition.languages:
        raise Http404
    answer = HttpResponse(letter_of(edition, language, for_mailchimp=True).html)
    # No script runs in it, and links open beside the admin.
    answer["Content-Security-Policy"] = "sandbox allow-popups allow-popups-to-escape-sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer


# Beside the edition's pages.
urls: list[URLPattern] = [
    path(
        "newsletter-editions/<int:edition_id>/act/<slug:name>/",
        outside_publishing(require_POST(act)),
        name="newsletter_edition_act",
    ),
    path(
        "newsletter-editions/<int:edition_id>/preview/<slug:language>/",
        preview,
        name="newsletter_edition_preview",
    ),
]
