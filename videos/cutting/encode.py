"""A clip encoded as a whole, exact to the frame: for sources whose packets cannot be copied.

ffmpeg does it, as a child process within limits of its own. Frames are chosen by their times, which the index knows,
so constant and variable rates are the same; what comes out is counted, and a clip with a frame too many is no clip.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from videos.cutting.burn_in import BurnIn
from videos.cutting.captions import CaptionTrack, Cue, clip_cues, language_code, one_by_one
from videos.cutting.ffmpeg import Part, blames_machine, run_ffmpeg, text_of
from videos.cutting.labels import Labels
from videos.cutting.looking import FieldOrder, Look, field_order_of, into, look_at, seeking, trim
from videos.cutting.own_captions import own_captions
from videos.errors import EncodingFailed, NoSound, PartUnreadable

__all__ = ["EVEN_OUT", "TIMESCALE", "Encoded", "Part", "encode"]

# Steps in which the times of frames are kept: whole for 24, 25, 30 and 60 frames a second, and for 1001/30000.
TIMESCALE = 90_000

# Gaps in the sound become silence, also before its beginning, from so many seconds on: it is to be in sync to 10 ms.
EVEN_OUT = "async=1:min_hard_comp=0.005:first_pts=0"
# 4:2:0 has even sizes, each field too: the last lines or column are left out, as of encodings for the web. Black ones
# would be seen. Colours of a picture that is made of two fields are never mixed.
EVEN_SIZE = "crop=trunc(iw/2)*2:trunc(ih/{lines})*{lines}:0:0,scale=interl=-1,format=yuv420p"
# SubRip counts milliseconds: what is shown for less would have no end.
SHORTEST = Fraction(1, 1000)
NOTHING = BurnIn()

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Encoded:
    """What came out. `duration`: seconds."""

    frame_count: int
    size_bytes: int
    duration: Fraction


def encode(
    part: Part,
    target: Path,
    *,
    audio_only: bool,
    labels: Labels,
    progress: Progress,
    captions: Sequence[CaptionTrack] = (),
    burn_in: BurnIn = NOTHING,
) -> Encoded:
    """Write the part to `target`, an MP4. `progress` is told percents several times a second, and may raise to stop.

    `captions`: whole tracks; what falls into the part is put into it, from files beside `target`, and so is text that
    is in the source, but for languages of which there are captions. `burn_in`: what is drawn into the pictures.
    Raises EncodingFailed, PartUnreadable where the source is to blame for that, NoSound; then, and when `progress`
    raises, the encoder has ended.
    """
    look = look_at(part)
    if audio_only and not look.sounds:
        raise NoSound
    given = {language_code(track.language) for track in captions}
    own = [] if audio_only else own_captions(part, look, target.parent, lambda: progress(0), without=given)
    fields = None if audio_only else field_order_of(part, look, lambda: progress(0))
    texts = [] if audio_only else _write_captions(part, [*captions, *own], target)
    drawn = "" if audio_only else burn_in.filters(part, look, target.parent)
    command = _command(part, target, look, fields, texts, audio_only=audio_only, labels=labels, drawn=drawn)
    words = _run(command, part, progress)
    return _looked_at(part, target, words, audio_only=audio_only)


def _write_captions(part: Part, captions: Sequence[CaptionTrack], target: Path) -> list[tuple[str, Path]]:
    """Language and file (SubRip) of each track of which something falls into the part."""
    written = []
    for number, track in enumerate(captions):
        cues = one_by_one(clip_cues(track.cues, part.start, part.end))
        if cues := [cue for cue in cues if cue.end - cue.start >= SHORTEST]:
            path = target.with_name(f"captions-{number}.srt")
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
    part: Part,
    target: Path,
    look: Look,
    fields: FieldOrder | None,
    texts: list[tuple[str, Path]],
    *,
    audio_only: bool,
    labels: Labels,
    drawn: str,
) -> list[str]:
    begins, lasts = into(part, look), part.end - part.start
    graph, maps = [], []
    if not audio_only:
        graph.append(
            f"[0:v:0]{trim(part, look)},setpts=PTS-STARTPTS,settb=1/{TIMESCALE},"
            f"{EVEN_SIZE.format(lines=4 if fields else 2)}{drawn}[v]"
        )
        maps += ["-map", "[v]"]
    tracks = []
    for track, sound in enumerate(look.sounds):
        tracks += [f"-metadata:s:a:{track}", f"language={sound.language}"]
        graph.append(
            f"[0:a:{sound.stream}]{sound.filters}aresample={EVEN_OUT},apad=whole_dur={text_of(begins + lasts)},"
            f"atrim=start={text_of(begins)}:end={text_of(begins + lasts)},asetpts=PTS-STARTPTS[a{track}]"
        )
        maps += ["-map", f"[a{track}]"]
    inputs = []
    for number, (language, path) in enumerate(texts):
        inputs += ["-f", "srt", "-i", f"file:{path}"]
        maps += ["-map", f"{number + 1}:s"]
        tracks += [f"-metadata:s:s:{number}", f"language={language}"]
    picture = f"-c:v libx264 -preset veryfast -crf 18 -fps_mode passthrough -enc_time_base:v 1/{TIMESCALE}"
    if fields:
        picture += f" -flags:v +ildct+ilme -x264-params {fields}=1"
    told = {"title": labels.title, "artist": labels.credit, "copyright": labels.usage_terms}
    if part.index.timecode and not audio_only:
        told["timecode"] = part.index.timecode.name_of(part.start_frame)
    words = [word for name, value in told.items() if value for word in ("-metadata", f"{name}={value}")]
    return [
        *("-v", "error", "-progress", "pipe:1", *seeking(part)),
        *inputs,
        *("-filter_complex", ";".join(graph), *maps),
        *([] if audio_only else picture.split()),
        *f"-c:a aac -b:a 192k -threads 2 -map_metadata -1 -map_chapters -1 -video_track_timescale {TIMESCALE}".split(),
        *("-c:s", "mov_text", *tracks, *words),
        *("-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    ]


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

    return run_ffmpeg(command, part, lambda: progress(percent), hear)


def _looked_at(part: Part, target: Path, words: str, *, audio_only: bool) -> Encoded:
    """Raises PartUnreadable where the frames are not those that were asked for; EncodingFailed where ffmpeg said in
    `words` that the machine is to blame.
    """
    with av.open(str(target), format="mov", options={"protocol_whitelist": "file"}) as container:
        count = part.count if audio_only else sum(stream.frames for stream in container.streams.video)
    if count != part.count:
        failure = EncodingFailed if blames_machine(words) else PartUnreadable
        raise failure(reason=f"{count} frames instead of {part.count}")
    return Encoded(count, target.stat().st_size, part.end - part.start)
