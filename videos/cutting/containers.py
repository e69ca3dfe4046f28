"""Which kind of file a file is, by its own first bytes; never by its name."""

from pathlib import Path

from videos.errors import NoVideo


def demuxer_of(path: Path) -> str:
    """Which of FFmpeg's demuxers a file is for. Playlists, scripts and whatever opens other files are not among them.

    Raises NoVideo.
    """
    with path.open("rb") as file:
        start = file.read(1024)
    if start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    if start[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if start[:4] == b"RIFF" and start[8:12] == b"AVI ":
        return "avi"
    if start[:4] == b"\x06\x0e\x2b\x34":
        return "mxf"
    if start[:1] == b"G" and start[188:189] == b"G":
        return "mpegts"
    if start[:4] == b"\x00\x00\x01\xba":
        return "mpeg"
    raise NoVideo(reason="unknown container")
