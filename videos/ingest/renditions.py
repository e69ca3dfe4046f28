"""Encodings for the web: H.264 and AAC in MP4, ready to play before it is there whole, and nothing of the metadata."""

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg

from videos.cutting.confinement import MEGABYTE, Limits, run
from videos.cutting.containers import demuxer_of
from videos.cutting.encode import EVEN_OUT, TIMESCALE
from videos.cutting.index import build_index
from videos.ingest.files import local_file
from videos.ingest.indexing import keep_index
from videos.ingest.ladder import Rung, Shape, fit, ladder, shape_of
from videos.ingest.probe import MOST_PIXELS
from videos.ingest.tone import is_hdr, sdr_filters
from videos.ingest.work import Work, remove_stored
from videos.models import VideoFile, VideoRendition
from videos.models.media import Audience

FOLDER = "renditions"
# A number that grows when other files come out of the same settings: what is there is then made anew.
RECIPE = 2
# The same, of what is made of HDR only.
TONE = "sdr 1"
AUDIO_KILOBITS = 128
# Seconds between key frames: players seek to these.
KEY_FRAME_SECONDS = 2
# Frames between them at most: out of the way, for they are set by times.
MOST_FRAMES = 100_000
# Frame rates have smaller numerators: that of 119.88 is 120000.
MOST_TICKS = 1_000_000
# Processor time: a base, and so much a second of film. 2160p takes ten times as long as it lasts on a slow machine.
BASE_SECONDS = 300
SECONDS_A_SECOND = 40
# And of HDR: each point of 2160p is mapped by itself.
TONE_SECONDS = 60
MEMORY_BYTES = 6 * 1024 * MEGABYTE
# A source that is already fit for the web is copied, if it does not need more than this beyond the rung's bit rate.
SLACK = 1.2


@dataclass(frozen=True)
class Encoding:
    """What is made of what, and the part of the step that it is (percent)."""

    path: Path
    target: Path
    begins: int
    ends: int
    of_master: bool


def renditions(work: Work) -> None:
    """Every rung of the ladder. One that is there already is kept; one that the ladder lost goes.

    The widest is made of the master, each other of the one before: decoding 4K once is enough.
    """
    video = work.video
    rungs = ladder()
    with ExitStack() as files:
        path = work.path
        for number, rung in enumerate(rungs):
            name = file_name(video, rung)
            if video.renditions.filter(name=rung.name, file_name=name).exists():
                path = files.enter_context(local_file(name))
                continue
            target = work.folder / f"{rung.name}.mp4"
            span = (number * 100 // len(rungs), (number + 1) * 100 // len(rungs))
            _encode(work, video, rung, Encoding(path, target, *span, of_master=path == work.path))
            with work.storing(target, name):
                _keep(work, rung, name, target)
            path = target
    with work.writing() as video:
        for gone in video.renditions.exclude(name__in=["master", *(rung.name for rung in rungs)]):
            gone.delete()


def file_name(video: VideoFile, rung: Rung) -> str:
    """Where an encoding is stored: another name for another source, and for other settings."""
    toned = f" {TONE}" if is_hdr(video.stream_facts.get("color", {})) else ""
    made_of = f"{RECIPE} {video.file.name} {rung}{toned}"
    return f"{FOLDER}/{video.pk}/{rung.name}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.mp4"


def _keep(work: Work, rung: Rung, name: str, path: Path) -> None:
    """The row of a rung, and its index. Its audience is the editor's to choose: at first everybody may watch it."""
    with av.open(str(path), format="mov", options={"protocol_whitelist": "file"}) as container:
        picture = container.streams.video[0].codec_context
        audio = container.streams.audio[0].codec_context.name if container.streams.audio else ""
        facts: dict[str, Any] = {
            "role": VideoRendition.Role.PROXY if rung.name == "proxy" else VideoRendition.Role.WEB,
            "file_name": name,
            "width": picture.width,
            "height": picture.height,
            "video_codec": picture.name,
            "audio_codec": audio,
            "size_bytes": path.stat().st_size,
        }
    index = build_index(path)
    with work.holding() as video:
        older = video.renditions.filter(name=rung.name).exclude(file_name=name).first()
        if older is not None:
            remove_stored(older.file_name)
        rendition, _is_new = VideoRendition.objects.update_or_create(
            video=video, name=rung.name, defaults=facts, create_defaults=facts | {"audience": Audience.PUBLIC}
        )
        keep_index(rendition, index)


def _encode(work: Work, video: VideoFile, rung: Rung, encoding: Encoding) -> None:
    whole = max(1.0, video.duration)

    def hear(piece: bytes) -> None:
        for line in piece.split(b"\n"):
            name, _, value = line.partition(b"=")
            if name == b"out_time_us" and value.strip().isdigit():
                part = min(1.0, int(value) / 1_000_000 / whole)
                work.tell(encoding.begins + int(part * (encoding.ends - encoding.begins)))

    most = int((rung.kilobits + AUDIO_KILOBITS) * 125 * whole * 2) + 64 * MEGABYTE
    a_second = SECONDS_A_SECOND + (TONE_SECONDS if is_hdr(video.stream_facts.get("color", {})) else 0)
    limits = Limits(BASE_SECONDS + int(whole * a_second), MEMORY_BYTES, most)
    run(_command(video, rung, encoding), limits, work.tell, hear)


def _command(video: VideoFile, rung: Rung, encoding: Encoding) -> list[str]:
    shape = shape_of(video)
    copied = encoding.of_master and is_fit_for_the_web(video, rung, shape)
    coding = "-c copy" if copied else _coding(video, rung, fit(shape, rung), of_master=encoding.of_master)
    return [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", "-progress", "pipe:1"),
        *("-protocol_whitelist", "file,pipe", "-max_pixels", str(MOST_PIXELS)),
        *("-f", demuxer_of(encoding.path), "-i", f"file:{encoding.path}"),
        *"-map 0:V:0 -map 0:a:0? -map_metadata -1 -map_chapters -1 -sn -dn".split(),
        *coding.split(),
        *("-movflags", "+faststart", "-f", "mp4", f"file:{encoding.target}"),
    ]


def is_fit_for_the_web(video: VideoFile, rung: Rung, shape: Shape) -> bool:
    """Whether the master plays everywhere as it is, and needs no more room than the rung has."""
    facts = video.stream_facts
    return (
        facts.get("container", "").startswith("mov")
        and video.video_codec == "h264"
        and facts.get("pixel_format") == "yuv420p"
        and facts.get("field_order") == "progressive"
        and not is_hdr(facts.get("color", {}))
        and (shape.width, shape.height) == (video.width, video.height)
        and not facts.get("rotation")
        and video.width <= rung.width
        and facts.get("bit_rate", 0) <= (rung.kilobits + AUDIO_KILOBITS) * 1000 * SLACK
        and (not video.audio_tracks or (video.audio_codec == "aac" and video.audio_tracks[0]["channels"] <= 2))
    )


def _coding(video: VideoFile, rung: Rung, shape: Shape, *, of_master: bool) -> str:
    rate, clock = video.frame_rate or 25, _clock(video)
    fields = video.stream_facts.get("field_order", "")
    woven = of_master and fields not in ("", "progressive")
    filters = [
        *(["bwdif=mode=send_frame"] if woven else []),
        f"scale={shape.width}:{shape.height}:flags=bicubic",
        "setsar=1",
        *(sdr_filters(video.stream_facts.get("color", {})) if of_master else []),
        "format=yuv420p",
    ]
    # Bits are shared out by frames (`force-cfr`), or one that lasts next to nothing would get none. Key frames are set
    # by times: where the rate varies, a number of frames may last long.
    key_frames = f"expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+{KEY_FRAME_SECONDS}))"
    return (
        f"-vf {','.join(filters)} -c:v libx264 -preset veryfast -profile:v high -crf 23"
        f" -fps_mode passthrough -enc_time_base:v 1/{clock} -video_track_timescale {clock}"
        f" -maxrate {rung.kilobits}k -bufsize {rung.kilobits * 2}k -x264-params force-cfr=1:fps={rate}"
        f" -g {MOST_FRAMES} -force_key_frames {key_frames} -threads 2"
        f" -af aresample=48000:{EVEN_OUT} -c:a aac -b:a {AUDIO_KILOBITS}k -ac 2 -ar 48000"
    )


def _clock(video: VideoFile) -> int:
    """Ticks a second in which every frame of the master begins at its own time, and a constant rate is exact."""
    ticks = video.frame_rate_numerator or TIMESCALE
    # Of a rate that varies, or that was measured, the numerator is as large as chance will have it.
    if video.has_variable_rate or ticks > MOST_TICKS:
        return TIMESCALE
    return ticks * ceil(TIMESCALE / ticks)
