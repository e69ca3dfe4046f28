"""What stands at Mailchimp for the lists that are kept in an audience."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newsletter.mailchimp import Member
from newsletter.models import Audience, Contact, FormerMapping, Intention, NewsletterList, Standing
from newsletter.sync.deciding import There

# Being in the audience at all, among the keys of what is chosen in it.
WHOLE = ""


@dataclass(frozen=True)
class Former:
    """A list that was kept in an audience lately: as `key` (of `Contact.chosen_there`), `until`."""

    list: int
    key: str
    until: datetime


@dataclass(frozen=True)
class Kept:
    """The lists of one audience: who is in it gets `whole`; the others are an interest (by id), or a tag (by name).

    `gone`: those whose interest or tag Mailchimp has no more. What it has of people says nothing of these. `tag_ids`:
    by name, of those that it has. `former`: lists that moved away lately.
    """

    whole: frozenset[int]
    interests: dict[int, str]
    tags: dict[int, str]
    gone: frozenset[int]
    tag_ids: dict[str, int]
    former: tuple[Former, ...] = ()

    @property
    def lists(self) -> frozenset[int]:
        """All of them."""
        return self.whole | self.interests.keys() | self.tags.keys()

    @property
    def known(self) -> frozenset[int]:
        """These, and those that moved away lately."""
        return self.lists | {one.list for one in self.former}

    @property
    def keys(self) -> dict[int, str]:
        """What stands for each, in `Contact.chosen_there`."""
        return dict.fromkeys(self.whole, WHOLE) | self.interests | {one: _tag(name) for one, name in self.tags.items()}

    def chosen_there(
        self, member: Member, known: Mapping[str, int] | None, gets: Container[int] = ()
    ) -> dict[str, int]:
        """What somebody has there, and the list that it stood for when it came to be known; `known`: until now.

        What is kept for a list that the person does not get goes on standing for the one of before, until it is gone.
        """
        known = known or {}
        if member.status in Standing.refusing():
            # Whoever comes back chooses anew. Who was archived may leave by a mail of before the list moved away.
            may_leave = bool(self.former) and not self.whole and member.status != Standing.UNSUBSCRIBED
            return {WHOLE: known[WHOLE]} if may_leave and WHOLE in known else {}
        has = {WHOLE} | {key for key, on in member.interests.items() if on}
        has |= (
            {key for key in known if key.startswith("#")}
            if member.tags is None
            else {_tag(name) for name in member.tags}
        )
        found = {key: one if one in gets else known.get(key, one) for one, key in self.keys.items() if key in has}
        if found:
            # They came for a part, not for whatever the whole may be kept for later.
            found.setdefault(WHOLE, 0)
        # No list of ours is kept there now: should one be again, it is another one, or begins anew.
        return found | dict.fromkeys(known.keys() & has - found.keys(), 0)

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
            whole=self.whole,
            given_up=frozenset(self._given_up(member)),
        )

    def _given_up(self, member: Member) -> Iterator[int]:
        """Lists that moved away, whose place a person has given up themselves. That somebody was archived there, or
        lost a tag, is the newsroom's act: it cleans up where nothing is kept any more.
        """
        kept_now = set(self.keys.values())
        for one in self.former:
            ticked_off = member.interests.get(one.key) is False and one.key not in kept_now
            if member.status == Standing.UNSUBSCRIBED or (member.is_subscribed and ticked_off):
                yield one.list

    def is_left_behind(self, member: Member, known: Mapping[str, int] | None) -> bool:
        """Whether a person has given up there the place of a list that moved away; `known`: as in `chosen_there`."""
        given_up = set(self._given_up(member))
        return any(one.list in given_up and one.key in (known or {}) for one in self.former)

    def interests_of(self, gets: Container[int]) -> dict[str, bool]:
        """What Mailchimp is to have of somebody who gets these: interests."""
        return {key: one in gets for one, key in self.interests.items() if one not in self.gone}

    def tags_of(self, gets: Container[int]) -> dict[str, bool]:
        """The same of tags."""
        return {name: one in gets for one, name in self.tags.items() if one not in self.gone}


def kept_in(audience: Audience) -> Kept:
    """The lists that are kept in an audience now."""
    lists = list(NewsletterList.objects.filter(audience=audience).select_related("audience"))
    former = FormerMapping.heard().filter(audience=audience).exclude(list__audience=audience)
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
        former=tuple(Former(one.list_id, _key(one), one.until) for one in former),
    )


def _key(former: FormerMapping) -> str:
    """As in `Kept.keys`."""
    return _tag(former.tag) if former.tag else former.interest or WHOLE


def _tag(name: str) -> str:
    """Among ids of interests."""
    return f"#{name}"


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
