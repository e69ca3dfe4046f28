"""MP4 and MOV files that name other files, for whoever plays them to open: none of these comes in."""

from videos.cutting.boxes import Box, load, top_level
from videos.cutting.source import Source
from videos.errors import CannotCopy, RefersElsewhere

# A data reference with this flag means the file itself: ISO/IEC 14496-12, 8.7.2.
SELF_CONTAINED = 1
# Reference movies and tables that are packed: QuickTime File Format, “Movie Atoms”. FFmpeg would unpack what we did
# not look at; nothing has written either since 2000.
HIDING_PLACES = {b"rmra", b"cmov"}


def refuse_references(source: Source) -> None:
    """Raises RefersElsewhere where pictures or sound are elsewhere than in this file."""
    for place in top_level(source):
        if place.kind != b"moov":
            continue
        try:
            _look_at(load(source, place))
        except (CannotCopy, IndexError):
            # Tables that are broken say nothing; FFmpeg, which opens no references, has the last word.
            continue


def _look_at(moov: Box) -> None:
    for box in moov.children():
        if box.kind in HIDING_PLACES:
            raise RefersElsewhere
        if box.kind != b"trak":
            continue
        references = box.find("mdia/minf/dinf/dref")
        if references is not None and any(not child.flags & SELF_CONTAINED for child in references.children(8)):
            raise RefersElsewhere
