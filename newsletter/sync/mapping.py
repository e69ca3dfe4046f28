"""What stands at Mailchimp for the lists that are kept in an audience."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from newsletter.mailchimp import Member
from newsletter.models import Audience, Contact, Intention, NewsletterList, Standing
from newsletter.sync.deciding import There


@dataclass(frozen=True)
class Kept:
    """The lists of one audience: who is in it gets `whole`; the others are an interest (by id), or a tag (by name).

    `gone`: those whose interest or tag Mailchimp has no more. What it has of people says nothing of these. `tag_ids`:
    by name, of those that it has.
    """

    whole: frozenset[int]
    interests: dict[int, str]
    tags: dict[int, str]
    gone: frozenset[int]
    tag_ids: dict[str, int]

    @property
    def lists(self) -> frozenset[int]:
        """All of them."""
        return self.whole | self.interests.keys() | self.tags.keys()

    def there(self, member: Member) -> There:
        """What Mailchimp has of somebody, in our words."""
        chosen = {one for one, interest in self.interests.items() if member.interests.get(interest)}
        tagged = {one for one, tag in self.tags.items() if tag in (member.tags or ())}
        silent = {one for one, interest in self.interests.items() if interest not in member.interests}
        silent |= self.gone if member.tags is not None else self.gone | self.tags.keys()
        return There(
            status=member.status,
            changed_at=member.changed_at,
            opted_at=member.opted_at,
            lists=self.whole | chosen | tagged,
            by_tag=frozenset(self.tags),
            silent=frozenset(silent),
        )

    def interests_of(self, gets: Container[int]) -> dict[str, bool]:
        """What Mailchimp is to have of somebody who gets these: interests."""
        return {key: one in gets for one, key in self.interests.items() if one not in self.gone}

    def tags_of(self, gets: Container[int]) -> dict[str, bool]:
        """The same of tags."""
        return {name: one in gets for one, name in self.tags.items() if one not in self.gone}


def kept_in(audience: Audience) -> Kept:
    """The lists that are kept in an audience now."""
    lists = list(NewsletterList.objects.filter(audience=audience).select_related("audience"))
    return Kept(
        whole=frozenset(one.pk for one in lists if not (one.interest or one.tag)),
        interests={one.pk: one.interest for one in lists if one.interest},
        tags={one.pk: one.tag for one in lists if one.tag},
        gone=frozenset(one.pk for one in lists if one.is_mapping_gone),
        tag_ids={
            one.tag: one.audience.tag_ids[one.tag]
            for one in lists
            if one.audience and not one.is_mapping_gone and one.tag
        },
    )


def forget_tag(audience: Audience, name: str) -> None:
    """Mailchimp has just said that it has this tag no more: nobody has left because of that."""
    current = Audience.objects.get(pk=audience.pk)
    audience.tags = [tag for tag in current.tags if tag["name"] != name]
    Audience.objects.filter(pk=audience.pk).update(tags=audience.tags)


def tell_new_tags(audience: Audience, tags: list[dict[str, Any]]) -> None:
    """A tag that was deleted and made again is nobody's: who gets its list is told once more, before others compare.

    `tags`: as they were read just now.
    """
    known = {tag["id"] for tag in audience.tags}
    new = [tag["name"] for tag in tags if tag["id"] not in known]
    if not new:
        return
    Contact.objects.filter(
        audience=audience,
        intention=Intention.PROFILE,
        remote_status__in=[Standing.SUBSCRIBED, Standing.PENDING],
        subscriber__subscriptions__is_active=True,
        subscriber__subscriptions__list__in=NewsletterList.objects.filter(audience=audience, tag__in=new),
    ).change(Intention.ADD)
