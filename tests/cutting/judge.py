"""Looks at a clip and says what is wrong with it, by means that share nothing with the engine.

Pictures and sound are what a decoder presents: PyAV decodes, edit lists and priming applied; the ffmpeg binary, another
version of the library, decodes once more in strict mode. Boxes are read by `tests/cutting/mp4.py`. Seconds count from
where the first presented sample of the file, picture or sound, is presented.
"""

import hashlib
import subprocess
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np

from tests.cutting.marks import TONE_COUNT, Click
from tests.cutting.mp4 import Mp4, Sample, Track, read_mp4
from tests.cutting.presented import first_presented, heard, numbered, pictures

# The type of the box in which MP4 has XMP (XMP specification, part 3).
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def frame_numbers(path: Path) -> list[int]:
    """The numbers in the presented pictures, in order; UNREADABLE (-1) where a picture shows none."""
    return [number for _at, number in numbered(path)]


def frame_times(path: Path) -> list[Fraction]:
    """When each picture is presented, in seconds."""
    begin = first_presented(path)
    return [at - begin for at, _number in numbered(path)]


def clicks(path: Path, track: int = 0) -> list[Click]:
    """The clicks in audio track `track`, from 0; no track or no sound: none."""
    begin = float(first_presented(path))
    return [replace(click, at=click.at - begin) for click in heard(path, track)]


def click_times(path: Path, track: int = 0) -> list[float]:
    """When each click begins, in seconds."""
    return [click.at for click in clicks(path, track)]


def sync_error(path: Path, sound_at: Callable[[int], Fraction], track: int = 0) -> float | None:
    """By how many seconds the sound is late against the picture, at the click where it is worst; None without clicks.

    `sound_at`: which second of the marked sound belongs to a number in a picture. Sound of another track is an error of
    infinity. Off by up to 8 seconds is told from in sync.
    """
    shown = [(at, number) for at, number in numbered(path) if number >= 0]
    found = heard(path, track)
    if not shown or not found:
        return None
    begins = [at for at, _number in shown]
    worst = 0.0
    for click in found:
        if click.second is None:
            continue
        if click.track != track:
            return float("inf")
        begin, number = shown[max(0, bisect_right(begins, click.at) - 1)]
        # What the pictures say the time is at the click, less the second that the click says.
        late = click.at - float(begin) + float(sound_at(number)) - click.second
        late = (late + TONE_COUNT / 2) % TONE_COUNT - TONE_COUNT / 2
        worst = max(worst, late, key=abs)
    return worst


def strict_decode_errors(path: Path) -> str:
    """What ffmpeg says when it decodes pictures and sound and forgives nothing; empty when all is well."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-xerror", "-err_detect", "explode"]
    command += ["-threads", "1", "-i", str(path), "-map", "0:v?", "-map", "0:a?"]
    # The demuxer's clock: ffmpeg's own guess at a constant rate finds faults that are not there.
    command += ["-fps_mode", "passthrough", "-enc_time_base", "demux", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return done.stderr.strip() or (f"ffmpeg ended with {done.returncode}" if done.returncode else "")


def orphan_bytes(path: Path) -> int:
    """Bytes that nobody presents: of `mdat` those that no sample owns, of free space those that are not zero, and
    boxes of private types, but for XMP, which describes the clip."""
    file = read_mp4(path)
    owned = sorted((each.offset, each.offset + each.size) for track in file.tracks for each in track.samples)
    orphans = 0
    for box in file.top:
        is_xmp = box.kind == "uuid" and file.content[box.content :].startswith(XMP)
        if box.kind in ("free", "skip", "wide", "uuid") and not is_xmp:
            orphans += sum(byte != 0 for byte in file.content[box.content : box.end])
        if box.kind != "mdat":
            continue
        at = box.content
        for start, end in owned:
            if box.content <= start < box.end:
                orphans += max(0, start - at)
                at = max(at, end)
        orphans += max(0, box.end - at)
    return orphans


def hidden_pictures(path: Path) -> int:
    """Pictures in the file that are never presented: outside the edit list."""
    file = read_mp4(path)
    return _hidden(file, file.track("vide"))


def hidden_sound_frames(path: Path) -> int:
    """Codec frames of sound that are never presented, of the track that has the most."""
    file = read_mp4(path)
    return max((_hidden(file, track) for track in file.tracks if track.handler == "soun"), default=0)


def _hidden(file: Mp4, track: Track) -> int:
    if not track.edits:
        return 0
    shown = []
    for edit in track.edits:
        length = Fraction(edit.duration * track.timescale, file.timescale or 1)
        # With fragments the edit's duration is 0: it has no end.
        last = float(edit.media_time + length) if edit.duration else float("inf")
        if edit.media_time >= 0:
            shown.append((edit.media_time, last))
    return sum(
        not any(sample.pts < last and sample.pts + max(1, sample.duration) > first for first, last in shown)
        for sample in track.samples
    )


def packets(path: Path, stream: str = "video", number: int = 0) -> list[str]:
    """A hash of each packet's payload in a stream (`video`, `audio`; the first is 0), in the order of decoding."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        of = container.streams.get({stream: number})
        return [hashlib.sha1(bytes(packet)).hexdigest() for packet in container.demux(of) if packet.size]


def psnr(clip: Path, source: Path, start_frame: int = 0, *, start: Fraction | None = None) -> list[float]:
    """PSNR in dB of each picture of a clip against the source's, of the plane where it is least; infinite when alike.

    `start_frame`: which picture of the source the first of the clip is; `start`: the same as a time in seconds of the
    source's clock, for sources that are too long to be decoded from their beginning.
    """
    values = []
    wanted = pictures(source, start) if start is not None else pictures(source)
    for _ in range(0 if start is not None else start_frame):
        next(wanted)
    for ours, theirs in zip(pictures(clip), wanted, strict=False):
        if [plane.shape for plane in ours.planes] != [
            plane.shape for plane in theirs.planes
        ] or ours.bits != theirs.bits:
            values.append(0.0)
            continue
        errors = [
            float(np.mean((a.astype(np.int32) - b) ** 2)) for a, b in zip(ours.planes, theirs.planes, strict=True)
        ]
        white = float((1 << ours.bits) - 1)
        values.append(min(10 * np.log10(white**2 / error) if error else float("inf") for error in errors))
    return values


def looks(path: Path) -> set[str]:
    """How the presented pictures want to be shown: format, size, pixels, colours, fields. Usually one sentence."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return {
            f"{frame.format.name} {frame.width}x{frame.height} pixels {stream.sample_aspect_ratio} "
            f"primaries {frame.color_primaries} transfer {frame.color_trc} matrix {frame.colorspace} "
            f"range {frame.color_range} interlaced {frame.interlaced_frame} turned {frame.rotation}"
            for frame in container.decode(stream)
        }


def entry_count(path: Path) -> int:
    """Sample entries of the picture's track."""
    return len(read_mp4(path).track("vide").entries)


def first_sample_is_idr(path: Path) -> bool:
    """Whether the first picture of an MP4 is a clean start, and marked as one."""
    file = read_mp4(path)
    track = file.track("vide")
    return track.samples[0].is_sync and is_idr(file, track, track.samples[0])


def is_idr(file: Mp4, track: Track, sample: Sample) -> bool:
    """Whether a picture is a clean start: an IDR for H.264 and HEVC, marked as sync for other codecs."""
    kind = track.entries[0][0]
    if kind in ("avc1", "avc3"):
        return any(nal[0] & 31 == 5 for nal in _nals(file.read(sample)))
    if kind in ("hvc1", "hev1"):
        return any(nal[0] >> 1 & 63 in (19, 20) for nal in _nals(file.read(sample)))
    return sample.is_sync


def in_band_sets(path: Path) -> int:
    """Parameter sets of H.264 or HEVC in MP4 that are only among the pictures, where some players do not look.

    Copies of those in the sample entry are not counted.
    """
    file = read_mp4(path)
    track = file.track("vide")
    kind, entry = track.entries[0]
    if kind not in ("avc1", "avc3", "hvc1", "hev1"):
        return 0

    def is_set(nal: bytes) -> bool:
        return nal[0] & 31 in (7, 8) if kind.startswith("avc") else nal[0] >> 1 & 63 in (32, 33, 34)

    return sum(is_set(nal) and nal not in entry for sample in track.samples for nal in _nals(file.read(sample)))


def moov_before_mdat(path: Path) -> bool:
    """Whether playing can begin before the whole file is there."""
    kinds = [box.kind for box in read_mp4(path).top]
    return "moov" in kinds and "mdat" in kinds and kinds.index("moov") < kinds.index("mdat")


def timestamp_faults(path: Path) -> list[str]:
    """Sentences about times of samples that do not rise, that two pictures share, or that are before their decoding."""
    faults = []
    for track in read_mp4(path).tracks:
        times = [sample.dts for sample in track.samples]
        if any(later <= earlier for earlier, later in pairwise(times)):
            faults.append(f"{track.handler}: decoding times do not rise")
        shown = [sample.pts for sample in track.samples]
        if len(set(shown)) != len(shown):
            faults.append(f"{track.handler}: two samples are presented at one time")
        if any(sample.pts < sample.dts for sample in track.samples) and track.handler == "vide":
            faults.append("vide: a picture is presented before it is decoded")
    return faults


def duration_faults(path: Path) -> list[str]:
    """Sentences about durations that are missing, or that differ from what the samples and edits add up to."""
    file = read_mp4(path)
    faults = []
    for track in file.tracks:
        lasting = sum(sample.duration for sample in track.samples)
        if not track.samples or not track.samples[-1].duration:
            faults.append(f"{track.handler}: the last sample has no duration")
        if track.duration != lasting:
            faults.append(f"{track.handler}: mdhd says {track.duration}, the samples {lasting}")
        edited = sum(edit.duration for edit in track.edits)
        if track.edits and track.shown != edited:
            faults.append(f"{track.handler}: tkhd says {track.shown}, the edits {edited}")
    longest = max((track.shown for track in file.tracks), default=0)
    if not file.duration or file.duration != longest:
        faults.append(f"mvhd says {file.duration}, the longest track {longest}")
    return faults


def _nals(sample: bytes) -> Iterator[bytes]:
    """NAL units of a sample with four bytes of length each, as every encoder of the corpus writes them."""
    at = 0
    while at + 4 < len(sample):
        size = int.from_bytes(sample[at : at + 4], "big")
        yield sample[at + 4 : at + 4 + size]
        at += 4 + size
