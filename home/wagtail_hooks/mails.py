"""The report "Mails": what was sent, what waits, and what no mail server takes; never what is in them."""

from typing import Any

import django_filters
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.permission_policies import ModelPermissionPolicy

from delivery.middleware import outside_publishing
from home.mail.letters import kind_in_words
from home.mail.posting import wake_sender
from home.models import Mail
from home.wagtail_hooks.reports import MomentColumn, PostButton, Report
from jobs import lease
from jobs.models import JobState

SEE, TRY_AGAIN = "home.view_mail", "home.change_mail"
# What the states of a row mean for a mail.
STATES = {
    JobState.QUEUED: _("Waiting"),
    JobState.RUNNING: _("Being sent"),
    JobState.DONE: pgettext_lazy("a mail", "Sent"),
    JobState.FAILED: _("Failed"),
    JobState.CANCELLED: pgettext_lazy("a mail", "Dropped: it ran out, and nobody waits for it"),
}


class MailFilters(WagtailFilterSet):
    """In which states, and to whom."""

    state = django_filters.MultipleChoiceFilter(label=_("State"), choices=list(STATES.items()))
    to = django_filters.CharFilter(label=_("To"), lookup_expr="icontains")

    class Meta:
        model = Mail
        fields: list[str] = []


class MailStateColumn(Column):
    """How far it is, with what the server said folded away."""

    cell_template_name = "home/reports/mail_state_cell.html"


class AgainButton(PostButton):
    """For what failed and had nothing in it that has run out since."""

    cell_template_name = "home/reports/mail_button_cell.html"


class Mails(Report):
    """Mails of some weeks. What failed comes first."""

    model = Mail
    permission_required = "view"
    page_title = _("Mails")
    header_icon = "mail"
    index_url_name = "mails_report"
    index_results_url_name = "mails_report_results"
    filterset_class = MailFilters
    default_ordering = "-created_at"
    no_results_message = _("There are no mails.")

    @staticmethod
    def is_for(user: Any) -> bool:
        """Administrators, and groups that were given the right."""
        return bool(user.has_perm(SEE))

    @cached_property
    def permission_policy(self) -> Any:
        """The rights to the rows themselves."""
        return ModelPermissionPolicy(Mail)

    def get_base_queryset(self) -> QuerySet[Mail]:
        """Without the contexts: they may hold codes."""
        return Mail.objects.defer("context")

    def order_queryset(self, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        """What needs somebody comes first."""
        failed = Case(When(state=JobState.FAILED, then=0), default=1, output_field=IntegerField())
        return queryset.order_by(failed, *(queryset.query.order_by or [self.default_ordering]), "pk")

    def decorate_paginated_queryset(self, object_list: Any) -> list[Any]:
        """With its state and its kind in words."""
        mails = list(object_list)
        language = (get_language() or settings.LANGUAGE_CODE)[:2]
        kinds = {template: kind_in_words(template, language) for template in {mail.template for mail in mails}}
        for mail in mails:
            mail.state_in_words = STATES[mail.state]
            mail.kind_in_words = kinds[mail.template]
        return mails

    @cached_property
    def columns(self) -> list[Column]:
        """A mail a row."""
        columns = [
            Column("to", label=_("To"), sort_key="to"),
            Column("template", label=_("Kind"), accessor="kind_in_words", sort_key="template"),
            Column("language", label=_("Language"), accessor="get_language_display"),
            MomentColumn("created_at", label=_("Written"), sort_key="created_at"),
            MailStateColumn("state", label=_("State")),
            Column("attempts", label=_("Attempts")),
        ]
        if self.request.user.has_perm(TRY_AGAIN):
            columns.append(AgainButton("act", label=_("Try again"), get_url=_again_url, get_name=lambda mail: mail.to))
        return columns


def _again_url(mail: Mail) -> str:
    return reverse("try_mail_again", args=[mail.pk]) if mail.can_be_tried_again else ""


def try_mail_again(request: HttpRequest, mail_id: int) -> HttpResponse:
    """What failed is tried from the beginning."""
    if not request.user.has_perm(TRY_AGAIN):
        raise PermissionDenied
    with transaction.atomic():
        # Locked: of two that press the button, one has it sent.
        mail = Mail.objects.can_be_tried_again().select_for_update().filter(pk=mail_id).first()
        if mail is not None:
            lease.requeue(mail)
            transaction.on_commit(wake_sender, robust=True)
    if mail is not None:
        messages.success(request, _("It is tried again now. If it fails once more, this list says so."))
    else:
        get_object_or_404(Mail, pk=mail_id)
        messages.warning(request, _("This mail is not among those that can be tried again."))
    return redirect(Mails.index_url_name)


@hooks.register("register_admin_urls")
def report_urls() -> list[URLPattern]:
    """The report, and its button."""
    again = outside_publishing(require_POST(try_mail_again))
    return [*Mails.paths("mails"), path("reports/mails/<int:mail_id>/again/", again, name="try_mail_again")]


@hooks.register("register_reports_menu_item")
def add_to_menu() -> MenuItem:
    """In the menu "Reports"."""
    return Mails.menu_item(order=140)


@hooks.register("register_permissions")
def rights() -> QuerySet[Permission]:
    """What administrators can give to groups."""
    return Permission.objects.filter(content_type__app_label="home", codename__in=("view_mail", "change_mail"))
