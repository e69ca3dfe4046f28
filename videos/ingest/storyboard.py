"""The storyboard: of the smallest rendition, which is quick to read and which we made ourselves."""

from videos.ingest.files import local_file
from videos.ingest.work import Work, remove_stored
from videos.models import Storyboard, VideoRendition

FOLDER = "storyboards"
# Processor time (seconds): a hundred stills take ten.
SECONDS = 300


def storyboard(work: Work) -> None:
    """Sheet and places. Where the ladder has no rung there is none."""
    source = work.video.renditions.exclude(role=VideoRendition.Role.MASTER).order_by("width", "size_bytes").first()
    if source is None:
        with work.writing() as video:
            for gone in Storyboard.objects.filter(video=video):
                gone.delete()
        return
    with local_file(source.file_name) as path:
        told, result = work.read("storyboard", seconds=SECONDS, path=path)
    # Named after what it is made of: done again, it takes its own place.
    stem = source.file_name.rpartition("/")[2].rpartition(".")[0]
    name = f"{FOLDER}/{work.job.video_id}/{stem}.jpg"
    with work.storing(result, name), work.writing() as video:
        older = Storyboard.objects.filter(video=video).exclude(file_name=name).first()
        if older is not None:
            remove_stored(older.file_name)
        Storyboard.objects.update_or_create(video=video, defaults=told | {"file_name": name})
