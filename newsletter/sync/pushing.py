"""Rows of the outbox that are due are told to Mailchimp.

In batches, where nothing can go wrong by it: people whom it does not know, and those whom it is known to write to. All
others, and whom it does not take in a batch, are looked up first, what Mailchimp has is taken in, and only what is then
still to be told is told: of whoever did something there, whose answer got lost before, or whose own confirmation is to
override that they left.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.db.models.functions import Now

from jobs.lease import take_many
from jobs.models import JobState
from newsletter.errors import Away, Refused
from newsletter.mailchimp import MOST_MEMBERS, Mailchimp, Member, connected
from newsletter.models import Audience, Contact, Intention, Standing
from newsletter.sync import noting, pauses
from newsletter.sync.audiences import read_anew
from newsletter.sync.mapping import kept_in
from newsletter.sync.people import Person, people_of
from newsletter.sync.tagging import differing, tag_many, tag_one
from newsletter.sync.taking_in import take_absence_in, take_in

logger = logging.getLogger(__name__)

# Longer than any call takes (seconds): before each the lease is begun anew.
LEASE_SECONDS = 150
# For one person for whom it fails again and again.
LONGEST_PAUSE_SECONDS = 3600
COMPLIANCE = "Member In Compliance State"
ADDS = (Intention.ADD, Intention.CONFIRM)


def push(audience: Audience) -> int:
    """Tell Mailchimp of up to 500 people who are due; how many were looked at. Raises NoKey, Away."""
    with connected() as mailchimp:
        contacts = take_many(Contact, MOST_MEMBERS, LEASE_SECONDS, audience=audience)
        if not contacts:
            return 0
        work = _Push(mailchimp, audience, contacts)
        try:
            work.run()
        except Away as away:
            work.give_back(pauses.begin(away))
            raise
        except _Missing:
            # Until it is back nobody is told there; that it went says nothing of people.
            Audience.objects.filter(pk=audience.pk, missing_since=None).update(missing_since=Now())
            work.give_back(pauses.LONGEST_SECONDS)
            return len(contacts)
        except BaseException:
            work.give_back(pauses.FIRST_SECONDS)
            raise
        pauses.end()
        work.give_back(0)
    return len(contacts)


class _Missing(Exception):
    """Mailchimp has no such audience any more."""


class _Push:
    """One lot of rows, leased together."""

    def __init__(self, mailchimp: Mailchimp, audience: Audience, contacts: Sequence[Contact]) -> None:
        self.mailchimp, self.audience = mailchimp, audience
        self.contacts = contacts
        prefetch_related_objects(contacts, "subscriber")
        self.holder: UUID = contacts[0].leased_by  # type: ignore[assignment]
        self.kept = kept_in(audience)
        # In this lot: whether the audience was read, and whether it is known to be there.
        self.is_read, self.is_there = False, False

    def run(self) -> None:
        """Raises Away, _Missing; then some are done, and the others still leased."""
        new, known, one_by_one = list[Contact](), list[Contact](), list[Contact]()
        for contact in self.contacts:
            if _has_to_be_looked_up(contact) or self._may_have_left(contact):
                one_by_one.append(contact)
            else:
                (known if contact.remote_status == Standing.SUBSCRIBED else new).append(contact)
        one_by_one += self._batch(new, update=False)
        one_by_one += self._batch(known, update=True)
        for contact in one_by_one:
            if self._prolong([contact]):
                try:
                    self._try(contact)
                except Refused as refused:
                    self._park(contact, refused)
                except (Away, _Missing):
                    raise
                except Exception as error:
                    logger.exception("the contact %s cannot be told", contact.pk)
                    self._postpone(contact, error)

    def give_back(self, seconds: float) -> None:
        """What was not done is done later."""
        own = Contact.objects.filter(leased_by=self.holder, state=JobState.RUNNING)
        own.update(state=JobState.QUEUED, leased_by=None, leased_until=None, due_at=Now() + timedelta(seconds=seconds))

    def _batch(self, contacts: list[Contact], *, update: bool) -> list[Contact]:
        """Tell of many in one call. Those that have to be looked up all the same."""
        if not contacts or not self._prolong(contacts):
            return []
        people = people_of(self.audience, self.kept, contacts)
        by_email = {people[contact.pk].email: contact for contact in contacts}
        status = {"subscribed": Standing.SUBSCRIBED, "unsubscribed": Standing.UNSUBSCRIBED}
        members = []
        for contact in contacts:
            person = people[contact.pk]
            if not update:
                members.append(person.as_new_member() | {"status": status["subscribed"].value})
            elif contact.intention == Intention.UNSUBSCRIBE:
                members.append(person.as_member(contact.remote_language) | {"status": status["unsubscribed"].value})
            else:
                members.append(person.as_member(contact.remote_language, contact.chosen_there))
        leaving = [one.pk for one in contacts if one.intention == Intention.UNSUBSCRIBE]
        noting.forget_presence(leaving, self.holder)
        try:
            taken, errors = self.mailchimp.add(self.audience.mailchimp_id, members, update=update)
        except Refused as error:
            if error.status == 404:
                raise _Missing from error
            if self._has_changed(error):
                return self._batch(contacts, update=update)
            if len(contacts) == 1:
                self._park(contacts[0], error)
                return []
            half = len(contacts) // 2
            return self._batch(contacts[:half], update=update) + self._batch(contacts[half:], update=update)
        self.is_there = True
        taken = [member for member in taken if member.email.lower() in by_email]
        said = [(member, self._tags(by_email[member.email.lower()], people, member)) for member in taken]
        done, untold = tag_many(self.mailchimp, self.audience, self.kept.tag_ids, said, lambda: self._prolong(contacts))
        told = [(by_email[member.email.lower()], member) for member in done]
        self._note(told, people)
        self._settle(told, people)
        # Of whom Mailchimp refuses in a batch it says why only when asked for each; many it knows after all.
        refused = [one["email_address"].lower() for one in errors] + [member.email.lower() for member in untold]
        return [by_email[email] for email in refused if email in by_email]

    def _tags(self, contact: Contact, people: Mapping[int, Person], member: Member) -> dict[str, bool]:
        """What is to be told of somebody's tags. Whoever gets nothing any more is unsubscribed, which is enough."""
        if contact.intention == Intention.UNSUBSCRIBE:
            return {}
        return differing(people[contact.pk].tags, member, gives=contact.intention in ADDS)

    def _try(self, contact: Contact) -> None:
        """Raises Refused, Away, _Missing."""
        try:
            self._look_and_tell(contact)
        except Refused as refused:
            if not self._has_changed(refused):
                raise
            self._look_and_tell(contact)

    def _has_changed(self, refused: Refused) -> bool:
        """Whether Mailchimp refuses a group that was deleted there, of which nobody had heard: now it was."""
        if self.is_read or "interest" not in refused.detail.lower():
            return False
        self.is_read = True
        is_other = read_anew(self.mailchimp, self.audience)
        self.kept = kept_in(self.audience)
        return is_other

    def _check_audience(self) -> None:
        """Somebody is not there: or is it the audience? Raises _Missing."""
        if not self.is_there:
            try:
                self.mailchimp.merge_fields(self.audience.mailchimp_id)
            except Refused as refused:
                raise _Missing from refused
            self.is_there = True

    def _look_and_tell(self, contact: Contact) -> None:
        key = self.audience.mailchimp_id
        if contact.intention == Intention.ERASE:
            self.mailchimp.erase(key, contact.digest)
            Contact.objects.filter(pk=contact.pk, leased_by=self.holder, version=contact.version).delete()
            return
        Contact.objects.filter(pk=contact.pk).update(has_to_read=False)
        member = self.mailchimp.member(key, contact.digest, contact.remote_id)
        if member is None:
            self._check_audience()
            take_absence_in(contact)
        else:
            take_in(self.audience, [member])
        mine = Contact.objects.filter(pk=contact.pk, leased_by=self.holder).select_related("subscriber").first()
        if mine is None:
            # It was about somebody's new address, and they have a row.
            return
        contact = mine
        if contact.subscriber_id is None:
            # Known to nobody here: asked about by a webhook, and not subscribed there either.
            Contact.objects.filter(pk=contact.pk, leased_by=self.holder, version=contact.version).delete()
        elif contact.has_to_tell:
            people = people_of(self.audience, self.kept, [contact])
            told = self._tell(contact, people[contact.pk], member)
            if told is not None:
                told = tag_one(self.mailchimp, self.audience, told, self._tags(contact, people, told))
                self._note([(contact, told)], people)
            self._settle([(contact, told)], people)
        else:
            self._settle([(contact, member)], {})

    def _tell(self, contact: Contact, person: Person, member: Member | None) -> Member | None:
        """What is to be told of somebody who was just looked up, but for tags; how they are there afterwards.

        Raises Refused.
        """
        key = self.audience.mailchimp_id
        if member is None:
            if contact.intention not in ADDS:
                return None
            return self.mailchimp.put(
                key, Contact.digest_of(person.email), person.as_new_member() | {"status_if_new": "subscribed"}
            )
        gets_mails = member.status in ("subscribed", "pending")
        if contact.intention == Intention.UNSUBSCRIBE and gets_mails:
            noting.forget_presence([contact.pk], self.holder)
            return self.mailchimp.change(key, member.key, {"status": "unsubscribed"})
        if gets_mails:
            return self.mailchimp.change(key, member.key, person.as_member(member.language))
        if contact.intention != Intention.CONFIRM:
            return member
        with suppress(Refused):
            # Before mails go out to them again: else they would get some of a list that they have left.
            tag_one(self.mailchimp, self.audience, member, differing(person.tags, member, gives=False))
        try:
            return self.mailchimp.change(
                key, member.key, person.as_new_member(member.language) | {"status": "subscribed"}
            )
        except Refused as refused:
            if refused.title != COMPLIANCE:
                raise
            # Mailchimp asks the person itself.
            return self.mailchimp.change(key, member.key, person.as_member(member.language) | {"status": "pending"})

    def _note(self, told: Iterable[tuple[Contact, Member]], people: Mapping[int, Person]) -> None:
        """Write down which groups and tags they have there now."""
        rows = []
        for contact, member in told:
            if self._is_unheard(contact, member):
                continue
            chosen = self.kept.chosen_there(member, contact.chosen_there, people[contact.pk].gets)
            if chosen != contact.chosen_there:
                rows.append((contact.pk, chosen))
        noting.note_chosen(rows, self.holder)

    def _settle(self, told: Iterable[tuple[Contact, Member | None]], people: Mapping[int, Person]) -> None:
        """Write down what Mailchimp knows now. Whoever changed meanwhile is told once more."""
        rows: list[noting.Told] = []
        odd = []
        for contact, member in told:
            if member is None:
                gone = (Standing.GONE.value, contact.digest, contact.remote_id, "", None)
                rows.append((contact.pk, contact.version, *gone))
                continue
            said = (member.status, member.key, member.contact_id, member.language[:10], member.changed_at)
            rows.append((contact.pk, contact.version, *said))
            if self._is_unheard(contact, member) or (
                contact.intention == Intention.PROFILE
                and contact.pk in people
                and differing(people[contact.pk].tags, member, gives=True)
            ):
                odd.append(member)
        noting.settle(rows, self.holder)
        # Somebody left there, or was taken a tag, of which we had not heard.
        take_in(self.audience, odd)

    def _is_unheard(self, contact: Contact, member: Member) -> bool:
        """Whether somebody left there, or left a list that moved away, of which we had not heard."""
        return member.status not in _expected(contact) or self.kept.is_left_behind(member, contact.chosen_there)

    def _may_have_left(self, contact: Contact) -> bool:
        """Whether they may have left there before they left here, and lists that moved away with it: it looks alike."""
        is_theirs = contact.intention == Intention.UNSUBSCRIBE and contact.intended_at is not None
        return is_theirs and bool(self.kept.former)

    def _park(self, contact: Contact, refused: Refused) -> None:
        """Mailchimp does not take this one: somebody has to look, unless it has changed meanwhile."""
        own = Contact.objects.filter(pk=contact.pk, leased_by=self.holder, version=contact.version)
        said = {"refusal": refused.title[:200], "error": refused.detail[:2000]}
        own.update(state=JobState.FAILED, leased_by=None, leased_until=None, **said)

    def _postpone(self, contact: Contact, error: Exception) -> None:
        """What nobody foresaw concerns this one alone: it is tried again, later each time."""
        own = Contact.objects.filter(pk=contact.pk, leased_by=self.holder)
        seconds = min(pauses.FIRST_SECONDS * 2 ** min(contact.attempts, 20), LONGEST_PAUSE_SECONDS)
        own.update(
            state=JobState.QUEUED,
            leased_by=None,
            leased_until=None,
            due_at=Now() + timedelta(seconds=seconds),
            error=f"{type(error).__name__}: {error}"[:2000],
        )

    def _prolong(self, contacts: Sequence[Contact]) -> bool:
        """Begin the lease anew; whether all still are ours."""
        own = Contact.objects.filter(pk__in=[one.pk for one in contacts], leased_by=self.holder, state=JobState.RUNNING)
        return own.update(leased_until=Now() + timedelta(seconds=LEASE_SECONDS)) == len(contacts)


def _has_to_be_looked_up(contact: Contact) -> bool:
    if contact.has_to_read or contact.intention == Intention.ERASE or contact.subscriber_id is None:
        return True
    # The first try may have been done, without our hearing of it.
    if contact.attempts > 1:
        return True
    if contact.remote_status == Standing.SUBSCRIBED:
        return contact.intention == Intention.CONFIRM or _has_moved(contact)
    is_new = contact.remote_status in (Standing.UNKNOWN, Standing.GONE)
    return not is_new or contact.intention not in ADDS


def _has_moved(contact: Contact) -> bool:
    return contact.subscriber is not None and Contact.digest_of(contact.subscriber.email) != contact.digest


def _expected(contact: Contact) -> tuple[str, ...]:
    """Statuses that Mailchimp may have for somebody after this was told."""
    if contact.intention == Intention.UNSUBSCRIBE:
        return Standing.UNSUBSCRIBED, Standing.CLEANED, Standing.ARCHIVED
    return Standing.SUBSCRIBED, Standing.PENDING
