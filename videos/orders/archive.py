"""All clips of an order as one ZIP, which is nowhere: it is put together from the stored clips while it is sent."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from videos.clips.captions import captions_of_all, clipped_webvtt
from videos.errors import SourceChanged
from videos.orders.contents import OrderContents, OrderedClip
from videos.orders.manifest import as_csv, as_json, manifest_of
from videos.orders.names import Names, safe_stem
from videos.orders.stored_zip import StoredFile, StoredZip
from videos.ranges import open_source

MANIFEST_JSON = "manifest.json"
MANIFEST_CSV = "manifest.csv"
# Read at a time, of a bucket with a request: memory that a download takes.
CHUNK_BYTES = 4 << 20
# How its own texts are told from stored files.
TEXT = "text:"


@dataclass(frozen=True)
class Archive:
    """An archive as it would be sent now. `missing`: numbers of the lines whose clip is not in it."""

    name: str
    etag: str
    missing: list[int]
    layout: StoredZip
    texts: dict[str, bytes]

    @property
    def size(self) -> int:
        """Bytes."""
        return self.layout.size

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes between two places. Raises SourceUnreadable, SourceChanged where a file is gone meanwhile."""
        return self.layout.read(start, end, self._read_file)

    def _read_file(self, source: str, start: int, end: int) -> Iterator[bytes]:
        if source.startswith(TEXT):
            yield self.texts[source][start:end]
            return
        name, _colon, size = source.rpartition(":")
        with open_source(name) as file:
            if file.size != int(size):
                raise SourceChanged
            while start < end:
                chunk = file.read(start, min(CHUNK_BYTES, end - start))
                start += len(chunk)
                yield chunk


def archive_of(contents: OrderContents) -> Archive | None:
    """The archive of what can be had of an order, once nothing of it is waited for; None before, and of nothing."""
    if not contents.ready or not contents.is_over:
        return None
    # Rows that mean the same frames share a file.
    clips = {one.clip.pk: one for one in reversed(contents.ready)}
    captions = captions_of_all(one.clip for one in clips.values())
    names = Names(MANIFEST_JSON, MANIFEST_CSV)
    texts: dict[str, bytes] = {}
    files: list[StoredFile] = []
    named: dict[Any, tuple[str, list[str]]] = {}

    def add_text(name: str, content: bytes) -> None:
        texts[f"{TEXT}{name}"] = content
        files.append(StoredFile(name, f"{TEXT}{name}", len(content), zlib.crc32(content)))

    for pk, one in reversed(clips.items()):
        clip = one.clip
        name = names.take(_stem_of(one), PurePosixPath(clip.download_name).suffix)
        files.append(StoredFile(name, f"{clip.file_name}:{clip.size_bytes}", clip.size_bytes or 0, clip.crc32 or 0))
        named[pk] = name, []
        for caption in captions[pk]:
            beside = names.take(f"{PurePosixPath(name).stem}_{caption.language}", ".vtt")
            add_text(beside, clipped_webvtt(clip, caption).encode())
            named[pk][1].append(beside)
    rows = manifest_of(contents, named)
    add_text(MANIFEST_JSON, as_json(contents, rows))
    add_text(MANIFEST_CSV, as_csv(rows))
    layout = StoredZip(files, contents.order.created_at)
    sources = "\n".join(file.source for file in files)
    etag = f'"{hashlib.sha256(layout.own_bytes + sources.encode()).hexdigest()[:32]}"'
    missing = [one.line.number for one in contents.clips if not one.is_ready]
    return Archive(f"order_{str(contents.order.pk)[:8]}.zip", etag, missing, layout, texts)


def _stem_of(one: OrderedClip) -> str:
    """What the clip is called: as its line is labelled, or by its video and its points."""
    return safe_stem(one.line.label, PurePosixPath(one.clip.download_name).stem)
