"""What is downloaded, by whom: kept for the newsroom's report of usage, and counted against a day's quota."""

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from accounts.models import UsageEntry

DAY = timedelta(days=1)


def left_today(account_id: int) -> int:
    """How many more downloads an account has within a day."""
    used = UsageEntry.objects.filter(account=account_id, at__gt=Now() - DAY).count()
    return max(0, settings.DOWNLOADS_A_DAY - used)
