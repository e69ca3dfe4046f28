"""Whole encodes of sound with many channels: each is in the clip, alone, and as it was."""

import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from tests.cutting.encoding import ffmpeg
from videos.cutting.encode import Part, encode
from videos.cutting.index import build_index
from videos.cutting.labels import Labels

RATE = 48_000
# Each channel has a tone of its own (Hz).
LOWEST, STEP = 300, 150
PICTURE = "-f lavfi -i testsrc2=size=64x36:duration=1 -f s16le -ar {rate} -ch_layout {layout} -i {raw}"


def heard(path: Path, track: int, channels: int) -> list[int]:
    """Which tone each channel of a track has, counted from the lowest; -1 for none."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", f"0:a:{track}"]
    raw = subprocess.run([*command, "-f", "f32le", "-"], check=True, capture_output=True).stdout
    sound = np.frombuffer(raw, np.float32).reshape(-1, channels).T[:, 8000:40_000]
    tones = []
    for samples in sound:
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
        frequency = float(np.argmax(spectrum)) * RATE / len(samples)
        tones.append(round((frequency - LOWEST) / STEP) if spectrum.max() > 100 else -1)
    return tones


@pytest.mark.parametrize(
    ("suffix", "layout", "count", "tracks"),
    [
        ("mxf", "8C", 8, [[0, 1], [2, 3], [4, 5], [6, 7]]),
        ("mkv", "16C", 16, [[first, first + 1] for first in range(0, 16, 2)]),
        ("avi", "7.1.4", 12, [[first, first + 1] for first in range(0, 12, 2)]),
        ("mxf", "3C", 3, [[0, 1], [2]]),
        # Its fourth is a subwoofer's, which has none of these tones.
        ("avi", "5.1", 6, [[0, 1, 2, -1, 4, 5]]),
        ("mxf", "2C", 2, [[0, 1]]),
    ],
)
def test_no_channel_is_lost(suffix: str, layout: str, count: int, tracks: list[list[int]], tmp_path: Path) -> None:
    path, raw, target = tmp_path / f"source.{suffix}", tmp_path / "sound.raw", tmp_path / "clip.mp4"
    at = np.arange(RATE) / RATE
    tones = [0.3 * np.sin(2 * np.pi * (LOWEST + STEP * channel) * at) for channel in range(count)]
    raw.write_bytes((np.stack(tones, 1) * 32_767).astype(np.int16).tobytes())
    inputs = PICTURE.format(rate=RATE, layout=layout, raw=raw)
    ffmpeg(*inputs.split(), *"-c:v mpeg2video -c:a pcm_s16le".split(), str(path))
    encode(Part(path, build_index(path), 0, 25), target, audio_only=False, labels=Labels(), progress=lambda _: None)
    with av.open(str(target)) as clip:
        assert [stream.codec_context.channels for stream in clip.streams.audio] == [len(track) for track in tracks]
    assert [heard(target, number, len(track)) for number, track in enumerate(tracks)] == tracks
