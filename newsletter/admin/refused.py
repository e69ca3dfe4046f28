"""Whom Mailchimp refuses: its reason in words, and the button that tries again, for one and for many."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn, Column, TitleColumn
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.views.generic import IndexView

from home.wagtail_hooks.reports import MomentColumn, PostButton
from newsletter.admin.base import Pages, TellsOfMailchimp
from newsletter.models import Audience, Contact, NewsletterList, Subscription
from newsletter.tasks import wake_pusher

TRY_AGAIN = "newsletter.change_contact"
# By what Mailchimp says: the first that is in it.
REASONS = {
    "Member In Compliance State": _(
        "They have left by Mailchimp's own link, or their mails came back. Only they themselves can come back, by "
        "confirming once more."
    ),
    "Forgotten Email Not Subscribed": _(
        "They were deleted for ever at Mailchimp. Only they themselves can come back, by Mailchimp's own form."
    ),
    "looks fake or invalid": _("Mailchimp takes no such address: it looks wrong, or is a role's and not a person's."),
    "merge fields": _("The audience requires a field that we know nothing for, or takes no such value in it."),
    "Invalid Resource": _("Mailchimp does not take what we tell of this person."),
}


def reason_of(contact: Contact) -> str:
    """Why Mailchimp refuses somebody, in words; as it said it where we have none."""
    said = f"{contact.refusal} {contact.error}"
    return str(next((words for part, words in REASONS.items() if part in said), contact.refusal))


class RefusedFilters(WagtailFilterSet):
    """In which audience, of which newsletter."""

    audience = django_filters.ModelChoiceFilter(label=_("Audience"), queryset=Audience.objects.all())
    list = django_filters.ModelChoiceFilter(
        label=_("Newsletter"), queryset=NewsletterList.objects.all(), method="by_list"
    )

    class Meta:
        model = Contact
        fields: list[str] = []

    def by_list(self, rows: QuerySet[Contact], _name: str, one: NewsletterList) -> QuerySet[Contact]:
        """People who have, or had, a newsletter, in the audience where it is kept."""
        theirs = Subscription.objects.filter(subscriber=OuterRef("subscriber"), list=one)
        return rows.filter(Exists(theirs), audience=one.audience)


class ReasonColumn(Column):
    """In words, with what Mailchimp said folded away."""

    cell_template_name = "newsletter/admin/cells/reason.html"


class Refused(TellsOfMailchimp, IndexView):
    """They wait for somebody to look at them."""

    page_title = _("Refused by Mailchimp")
    template_name = "newsletter/admin/refused.html"
    filterset_class = RefusedFilters
    search_fields = ("subscriber__email",)
    search_backend_name = None
    default_ordering = "-due_at"
    no_results_message = _("Mailchimp refuses nobody.")

    def get_base_queryset(self) -> Any:
        return Contact.objects.parked().select_related("subscriber", "audience")

    @cached_property
    def tries(self) -> bool:
        """Whether this person may try again."""
        return bool(self.request.user.has_perm(TRY_AGAIN))

    @cached_property
    def columns(self) -> list[Column]:
        """A person in an audience a row."""
        columns = [
            TitleColumn("who", label=_("E-mail"), accessor=who, get_url=_person_url),
            Column("audience", label=_("Audience"), accessor="audience.name"),
            Column("intention", label=_("To be done"), accessor="get_intention_display"),
            ReasonColumn("refusal", label=_("Reason"), accessor=reason_of),
            MomentColumn("due_at", label=_("Since"), sort_key="due_at"),
        ]
        if not self.tries:
            return columns
        again = PostButton("again", label=_("Try again"), get_url=_again_url, get_name=who)
        return [BulkActionsCheckboxColumn("bulk_actions", obj_type="contact"), *columns, again]


def who(contact: Contact) -> str:
    """Whose row it is; of who was erased nothing is known."""
    return contact.subscriber.email if contact.subscriber else str(_("Somebody who was erased"))


def _person_url(contact: Contact) -> str | None:
    return reverse("newsletter_subscribers:inspect", args=[contact.subscriber_id]) if contact.subscriber_id else None


def _again_url(contact: Contact) -> str:
    return reverse("newsletter_refused:again", args=[contact.pk])


def push_again(contacts: QuerySet[Contact]) -> int:
    """Have those of these whom Mailchimp refuses told once more, what they were to be told; how many."""
    parked = Contact.objects.parked().filter(pk__in=list(contacts.values_list("pk", flat=True)))
    audiences = set(parked.values_list("audience_id", flat=True))
    number = parked.change()
    for audience in audiences:
        wake_pusher(audience)
    return number


def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """For one of them. Raises Http404."""
    if not request.user.has_perm(TRY_AGAIN):
        raise PermissionDenied
    get_object_or_404(Contact, pk=pk)
    if push_again(Contact.objects.filter(pk=pk)):
        messages.success(request, _("It is tried again now. If it fails once more, this list says so."))
    else:
        messages.warning(request, _("Mailchimp does not refuse this person any more."))
    return redirect(pages.get_url_name("index"))


class TryAgain(BulkAction):
    """For many at once, from the list."""

    models = [Contact]
    display_name = _("Try again")
    action_type = "try_again"
    aria_label = _("Try again for the selected people")
    template_name = "newsletter/admin/try_again.html"

    @classmethod
    def get_queryset(cls, model: type[Contact], object_ids: Sequence[Any]) -> list[Contact]:
        """Raises Http404."""
        numbers = [int(one) for one in object_ids if str(one).isdecimal()]
        found = list(Contact.objects.parked().filter(pk__in=numbers).select_related("subscriber", "audience"))
        if not found:
            raise Http404
        return found

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """All of them, whatever the list shows."""
        return Contact.objects.parked().values_list("pk", flat=True)

    def check_perm(self, contact: Contact) -> bool:
        """Whether this person may."""
        return bool(self.request.user.has_perm(TRY_AGAIN))

    @classmethod
    def execute_action(cls, objects: list[Contact], **context: Any) -> tuple[int, int]:
        """How many are tried again."""
        return push_again(Contact.objects.filter(pk__in=[one.pk for one in objects])), 0

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str:
        """What was done."""
        told = ngettext("%(n)s is tried again now.", "%(n)s are tried again now.", num_parent_objects)
        return told % {"n": num_parent_objects}


class RefusedPages(Pages):
    """A list, and what is done with it."""

    model = Contact
    only = ("index", "index_results")
    icon = "warning"
    menu_label = _("Refused by Mailchimp")
    index_view_class = Refused

    def get_urlpatterns(self) -> list[URLPattern]:
        again = path("<int:pk>/again/", self.view(require_POST(try_again)), name="again")
        return [*super().get_urlpatterns(), again]


pages = RefusedPages("newsletter_refused", url_prefix="newsletters/refused")
