"""The worker of `benchmarks.trim`: reads orders, a line of JSON each, cuts, and says what it cost."""

import json
import resource
import sys
import time
from pathlib import Path

from videos.cutting.cut import CutOrder, cut
from videos.cutting.index import SourceIndex
from videos.cutting.source import FileSource


class CountingSource(FileSource):
    """Counts what is asked of it."""

    requests = 0
    bytes_read = 0

    def read(self, offset: int, length: int) -> bytes:
        self.requests += 1
        self.bytes_read += length
        return super().read(offset, length)


def main() -> None:
    source, index = Path(sys.argv[1]), Path(sys.argv[2])
    for line in sys.stdin:
        first, end, target = json.loads(line)
        begin, cpu = time.perf_counter(), time.process_time()
        # The index is read anew for each cut, as a worker does that gets another video each time.
        with CountingSource(source) as file, Path(target).open("w+b") as clip:
            order = CutOrder(first, end)
            result = cut(file, SourceIndex.from_bytes(index.read_bytes()), order, clip, lambda percent: None)
        said = {
            "wall": time.perf_counter() - begin,
            "cpu": time.process_time() - cpu,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "encoded_frames": result.encoded_frames,
            "size_bytes": result.size_bytes,
            "requests": file.requests,
            "bytes_read": file.bytes_read,
        }
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
