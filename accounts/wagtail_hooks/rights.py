"""Who of the newsroom sees media accounts, decides about them, and sees what was used."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail import hooks

SEE = "accounts.view_mediaaccount"
DECIDE = "accounts.change_mediaaccount"
SEE_USAGE = "accounts.view_usageentry"
# Where somebody may do the second, he sees what he does it to.
NAMES = (SEE, DECIDE, SEE_USAGE)


def may_see(user: Any) -> bool:
    """Whether this person sees media accounts."""
    return bool(user.has_perm(SEE) or user.has_perm(DECIDE))


def may_decide(user: Any) -> bool:
    """Whether this person decides about media accounts."""
    return bool(user.has_perm(DECIDE))


def may_see_usage(user: Any) -> bool:
    """Whether this person sees what was downloaded, and by whom."""
    return bool(user.has_perm(SEE_USAGE))


@hooks.register("register_permissions")
def permissions() -> QuerySet[Permission]:
    """Those that administrators can give to groups."""
    codes = [name.partition(".")[2] for name in NAMES]
    return Permission.objects.filter(content_type__app_label="accounts", codename__in=codes)
