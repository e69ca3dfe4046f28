"""Several accounts approved at once, from the list."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail import hooks
from wagtail.admin.views.bulk_action import BulkAction

from accounts.decisions import Act, decide
from accounts.errors import DoesNotFit
from accounts.models import Level, MediaAccount
from accounts.wagtail_hooks.rights import may_decide


@hooks.register("register_bulk_action")
class ApproveAccounts(BulkAction):
    """Approves those that wait; the others are named, and stay as they are."""

    models = [MediaAccount]
    display_name = _("Approve")
    action_type = "approve"
    aria_label = _("Approve the selected media accounts")
    template_name = "accounts/admin/approve.html"

    @classmethod
    def get_queryset(cls, model: type[MediaAccount], object_ids: Sequence[Any]) -> list[MediaAccount]:
        """Raises Http404."""
        numbers = [int(one) for one in object_ids if str(one).isdecimal()]
        found = list(MediaAccount.objects.confirmed().filter(pk__in=numbers).select_related("user"))
        if not found:
            raise Http404
        return found

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """All that wait, whatever the list shows besides."""
        return MediaAccount.objects.waiting().values_list("pk", flat=True)

    def check_perm(self, account: MediaAccount) -> bool:
        """Whether it can be approved, by this person."""
        return may_decide(self.request.user) and account.level == Level.PENDING

    def get_execution_context(self) -> dict[str, Any]:
        return {"user": self.request.user}

    @classmethod
    def execute_action(cls, objects: list[MediaAccount], *, user: Any = None, **context: Any) -> tuple[int, int]:
        """How many were approved; the second number is of those that somebody else decided about meanwhile."""
        done = 0
        for account in sorted(objects, key=lambda account: account.pk):
            try:
                decide(Act.APPROVE, account.pk, user, None)
            except (DoesNotFit, MediaAccount.DoesNotExist):
                continue
            done += 1
        return done, len(objects) - done

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str:
        """What was done, and what was not."""
        done = ngettext("%(number)s account is approved.", "%(number)s accounts are approved.", num_parent_objects) % {
            "number": num_parent_objects
        }
        if not num_child_objects:
            return done
        missed = ngettext(
            "About %(number)s somebody else decided meanwhile.",
            "About %(number)s others somebody else decided meanwhile.",
            num_child_objects,
        ) % {"number": num_child_objects}
        return f"{done} {missed}"
