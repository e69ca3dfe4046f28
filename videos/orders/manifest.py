"""What lies in an archive, and what it may be used for: as JSON for programs, as CSV for spreadsheets."""

import csv
import json
from collections.abc import Iterable
from io import StringIO
from typing import Any

from django.conf import settings
from django.utils.translation import override

from delivery.models import PublishedDocument
from videos.clips.run import labels_in
from videos.clips.states import error_of, status_of
from videos.cutting.labels import Labels
from videos.orders.contents import OrderContents, OrderedClip

# Cells that begin with one of these are formulas to spreadsheet programs, which may run programs and send what they
# find. https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def manifest_of(contents: OrderContents, files: dict[Any, tuple[str, list[str]]]) -> list[dict[str, Any]]:
    """A row for each line of the order, also for those whose clip is not in the archive.

    `files`: by clip, its name in the archive and those of its captions. The same whoever asks: a download that goes on
    may come with another language.
    """
    published = _labels({one.clip.story_id for one in contents.clips})
    with override(settings.LANGUAGE_CODE):
        return [
            _row(one, *files.get(one.clip.pk, ("", [])), published.get(one.clip.story_id, Labels()))
            for one in contents.clips
        ]


def as_json(contents: OrderContents, rows: list[dict[str, Any]]) -> bytes:
    """The manifest for programs."""
    content = {"order": str(contents.order.pk), "ordered_at": contents.order.created_at.isoformat(), "clips": rows}
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    """The manifest for spreadsheets: UTF-8 with a byte order mark, as they need it. No cell is a formula."""
    text = StringIO(newline="")
    table = csv.writer(text)
    table.writerow(rows[0])
    table.writerows([_cell(value) for value in row.values()] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if isinstance(value, list):
        value = "; ".join(value)
    text = "" if value is None else " ".join(str(value).split())
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def _row(one: OrderedClip, name: str, captions: list[str], labels: Labels) -> dict[str, Any]:
    line, clip = one.line, one.clip
    return {
        "label": line.label,
        "file": name or None,
        "captions": captions,
        "status": str(status_of(clip)),
        "error": error_of(clip),
        "video": str(clip.story_id),
        "title": labels.title,
        "credit": labels.credit,
        "usage_terms": labels.usage_terms,
        "rendition": clip.rendition.name if clip.rendition else None,
        "audio_only": clip.audio_only,
        "burn_in": clip.burn_in.split(),
        "start": float(clip.start),
        "end": float(clip.end),
        "start_timecode": line.start_timecode,
        "end_timecode": line.end_timecode,
        "start_frame": clip.start_frame,
        "end_frame": clip.end_frame,
        "frames": clip.end_frame - clip.start_frame,
        "method": clip.method if name else None,
        "encoded_frames": clip.encoded_frames if name else None,
        "size": clip.size_bytes if name else None,
        "crc32": f"{clip.crc32:08x}" if name and clip.crc32 is not None else None,
    }


def _labels(story_ids: Iterable[Any]) -> dict[Any, Labels]:
    """What each published video says of itself, in the default language where it is in it."""
    documents = PublishedDocument.objects.filter(story_id__in=story_ids).order_by("locale")
    labels: dict[Any, Labels] = {}
    for document in documents:
        labels.setdefault(document.story_id, labels_in(document))
    return labels
