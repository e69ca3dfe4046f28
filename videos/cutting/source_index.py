"""What is kept of a source: where each picture and each frame of sound lies, and when it is presented.

Written once, at ingest; a cut reads it in milliseconds and nothing of the source but what it needs.
"""

import base64
import io
import json
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from videos.cutting.tables import Numbers, Samples
from videos.cutting.timecode import Timecode
from videos.cutting.tracks import Track
from videos.errors import CannotCopy, PointOutsideVideo

# Another number: indexes of before are written anew.
FORMAT = 3
TRACK_FACTS = ("number", "kind", "timescale", "media_start", "media_end", "language", "width", "height")


@dataclass(frozen=True)
class SourceIndex:
    """A source's pictures, sound and captions. Second 0 is when the first of all samples is presented.

    `container`: `mp4`, `mov`, or `other`, of which only times are known. `obstacle`: why nothing of it can be copied,
    or empty. `kinds` and `sets`: see `PictureFacts`; empty where they are not known. `timecode`: None where the source
    has none. `zero`: second 0 on the file's own clock.
    """

    container: str
    obstacle: str
    video: Track
    sounds: tuple[Track, ...]
    texts: tuple[Track, ...]
    timecode: Timecode | None
    kinds: NDArray[np.uint8]
    sets: tuple[tuple[int, bytes], ...]
    zero: Fraction
    file_size: int

    @cached_property
    def shown(self) -> Numbers:
        """Number of the sample that each frame is, in the order in which they are presented."""
        pts = self.video.samples.pts
        order = np.argsort(pts, kind="stable")
        end = self.video.media_end
        keep = pts[order] >= self.video.media_start
        if end is not None:
            keep &= pts[order] < end
        return order[keep]

    @cached_property
    def boundaries(self) -> Numbers:
        """When each frame begins, and at last when the last one ends, in ticks of the picture's clock."""
        samples = self.video.samples
        begins = samples.pts[self.shown]
        if not len(begins):
            return np.zeros(1, np.int64)
        last = int(begins[-1])
        end = last + samples.duration(int(self.shown[-1]))
        edited = self.video.media_end
        # The edit list knows when the last one ends better than tables of decoding times, if not to the millisecond.
        if edited is not None and abs(edited - end) * 500 > self.video.timescale:
            end = edited
        return np.append(begins, max(end, last + 1))

    @property
    def frame_count(self) -> int:
        """How many frames are presented."""
        return len(self.shown)

    @property
    def duration(self) -> Fraction:
        """Seconds from second 0 to the end of the last frame."""
        return self.time_of(self.frame_count)

    @cached_property
    def rate(self) -> Fraction:
        """Frames a second, on average."""
        ticks = int(self.boundaries[-1] - self.boundaries[0])
        return Fraction(self.frame_count * self.video.timescale, max(1, ticks))

    def time_of(self, frame: int) -> Fraction:
        """When a frame (from 0) begins, in seconds; `frame_count` gives the end of the last."""
        ticks = int(self.boundaries[frame]) - self.video.media_start
        return self.video.delay + Fraction(ticks, self.video.timescale) - self.zero

    def frame_at(self, at: Fraction) -> int:
        """The frame that begins nearest to a moment, or `frame_count` for the end; a tie goes to the earlier.

        `at`: seconds. Raises PointOutsideVideo for less than 0, or more than half a frame behind the end.
        """
        ticks = (at + self.zero - self.video.delay) * self.video.timescale + self.video.media_start
        begins = self.boundaries
        last = int(begins[-1])
        if at < 0 or ticks - last > (last - int(begins[max(0, len(begins) - 2)])) * Fraction(1, 2):
            raise PointOutsideVideo(at=float(at))
        after = int(np.searchsorted(begins, int(ticks), "right"))
        if after == 0 or after == len(begins):
            return max(0, after - 1)
        return after if int(begins[after]) - ticks < ticks - int(begins[after - 1]) else after - 1

    def to_bytes(self) -> bytes:
        """To be kept beside the source."""
        tracks = (self.video, *self.sounds, *self.texts)
        timecode = self.timecode
        head = {
            "format": FORMAT,
            "container": self.container,
            "obstacle": self.obstacle,
            "file_size": self.file_size,
            "zero": str(self.zero),
            "timecode": timecode and [timecode.first, timecode.base, timecode.drop],
            "sets": [[sample, _text(nal)] for sample, nal in self.sets],
            "tracks": [_facts_of(track) for track in tracks],
        }
        arrays: dict[str, Any] = {
            "head": np.frombuffer(json.dumps(head).encode(), np.uint8),
            "kinds": self.kinds,
        }
        for number, track in enumerate(tracks):
            arrays |= {f"{number}.{name}": values for name, values in track.samples.arrays().items()}
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, kept: bytes) -> Self:
        """From what `to_bytes` gave. Raises CannotCopy for anything else, or what an older program wrote."""
        try:
            with np.load(io.BytesIO(kept), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            head = json.loads(arrays["head"].tobytes())
            if head["format"] != FORMAT:
                raise CannotCopy("an index of another format")
            tracks = [_track_of(facts, number, arrays) for number, facts in enumerate(head["tracks"])]
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile):
            raise CannotCopy("an index that cannot be read") from None
        return cls(
            container=head["container"],
            obstacle=head["obstacle"],
            video=tracks[0],
            sounds=tuple(track for track in tracks[1:] if track.kind == "soun"),
            texts=tuple(track for track in tracks[1:] if track.kind != "soun"),
            timecode=Timecode(*head["timecode"]) if head["timecode"] else None,
            kinds=arrays["kinds"],
            sets=tuple((sample, base64.b64decode(nal)) for sample, nal in head["sets"]),
            zero=Fraction(head["zero"]),
            file_size=head["file_size"],
        )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _facts_of(track: Track) -> dict[str, Any]:
    facts = {name: getattr(track, name) for name in TRACK_FACTS}
    return facts | {
        "delay": str(track.delay),
        "matrix": _text(track.matrix),
        "entries": [_text(entry) for entry in track.entries],
    }


def _track_of(facts: dict[str, Any], number: int, arrays: dict[str, NDArray[Any]]) -> Track:
    own = {name.partition(".")[2]: values for name, values in arrays.items() if name.startswith(f"{number}.")}
    return Track(
        samples=Samples.from_arrays(own),
        delay=Fraction(facts["delay"]),
        matrix=base64.b64decode(facts["matrix"]),
        entries=[base64.b64decode(entry) for entry in facts["entries"]],
        **{name: facts[name] for name in TRACK_FACTS},
    )
