"""What people do in their mailboxes and on Mailchimp's forms, and what staff do in Mailchimp's own admin.

Each act tells webhooks as Mailchimp would. KeyError: nobody has that address there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.mailchimp.campaigns import Campaigns
from tests.mailchimp.members import forget
from tests.mailchimp.state import Account, Audience, Member, hash_of
from tests.mailchimp.webhooks import Source

# What can be done to one address without saying more: buttons of the page.
ACTS = (
    "person_confirms person_unsubscribes person_complains address_bounces staff_unsubscribes staff_archives"
    " staff_deletes_permanently"
).split()


class People:
    """Acts that are no calls. They go on with the account that `Double` has."""

    account: Account
    campaigns: Campaigns

    @contextmanager
    def _one(self, list_id: str, email: str) -> Iterator[tuple[Audience, Member]]:
        with self.account.lock:
            audience = self.account.audiences[list_id]
            yield audience, audience.member(email)

    def _change(self, list_id: str, email: str, source: Source, reason: str = "manual", /, **to: Any) -> None:
        with self._one(list_id, email) as (audience, member):
            self.account.change(audience, member, source, reason, **to)

    def person_signs_up(self, list_id: str, email: str, *, confirmed: bool = True, **profile: Any) -> None:
        """On Mailchimp's own form: that lifts everything that keeps a program from subscribing him."""
        with self.account.lock:
            audience = self.account.audiences[list_id]
            audience.forgotten.discard(hash_of(email))
            member = audience.members.get(hash_of(email)) or self.account.new_member(email)
            status = "subscribed" if confirmed else "pending"
            held = member.held and not confirmed
            self.account.change(audience, member, "user", status=status, held=held, **profile)

    def person_confirms(self, list_id: str, email: str, ip: str = "192.0.2.7") -> None:
        """The link in Mailchimp's mail to someone `pending`: he is subscribed, and in no compliance state any more."""
        with self._one(list_id, email) as (_, member):
            assert member.status == "pending", f"{email} has no mail to confirm: {member.status}"
            self._change(list_id, email, "user", status="subscribed", held=False, ip_opt=ip)

    def person_unsubscribes(self, list_id: str, email: str, why: str = "Normally unsubscribed") -> None:
        """The link at the foot of a newsletter."""
        self._change(list_id, email, "user", status="unsubscribed", held=True, unsubscribe_reason=why)

    def person_complains(self, list_id: str, email: str) -> None:
        """A click on "This is spam": he is unsubscribed, with another reason."""
        self._change(list_id, email, "user", "abuse", status="unsubscribed", held=True, unsubscribe_reason="abuse")

    def changes_address(self, list_id: str, old: str, new: str, source: Source = "user") -> None:
        """Someone has another address now: one that is nobody else's there."""
        with self.account.lock:
            assert hash_of(new) not in self.account.audiences[list_id].members, f"{new} is a member already."
            self._change(list_id, old, source, email=new)

    def changes_profile(
        self,
        list_id: str,
        email: str,
        merge_fields: dict[str, Any] | None = None,
        interests: dict[str, bool] | None = None,
        source: Source = "user",
    ) -> None:
        """Someone has other merge fields or interests now; those that are not named stay."""
        with self._one(list_id, email) as (_, member):
            to: dict[str, Any] = {}
            if merge_fields:
                to["merge_fields"] = member.merge_fields | merge_fields
            if interests:
                to["interests"] = member.interests | interests
            self._change(list_id, email, source, **to)

    def address_bounces(self, list_id: str, email: str) -> None:
        """Mail does not arrive: the address is cleaned."""
        self._change(list_id, email, "admin", "hard", status="cleaned", held=True)

    def staff_subscribes(self, list_id: str, email: str, **profile: Any) -> None:
        """By hand in Mailchimp's admin."""
        with self.account.lock:
            audience = self.account.audiences[list_id]
            member = audience.members.get(hash_of(email)) or self.account.new_member(email)
            assert not member.held, f"Mailchimp does not let staff subscribe {email}."
            self.account.change(audience, member, "admin", status="subscribed", **profile)

    def staff_unsubscribes(self, list_id: str, email: str) -> None:
        """By hand in Mailchimp's admin: a program may subscribe him again."""
        why = "Unsubscribed by an admin"
        self._change(list_id, email, "admin", status="unsubscribed", unsubscribe_reason=why)

    def staff_archives(self, list_id: str, email: str) -> None:
        """By hand in Mailchimp's admin."""
        self._change(list_id, email, "admin", status="archived")

    def staff_deletes_permanently(self, list_id: str, email: str) -> None:
        """By hand in Mailchimp's admin."""
        with self._one(list_id, email) as (audience, member):
            forget(self.account, audience, member, "admin")

    def staff_deletes_interest(self, list_id: str, name: str) -> None:
        """An interest that a mapping may have named."""
        with self.account.lock:
            audience = self.account.audiences[list_id]
            interest = audience.interest(name)
            for category in audience.categories.values():
                category.interests.pop(interest, None)
            for member in audience.members.values():
                member.interests.pop(interest, None)

    def staff_makes_tag(self, list_id: str, name: str) -> None:
        """A tag, for a mapping to name. Nobody has it yet."""
        with self.account.lock:
            self.account.audiences[list_id].tags[name] = next(self.account.numbers)

    def staff_tags(self, list_id: str, email: str, name: str, *, gives: bool = True) -> None:
        """By hand in Mailchimp's admin: give somebody a tag that there is, or take it. People cannot do so."""
        with self._one(list_id, email) as (audience, member):
            assert name in audience.tags
            tags = [tag for tag in member.tags if tag != name]
            self._change(list_id, email, "admin", tags=[*tags, name] if gives else tags)

    def staff_deletes_tag(self, list_id: str, name: str) -> None:
        """A tag that a mapping may have named."""
        with self.account.lock:
            audience = self.account.audiences[list_id]
            del audience.tags[name]
            for member in audience.members.values():
                member.tags = [tag for tag in member.tags if tag != name]

    def staff_deletes_merge_field(self, list_id: str, tag: str) -> None:
        """A merge field that a mapping may have named."""
        with self.account.lock:
            audience = self.account.audiences[list_id]
            del audience.merge_fields[tag]
            for member in audience.members.values():
                member.merge_fields.pop(tag, None)

    def staff_deletes_audience(self, list_id: str) -> None:
        """An audience, and all in it."""
        with self.account.lock:
            del self.account.audiences[list_id]

    def campaign_is_sent(self, campaign_id: str) -> None:
        """By hand in Mailchimp's admin, or because its time has come."""
        with self.account.lock:
            self.campaigns.go_out(self.account.campaigns[campaign_id])
