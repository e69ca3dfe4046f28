"""What there is at Mailchimp to map lists to."""

from django.db.models.functions import Now

from newsletter.mailchimp import connected
from newsletter.models import Audience
from newsletter.sync.mapping import tell_new_tags


def read_audiences() -> int:
    """Read all audiences, what they have to map lists to; how many there are. What is gone is marked.

    Raises NoKey, Away.
    """
    with connected() as mailchimp:
        found = mailchimp.audiences()
        for one in found:
            tags = mailchimp.tags(one["id"])
            if known := Audience.objects.filter(mailchimp_id=one["id"]).first():
                tell_new_tags(known, tags)
            Audience.objects.update_or_create(
                mailchimp_id=one["id"],
                defaults={
                    "name": one["name"],
                    "interests": mailchimp.interests(one["id"]),
                    "tags": tags,
                    "merge_fields": mailchimp.merge_fields(one["id"]),
                    "read_at": Now(),
                    "missing_since": None,
                },
            )
    gone = Audience.objects.exclude(mailchimp_id__in=[one["id"] for one in found])
    gone.filter(missing_since=None).update(missing_since=Now())
    return len(found)
