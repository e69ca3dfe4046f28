"""Who may do what with a translation."""

from typing import Any

from django.utils.translation import gettext as _
from wagtail.admin.utils import get_user_display_name
from wagtail.locks import BasicLock, ScheduledForPublishLock, WorkflowLock
from wagtail.models import DraftStateMixin, Page
from wagtail.snippets.permissions import get_permission_name

from delivery.clock import told

# The groups whose work translations are: see cms/groups.py.
TRANSLATING_GROUPS = ("Translators", "Revisers")


def may_publish(user: Any, instance: Any) -> bool:
    """Whether this person may decide what the public reads of this page or snippet."""
    if isinstance(instance, Page):
        return bool(instance.permissions_for_user(user).can_publish())
    act = "publish" if isinstance(instance, DraftStateMixin) else "change"
    return bool(user.has_perm(get_permission_name(act, type(instance))))


def may_edit(user: Any, instance: Any) -> bool:
    """Whether this person may write in it at all."""
    if isinstance(instance, Page):
        return bool(instance.permissions_for_user(user).can_edit())
    return bool(user.has_perm(get_permission_name("change", type(instance))))


def is_locked_for(user: Any, instance: Any) -> bool:
    """Whether a lock, or an approval that is under way, keeps this person out."""
    lock = instance.get_lock() if isinstance(instance, Page) else None
    return bool(lock and lock.for_user(user))


def lock_reason(page: Page) -> str:
    """Which lock keeps people out of a page, and until when."""
    lock = page.get_lock()
    match lock:
        case ScheduledForPublishLock():
            at = told(page.scheduled_revision.approved_go_live_at)
            return _("Approved and scheduled for %(at)s: it cannot be changed until then.") % {"at": at}
        case WorkflowLock():
            return _("Waits for approval (%(step)s): it cannot be changed until then.") % {
                "step": page.current_workflow_task
            }
        case BasicLock() if page.locked_by and page.locked_at:
            return _("Locked by %(person)s since %(at)s: it cannot be changed until it is unlocked.") % {
                "person": get_user_display_name(page.locked_by),
                "at": told(page.locked_at),
            }
    return _("Locked: it cannot be changed until it is unlocked.") if lock else ""


def translates(user: Any) -> bool:
    """Whether translations are this person's work."""
    return bool(user.groups.filter(name__in=TRANSLATING_GROUPS).exists())
