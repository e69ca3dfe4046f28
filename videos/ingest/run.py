"""An ingest from beginning to end. Each step can be done again; the result is written in one transaction."""

import logging
from io import BytesIO
from typing import Any

from django.core.files.images import ImageFile

from delivery.transaction import publishing
from home.models import EditorialImage
from jobs import heartbeat, lease
from videos.cutting.index import SourceIndex, build_index
from videos.errors import NoVideo
from videos.ingest.files import local_file
from videos.ingest.indexing import keep_index
from videos.ingest.poster import still
from videos.ingest.probe import VideoFacts, probe
from videos.models import Ingest, VideoFile, VideoRendition

logger = logging.getLogger(__name__)


def ingest(ingest_id: int) -> None:
    """Do the ingest if it is due and nobody else is at it."""
    job: Any = lease.take(Ingest, ingest_id)
    if job is None:
        return
    try:
        with heartbeat.kept(job) as progress, local_file(job.video.file.name) as path:
            facts = probe(path)
            progress(50)
            picture = None if job.video.poster_id else still(path)
            progress(75)
            index = build_index(path)
        with publishing(), lease.finishing(job):
            _write(job.video, facts, picture, index)
    except NoVideo as error:
        lease.fail(job, str(error), final=True)
    except lease.LeaseLost:
        logger.info("ingest %s was taken over", ingest_id)
    except Exception as error:
        logger.exception("ingest %s failed", ingest_id)
        lease.fail(job, str(error))


def _write(video: VideoFile, facts: VideoFacts, picture: bytes | None, index: SourceIndex) -> None:
    video = VideoFile.objects.select_for_update().get(pk=video.pk)
    video.duration = float(facts.duration)
    video.width, video.height = facts.width, facts.height
    video.frame_rate_numerator, video.frame_rate_denominator = facts.frame_rate.as_integer_ratio()
    video.frame_count = facts.frame_count
    video.video_codec, video.audio_codec = facts.video_codec, facts.audio_codec
    video.size_bytes, video.checksum = facts.size_bytes, facts.checksum
    if picture and video.poster_id is None:
        video.poster = _poster(video, picture)
    video.save()
    master, _made = VideoRendition.objects.update_or_create(
        video=video,
        name="master",
        defaults={
            "role": VideoRendition.Role.MASTER,
            "file_name": video.file.name,
            "audience": video.master_audience,
            "width": facts.width,
            "height": facts.height,
            "video_codec": facts.video_codec,
            "audio_codec": facts.audio_codec,
            "size_bytes": facts.size_bytes,
        },
    )
    keep_index(master, index)


def _poster(video: VideoFile, picture: bytes) -> EditorialImage:
    image = EditorialImage(
        title=video.title[:255],
        collection=video.collection,
        file=ImageFile(BytesIO(picture), name=f"poster-{video.pk}.jpg"),
    )
    image._set_file_hash()
    image.save()
    return image
