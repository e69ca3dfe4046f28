"""The beginning of an ingest: its row of work."""

from jobs.lease import requeue
from videos.models import Ingest, VideoFile


def begin_ingest(video: VideoFile) -> Ingest | None:
    """The row of work for a file that was not ingested yet, or was replaced; None where there is nothing to do."""
    if not video.file.name:
        return None
    ingest, made = Ingest.objects.get_or_create(video=video, defaults={"file_name": video.file.name})
    if made:
        return ingest
    if ingest.file_name == video.file.name:
        return None
    Ingest.objects.filter(pk=ingest.pk).update(file_name=video.file.name)
    requeue(ingest)
    return ingest
