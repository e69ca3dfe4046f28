"""Sample entries of a clip, made from the source's: only what players need."""

import struct
from fractions import Fraction

from videos.cutting.boxes import read_boxes, write_box
from videos.cutting.timecode import Timecode
from videos.cutting.tracks import PICTURE_FIELDS

# Colour, shape of pixels, cropping, fields, mastering display, light level, and the tables of DNxHD.
KEPT = {b"colr", b"pasp", b"clap", b"fiel", b"gama", b"mdcv", b"clli", b"ACLR", b"ARES", b"APRG", b"ADHR"}
NAME_AT, NAME_LENGTH = 50, 32


def picture_entry(source: bytes, record_box: bytes, record: bytes) -> bytes:
    """A picture entry with all parameter sets in it (`record`, empty for a codec without), and no names of devices."""
    fields = bytearray(source[8 : 8 + PICTURE_FIELDS])
    fields[NAME_AT - 8 : NAME_AT - 8 + NAME_LENGTH] = bytes(NAME_LENGTH)
    kept = [box.write() for box in read_boxes(source, 8 + PICTURE_FIELDS) if box.kind in KEPT]
    own = [write_box(record_box, record)] if record else []
    return write_box(source[4:8], bytes(fields), *own, *kept)


def timecode_entry(timecode: Timecode, rate: Fraction, timescale: int) -> bytes:
    """QuickTime File Format, “Timecode sample description”."""
    flags = 2 | int(timecode.drop)
    length = round(timescale / rate)
    return write_box(b"tmcd", struct.pack(">6xHIIIIBx", 1, 0, flags, timescale, length, timecode.base))
