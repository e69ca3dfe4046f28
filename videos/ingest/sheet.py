"""The sheet of stills, by MoviePy. Runs in `videos.ingest.reader`, on renditions that we made ourselves.

MoviePy has FFmpeg guess what a file is, so nothing of a stranger's comes before it. On a small rendition it is exact to
the frame, and each still costs the same however long the film is (docs/decisions/0018-ingest.md has the figures).
"""

import math
from pathlib import Path
from typing import Any

# Stills at most, and seconds between them at least.
MOST_STILLS = 100
LEAST_INTERVAL = 1.0
COLUMNS = 10
WIDTH, HEIGHT = 160, 120


def write_storyboard(path: Path, result: Path) -> dict[str, Any]:
    """Write the sheet; tell how to read it. A still is taken in the middle of the time for which it stands."""
    # Half a second to import, which the reader's other actions need not wait for.
    from moviepy import VideoFileClip
    from PIL import Image

    with VideoFileClip(str(path), audio=False) as clip:
        duration, (width, height) = clip.duration, clip.size
        last = max(0.0, duration - 1 / clip.fps)
    scale = min(WIDTH / width, HEIGHT / height)
    tile = (max(2, round(width * scale)), max(2, round(height * scale)))
    interval = max(LEAST_INTERVAL, duration / MOST_STILLS)
    count = max(1, math.ceil(duration / interval - 1e-6))
    columns = min(count, COLUMNS)
    sheet = Image.new("RGB", (columns * tile[0], math.ceil(count / columns) * tile[1]))
    with VideoFileClip(str(path), audio=False, target_resolution=tile) as clip:
        for number in range(count):
            row, column = divmod(number, columns)
            still = Image.fromarray(clip.get_frame(min(last, (number + 0.5) * interval)))
            sheet.paste(still, (column * tile[0], row * tile[1]))
    sheet.save(result, "JPEG", quality=80)
    return {"count": count, "columns": columns, "tile_width": tile[0], "tile_height": tile[1], "interval": interval}
