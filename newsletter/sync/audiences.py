"""What there is at Mailchimp to map lists to."""

from django.db.models.functions import Now

from newsletter.mailchimp import connected
from newsletter.models import Audience


def read_audiences() -> int:
    """Read all audiences, their groups and fields; how many there are. What is gone is marked. Raises NoKey, Away."""
    with connected() as mailchimp:
        found = mailchimp.audiences()
        for one in found:
            Audience.objects.update_or_create(
                mailchimp_id=one["id"],
                defaults={
                    "name": one["name"],
                    "interests": mailchimp.interests(one["id"]),
                    "merge_fields": mailchimp.merge_fields(one["id"]),
                    "read_at": Now(),
                    "missing_since": None,
                },
            )
    gone = Audience.objects.exclude(mailchimp_id__in=[one["id"] for one in found])
    gone.filter(missing_since=None).update(missing_since=Now())
    return len(found)
