"""The beginning of an ingest: its row of work."""

from jobs.lease import requeue
from videos.models import Ingest, VideoFile
from videos.models.ingest import StepName


def begin_ingest(video: VideoFile) -> Ingest | None:
    """The row of work for a file that was not ingested yet or was replaced, or whose poster is to be another frame.

    None where there is nothing to do.
    """
    if not video.file.name:
        return None
    wanted = {"file_name": video.file.name, "poster_at": video.poster_at}
    ingest, made = Ingest.objects.get_or_create(video=video, defaults=wanted)
    if made:
        return ingest
    if (ingest.file_name, ingest.poster_at) == (video.file.name, video.poster_at):
        return None
    if ingest.poster_at != video.poster_at:
        ingest.steps.filter(name=StepName.POSTER).update(done_at=None)
    Ingest.objects.filter(pk=ingest.pk).update(**wanted)
    requeue(ingest)
    return ingest


def begin_again(ingest: Ingest, *names: str) -> None:
    """Have these steps done again, or all that failed."""
    ingest.steps.filter(name__in=names).update(done_at=None)
    ingest.steps.exclude(problem=None).update(problem=None)
    requeue(ingest)
