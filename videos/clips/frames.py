"""What a player has to know of a video's frames: when each one begins, and what it is called."""

from typing import Any

import numpy as np

from videos.cutting.source_index import SourceIndex
from videos.cutting.timecode import counted_from_zero


def frames_to_json(index: SourceIndex) -> dict[str, Any]:
    """Times exact, names as `videos.cutting.timecode` gives them.

    `start`: when frame 0 begins, seconds. `runs`: pairs of how many frames follow one another and how long each of
    them is, in parts of a second of which there are `timescale`. A constant rate is one pair.
    """
    lengths = np.diff(index.boundaries)
    ends = np.append(np.flatnonzero(np.diff(lengths)) + 1, len(lengths))
    counts = np.diff(ends, prepend=0)
    timecode = index.timecode or counted_from_zero(index.rate)
    return {
        "start": float(index.time_of(0)),
        "timescale": index.video.timescale,
        "runs": [[int(count), int(lengths[end - 1])] for count, end in zip(counts, ends, strict=True)],
        "timecode": {"first": timecode.first, "base": timecode.base, "drop": timecode.drop},
        "is_source_timecode": index.timecode is not None,
    }
