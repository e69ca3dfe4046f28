"""What there is at Mailchimp to map lists to."""

from typing import Any

from django.db.models.functions import Now

from newsletter.mailchimp import Mailchimp, connected
from newsletter.models import Audience, Contact
from newsletter.sync.mapping import tell_new_tags


def read_audiences() -> int:
    """Read all audiences, what they have to map lists to; how many there are. What is gone is marked.

    Raises NoKey, Away.
    """
    with connected() as mailchimp:
        found = mailchimp.audiences()
        for one in found:
            _read(mailchimp, one["id"], name=one["name"], missing_since=None)
    gone = Audience.objects.exclude(mailchimp_id__in=[one["id"] for one in found])
    gone.filter(missing_since=None).update(missing_since=Now())
    return len(found)


def read_anew(mailchimp: Mailchimp, audience: Audience) -> bool:
    """Read what one audience has; whether that is something else than we knew. Raises Away, Refused."""
    is_new = _read(mailchimp, audience.mailchimp_id)
    audience.refresh_from_db()
    return is_new


def _read(mailchimp: Mailchimp, key: str, **values: Any) -> bool:
    has = {
        "interests": mailchimp.interests(key),
        "tags": mailchimp.tags(key),
        "merge_fields": mailchimp.merge_fields(key),
    }
    known = Audience.objects.filter(mailchimp_id=key).first()
    if known is not None:
        tell_new_tags(known, has["tags"])
    audience, _is_new = Audience.objects.update_or_create(mailchimp_id=key, defaults=values | has | {"read_at": Now()})
    is_other = known is None or known.missing_since is not None or _names(known) != _names(audience)
    if is_other:
        # Mailchimp may have refused them for what it had no more.
        Contact.objects.parked().filter(audience=audience).change()
    return is_other


def _names(audience: Audience) -> tuple[Any, ...]:
    """What lists can be mapped to, without how many have it."""
    return audience.interests, audience.tag_ids, audience.merge_fields
