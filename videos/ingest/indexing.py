"""The sample index of a rendition: read from the file once, kept in the database, what cutting begins with."""

from videos.cutting.index import SourceIndex, build_index
from videos.errors import CannotCopy
from videos.ingest.files import local_file
from videos.models import SampleIndex, VideoRendition


def keep_index(rendition: VideoRendition, index: SourceIndex) -> None:
    """Have it found by `index_of`."""
    SampleIndex.objects.update_or_create(
        rendition=rendition, defaults={"source": rendition.file_name, "content": index.to_bytes()}
    )


def index_of(rendition: VideoRendition) -> SourceIndex:
    """The rendition's index; read from the file where none is kept that we can read. Raises NoVideo."""
    known = SampleIndex.objects.filter(rendition=rendition, source=rendition.file_name).first()
    if known is not None:
        try:
            return SourceIndex.from_bytes(bytes(known.content))
        except CannotCopy:
            pass  # an older program wrote it
    with local_file(rendition.file_name) as path:
        index = build_index(path)
    keep_index(rendition, index)
    return index
