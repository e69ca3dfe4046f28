"""The work on one clip, from its row to a stored file. Whatever ends it, the row says what is to be done next."""

import json
import logging
import zlib
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db.models.functions import Now

from delivery.models import PublishedDocument
from jobs import heartbeat, lease
from jobs.heartbeat import Progress
from jobs.scratch import remove_left, scratch
from videos.clips.burning import burn_in_of
from videos.clips.captions import captions_of, track_of
from videos.clips.library import library_labels
from videos.cutting.captions import CaptionTrack
from videos.cutting.cut import CutOrder, cut
from videos.cutting.encode import Part, encode
from videos.cutting.index import SourceIndex
from videos.cutting.labels import Labels
from videos.errors import CannotCopy, NoSound, NoVideo, PartUnreadable, SourceChanged
from videos.ingest.files import local_file
from videos.ingest.indexing import index_of
from videos.models import Clip, SampleIndex
from videos.ranges import open_source
from videos.storage import video_storage

logger = logging.getLogger(__name__)

FOLDER = "clips"
CHUNK_BYTES = 1 << 20
# The part of the work (percent) after which the file is whole and only has to be stored.
CUT_PERCENT = 95
# What trying again does not help against, since it is the source's.
REASONS: dict[type[Exception], Clip.Reason] = {
    NoSound: Clip.Reason.NO_SOUND,
    NoVideo: Clip.Reason.UNREADABLE,
    PartUnreadable: Clip.Reason.PART_UNREADABLE,
}


@dataclass(frozen=True)
class Result:
    """What was done to get the clip."""

    method: str
    encoded_frames: int
    size_bytes: int
    duration: Fraction


class _Unfinished(File):
    """A finished cut on disk, which the file system's storage moves into its place instead of copying it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def cut_next(lane: str) -> Clip | None:
    """Work on the clip that has waited longest in a lane, if nobody else does; the clip, None where none waits."""
    job: Any = lease.take_next(Clip, lane=lane)
    if job is None:
        return None
    clip: Clip = job
    try:
        with heartbeat.kept(clip) as progress:
            _cut(clip, progress)
    except lease.LeaseLost:
        logger.info("clip %s is no longer ours, or no longer wanted", clip.pk)
    except CannotCopy as error:
        logger.info("clip %s: %s", clip.pk, error)
        # Encoded, it is an MP4 whatever it comes from.
        name = str(Path(clip.download_name).with_suffix(".mp4"))
        lease.hand_on(clip, lane=Clip.Lane.LONG, download_name=name)
    except SourceChanged:
        logger.info("clip %s: the file differs from its index, which is made anew", clip.pk)
        SampleIndex.objects.filter(rendition=clip.rendition_id).delete()
        lease.fail(clip, "the file was replaced")
    except (NoSound, NoVideo, PartUnreadable) as error:
        logger.info("clip %s: %s", clip.pk, error)
        reason = next(reason for kind, reason in REASONS.items() if isinstance(error, kind))
        Clip.objects.filter(pk=clip.pk, fence=clip.fence).update(reason=reason)
        lease.fail(clip, str(error), final=True)
    except Exception as error:
        logger.exception("clip %s failed", clip.pk)
        lease.fail(clip, str(error))
    clip.refresh_from_db()
    return clip


def is_waiting(lane: str) -> bool:
    """Whether a clip of this lane is due."""
    return bool(lease.stranded(Clip, 1, lane=lane))


def _cut(clip: Clip, progress: Progress) -> None:
    remove_left(Clip, Path(settings.UNFINISHED_DIR))
    if clip.file_name:  # of an attempt that ended before it could say so
        video_storage().delete(clip.file_name)
    with scratch(clip, Path(settings.UNFINISHED_DIR)) as folder:
        path = folder / f"clip{Path(clip.download_name).suffix}"
        result = _make(clip, path, lambda percent: progress(percent * CUT_PERCENT // 100))
        progress(CUT_PERCENT)
        crc = crc32_of(path)
        name = f"{FOLDER}/{clip.pk}-{clip.fence}{path.suffix}"
        lease.note(clip, file_name=name)
        try:
            with path.open("rb") as file:
                video_storage().save(name, _Unfinished(file, str(path)))
            with lease.finishing(clip):
                Clip.objects.filter(pk=clip.pk).update(
                    method=result.method,
                    encoded_frames=result.encoded_frames,
                    size_bytes=result.size_bytes,
                    crc32=crc,
                    duration=f"{result.duration.numerator / result.duration.denominator:.6f}",
                    expires_at=Now() + timedelta(hours=settings.CLIP_KEEP_HOURS),
                    reason="",
                )
        except BaseException:
            video_storage().delete(name)
            raise


def _make(clip: Clip, path: Path, progress: Progress) -> Result:
    """Raises CannotCopy where this takes longer than who waits for short clips should wait."""
    assert clip.rendition is not None  # Of a rendition that is gone no clip is wanted.
    index = index_of(clip.rendition)
    labels = labels_of(clip)
    if not clip.audio_only and clip.lane == Clip.Lane.SHORT:
        return _copied(clip, index, labels, path, progress)
    with local_file(clip.source) as source:
        part = Part(source, index, clip.start_frame, clip.end_frame)
        encoded = encode(
            part,
            path,
            audio_only=clip.audio_only,
            labels=labels,
            progress=progress,
            captions=_tracks_of(clip),
            burn_in=burn_in_of(clip),
        )
    frames = 0 if clip.audio_only else encoded.frame_count
    return Result(Clip.Method.ENCODED, frames, encoded.size_bytes, encoded.duration)


def _copied(clip: Clip, index: SourceIndex, labels: Labels, path: Path, progress: Progress) -> Result:
    """Reads of the source what it needs, and no more: from a bucket by ranges."""
    order = CutOrder(clip.start_frame, clip.end_frame, labels, _tracks_of(clip))
    with open_source(clip.source) as source, path.open("w+b") as target:
        done = cut(source, index, order, target, progress)
    return Result(Clip.Method(done.method), done.encoded_frames, done.size_bytes, done.duration)


def _tracks_of(clip: Clip) -> list[CaptionTrack]:
    return [track_of(caption) for caption in captions_of(clip)]


def crc32_of(path: Path) -> int:
    """The check sum by which archives know a file. It was written just now, and is read from memory."""
    crc = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            crc = zlib.crc32(chunk, crc)
    return crc


def labels_of(clip: Clip) -> Labels:
    """What the clip's own metadata say: title, credits and usage terms, as they are published, or in the library."""
    if clip.story_id is None:
        assert clip.rendition is not None  # Of a rendition that is gone no clip is wanted.
        return library_labels(clip.rendition.video)
    document = PublishedDocument.objects.filter(story_id=clip.story_id).order_by("locale").first()
    return Labels() if document is None else labels_in(document)


def labels_in(document: PublishedDocument) -> Labels:
    """What a published document says of itself to who takes frames of it."""
    content = json.loads(bytes(document.body))
    terms = content.get("usage_terms") or {}
    return Labels(
        title=content.get("title", ""),
        credit="; ".join(content.get("credits") or []),
        usage_terms=" ".join(word for word in (terms.get("text"), terms.get("url")) if word),
        language=document.locale,
    )
