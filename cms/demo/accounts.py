"""Media accounts of invented people, what they undertook, and some weeks of what they used."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from accounts.decisions import Act
from accounts.models import Acceptance, MediaAccount, Undertaking, UsageEntry
from cms.demo.people import person
from cms.demo.pieces import Piece, days_ago, pieces, read

USAGE_DAYS = 56
# Days on which an account takes something, and how much it takes then.
BUSY, MOST_A_DAY = 0.4, 3
BYTES_A_SECOND = {"master": 1_250_000, "web": 312_500, "proxy": 75_000}


def load_accounts() -> bool:
    """Make accounts, undertakings and usage, once; answer whether they were made. What is there is the newsroom's."""
    if Undertaking.objects.exists() or UsageEntry.objects.exists():
        return False
    with transaction.atomic():
        undertakings = [_undertaking(one) for one in read("undertakings.toml")["undertaking"]]
        accounts = [_account(one) for one in read("accounts.toml")["account"]]
        _accept(accounts, undertakings)
        random = Random("usage of the demo")
        for account in accounts:
            _use(account, random)
    return True


def _undertaking(told: dict[str, Any]) -> Undertaking:
    at = days_ago(told["days_ago"], told["kind"])
    words = {"text_en": told["en"].strip(), "text_fr": told["fr"].strip()}
    return Undertaking.objects.create(kind=told["kind"], version=f"{at:%Y-%m}", in_force_from=at, **words)


def _account(told: dict[str, Any]) -> MediaAccount:
    """One of the file, or the one that somebody of `people` logs in to. The others have no password."""
    email = told["email"]
    account = MediaAccount.objects.filter(user__media_email=email).first()
    if account is None:
        facts = {name: told[name] for name in ("name", "organisation", "country", "kind", "language")}
        account = MediaAccount.objects.create_confirmed(email, **facts, note=told.get("note", ""))
    account.registered_at = days_ago(told["days_ago"], email)
    account.approved_at = None if told["level"] == "pending" else account.registered_at + timedelta(hours=3)
    if account.approved_at:
        _decided(account, Act.APPROVE, account.approved_at)
    if told["level"] == "accredited":
        account.accredited_until = date(timezone.localdate().year + 1, 12, 31)
        _decided(account, Act.ACCREDIT, account.registered_at + timedelta(days=1), until=account.accredited_until)
    if told["level"] == "blocked":
        account.blocked_at = days_ago(told["blocked_days_ago"], email)
        account.user.is_active = False
        account.user.save(update_fields=["is_active"])
        _decided(account, Act.BLOCK, account.blocked_at, reason=told["reason"])
    account.save()
    return account


def _decided(account: MediaAccount, act: Act, at: Any, **details: Any) -> None:
    """In the log, without a mail: nobody reads those."""
    log(account, act.logged_as, user=person("moderator"), timestamp=at, data=details)


def _accept(accounts: list[MediaAccount], undertakings: list[Undertaking]) -> None:
    """Each what was asked of it, within hours of having to."""
    for account in accounts:
        for undertaking in undertakings:
            at = max(account.registered_at, undertaking.in_force_from + timedelta(hours=5))
            is_asked = undertaking.kind == Undertaking.Kind.USAGE or account.accredited_until
            if is_asked and at < (account.blocked_at or timezone.now()) and undertaking.in_force_from < timezone.now():
                Acceptance.objects.create(account=account, undertaking=undertaking, accepted_at=at)


def _use(account: MediaAccount, random: Random) -> None:
    """Some on some days, while it might."""
    if account.approved_at is None:
        return
    videos = [piece for piece in pieces("videos") if piece["status"] == "published"]
    used = []
    for day in range(USAGE_DAYS, 1, -1):
        many = random.randint(1, MOST_A_DAY) if random.random() < BUSY else 0
        for number in range(many):
            at = days_ago(day, f"{account.pk} {day} {number}")
            piece = random.choice(videos)
            if max(account.approved_at, piece.at) < at < (account.blocked_at or timezone.now()):
                used.append(_entry(account, piece, at, random))
    UsageEntry.objects.bulk_create(used)


def _entry(account: MediaAccount, piece: Piece, at: Any, random: Random) -> UsageEntry:
    rendition = random.choice(list(BYTES_A_SECOND))
    seconds = Decimal(piece["seconds"])
    start, end = None, None
    if is_clip := random.random() < 0.6:
        start = Decimal(random.randrange(0, int(seconds) - 6) * 25 + random.randrange(25)) / 25
        end = start + Decimal(random.randrange(50, 150)) / 25
        seconds = end - start
    language = account.language if account.language in piece.languages else piece.languages[0]
    return UsageEntry(
        account=account,
        **UsageEntry.person(account),
        action=UsageEntry.Action.CLIP if is_clip else UsageEntry.Action.DOWNLOAD,
        story_id=piece.story_id,
        title=piece.words(language)["title"],
        rendition=rendition,
        start=start,
        end=end,
        size_bytes=int(seconds * BYTES_A_SECOND[rendition]),
        at=at,
    )
