"""Drafts as they will be published, and links that show one to whoever has the link.

Nothing of it is kept: no document, no entry of the log, no cache.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.db.models.functions import Now
from wagtail.models import Page

from delivery.clock import database_now
from delivery.context import Lookup, frontend_path, frontend_root, stored_document
from delivery.errors import NotPublished
from delivery.facts import read_facts
from delivery.models import Preview, PublishedDocument, Story
from delivery.rendering import render, translation_links
from delivery.sync import load_public, new_story

_signer = Signer(sep=".", salt="delivery.previews")


def render_draft(page: Page, at: datetime | None = None, look_up: Lookup = stored_document) -> PublishedDocument:
    """The document that a draft would become, not saved; the page itself need not be saved either.

    `at`: as of which moment, by default now; slots begin and end by it. `look_up`: other stories, as they are public
    now (and so are this one's languages), or `as_of` another moment: that is for editors only, since it shows what is
    under embargo.
    """
    now = database_now()
    at = at or now
    story = Story.objects.select_related("original_locale").filter(pk=page.translation_key).first() or new_story(page)
    if values := getattr(page, "story_values", None):  # what an editor has typed and not saved
        story.public_date = values.get("public_date", story.public_date)
    (facts,) = read_facts([story], at)
    (known,) = read_facts([story], now) if look_up is stored_document else [facts]
    public = load_public(known) | {page.locale.language_code: page}
    return render(facts, page, translation_links(public), is_preview=True, look_up=look_up)


def as_of(at: datetime) -> Lookup:
    """Other stories as they will be public at a moment, if nobody touches anything before.

    What they in turn mention is left out: nobody looks that far.
    """

    @cache
    def look_up(story_id: UUID, locale: str) -> PublishedDocument | None:
        story = Story.objects.select_related("original_locale").filter(pk=story_id).first()
        if story is None:
            return None
        (facts,) = read_facts([story], at)
        public = load_public(facts)
        links = translation_links(public)
        page = public.get(locale)
        return render(facts, page, links, is_preview=True, look_up=lambda *_story: None) if page else None

    return look_up


def make_link(page: Page, lasts: timedelta) -> str:
    """A token that shows the page's latest draft for a while. Only its hash is kept: it cannot be shown again."""
    Preview.objects.filter(page_id=page.pk, expires_at__lte=Now()).delete()
    token = _signer.sign(secrets.token_urlsafe(24))
    Preview.objects.create(
        token_hash=_hash(token),
        page_id=page.pk,
        locale=page.locale.language_code,
        expires_at=database_now() + lasts,
    )
    return token


def links_of(page: Page) -> list[Preview]:
    """Links to this page's draft that still work, newest first."""
    return list(_valid().filter(page_id=page.pk).order_by("-created_at"))


def revoke(preview: Preview) -> None:
    """End a link now."""
    Preview.objects.filter(pk=preview.pk).update(revoked_at=Now())


def draft_of(token: str, at: datetime | None = None) -> PublishedDocument:
    """The latest draft of the page that a token is for; `at`: as of another moment than now.

    Its addresses of files carry the token too, since the public may not fetch them yet. Raises NotPublished, whatever
    is wrong with the token.
    """
    preview = _preview(token)
    page = _page(preview) if preview else None
    if preview is None or page is None:
        raise NotPublished
    draft = render_draft(page.get_latest_revision_as_object(), at)
    if preview.shows != draft.shows:
        Preview.objects.filter(pk=preview.pk).update(shows=draft.shows)
    files = re.compile(re.escape(f"{settings.BASE_URL}/files/".encode()) + rb'[^"\\\s,]+')
    draft.body = files.sub(lambda address: address[0] + f"?preview={token}".encode(), draft.body)
    return draft


def draft_shows(token: str, keys: Iterable[str]) -> bool:
    """Whether a draft that this token is for shows a file that is known by one of these keys."""
    preview = _preview(token) if token else None
    return preview is not None and not set(keys).isdisjoint(preview.shows)


def frontend_preview_url(page: Page, token: str) -> str:
    """Where the frontend shows the draft."""
    where = {"path": frontend_path(page), "locale": page.locale.language_code, "token": token}
    return frontend_root() + settings.FRONTEND_PREVIEW.format_map(where)


def _valid() -> QuerySet[Preview]:
    return Preview.objects.filter(expires_at__gt=Now(), revoked_at=None)


def _preview(token: str) -> Preview | None:
    """The link of a token; none where the signature is bent, which asks the database nothing."""
    try:
        _signer.unsign(token)
    except BadSignature:
        return None
    return _valid().filter(token_hash=_hash(token)).first()


def _page(preview: Preview) -> Page | None:
    return Page.objects.filter(pk=preview.page_id, locale__language_code=preview.locale).first()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
