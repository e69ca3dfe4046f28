"""The steps by which an upload becomes a video, in order. Each can be done again, and leaves one result."""

import hashlib
from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from typing import Any

from django.core.files.images import ImageFile

from home.models import EditorialImage
from videos.cutting.index import SourceIndex
from videos.ingest.indexing import keep_index
from videos.ingest.renditions import renditions
from videos.ingest.sound import sound
from videos.ingest.storyboard import storyboard
from videos.ingest.work import Work, remove_stored
from videos.models import Storyboard, VideoFile, VideoRendition, Waveform
from videos.models.ingest import StepName

PIECE_BYTES = 4 * 1024 * 1024
# Processor time that reading takes at most (seconds): of some places in the file, and of the whole of it.
PLACES_SECONDS = 60
WHOLE_SECONDS = 300
SECONDS_A_GIGABYTE = 60


def facts(work: Work) -> None:
    """What the file says of itself. What was made of a file that is not the video's any more goes."""
    told, _result = work.read("facts", seconds=PLACES_SECONDS)
    size_bytes = work.path.stat().st_size
    with work.writing() as video:
        video.duration = float(Fraction(told["duration"]))
        video.width, video.height = told["width"], told["height"]
        _set_rate(video, Fraction(told["frame_rate"]))
        video.video_codec = told["video_codec"]
        video.audio_tracks = told["audio_tracks"]
        video.audio_codec = told["audio_tracks"][0]["codec"] if told["audio_tracks"] else ""
        video.start_timecode = told["start_timecode"]
        kept = ("container", "bit_rate", "pixel_aspect", "rotation", "profile", "pixel_format", "field_order", "color")
        video.stream_facts = {name: told[name] for name in kept}
        video.size_bytes = size_bytes
        _forget_older_files(video)
        video.save()
        master = {
            "role": VideoRendition.Role.MASTER,
            "file_name": video.file.name,
            "audience": video.master_audience,
            "width": video.width,
            "height": video.height,
            "video_codec": video.video_codec,
            "audio_codec": video.audio_codec,
            "size_bytes": size_bytes,
        }
        VideoRendition.objects.update_or_create(video=video, name="master", defaults=master)


def index(work: Work) -> None:
    """The index that cutting needs, and what only who has looked through the whole file knows."""
    gigabytes = work.path.stat().st_size // 1_000_000_000
    told, result = work.read("index", seconds=WHOLE_SECONDS + gigabytes * SECONDS_A_GIGABYTE)
    found = SourceIndex.from_bytes(result.read_bytes())
    with work.writing() as video:
        video.frame_count = told["frame_count"]
        video.duration = float(Fraction(told["duration"]))
        video.has_variable_rate = told["has_variable_rate"]
        video.start_timecode = told["start_timecode"] or video.start_timecode
        video.save()
        keep_index(video.renditions.get(name="master"), found)


def poster(work: Work) -> None:
    """The still: at the moment that an editor chose, or one that shows something. A chosen picture stays."""
    video = work.video
    if video.poster_at is None and video.poster_id not in (None, video.still_id):
        with work.writing():
            return
    at = None if video.poster_at is None else Fraction(video.poster_at)
    _told, result = work.read("poster", seconds=PLACES_SECONDS, at=at)
    jpeg = result.read_bytes()
    with work.writing() as video:
        video.poster = video.still = _still(video, jpeg)
        video.save()


def checksum(work: Work) -> None:
    """SHA-256 of the file."""
    digest, done, size = hashlib.sha256(), 0, max(1, work.path.stat().st_size)
    with work.path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            done += len(piece)
            work.tell(done * 100 // size)
    with work.writing() as video:
        video.checksum = digest.hexdigest()
        video.save()


STEPS: dict[StepName, Callable[[Work], None]] = {
    StepName.FACTS: facts,
    StepName.INDEX: index,
    StepName.POSTER: poster,
    StepName.CHECKSUM: checksum,
    StepName.SOUND: sound,
    StepName.RENDITIONS: renditions,
    StepName.STORYBOARD: storyboard,
}


def _set_rate(video: VideoFile, rate: Fraction) -> None:
    video.frame_rate_numerator, video.frame_rate_denominator = rate.as_integer_ratio()


def _forget_older_files(video: VideoFile) -> None:
    """The file was replaced: a timeline or a rendition of another film must not stand beside this one."""
    master = video.renditions.filter(name="master").first()
    if master is None or master.file_name == video.file.name:
        return
    for row in (*Storyboard.objects.filter(video=video), *Waveform.objects.filter(video=video)):
        row.delete()
    for rendition in video.renditions.exclude(name="master"):
        rendition.delete()
    video.loudness = None


def _still(video: VideoFile, jpeg: bytes) -> EditorialImage:
    """The picture that ingest keeps for this video: made once, so that its words stay when it shows another frame."""
    image: Any = video.still or EditorialImage(title=video.title[:255], collection=video.collection)
    if image.pk:
        remove_stored(image.file.name)
        for rendition in image.renditions.all():
            rendition.delete()
    image.file = ImageFile(BytesIO(jpeg), name=f"poster-{video.pk}.jpg")
    image.focal_point_x = image.focal_point_y = None
    image._set_image_file_metadata()
    image.save()
    return image
