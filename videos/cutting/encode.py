"""A clip encoded as a whole, exact to the frame: for sources whose packets cannot be copied.

ffmpeg does it, as a child process within limits of its own. Frames are chosen by their times, which the index knows,
so constant and variable rates are the same; what comes out is counted, and a clip with a frame too many is no clip.
"""

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from subprocess import CalledProcessError

import av
import imageio_ffmpeg

from videos.cutting.captions import CaptionTrack, Cue, clip_cues, language_code
from videos.cutting.confinement import Limits, run
from videos.cutting.containers import demuxer_of
from videos.cutting.labels import Labels
from videos.cutting.source_index import SourceIndex
from videos.errors import EncodingFailed, NoSound, NoVideo, PartUnreadable, ReaderDied

# Decoding begins so long before the in point (seconds): at the key frame before, and sound decoders need a run-up.
RUN_UP = 20
# Only what opens no other file (`demuxer_of` names the demuxer), and only the file itself.
PROTOCOLS = "file,pipe"
MEMORY_BYTES = 4 * 1024**3
FILE_BYTES = 64 * 1024**3
# An hour of processor time, and a minute for each second of the clip: nobody's clip needs more.
CPU_SECONDS = 3600
CPU_PER_SECOND = 60
# What ffmpeg says where not the source is to blame, but the disk, the memory or whoever holds the file: by the system's
# errors, and by x264's own words. It may be otherwise the next time.
MACHINE_ERRORS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE),
    *(errno.EIO, errno.ENOENT, errno.ESTALE, errno.EACCES, errno.EPERM, errno.ETIMEDOUT, errno.EINTR, errno.ENODEV),
    *(errno.ENXIO, errno.EBUSY),
)
MACHINE = (*map(os.strerror, MACHINE_ERRORS), "malloc", "external library")
# It catches the signals that tell it to end; the second, where it was told so again and again.
STOPPED_CODES = {255, 123}
# Steps in which the times of frames are kept: whole for 24, 25, 30 and 60 frames a second, and for 1001/30000.
TIMESCALE = 90_000

# Gaps in the sound become silence, also before its beginning, from so many seconds on: it is to be in sync to 10 ms.
EVEN_OUT = "async=1:min_hard_comp=0.005:first_pts=0"
# 4:2:0 has even sizes: the last line or column is left out, as of encodings for the web. A black one would be seen.
EVEN_SIZE = "crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0"

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Encoded:
    """What came out. `duration`: seconds."""

    frame_count: int
    size_bytes: int
    duration: Fraction


@dataclass(frozen=True)
class Part:
    """Which frames of a file: from `start_frame` on, `end_frame` is the first that is left out."""

    path: Path
    index: SourceIndex
    start_frame: int
    end_frame: int

    @property
    def count(self) -> int:
        """How many frames."""
        return self.end_frame - self.start_frame

    @property
    def start(self) -> Fraction:
        """In point, in seconds."""
        return self.index.time_of(self.start_frame)

    @property
    def end(self) -> Fraction:
        """Out point, in seconds."""
        return self.index.time_of(self.end_frame)


@dataclass(frozen=True)
class _Look:
    """What ffmpeg makes of a file: its tracks of sound, by their languages, and its clock (seconds) when it begins."""

    sounds: list[str]
    begins: Fraction


def encode(
    part: Part,
    target: Path,
    *,
    audio_only: bool,
    labels: Labels,
    progress: Progress,
    captions: Sequence[CaptionTrack] = (),
) -> Encoded:
    """Write the part to `target`, an MP4. `progress` is told percents several times a second, and may raise to stop.

    `captions`: whole tracks; what falls into the part is put into it, from files beside `target`.
    Raises EncodingFailed, PartUnreadable where the source is to blame for that, NoSound; then, and when `progress`
    raises, the encoder has ended.
    """
    look = _look_at(part)
    if audio_only and not look.sounds:
        raise NoSound
    texts = [] if audio_only else _write_captions(part, captions, target.parent)
    words = _run(_command(part, target, look, texts, audio_only=audio_only, labels=labels), part, progress)
    return _looked_at(part, target, words, audio_only=audio_only)


def _write_captions(part: Part, captions: Sequence[CaptionTrack], folder: Path) -> list[tuple[str, Path]]:
    """Language and file (SubRip) of each track of which something falls into the part."""
    written = []
    for number, track in enumerate(captions):
        if cues := clip_cues(track.cues, part.start, part.end):
            path = folder / f"captions-{number}.srt"
            path.write_text("".join(map(_srt, range(1, len(cues) + 1), cues)))
            written.append((language_code(track.language), path))
    return written


def _srt(number: int, cue: Cue) -> str:
    # A blank line would end the cue.
    lines = [line for line in cue.text.splitlines() if line.strip()]
    return "\n".join([str(number), f"{_clock(cue.start)} --> {_clock(cue.end)}", *lines, "", ""])


def _clock(at: Fraction) -> str:
    minutes, milliseconds = divmod(round(at * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02},{milliseconds % 1000:03}"


def _command(
    part: Part, target: Path, look: _Look, texts: list[tuple[str, Path]], *, audio_only: bool, labels: Labels
) -> list[str]:
    seek = max(Fraction(0), part.start - RUN_UP)
    # ffmpeg counts from where the file says that it begins; the index, from the first sample.
    begins = part.start + part.index.zero - look.begins - seek
    lasts = part.end - part.start
    graph, maps = [], []
    if not audio_only:
        graph.append(
            f"[0:v:0]trim=start={_text(max(Fraction(0), begins - _margin(part.index, part.start_frame)))}"
            f":end={_text(begins + lasts - _margin(part.index, part.end_frame))},"
            f"setpts=PTS-STARTPTS,settb=1/{TIMESCALE},{EVEN_SIZE},format=yuv420p[v]"
        )
        maps += ["-map", "[v]"]
    tracks = []
    for track, language in enumerate(look.sounds):
        tracks += [f"-metadata:s:a:{track}", f"language={language}"]
        graph.append(
            f"[0:a:{track}]aresample={EVEN_OUT},apad=whole_dur={_text(begins + lasts)},"
            f"atrim=start={_text(begins)}:end={_text(begins + lasts)},asetpts=PTS-STARTPTS[a{track}]"
        )
        maps += ["-map", f"[a{track}]"]
    inputs = []
    for number, (language, path) in enumerate(texts):
        inputs += ["-f", "srt", "-i", f"file:{path}"]
        maps += ["-map", f"{number + 1}:s"]
        tracks += [f"-metadata:s:s:{number}", f"language={language}"]
    picture = f"-c:v libx264 -preset veryfast -crf 18 -fps_mode passthrough -enc_time_base:v 1/{TIMESCALE}"
    told = {"title": labels.title, "artist": labels.credit, "copyright": labels.usage_terms}
    if part.index.timecode and not audio_only:
        told["timecode"] = part.index.timecode.name_of(part.start_frame)
    words = [word for name, value in told.items() if value for word in ("-metadata", f"{name}={value}")]
    return [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", "-progress", "pipe:1"),
        *("-protocol_whitelist", PROTOCOLS, "-f", demuxer_of(part.path), "-ss", _text(seek), "-i", f"file:{part.path}"),
        *inputs,
        *("-filter_complex", ";".join(graph), *maps),
        *([] if audio_only else picture.split()),
        *f"-c:a aac -b:a 192k -threads 2 -map_metadata -1 -map_chapters -1 -video_track_timescale {TIMESCALE}".split(),
        *("-c:s", "mov_text", *tracks, *words),
        *("-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    ]


def _margin(index: SourceIndex, frame: int) -> Fraction:
    """Seconds before a frame at which the one before has begun for sure, although times are rounded on the way.

    Less than half of what is between the two: where a file's clock has no moment in between, it is rounded up.
    """
    after = max(1, frame)
    return min(Fraction(1, 500), (index.time_of(after) - index.time_of(after - 1)) / 3)


def _run(command: Sequence[str], part: Part, progress: Progress) -> str:
    """What ffmpeg said. Raises EncodingFailed, PartUnreadable, and whatever `progress` raises."""
    percent, rest = 0, b""

    def hear(piece: bytes) -> None:
        nonlocal percent, rest
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line.startswith(b"frame="):
                with suppress(ValueError):
                    percent = min(99, int(line[6:]) * 100 // max(1, part.count))

    limits = Limits(CPU_SECONDS + int(part.end - part.start) * CPU_PER_SECOND, MEMORY_BYTES, FILE_BYTES)
    try:
        return run(command, limits, lambda: progress(percent), hear)
    except (NoVideo, ReaderDied) as error:
        failure = PartUnreadable if _is_for_the_source(error.__cause__) else EncodingFailed
        raise failure(reason=str(error)) from error


def _is_for_the_source(ended: BaseException | None) -> bool:
    """Whether ffmpeg ended by itself, for no reason of the machine's."""
    if not isinstance(ended, CalledProcessError) or ended.returncode < 0 or ended.returncode in STOPPED_CODES:
        return False
    return not _blames_machine(ended.stderr)


def _blames_machine(words: str) -> bool:
    return any(blame in words for blame in MACHINE)


def _look_at(part: Part) -> _Look:
    with av.open(str(part.path), format=demuxer_of(part.path), options={"protocol_whitelist": "file"}) as container:
        sounds = [stream.language or "und" for stream in container.streams.audio]
        return _Look(sounds, Fraction(container.start_time or 0, av.time_base))


def _looked_at(part: Part, target: Path, words: str, *, audio_only: bool) -> Encoded:
    """Raises PartUnreadable where the frames are not those that were asked for; EncodingFailed where ffmpeg said in
    `words` that the machine is to blame.
    """
    with av.open(str(target), format="mov", options={"protocol_whitelist": "file"}) as container:
        if audio_only:
            count = part.count
        else:
            count = container.streams.video[0].frames
    if count != part.count:
        failure = EncodingFailed if _blames_machine(words) else PartUnreadable
        raise failure(reason=f"{count} frames instead of {part.count}")
    return Encoded(count, target.stat().st_size, part.end - part.start)


def _text(at: Fraction) -> str:
    """Seconds as ffmpeg reads them."""
    return f"{at.numerator / at.denominator:.6f}"
