"""Several accounts approved, or refused, at once, from the list."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail import hooks
from wagtail.admin.views.bulk_action import BulkAction

from accounts.decisions import Act, Details, decide
from accounts.errors import DoesNotFit
from accounts.models import Level, MediaAccount
from accounts.wagtail_hooks.acts import ReasonForm
from accounts.wagtail_hooks.listing import Accounts
from accounts.wagtail_hooks.page import SERIOUS
from accounts.wagtail_hooks.rights import may_decide


class OneReason(forms.Form):
    """The same for all."""

    reason: Any = ReasonForm.base_fields["reason"]


class Deciding(BulkAction):
    """Decides about those that wait; the others are named, and stay as they are."""

    models = [MediaAccount]
    template_name = "accounts/admin/decide_all.html"
    form_class: type[forms.Form] = forms.Form
    act: Act
    title: Any
    means: Any

    @classmethod
    def get_queryset(cls, model: type[MediaAccount], object_ids: Sequence[Any]) -> list[MediaAccount]:
        """Raises Http404."""
        numbers = [int(one) for one in object_ids if str(one).isdecimal()]
        found = list(MediaAccount.objects.confirmed().filter(pk__in=numbers).select_related("user"))
        if not found:
            raise Http404
        return found

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """All that wait in the list as it was searched and filtered, on each of its pages."""
        listing = Accounts()
        listing.setup(self.request)
        return listing.get_queryset().filter(level_now=Level.PENDING).values_list("pk", flat=True)

    def check_perm(self, account: MediaAccount) -> bool:
        """Whether it can be decided about, by this person."""
        return may_decide(self.request.user) and account.level == Level.PENDING

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what the act is called, and means."""
        told = {"title": self.title, "means": self.means, "label": self.act.label, "is_serious": self.act in SERIOUS}
        return super().get_context_data(**kwargs) | told

    def get_execution_context(self) -> dict[str, Any]:
        return {"user": self.request.user, "details": Details(**self.cleaned_form.cleaned_data)}

    @classmethod
    def execute_action(
        cls, objects: list[MediaAccount], *, user: Any = None, details: Details | None = None, **context: Any
    ) -> tuple[int, int]:
        """About how many it was; the second number is of those that somebody else decided about meanwhile."""
        done = 0
        for account in sorted(objects, key=lambda account: account.pk):
            try:
                decide(cls.act, account.pk, user, None, details)
            except (DoesNotFit, MediaAccount.DoesNotExist):
                continue
            done += 1
        return done, len(objects) - done

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str:
        """What was done, and what was not."""
        done = self.done(num_parent_objects)
        if not num_child_objects:
            return done
        missed = ngettext(
            "About %(number)s somebody else decided meanwhile.",
            "About %(number)s others somebody else decided meanwhile.",
            num_child_objects,
        ) % {"number": num_child_objects}
        return f"{done} {missed}"

    def done(self, number: int) -> str:
        """How many it was done to, in words."""
        raise NotImplementedError


@hooks.register("register_bulk_action")
class ApproveAccounts(Deciding):
    """Lets them in."""

    act = Act.APPROVE
    display_name = _("Approve")
    action_type = "approve"
    aria_label = _("Approve the selected media accounts")
    title = _("Approve media accounts")
    means = _("These accounts can download then, and are told by mail.")

    def done(self, number: int) -> str:
        return ngettext("%(number)s account is approved.", "%(number)s accounts are approved.", number) % {
            "number": number
        }


@hooks.register("register_bulk_action")
class RefuseAccounts(Deciding):
    """Blocks them, all for one reason."""

    act = Act.REFUSE
    display_name = _("Refuse")
    action_type = "refuse"
    action_priority = 110
    aria_label = _("Refuse the selected media accounts")
    title = _("Refuse media accounts")
    means = _("These accounts are blocked: nobody can log in to them. They are told by mail, with the reason.")
    form_class = OneReason

    def done(self, number: int) -> str:
        return ngettext("%(number)s account is refused.", "%(number)s accounts are refused.", number) % {
            "number": number
        }
