"""H.264 in MP4, as its clocks vary: rates, timecode, edit lists, sound that begins late or ends early."""

import tempfile
from fractions import Fraction
from pathlib import Path

import av

from tests.cutting.encoding import Sound, captions, encode, ffmpeg, x264
from tests.cutting.recipe import CORPUS, NTSC, source

PYRAMID = "bframes=3:b-adapt=0:b-pyramid=normal"
CLOSED = f"keyint=25:min-keyint=25:{PYRAMID}"


@source(rate=NTSC, gop=30, timecode="00:00:58;00")
def drop_frame(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """30000/1001 with drop-frame timecode that passes a minute at which two numbers are left out."""
    video = [*x264(f"keyint=30:min-keyint=30:{PYRAMID}"), "-timecode", "00:00:58;00", "-write_tmcd", "1"]
    encode(path, *video, seconds=seconds, size=size, rate=NTSC)


@source(rate=Fraction(24000, 1001), gop=24, timecode="10:00:00:00")
def film_rate(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """24000/1001, timecode without drops."""
    video = [*x264(f"keyint=24:min-keyint=24:{PYRAMID}"), "-timecode", "10:00:00:00", "-write_tmcd", "1"]
    encode(path, *video, seconds=seconds, size=size, rate=Fraction(24000, 1001))


@source(rate=Fraction(50), gop=50)
def fifty(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """50 frames a second."""
    video = x264(f"keyint=50:min-keyint=50:{PYRAMID}")
    encode(path, *video, seconds=seconds, size=size, rate=Fraction(50))


def _varying(frame: int) -> Fraction:
    return Fraction(frame * 480 + (160 if frame % 3 == 1 else 0) + (12000 if frame > 60 else 0), 12000)


@source(time_of_frame=_varying, sounds=(Sound(ends=Fraction(7)),))
def variable_rate(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Frames of 40 ms, each third one of 27 and the one before it of 53; frame 60 stands still for one second more."""
    clock = r"settb=1/12000,setpts=N*480+160*eq(mod(N\,3)\,1)+12000*gt(N\,60)"
    video = [*x264(CLOSED), "-vf", clock, "-fps_mode", "passthrough", "-enc_time_base", "1:12000"]
    sound = Sound(ends=Fraction(seconds) + 1)
    encode(path, *video, "-video_track_timescale", "12000", seconds=seconds, size=size, sounds=(sound,))


@source(seconds=5)
def five_seconds(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Short: 5 seconds."""
    encode(path, *x264(CLOSED), "-movflags", "+faststart", seconds=seconds, size=size)


@source(seconds=7200, size=(160, 90), gop=50, repeats=2000)
def two_hours(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """2 hours out of copies of 80 seconds, which are 2000 frames and 3750 frames of AAC: packets are copied.

    80 seconds are also five times what the tones take to come round.
    """
    with tempfile.NamedTemporaryFile(suffix=".mp4") as part:
        video = [*x264(f"keyint=50:min-keyint=50:{PYRAMID}"), "-crf", "30"]
        sounds = (Sound(bit_rate="64k"),)
        encode(Path(part.name), *video, seconds=80, size=size, sounds=sounds)
        with av.open(part.name) as once, av.open(str(path), "w", options={"movflags": "+faststart"}) as joined:
            ours = {each.index: joined.add_stream_from_template(each) for each in once.streams}
            packets = []
            for packet in once.demux():
                # The last frame of AAC is the one with which the next copy begins.
                is_last = packet.stream.type == "audio" and (packet.pts or 0) >= 3749 * 1024
                if packet.size and packet.pts is not None and packet.dts is not None and not is_last:
                    ticks = round(80 / Fraction(packet.time_base or 1))
                    packets.append((packet, packet.pts, packet.dts, ticks, packet.time_base, ours[packet.stream.index]))
            for copy in range(round(seconds / 80)):
                for packet, pts, dts, ticks, time_base, stream in packets:
                    packet.stream = stream
                    packet.time_base = time_base or Fraction(1)
                    packet.pts, packet.dts = pts + copy * ticks, dts + copy * ticks
                    joined.mux_one(packet)


@source(start=Fraction(1, 2))
def picture_later(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """The sound begins half a second before the picture: an empty edit."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as whole:
        encode(Path(whole.name), *x264(CLOSED), seconds=seconds, size=size)
        later = ["-i", whole.name, "-itsoffset", "0.5", "-i", whole.name]
        ffmpeg(*later, "-map", "1:v", "-map", "0:a", "-c", "copy", "-fflags", "+bitexact", str(path))


@source(hidden=10, first_number=35, first_click=Fraction(-7, 5))
def hidden_start(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Begins in mid-GOP: an edit list hides ten pictures and their sound, as `ffmpeg -ss -c copy` leaves it."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as whole:
        encode(Path(whole.name), *x264(CLOSED), seconds=seconds + 1.4, size=size)
        ffmpeg("-ss", "1.4", "-i", whole.name, "-map", "0", "-c", "copy", "-fflags", "+bitexact", str(path))


@source(sounds=(Sound(language="fra"), Sound(language="eng")), captions=("fra",))
def two_languages(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Two audio tracks and captions, a cue a second, as mov_text."""
    with captions(seconds) as cues:
        video = [*x264(CLOSED), "-c:s", "mov_text", "-metadata:s:s:0", "language=fra"]
        sounds = CORPUS["two_languages"].sounds
        encode(path, *video, seconds=seconds, size=size, sounds=sounds, inputs=["-i", cues])


@source(sounds=(Sound(ends=Fraction(5, 2)),))
def sound_ends_early(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Sound of 2.5 seconds."""
    encode(path, *x264(CLOSED), seconds=seconds, size=size, sounds=CORPUS["sound_ends_early"].sounds)


@source(sounds=(Sound(begins=Fraction(3, 2)),))
def sound_begins_late(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Sound from 1.5 seconds on."""
    encode(path, *x264(CLOSED), seconds=seconds, size=size, sounds=CORPUS["sound_begins_late"].sounds)


@source(sounds=())
def no_sound(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """No audio track."""
    encode(path, *x264(CLOSED), seconds=seconds, size=size, sounds=())


@source(sounds=(Sound(rate=44100),))
def compact_disc_rate(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Sound at 44.1 kHz."""
    encode(path, *x264(CLOSED), seconds=seconds, size=size, sounds=CORPUS["compact_disc_rate"].sounds)


@source(gop=25)
def from_a_telephone(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Bears what must not go out with a clip: a position, the device, its owner, the time of recording."""
    told = {
        "location": "+46.2044+006.1432/",
        "com.apple.quicktime.location.ISO6709": "+46.2044+006.1432/",
        "com.apple.quicktime.make": "Telephone Company",
        "com.apple.quicktime.model": "Telephone 12",
        "artist": "Jeanne Source",
        "comment": "unpublished address",
        "creation_time": "2024-05-06T07:08:09Z",
    }
    tags = [part for key, value in told.items() for part in ("-metadata", f"{key}={value}")]
    encode(path, *x264(CLOSED), *tags, "-movflags", "+use_metadata_tags", seconds=seconds, size=size)
