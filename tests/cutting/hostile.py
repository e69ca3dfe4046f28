"""Files that are not what they seem, or that want more of a machine than it should give; made by code, on the disk.

`HOSTILE` names them; each function writes one file into a folder and returns its path. The first of them tell a reader
to open something else: `secret` is the file that it must not read, `address` the one that it must not fetch.
"""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.cutting.encoding import encode, x264

Writer = Callable[[Path, Path, str], Path]

HOSTILE: dict[str, Writer] = {}


def hostile(write: Writer) -> Writer:
    """Puts a function into HOSTILE under its name."""
    HOSTILE[write.__name__] = write
    return write


def write_all(folder: Path, secret: Path, address: str) -> dict[str, Path]:
    """Every hostile file, by name."""
    return {name: write(folder, secret, address) for name, write in HOSTILE.items()}


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _box(kind: bytes, *content: bytes) -> bytes:
    whole = b"".join(content)
    return struct.pack(">I4s", 8 + len(whole), kind) + whole


@hostile
def playlist_as_mp4(folder: Path, secret: Path, address: str) -> Path:
    """An HLS playlist that names a file and an address."""
    lines = [
        "#EXTM3U",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXTINF:1.0,",
        f"file://{secret}",
        "#EXTINF:1.0,",
        f"{address}/segment.ts",
    ]
    return _written(folder / "playlist.mp4", "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode())


@hostile
def playlist_behind_a_signature(folder: Path, secret: Path, address: str) -> Path:
    """The same behind bytes that look like the first box of an MP4."""
    content = playlist_as_mp4(folder, secret, address).read_bytes()
    return _written(folder / "signed.mp4", _box(b"ftyp", b"isom\0\0\0\0isom") + content)


@hostile
def playlist_as_avi(folder: Path, secret: Path, address: str) -> Path:
    """An HLS playlist inside an AVI, as it once made a transcoder show local files."""
    content = playlist_as_mp4(folder, secret, address).read_bytes()
    chunk = b"movi00dc" + struct.pack("<I", len(content)) + content
    whole = b"AVI " + b"LIST" + struct.pack("<I", len(chunk)) + chunk
    return _written(folder / "playlist.avi", b"RIFF" + struct.pack("<I", len(whole)) + whole)


@hostile
def concat_script_as_mp4(folder: Path, secret: Path, _address: str) -> Path:
    """A script of ffmpeg's concat demuxer."""
    return _written(folder / "concat.mp4", f"ffconcat version 1.0\nfile '{secret}'\nfile 'concat:{secret}'\n".encode())


@hostile
def dash_manifest_as_mp4(folder: Path, secret: Path, address: str) -> Path:
    """An MPD, which also declares an entity that is a file."""
    text = f"""<?xml version="1.0"?><!DOCTYPE MPD [<!ENTITY secret SYSTEM "file://{secret}">]>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet
mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{address}/&secret;</BaseURL>
<SegmentList><SegmentURL media="file://{secret}"/></SegmentList></Representation></AdaptationSet></Period></MPD>"""
    return _written(folder / "manifest.mp4", text.encode())


@hostile
def vector_picture_as_mov(folder: Path, secret: Path, address: str) -> Path:
    """An SVG that includes a file and an address."""
    parts = f'<image href="file://{secret}"/><image href="{address}/picture.png"/>'
    return _written(folder / "picture.mov", f'<svg xmlns="http://www.w3.org/2000/svg">{parts}</svg>'.encode())


@hostile
def external_references(folder: Path, secret: Path, _address: str) -> Path:
    """A MOV whose samples are said to lie in another file: an alias and a URL as data reference, both not "here"."""
    sound = folder / "external-source.mov"
    encode(sound, *x264(), seconds=1, sounds=())
    content = sound.read_bytes()
    sound.unlink()
    place = f"file://{secret}".encode() + b"\0"
    return _written(folder / "external.mov", _with_reference(content, _box(b"url ", bytes(4), place)))


def _with_reference(content: bytes, reference: bytes) -> bytes:
    """The file (moov last) with another data reference in place of "the samples are here"."""
    changed = bytearray(content)
    moov = changed.rindex(b"moov") - 4
    dref = changed.index(b"dref", moov) - 4
    old = dref + 16
    size = struct.unpack_from(">I", changed, old)[0]
    changed[old : old + size] = reference
    # The boxes around it begin before it and end after it.
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        at = changed.index(kind, moov) - 4
        struct.pack_into(">I", changed, at, struct.unpack_from(">I", changed, at)[0] + len(reference) - size)
    return bytes(changed)


@hostile
def absurd_dimensions(folder: Path, _secret: Path, _address: str) -> Path:
    """H.264 whose sample entry and header say 65535 by 65535 pixels."""
    path = folder / "vast.mp4"
    encode(path, *x264(), seconds=1, sounds=())
    content = bytearray(path.read_bytes())
    entry = content.index(b"avc1", content.rindex(b"moov")) + 4
    struct.pack_into(">HH", content, entry + 24, 65535, 65535)
    header = content.index(b"tkhd", content.rindex(b"moov")) + 4
    struct.pack_into(">II", content, header + 76, 65535 << 16, 65535 << 16)
    return _written(path, bytes(content))


@hostile
def absurd_duration(folder: Path, _secret: Path, _address: str) -> Path:
    """A frame that lasts 49 days: what its table says in 32 bits at 1000 ticks a second."""
    path = folder / "endless.mp4"
    encode(path, *x264(), "-video_track_timescale", "1000", seconds=1, sounds=())
    content = bytearray(path.read_bytes())
    table = content.index(b"stts", content.rindex(b"moov")) + 4
    struct.pack_into(">I", content, table + 12, 0xFFFFFFFF)
    return _written(path, bytes(content))


@hostile
def absurd_counts(folder: Path, _secret: Path, _address: str) -> Path:
    """A table that says it has four thousand million entries, in a file of some kilobytes."""
    path = folder / "countless.mp4"
    encode(path, *x264(), seconds=1, sounds=())
    content = bytearray(path.read_bytes())
    for kind in (b"stsz", b"stts", b"stsc", b"stco"):
        table = content.index(kind, content.rindex(b"moov")) + 4
        struct.pack_into(">I", content, table + (8 if kind == b"stsz" else 4), 0xFFFFFFF0)
    return _written(path, bytes(content))


@hostile
def same_size_for_ever(folder: Path, _secret: Path, _address: str) -> Path:
    """Tables of few bytes for thousands of millions of samples: all of one size and one duration."""
    path = folder / "multitude.mp4"
    encode(path, *x264(), seconds=1, sounds=())
    content = bytearray(path.read_bytes())
    moov = content.rindex(b"moov")
    struct.pack_into(">II", content, content.index(b"stsz", moov) + 8, 1, 0xFFFFFFF0)
    struct.pack_into(">II", content, content.index(b"stts", moov) + 12, 0xFFFFFFF0, 1)
    return _written(path, bytes(content))


@hostile
def compressed_moov_bomb(folder: Path, _secret: Path, _address: str) -> Path:
    """A MOV with a compressed table of contents (cmov): a megabyte at most that becomes 200."""
    packed = zlib.compress(bytes(200 << 20), 1)
    inside = _box(b"cmov", _box(b"dcom", b"zlib"), _box(b"cmvd", struct.pack(">I", 200 << 20), packed))
    return _written(folder / "bomb.mov", _box(b"ftyp", b"qt  \0\0\0\0qt  ") + _box(b"moov", inside))


@hostile
def picture_bomb(folder: Path, _secret: Path, _address: str) -> Path:
    """A PNG, called a MOV, of 20000 by 20000 pixels: less than 2 megabytes that become 400."""

    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(20001)) for _ in range(20000)) + packer.flush()
    header = struct.pack(">2I5B", 20000, 20000, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", rows) + part(b"IEND", b"")
    return _written(folder / "picture-bomb.png.mov", png)


@hostile
def boxes_within_boxes(folder: Path, _secret: Path, _address: str) -> Path:
    """Boxes in boxes, ten thousand deep."""
    head = b"".join(
        struct.pack(">I4s", 8 * (10_000 - depth), b"moov" if depth == 0 else b"trak") for depth in range(10_000)
    )
    return _written(folder / "deep.mp4", _box(b"ftyp", b"isom\0\0\0\0isom") + head)


@hostile
def box_of_no_end(folder: Path, _secret: Path, _address: str) -> Path:
    """A box whose 64-bit size reaches far beyond the file, and one whose size is smaller than its header."""
    return _written(
        folder / "no-end.mp4",
        _box(b"ftyp", b"isom\0\0\0\0isom")
        + struct.pack(">I4sQ", 1, b"moov", 1 << 62)
        + struct.pack(">I4s", 3, b"trak"),
    )


@hostile
def truncated(folder: Path, _secret: Path, _address: str) -> Path:
    """The first half of an MP4 whose moov is last."""
    path = folder / "truncated.mp4"
    encode(path, *x264(), seconds=1)
    return _written(path, path.read_bytes()[: path.stat().st_size // 2])


@hostile
def truncated_samples(folder: Path, _secret: Path, _address: str) -> Path:
    """The first half of an MP4 whose moov is first: its tables tell of samples that are not there."""
    path = folder / "truncated-samples.mp4"
    encode(path, *x264(), "-movflags", "+faststart", seconds=1)
    return _written(path, path.read_bytes()[: path.stat().st_size // 2])


@hostile
def nothing(folder: Path, _secret: Path, _address: str) -> Path:
    """A file of no bytes."""
    return _written(folder / "nothing.mp4", b"")


@hostile
def noise(folder: Path, _secret: Path, _address: str) -> Path:
    """Bytes without a meaning behind the signature of each container in turn."""
    return _written(folder / "noise.mkv", b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 400)
