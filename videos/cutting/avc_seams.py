"""Seams of H.264, by x264."""

from collections.abc import Iterable
from fractions import Fraction

import av

from videos.cutting.h264 import (
    IDR_SLICE,
    PPS,
    SEI,
    SLICE,
    SPS,
    Record,
    allow_late_frames,
    join,
    read_picture_set,
    read_sequence_set,
    set_id,
    split,
    split_start_codes,
)
from videos.cutting.seams import THREADS
from videos.cutting.slices import bottom_field_first
from videos.errors import CannotCopy

PROFILES = {66: "baseline", 77: "main", 100: "high", 110: "high10", 122: "high422", 244: "high444"}
# Slower ones take longer than all else, and bits do not matter here: see `benchmarks.trim`.
PRESET = "ultrafast"
# A constant step promises a quality whatever the picture: 42 dB and better.
QUANTIZER = 18
HIGHEST_ID = 31
FULL_RANGE, LIMITED_RANGE = 2, 1
X264_WORD = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")


class AvcSewing:
    """Makes seams like a source. `record`: the sets in force; `all_sets`: every set of the source; `sample`: a picture,
    which shows the order of fields.
    """

    decoder, encoder = "h264", "libx264"

    def __init__(self, record: Record, all_sets: Iterable[bytes], sample: bytes) -> None:
        self._sequences = {sps.id: sps for nal in record.sequence_sets for sps in [read_sequence_set(nal)]}
        self._pictures = {pps.id: pps for nal in record.picture_sets for pps in [read_picture_set(nal)]}
        self._sequence = read_sequence_set(record.sequence_sets[0])
        taken = {set_id(nal) for nal in all_sets}
        # The encoder takes one number for its sequence and for its picture set.
        free = next((number for number in range(HIGHEST_ID + 1) if number not in taken), None)
        if free is None:
            raise CannotCopy("no parameter set id is free")
        self._id = free
        slices = (nal for nal in split(sample, record.length_size) if nal[0] & 31 in (SLICE, IDR_SLICE))
        self._bottom_first = bottom_field_first(next(slices), self._sequences, self._pictures)

    def configure(self, encoder: av.VideoCodecContext, frame: av.VideoFrame) -> None:
        """Profile, level, colour, shape of pixels and fields as in the source."""
        sps = self._sequence
        if sps.profile not in PROFILES:
            raise CannotCopy(f"a seam of profile {sps.profile}")
        if sps.aspect[0] and sps.aspect[1]:
            encoder.sample_aspect_ratio = Fraction(*sps.aspect)
        encoder.color_primaries, encoder.color_trc, encoder.colorspace = sps.colour
        encoder.color_range = FULL_RANGE if sps.full_range else LIMITED_RANGE
        parameters = {
            "sps-id": str(self._id),
            "keyint": "infinite",
            "scenecut": "0",
            "bframes": "0",
            "threads": str(THREADS),
            # It counts from 0 for 8 bits, from below for more.
            "qp": str(QUANTIZER + 6 * (sps.depth - 8)),
        }
        if not sps.frames_only and frame.interlaced_frame:
            parameters["bff" if self._bottom_first else "tff"] = "1"
        elif not sps.frames_only:
            # Progressive frames in a stream that might have others.
            parameters["fake-interlaced"] = "1"
        encoder.options = {
            "preset": PRESET,
            "profile": PROFILES[sps.profile],
            "level": f"{sps.level // 10}.{sps.level % 10}",
            "x264-params": ":".join(f"{name}={value}" for name, value in parameters.items()),
        }

    def sets_of(self, extradata: bytes) -> tuple[bytes, ...]:
        """One of each kind, with our id."""
        sets = {nal[0] & 31: nal for nal in split_start_codes(extradata)}
        if not {SPS, PPS} <= sets.keys() or set_id(sets[SPS]) != self._id or set_id(sets[PPS]) != self._id:
            raise CannotCopy("an encoder that does not take our parameter set id")
        # FFmpeg, and so Chromium, loses pictures where it has to begin to wait for late ones in mid-stream.
        late_frames = max(sps.most_late_frames for sps in self._sequences.values())
        return allow_late_frames(sets[SPS], late_frames), sets[PPS]

    def sample_of(self, stream: bytes) -> bytes:
        """Without what the encoder says of itself, which no viewer needs."""
        nals = split_start_codes(stream)
        return join([nal for nal in nals if nal[0] & 31 != SEI or X264_WORD not in nal])
