"""A table is taken into a list: some hundred lines a transaction, with what became of them and how far it is.

So a worker that is killed leaves nothing half done, and the next one goes on where it stopped. Nobody is subscribed who
has left, or was erased: a table is a machine's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.addresses import canonical, refuse_no_address
from delivery.clock import database_now
from jobs import heartbeat, lease
from newsletter import acts
from newsletter.imports.reading import Line, lines_of, table_of
from newsletter.models import (
    Contact,
    Import,
    Intention,
    NewsletterList,
    RefusedLine,
    Standing,
    Subscriber,
    Subscription,
    Suppression,
)

Reason = RefusedLine.Reason

# Lines a transaction.
CHUNK = 2000
# For many at once: the ORM's way takes most of the time of an import.
MAKE = """
    INSERT INTO newsletter_subscriber (email, language)
    SELECT email, language FROM unnest(%s::text[], %s::text[]) AS person(email, language) ORDER BY email
    ON CONFLICT DO NOTHING
"""


def begin(one: NewsletterList, content: bytes, filename: str, **stated: Any) -> Import:
    """Have a table taken into a list. `stated`: `consent`, `language` and `by` of it. Raises BadTable."""
    table = table_of(content)
    return Import.objects.create(
        list=one, filename=filename[:200], table=table.text.encode(), lines=table.lines, **stated
    )


def run_next() -> bool:
    """Take in the table that waits for the longest; whether there was one."""
    return heartbeat.work_on_next(Import, _run)


@dataclass(frozen=True)
class _Entry:
    """A line, with its address in one form; `reason`: why it is refused, whoever it is."""

    line: Line
    email: str
    reason: Reason | None


def _run(job: Import, tell: heartbeat.Progress) -> None:
    """Raises LeaseLost."""
    seen: set[str] = set()
    lot: list[_Entry] = []
    for line in lines_of(bytes(job.table).decode()):
        email = canonical(line.address)
        entry = _Entry(line, email, _refusal(email, seen))
        seen.add(email)
        if line.number <= job.position:
            continue
        lot.append(entry)
        if len(lot) == CHUNK:
            _take(job, lot)
            tell(100 * line.number // job.lines)
            lot = []
    if lot:
        _take(job, lot)
    with lease.finishing(job):
        Import.objects.filter(pk=job.pk).update(table=b"", finished_at=Now())


def _refusal(email: str, seen: set[str]) -> Reason | None:
    try:
        refuse_no_address(email)
    except ValidationError:
        return Reason.INVALID
    return Reason.DUPLICATE if email in seen else None


@transaction.atomic
def _take(job: Import, lot: Sequence[_Entry]) -> None:
    """Subscribe whom these lines name, and note what became of each. Raises LeaseLost."""
    refused = [(entry, entry.reason) for entry in lot if entry.reason is not None]
    valid = {entry.email: entry for entry in lot if entry.reason is None}
    allowed = valid.keys() - _suppressed(job.list, valid.keys())
    people = _people({email: valid[email] for email in allowed}, job.language)
    lists: dict[int, dict[int, bool]] = {}
    kept = Subscription.objects.filter(subscriber__in=people.values())
    for subscriber, one, is_active in kept.values_list("subscriber_id", "list_id", "is_active"):
        lists.setdefault(subscriber, {})[one] = is_active
    new, already = [], 0
    for email, entry in valid.items():
        person = people.get(email)
        known = lists.get(person, {}) if person else {}
        if known.get(job.list_id):
            already += 1
        elif person is None or job.list_id in known or (known and not any(known.values())):
            refused.append((entry, Reason.SUPPRESSED))
        else:
            new.append(person)
    acts.subscribe_new(new, job.list, database_now(), job)
    RefusedLine.objects.bulk_create(
        RefusedLine(imported=job, line=entry.line.number, reason=reason) for entry, reason in refused
    )
    lease.note(
        job,
        position=lot[-1].line.number,
        taken=F("taken") + len(new),
        already=F("already") + already,
        refused=F("refused") + len(refused),
    )


def _people(entries: Mapping[str, _Entry], language: str) -> dict[str, int]:
    """Keys by address, locked; made where there is nobody. Who is erased at this moment is not among them."""
    languages = [entry.line.language or language for entry in entries.values()]
    with connection.cursor() as cursor:
        cursor.execute(MAKE, [list(entries), languages])
    rows = Subscriber.objects.filter(email__in=entries).order_by("pk").select_for_update()
    return dict(rows.values_list("email", "pk"))


def _suppressed(one: NewsletterList, emails: Any) -> set[str]:
    """Those of these addresses that were erased, or whom Mailchimp must not write to in the list's audience."""
    by_digest = {Suppression.digest_of(email): email for email in emails}
    erased = Suppression.objects.filter(digest__in=by_digest).values_list("digest", flat=True)
    by_key = {Contact.digest_of(email): email for email in emails}
    leaving = Q(intention__in=(Intention.UNSUBSCRIBE, Intention.ERASE))
    refusing = Contact.objects.filter(
        Q(remote_status__in=Standing.refusing()) & ~Q(intention=Intention.CONFIRM) | leaving
    )
    there = refusing.filter(audience=one.audience, digest__in=by_key).values_list("digest", flat=True)
    return {by_digest[digest] for digest in erased} | {by_key[digest] for digest in there}
