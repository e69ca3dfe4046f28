"""A cut and nothing else, in the very process that cuts clips: what `benchmarks.posting` holds an order against.

A worker gets it by `--include benchmarks.barecut`.
"""

import json
import os
import tempfile
import time
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.core.files import File

from videos.cutting.cut import CutOrder, cut
from videos.ingest.indexing import index_of
from videos.models import VideoRendition
from videos.ranges import BucketSource, open_source
from videos.storage import video_storage


@shared_task(name="benchmarks.barecut.cut_bare")
def cut_bare(rendition_id: int, first: int, end: int, answer: str) -> None:
    """Cut these frames of a rendition, throw the clip away, and write to the file `answer` what it cost.

    `stored`: seconds that a bucket takes for the clip, by itself; into a folder it is only moved.
    """
    with tempfile.TemporaryFile(dir=settings.VAR_DIR) as target:
        begin, cpu = time.perf_counter(), time.process_time()
        rendition = VideoRendition.objects.get(pk=rendition_id)
        with open_source(rendition.file_name) as source:
            result = cut(source, index_of(rendition), CutOrder(first, end), target, lambda percent: None)
        said = {
            "wall": time.perf_counter() - begin,
            "cpu": time.process_time() - cpu,
            "process": os.getpid(),
            "encoded_frames": result.encoded_frames,
            "size_bytes": result.size_bytes,
            "requests": source.requests if isinstance(source, BucketSource) else 0,
            "bytes_read": source.bytes_read if isinstance(source, BucketSource) else 0,
        }
        if isinstance(source, BucketSource):
            begin = time.perf_counter()
            target.seek(0)
            name = video_storage().save("clips/bare.mp4", File(target))
            said["stored"] = time.perf_counter() - begin
            video_storage().delete(name)
    unfinished = Path(f"{answer}.part")
    unfinished.write_text(json.dumps(said))
    unfinished.replace(answer)
