"""What lies on the desks of the demo's newsroom: work for translators and the moderator, comments, a withdrawal."""

from typing import Any
from uuid import UUID

from wagtail.models import Comment

from cms.demo.people import person
from cms.demo.pieces import Piece, demo_id, pieces
from cms.demo.stories import Staff
from cms.demo.translations import submit
from delivery.models import Story
from delivery.stories import withdraw
from delivery.transaction import publishing
from news.models import NewsIndexPage, NewsPage

ADDED = "<p>Interviews can be arranged through the press office in Valmer.</p>"
COMMENTS = {
    "moderator": "Good. Could the summary say in its first words what is new?",
    "reviser": "À harmoniser avec le glossaire : « zone de recherche », et non « périmètre ».",
}
WITHDRAWN = "The advisory named the wrong quay. Another one replaces it."


def leave_work(staff: Staff) -> None:
    """Once, after all stories are written."""
    newest_first = sorted(pieces("news"), key=lambda piece: piece["days_ago"])
    public = [piece for piece in newest_first if piece["status"] == "published"]
    both = [piece for piece in public if len(piece.languages) == 2]
    drafts = [piece for piece in newest_first if piece["status"] == "draft"]
    for language in staff.locales:
        for piece in [piece for piece in public if piece.languages == [language] and _may_be_translated(piece)][:1]:
            _submit(piece, staff)
    if drafts:
        _await_approval(drafts[0], staff)
        _comment(drafts[0], "moderator", "summary")
    outdated = [piece for piece in both if piece["original"] == "en" and not piece.get("correction")]
    if outdated:
        _change_original(outdated[len(outdated) // 4], staff)
    if both:
        _comment(both[-1], "reviser", "title")
    advisories = [piece for piece in public if piece["kind"] == "advisory"] or public
    if advisories:
        _withdraw_first_version(advisories[-1], staff)


def _may_be_translated(piece: Piece) -> bool:
    return not piece.get("translation_not_needed")


def _page(story_id: UUID, language: str) -> NewsPage:
    return NewsPage.objects.get(translation_key=story_id, locale__language_code=language)


def _submit(piece: Piece, staff: Staff) -> None:
    """Submitted for translation; nobody has begun."""
    (other,) = set(staff.locales) - {piece["original"]}
    submit(_page(piece.story_id, piece["original"]), staff.locales[other], staff.editors[piece["original"]])


def _await_approval(piece: Piece, staff: Staff) -> None:
    """A draft before the moderator."""
    page = _page(piece.story_id, piece["original"])
    if not page.workflow_in_progress:
        page.get_workflow().start(page, staff.editors[piece["original"]])


def _change_original(piece: Piece, staff: Staff) -> None:
    """Edited after it was translated: the translation is outdated."""
    page = _page(piece.story_id, "en")
    if ADDED in str(page.body.raw_data[-1]["value"]):
        return
    page.body.append(("text", ADDED))
    with publishing():
        page.save_revision(user=staff.editors["en"]).publish(user=staff.moderator, skip_permission_checks=True)


def _comment(piece: Piece, username: str, field: str) -> None:
    page = _page(piece.story_id, piece["original"])
    Comment.objects.get_or_create(
        page=page,
        user=person(username),
        contentpath=field,
        defaults={"text": COMMENTS[username], "revision_created": page.latest_revision},
    )


def _withdraw_first_version(piece: Piece, staff: Staff) -> None:
    """An advisory that was wrong, withdrawn; the piece is what replaced it."""
    story_id = demo_id(piece, "first version")
    if Story.objects.filter(pk=story_id).exists():
        return
    words: dict[str, Any] = piece.words(piece["original"])
    page = NewsPage(
        title=words["title"],
        slug=f"{words['slug']}-1",
        summary=words["summary"],
        kind=piece["kind"],
        dateline_place=words.get("place", ""),
        dateline_date=piece.at.date(),
        locale=staff.locales[piece["original"]],
        translation_key=story_id,
        owner=staff.editors[piece["original"]],
        live=False,
    )
    with publishing():
        NewsIndexPage.objects.get(locale=page.locale).add_child(instance=page)
        page.save_revision(user=staff.editors[piece["original"]]).publish(skip_permission_checks=True)
    replacement = Story.objects.get(pk=piece.story_id)
    with publishing():
        withdraw(Story.objects.get(pk=story_id), reason=WITHDRAWN, replacement=replacement)
