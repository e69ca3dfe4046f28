"""The shot lists of a video's pages, for who cuts clips of it."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language

from videos.cutting.timecode import clock_of
from videos.models import VideoFile, VideoPage


@dataclass(frozen=True)
class ShotRow:
    """A row, its points as the API takes them and as people read them."""

    start: str
    end: str
    points: str
    text: str


@dataclass(frozen=True)
class ShotList:
    """Those of one page."""

    page: VideoPage
    rows: list[ShotRow]


def shot_lists(video: VideoFile, user: Any, page_key: str = "") -> list[ShotList]:
    """Of the drafts of pages that this person may edit, once a story: in his language where there is one.

    `page_key`: of a page that he comes from; a draft may show a video that its page does not show yet.
    """
    known = Q(video=video) | Q(pk=page_key) if page_key.isdecimal() else Q(video=video)
    lists: dict[Any, ShotList] = {}
    for page in sorted(VideoPage.objects.filter(known).select_related("locale"), key=_own_language_last):
        draft = page.get_latest_revision_as_object()
        rows = [_row(shot) for shot in draft.shots.all()]
        if draft.video_id == video.pk and rows and page.permissions_for_user(user).can_edit():
            lists[page.translation_key] = ShotList(draft, rows)
    return list(lists.values())


def _own_language_last(page: VideoPage) -> tuple[bool, int]:
    return page.locale.language_code == (get_language() or "")[:2], page.pk


def _row(shot: Any) -> ShotRow:
    points = f"{clock_of(Fraction(shot.start))} – {clock_of(Fraction(shot.end))}"
    return ShotRow(f"{shot.start:.3f}", f"{shot.end:.3f}", points, shot.text)
