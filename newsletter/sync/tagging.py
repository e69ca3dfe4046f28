"""Tags are told by calls of their own, after the profile: for many a call a tag, for one a call.

Only whoever is to be added, or has confirmed, is given tags: one that the newsroom took away at Mailchimp, of which no
webhook tells, is not given back by a change of language. They are taken away at any time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from newsletter.errors import Refused
from newsletter.mailchimp import Mailchimp, Member
from newsletter.models import Audience
from newsletter.sync.mapping import forget_tag

Tags = Mapping[str, bool]


def differing(wanted: Tags, member: Member, *, gives: bool) -> dict[str, bool]:
    """What is to be told of somebody's tags; without `gives` those only that they are to have no more."""
    has = member.tags or frozenset()
    return {name: on for name, on in wanted.items() if on != (name in has) and (gives or not on)}


def tag_one(mailchimp: Mailchimp, audience: Audience, member: Member, tags: Tags) -> Member:
    """Tell of one person's tags; how they are there afterwards. Raises Away, Refused."""
    if tags:
        mailchimp.tag(audience.mailchimp_id, member.key, tags)
    return _tagged(member, tags)


def tag_many(
    mailchimp: Mailchimp,
    audience: Audience,
    ids: Mapping[str, int],
    people: Iterable[tuple[Member, Tags]],
    before_each: Callable[[], bool],
) -> tuple[list[Member], list[Member]]:
    """Tell of many people's tags: who has them now as they are to be, and whom Mailchimp did not take so.

    `ids`: of tags, by name. `before_each`: called before each call; nobody is told of if it says False. Raises Away.
    """
    told = {member.key: (member, tags) for member, tags in people}
    by_address = {member.email.lower(): key for key, (member, _tags) in told.items()}
    failed: set[str] = set()
    for name, number in ids.items():
        said = {member.email.lower(): tags[name] for member, tags in told.values() if name in tags}
        if not said:
            continue
        if not before_each():
            return [], []
        gives, takes = ([email for email, on in said.items() if on is which] for which in (True, False))
        try:
            changed = mailchimp.tag_many(audience.mailchimp_id, number, gives, takes)
        except Refused as refused:
            if refused.status == 404:
                forget_tag(audience, name)
            else:
                failed |= {by_address[email] for email in said}
            continue
        failed |= {by_address[email] for email in said.keys() - changed.keys()}
        for email in said.keys() & changed.keys():
            member, tags = told[by_address[email]]
            told[member.key] = (replace(_tagged(member, {name: tags[name]}), changed_at=changed[email]), tags)
    done = [member for member, _tags in told.values() if member.key not in failed]
    return done, [told[key][0] for key in failed]


def _tagged(member: Member, tags: Tags) -> Member:
    has = member.tags or frozenset()
    on = {name for name, gives in tags.items() if gives}
    return replace(member, tags=(has | on) - (tags.keys() - on))
