"""The sample index of a rendition: read from the file once, kept in the database, what cutting begins with."""

from dataclasses import replace

from django.db import connection, transaction

from videos.cutting.index import SourceIndex, build_index
from videos.errors import CannotCopy, NotIndexedYet, refusal
from videos.ingest.files import local_file
from videos.models import IngestStep, SampleIndex, VideoRendition
from videos.models.ingest import StepName
from videos.storage import VideoBucket, video_storage

# How soon an index may be there (seconds): a worker has to begin, and then to copy the file (bytes a second).
BEGIN_SECONDS = 5
COPIED_BYTES = 50_000_000


def keep_index(rendition: VideoRendition, index: SourceIndex) -> SourceIndex:
    """Have it found by `index_of`; what was kept. Frames of an encoding have the timecodes of the master's frames."""
    if rendition.role != VideoRendition.Role.MASTER:
        index = _named_as_in_master(rendition, index)
    SampleIndex.objects.update_or_create(
        rendition=rendition, defaults={"source": rendition.file_name, "content": index.to_bytes()}
    )
    return index


def index_of(rendition: VideoRendition) -> SourceIndex:
    """The rendition's index; read from the file where none is kept that we can read, which is copied from a bucket.

    Raises NoVideo, SourceUnreadable, SourceChanged.
    """
    if (known := _kept(rendition)) is not None:
        return known
    with local_file(rendition.file_name) as path:
        index = build_index(path)
    return keep_index(rendition, index)


def index_at_hand(rendition: VideoRendition) -> SourceIndex:
    """The same for whoever waits for an answer: no file is copied meanwhile. Raises NotIndexedYet, NoVideo."""
    if not isinstance(video_storage(), VideoBucket):
        return index_of(rendition)
    if (known := _kept(rendition)) is not None:
        return known
    # What ingest could not read, nobody will: to try again would copy it for nothing, each time that somebody asks.
    steps = IngestStep.objects.filter(name=StepName.INDEX, file_name=rendition.file_name)
    problem = steps.exclude(problem=None).values_list("problem", flat=True).first()
    if problem is not None:
        raise refusal(**problem)
    raise NotIndexedYet([rendition.pk], BEGIN_SECONDS + rendition.size_bytes // COPIED_BYTES)


def make_index(rendition_id: int) -> None:
    """Have a rendition's index kept. Nothing to do where it is, or where somebody makes it now.

    Raises NoVideo, SourceUnreadable, SourceChanged.
    """
    rendition = VideoRendition.objects.filter(pk=rendition_id).first()
    if rendition is None:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # Many ask for the same at once; the file is copied once. The lock ends with whoever holds it.
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"index {rendition.file_name}"])
        if cursor.fetchone() == (True,):
            index_of(rendition)


def _named_as_in_master(rendition: VideoRendition, index: SourceIndex) -> SourceIndex:
    master = VideoRendition.objects.filter(video=rendition.video_id, role=VideoRendition.Role.MASTER).first()
    known = master and _kept(master)
    # Timecodes count frames: they are the same where the frames are.
    if not known or (known.frame_count, round(known.rate)) != (index.frame_count, round(index.rate)):
        return index
    return replace(index, timecode=known.timecode)


def _kept(rendition: VideoRendition) -> SourceIndex | None:
    known = SampleIndex.objects.filter(rendition=rendition, source=rendition.file_name).first()
    if known is None:
        return None
    try:
        return SourceIndex.from_bytes(bytes(known.content))
    except CannotCopy:
        return None  # an older program wrote it
