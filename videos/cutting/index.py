"""The index of a file, made at ingest."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from videos.cutting.boxes import Box, Place, load, top_level
from videos.cutting.demuxed import index_by_demuxing
from videos.cutting.fragments import with_fragments
from videos.cutting.pictures import CLOSED_START, GLANCES, UNREFERENCED, PictureFacts, look_at_pictures
from videos.cutting.references import refuse_references
from videos.cutting.source import FileSource, Source
from videos.cutting.source_index import SourceIndex
from videos.cutting.timecode import Timecode
from videos.cutting.tracks import TEXT_KINDS, TIMED_TEXT, Track, read_track
from videos.errors import CannotCopy, NoVideo

__all__ = ["SourceIndex", "build_index", "read_index"]

INTRA_ONLY = {b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x", b"AVdn", b"AVdh", b"jpeg", b"mjpg"}
QUICKTIME = b"qt  "


def build_index(path: Path) -> SourceIndex:
    """Look through a file, once. Raises NoVideo, and RefersElsewhere for one whose pictures or sound are in others.

    MP4 and MOV are read here, so that they can be cut; of others, and of those that we cannot follow, FFmpeg says when
    each picture is shown, and `obstacle` why nothing of them can be copied.
    """
    with FileSource(path) as source:
        refuse_references(source)
        try:
            return read_index(source)
        except CannotCopy as error:
            return index_by_demuxing(path, error.reason)


def read_index(source: Source) -> SourceIndex:
    """The index of an MP4 or MOV file. Raises CannotCopy where we cannot follow its tables."""
    places = list(top_level(source))
    moov_place = next((place for place in places if place.kind == b"moov"), None)
    if moov_place is None:
        raise CannotCopy("no MP4 or MOV with a table of contents")
    moov = load(source, moov_place)
    (timescale,) = moov.need("mvhd").take("I", 20 if moov.need("mvhd").version else 12)
    if not timescale:
        raise CannotCopy("a movie without a clock")
    tracks = [track for trak in moov.every("trak") if (track := read_track(trak, timescale))]
    tracks = [track for track in with_fragments(source, moov, tracks, places) if track.samples.count]
    video = next((track for track in tracks if track.kind == "vide"), None)
    if video is None:
        raise NoVideo(reason="no video stream")
    for track in tracks:
        track.samples.check(source.size)
    sounds = tuple(track for track in tracks if track.kind == "soun")
    texts = tuple(track for track in tracks if track.kind in TEXT_KINDS and track.codec == TIMED_TEXT)
    index = SourceIndex(
        container="mov" if _brand(source, places) == QUICKTIME else "mp4",
        obstacle="",
        video=video,
        sounds=sounds,
        texts=texts,
        timecode=_timecode(source, tracks),
        kinds=np.zeros(0, np.uint8),
        sets=(),
        zero=min(track.start for track in (video, *sounds)),
        file_size=source.size,
    )
    if not index.frame_count:
        raise NoVideo(reason="no picture that is shown")
    if index.timecode:
        index = replace(index, timecode=index.timecode.at_rate(index.rate))
    try:
        facts = _picture_facts(source, video)
        if len(np.unique(video.samples.pts)) != video.samples.count:
            raise CannotCopy("two pictures at one moment")
    except CannotCopy as error:
        return replace(index, obstacle=error.reason)
    return replace(index, kinds=facts.kinds, sets=tuple(facts.sets))


def _picture_facts(source: Source, video: Track) -> PictureFacts:
    if video.codec in GLANCES:
        return look_at_pictures(source, video)
    if video.codec in INTRA_ONLY and len(video.entries) == 1:
        return PictureFacts(np.full(video.samples.count, CLOSED_START | UNREFERENCED, np.uint8))
    raise CannotCopy(f"pictures of kind {video.codec.decode('latin-1')}")


def _brand(source: Source, places: list[Place]) -> bytes:
    """Who a file is for, first of all; files without a brand are QuickTime's."""
    ftyp = next((place for place in places if place.kind == b"ftyp"), None)
    return source.read(ftyp.body, 4) if ftyp and ftyp.end - ftyp.body >= 4 else QUICKTIME


def _timecode(source: Source, tracks: list[Track]) -> Timecode | None:
    """What the first timecode track says. QuickTime File Format, “Timecode media”."""
    track = next((track for track in tracks if track.kind == "tmcd"), None)
    if track is None or len(track.entries[0]) < 34 or track.samples.size(0) != 4:
        return None
    flags, _timescale, _duration, base = Box(b"tmcd", track.entries[0]).take("IIIB", 20)
    first = int.from_bytes(source.read(track.samples.offset(0), 4))
    return Timecode(first=first, base=base, drop=bool(flags & 1) and base in (30, 60)) if base else None
