"""Seams of H.265, by x265. It knows no ids of parameter sets but 0: its sets and slices are renamed behind it."""

from collections.abc import Iterable
from fractions import Fraction

import av

from videos.cutting.h264 import join, split_start_codes
from videos.cutting.hevc import (
    LAST_SLICE,
    PPS,
    SEI_KINDS,
    SPS,
    VPS,
    HevcPicture,
    HevcRecord,
    HevcSequence,
    hevc_set_id,
    kind_of,
    read_hevc_picture,
    read_hevc_sequence,
    renamed_set,
    renamed_slice,
)
from videos.cutting.seams import THREADS
from videos.errors import CannotCopy

PRESET = "ultrafast"
QUANTIZER = 18
# Of all three kinds: sequence parameter sets have the fewest.
HIGHEST_ID = 15


class HevcSewing:
    """Makes seams like a source. `record`: the sets in force; `all_sets`: every set of the source; `aspect`: shape of a
    pixel, or None if it is square or not told.
    """

    decoder, encoder = "hevc", "libx265"

    def __init__(self, record: HevcRecord, all_sets: Iterable[bytes], aspect: Fraction | None) -> None:
        taken = {hevc_set_id(nal) for nal in all_sets}
        free = next((number for number in range(HIGHEST_ID + 1) if number not in taken), None)
        if free is None:
            raise CannotCopy("no parameter set id is free")
        self._id, self._aspect = free, aspect
        self._sps: HevcSequence | None = None
        self._pps: HevcPicture | None = None

    def configure(self, encoder: av.VideoCodecContext, frame: av.VideoFrame) -> None:
        """Colour and shape of pixels as in the source; profile and depth follow from the frame."""
        if frame.interlaced_frame:
            raise CannotCopy("fields in H.265")
        if self._aspect:
            encoder.sample_aspect_ratio = self._aspect
        encoder.color_primaries, encoder.color_trc = frame.color_primaries, frame.color_trc
        encoder.colorspace, encoder.color_range = frame.colorspace, frame.color_range
        parameters = {
            "qp": QUANTIZER, "bframes": 0, "keyint": -1, "scenecut": 0, "open-gop": 0, "repeat-headers": 0, "info": 0,
            "wpp": 0, "slices": 1, "weightp": 0, "pools": THREADS, "frame-threads": THREADS, "log-level": "none",
        }  # fmt: skip
        options = ":".join(f"{name}={value}" for name, value in parameters.items())
        encoder.options = {"preset": PRESET, "x265-params": options}

    def sets_of(self, extradata: bytes) -> tuple[bytes, ...]:
        """One of each kind, with our id."""
        sets = {kind_of(nal): nal for nal in split_start_codes(extradata)}
        if not {VPS, SPS, PPS} <= sets.keys():
            raise CannotCopy("an encoder without parameter sets")
        self._sps, self._pps = read_hevc_sequence(sets[SPS]), read_hevc_picture(sets[PPS])
        return tuple(renamed_set(sets[kind], self._id) for kind in (VPS, SPS, PPS))

    def sample_of(self, stream: bytes) -> bytes:
        """With our id in its slices."""
        if self._sps is None or self._pps is None:
            raise CannotCopy("an encoder without parameter sets")
        nals = []
        for nal in split_start_codes(stream):
            if kind_of(nal) <= LAST_SLICE:
                nals.append(renamed_slice(nal, self._id, self._sps, self._pps))
            elif kind_of(nal) not in (VPS, SPS, PPS, *SEI_KINDS):
                nals.append(nal)
        return join(nals)
