"""The first track of sound: its waveform for a timeline, and how loud it is."""

import json
import re
from typing import Any

import imageio_ffmpeg
import numpy as np

from videos.cutting.confinement import Limits, run
from videos.cutting.containers import demuxer_of
from videos.ingest.work import Work
from videos.models import Waveform

# Samples a second that are looked at for the waveform, and pairs of peaks that a timeline gets at most.
SAMPLE_RATE = 8000
MOST_PEAKS = 2000
FEWEST_SAMPLES = 80
# ebur128's summary. EBU R 128, EBU Tech 3342, ITU-R BS.1770.
INTEGRATED = re.compile(r"I:\s+(-?[0-9.]+) LUFS")
RANGE = re.compile(r"LRA:\s+(-?[0-9.]+) LU")
TRUE_PEAK = re.compile(r"Peak:\s+(-?[0-9.]+) dBFS")
# What the meter says of silence: nothing.
SILENCE = -70.0
# Processor time: a base, and so much a second of sound.
BASE_SECONDS = 60


def sound(work: Work) -> None:
    """Waveform and loudness, in one pass over the track. Without sound there is neither."""
    video = work.video
    if not video.audio_tracks:
        with work.writing():
            Waveform.objects.filter(video=video).delete()
            return
    peaks = _Peaks(samples_a_pair=max(FEWEST_SAMPLES, -(-int(video.duration * SAMPLE_RATE) // MOST_PEAKS)))
    expected = max(1, int(video.duration * SAMPLE_RATE) * 2)

    def hear(piece: bytes) -> None:
        peaks.hear(piece)
        work.tell(peaks.heard * 100 // expected)

    words = run(_command(work), Limits(BASE_SECONDS + int(video.duration)), work.tell, hear)
    content = json.dumps(peaks.to_json(), separators=(",", ":"))
    with work.writing() as video:
        Waveform.objects.update_or_create(video=video, defaults={"content": content})
        video.loudness = loudness_of(words)
        video.save()


def loudness_of(words: str) -> dict[str, float | None] | None:
    """What ebur128 measured: LUFS, LU and dBTP; None for silence."""
    summary = words.rpartition("Summary:")[2]
    integrated, loudness_range, true_peak = (_number(pattern, summary) for pattern in (INTEGRATED, RANGE, TRUE_PEAK))
    if integrated is None or integrated <= SILENCE:
        return None
    return {"integrated": integrated, "range": loudness_range, "true_peak": true_peak}


def _number(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.search(text)
    return float(found[1]) if found else None


def _command(work: Work) -> list[str]:
    # From second 0 on, also where the sound begins later.
    graph = (
        "[0:a:0]asplit[meter][wave];[meter]ebur128=peak=true:framelog=quiet,anullsink;"
        f"[wave]aresample={SAMPLE_RATE}:async=1:first_pts=0,aformat=sample_fmts=s16:channel_layouts=mono[out]"
    )
    return [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "info", "-hide_banner", "-nostats", "-nostdin"),
        *("-protocol_whitelist", "file,pipe", "-f", demuxer_of(work.path), "-vn", "-i", f"file:{work.path}"),
        *("-filter_complex", graph, "-map", "[out]", "-threads", "1", "-f", "s16le", "pipe:1"),
    ]


class _Peaks:
    """Least and greatest sample of each stretch, eight bits each."""

    def __init__(self, samples_a_pair: int) -> None:
        self.samples_a_pair = samples_a_pair
        self.heard = 0
        self._pairs: list[int] = []
        self._rest = b""

    def hear(self, piece: bytes) -> None:
        """Some more samples: 16 bits, little end first."""
        self.heard += len(piece)
        piece = self._rest + piece
        whole = len(piece) // (2 * self.samples_a_pair) * 2 * self.samples_a_pair
        self._rest = piece[whole:]
        self._note(np.frombuffer(piece[:whole], "<i2").reshape(-1, self.samples_a_pair))

    def to_json(self) -> dict[str, Any]:
        """As audiowaveform writes it: github.com/bbc/audiowaveform, “JSON data format”."""
        last = np.frombuffer(self._rest[: len(self._rest) // 2 * 2], "<i2")
        if len(last):
            self._note(last.reshape(1, -1))
            self._rest = b""
        return {
            "version": 2,
            "channels": 1,
            "sample_rate": SAMPLE_RATE,
            "samples_per_pixel": self.samples_a_pair,
            "bits": 8,
            "length": len(self._pairs) // 2,
            "data": self._pairs,
        }

    def _note(self, stretches: np.ndarray) -> None:
        if stretches.size:
            pairs = np.stack([stretches.min(axis=1), stretches.max(axis=1)], axis=1) >> 8
            self._pairs.extend(int(value) for value in pairs.ravel())
