"""Subscribers: who gets what, since when, by whose act, and the proof that they agreed. Nobody is subscribed here."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import DeleteView, IndexView, InspectView, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.log_actions import log

from delivery.clock import database_now
from home.wagtail_hooks.reports import MomentColumn
from jobs.models import JobState
from newsletter import acts, erasure
from newsletter.admin.base import Pages, TellsOfMailchimp
from newsletter.admin.refused import reason_of
from newsletter.models import Author, Contact, NewsletterList, Subscriber, Subscription
from newsletter.models.people import Language

UNSUBSCRIBED, ERASED = "newsletter.unsubscribe", "newsletter.erase"
CHANGES_SHOWN = 50
ACTIVE, LEFT, WAITING, REFUSED = "active", "left", "waiting", "refused"
STATES = [
    (ACTIVE, _("Subscribed")),
    (LEFT, _("Left")),
    (WAITING, _("Still to be told to Mailchimp")),
    (REFUSED, _("Refused by Mailchimp")),
]
UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)


class SubscriberFilters(WagtailFilterSet):
    """Of which newsletter, in which state there, in which language."""

    list = django_filters.ModelChoiceFilter(label=_("Newsletter"), queryset=NewsletterList.objects.all())
    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES)
    language = django_filters.ChoiceFilter(label=_("Language"), choices=Language.choices)

    class Meta:
        model = Subscriber
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Subscriber]) -> QuerySet[Subscriber]:
        """The state is that of the newsletter, where one is chosen."""
        chosen = self.form.cleaned_data
        one, state = chosen.get("list"), chosen.get("state")
        if chosen.get("language"):
            queryset = queryset.filter(language=chosen["language"])
        theirs = Subscription.objects.filter(subscriber=OuterRef("pk"), **({"list": one} if one else {}))
        contacts = Contact.objects.filter(subscriber=OuterRef("pk"))
        contacts = contacts.filter(audience=one.audience) if one else contacts
        if state in (ACTIVE, LEFT):
            theirs = theirs.filter(is_active=state == ACTIVE)
        if state in (WAITING, REFUSED):
            states = UNDER_WAY if state == WAITING else (JobState.FAILED,)
            queryset = queryset.filter(Exists(contacts.filter(state__in=states)))
        return queryset.filter(Exists(theirs)) if one or state in (ACTIVE, LEFT) else queryset


class Subscribers(TellsOfMailchimp, IndexView):
    """Everybody who ever confirmed a newsletter, or was imported, and was not erased."""

    template_name = "newsletter/admin/index.html"
    filterset_class = SubscriberFilters
    search_fields = ("email",)
    search_backend_name = None
    default_ordering = "-created_at"
    no_results_message = _("No subscriber matches.")

    def get_base_queryset(self) -> Any:
        """With what the table tells."""
        subscriptions = Subscription.objects.select_related("list").order_by("list__slug")
        contacts = Contact.objects.select_related("audience").order_by("audience__name")
        return Subscriber.objects.prefetch_related(
            Prefetch("subscriptions", subscriptions), Prefetch("contacts", contacts)
        )

    @cached_property
    def columns(self) -> list[Column]:
        """A person a row."""
        title = self._get_title_column_class(TitleColumn)
        return [
            title("email", label=_("E-mail"), sort_key="email", get_url=self.get_inspect_url),
            Column("language", label=_("Language"), accessor="get_language_display", sort_key="language"),
            Column("gets", label=_("Gets"), accessor=lambda one: _names(one, is_active=True)),
            Column("left", label=_("Has left"), accessor=lambda one: _names(one, is_active=False)),
            Column("there", label=_("At Mailchimp"), accessor=_standings),
            MomentColumn("created_at", label=_("Since"), sort_key="created_at"),
        ]


def _names(subscriber: Subscriber, *, is_active: bool) -> str:
    return ", ".join(one.list.name for one in subscriber.subscriptions.all() if one.is_active == is_active)


def _standings(subscriber: Subscriber) -> str:
    return ", ".join(f"{one.audience.name}: {one.get_remote_status_display()}" for one in subscriber.contacts.all())


class Person(TellsOfMailchimp, InspectView):
    """One of them: all that is known, and what can be done on request."""

    template_name = "newsletter/admin/subscriber.html"
    page_title = _("Subscriber")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        person, user = self.object, self.request.user
        contacts = list(person.contacts.select_related("audience").order_by("audience__name"))
        for contact in contacts:
            contact.reason = reason_of(contact) if contact.state == JobState.FAILED else ""
            contact.is_waiting = contact.state in UNDER_WAY
        sign_ups = person.sign_ups.filter(confirmed_at__isnull=False)
        changes = person.changes.select_related("list", "imported").order_by("-at", "-pk")
        return super().get_context_data(**kwargs) | {
            "subscriptions": list(person.subscriptions.select_related("list").order_by("list__slug")),
            "contacts": contacts,
            "sign_ups": sign_ups.select_related("consent").prefetch_related("lists").order_by("-confirmed_at"),
            "imported": changes.filter(imported__isnull=False),
            "changes": changes[:CHANGES_SHOWN],
            "unsubscribes": user.has_perm("newsletter.change_subscriber"),
            "erases": user.has_perm("newsletter.delete_subscriber"),
        }


class Unsubscribe(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """On a person's request: from one newsletter (`?list=`), or from all. Asks once more."""

    model = Subscriber
    permission_required = "change"
    template_name = "newsletter/admin/unsubscribe.html"
    page_title = _("Unsubscribe")
    header_icon = "mail"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Raises Http404."""
        super().setup(request, *args, **kwargs)
        self.person = get_object_or_404(Subscriber, pk=kwargs["pk"])
        asked = request.GET.get("list", "")
        only = Q(pk=asked) if asked.isdecimal() else Q()
        gets = Q(subscriptions__subscriber=self.person, subscriptions__is_active=True)
        self.lists = list(NewsletterList.objects.filter(only, gets))

    def get_page_subtitle(self) -> str:
        return self.person.email

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Back to the person."""
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse(pages.get_url_name("index")), "label": _("Subscribers")},
            {"url": person_url(self.person), "label": self.person.email},
            {"url": "", "label": _("Unsubscribe")},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what they would leave."""
        return super().get_context_data(**kwargs) | {
            "person": self.person,
            "lists": self.lists,
            "back_url": person_url(self.person),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Done, and told to Mailchimp."""
        if self.lists:
            acts.unsubscribe(self.person, self.lists, database_now(), Author.NEWSROOM)
            # The log keeps no address: it outlives who is erased.
            data = {"lists": [one.slug for one in self.lists]}
            log(self.person, UNSUBSCRIBED, title=f"#{self.person.pk}", data=data)
            messages.success(request, _("“%(email)s” is unsubscribed.") % {"email": self.person.email})
        else:
            messages.warning(request, _("There was nothing to leave any more."))
        return redirect(person_url(self.person))


def person_url(person: Subscriber) -> str:
    """Where somebody is looked at."""
    return reverse(pages.get_url_name("inspect"), args=[person.pk])


class Erase(DeleteView):
    """For ever, here and at Mailchimp."""

    page_title = _("Erase")
    template_name = "newsletter/admin/erase.html"
    success_message = _("The subscriber is erased here, and Mailchimp is told to do so.")

    def delete_action(self) -> None:
        log(self.object, ERASED, title=f"#{self.object.pk}", deleted=True)
        erasure.erase(self.object.email, Author.NEWSROOM)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Back to the person."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse(pages.get_url_name("index")), "label": _("Subscribers")},
            {"url": person_url(self.object), "label": self.object.email},
            {"url": "", "label": _("Erase")},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": person_url(self.object)}


class SubscriberPages(Pages):
    """Nobody is added here: people sign up themselves, or are imported with the proof of their consent."""

    model = Subscriber
    only = ("index", "index_results", "inspect", "delete")
    icon = "group"
    menu_label = _("Subscribers")
    index_view_class = Subscribers
    inspect_view_class = Person
    delete_view_class = Erase

    def get_urlpatterns(self) -> list[URLPattern]:
        unsubscribe = path("unsubscribe/<int:pk>/", self.view(Unsubscribe.as_view()), name="unsubscribe")
        return [*super().get_urlpatterns(), unsubscribe]


pages = SubscriberPages("newsletter_subscribers", url_prefix="newsletters/subscribers")
