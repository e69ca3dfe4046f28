"""Plays a clip in Chromium, and reads what it shows: from a canvas, the number in each picture.

The page is fulfilled by Playwright under an address that no network knows; the clip is served with ranges, as a player
needs it to seek.
"""

import mimetypes
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cutting.marks import CHECK_BITS, COLUMNS, NUMBER_BITS, ROWS, STRIP, UNREADABLE

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

ADDRESS = "http://clips.invalid"
PAGE = """<!doctype html><title>clip</title><video muted playsinline preload="auto" src="/clip"></video>"""

SCRIPT = """
async ({times, columns, rows, strip, turned}) => {
  const video = document.querySelector('video');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const failed = () => video.error ? `${video.error.code}: ${video.error.message}` : '';
  const happens = (name) => new Promise((resolve) => {
    video.addEventListener(name, resolve, {once: true});
    video.addEventListener('error', resolve, {once: true});
    setTimeout(resolve, 20000);
  });
  // Levels of the cells, from the picture as it was before a player turned it.
  const cells = () => {
    const isLying = turned % 180 === 0;
    canvas.width = isLying ? video.videoWidth : video.videoHeight;
    canvas.height = isLying ? video.videoHeight : video.videoWidth;
    context.translate(canvas.width / 2, canvas.height / 2);
    context.rotate(-turned * Math.PI / 180);
    context.drawImage(video, -video.videoWidth / 2, -video.videoHeight / 2);
    const {data, width, height} = context.getImageData(0, 0, canvas.width, canvas.height);
    const levels = [];
    const tall = height * strip / rows;
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
      const x = Math.floor((column + 0.5) * width / columns);
      const y = Math.floor(height - height * strip + (row + 0.5) * tall);
      levels.push(data[4 * (y * width + x) + 1] / 255);
    }
    return levels;
  };
  if (video.readyState < 2 && !video.error) await happens('loadeddata');
  if (video.error) return {error: failed(), sought: [], dropped: 0, total: 0, duration: 0};
  const ends = happens('ended');
  video.play().catch(() => {});
  await ends;
  const {droppedVideoFrames, totalVideoFrames} = video.getVideoPlaybackQuality();
  const sought = [];
  for (const time of times) {
    if (video.error) break;
    // `seeked` comes before the picture is on the screen; no new picture comes where the time is within the old one.
    const isShown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    const isThere = happens('seeked');
    video.currentTime = time;
    await isThere;
    await Promise.race([isShown, new Promise((resolve) => setTimeout(resolve, 2000))]);
    // The first picture after a seek may still be one from before.
    await new Promise((resolve) => setTimeout(resolve, 100));
    sought.push(cells());
  }
  return {error: failed(), sought, dropped: droppedVideoFrames, total: totalVideoFrames, duration: video.duration,
          size: [video.videoWidth, video.videoHeight]};
}
"""


@dataclass(frozen=True)
class Played:
    """What Chromium did with a clip.

    `error`: why it stopped, or empty. `presented`: frames that it decoded to show, by its count; `dropped`: those of
    them that came too late. `sought`: the number in the picture after each seek. `duration`: in seconds. `size`: in
    pixels, turned as shown.
    """

    error: str
    presented: int
    dropped: int
    sought: list[int]
    duration: float
    size: tuple[int, int]


def plays_in_chromium(
    page: "Page", path: Path, seek_to: Sequence[float] = (), *, turned: int = 0, tries: int = 3
) -> Played:
    """Play the clip at `path` from its beginning to its end, then seek to some times (seconds).

    A busy machine drops frames too: a clip of which some were dropped is played again, up to `tries` times; what is
    wrong with the clip drops them each time. `turned`: by how many degrees clockwise the player turns the picture.
    Chromium decodes H.264, VP9 and AV1 here, with AAC, Opus and PCM.
    """
    played = _play(page, path, seek_to, turned)
    if played.dropped and tries > 1:
        return plays_in_chromium(page, path, seek_to, turned=turned, tries=tries - 1)
    return played


def _play(page: "Page", path: Path, seek_to: Sequence[float], turned: int) -> Played:
    page.unroute_all()
    page.route(f"{ADDRESS}/**", lambda route: _answer(route, path))
    page.goto(f"{ADDRESS}/")
    given = {"times": list(seek_to), "columns": COLUMNS, "rows": ROWS, "strip": STRIP, "turned": turned}
    seen = page.evaluate(SCRIPT, given)
    return Played(
        error=seen["error"],
        presented=seen["total"],
        dropped=seen["dropped"],
        sought=[_number(cells) for cells in seen["sought"]],
        duration=seen["duration"],
        size=tuple(seen.get("size", (0, 0))),
    )


def _number(levels: Sequence[float]) -> int:
    if any(0.3 < level < 0.7 for level in levels):
        return UNREADABLE
    word = int("".join("1" if level > 0.5 else "0" for level in levels), 2)
    number = word >> CHECK_BITS
    check = zlib.crc32(number.to_bytes(3, "big")) & (1 << CHECK_BITS) - 1
    return number if word & (1 << CHECK_BITS) - 1 == check and number < 1 << NUMBER_BITS else UNREADABLE


def _answer(route: "Route", path: Path) -> None:
    if not route.request.url.endswith("/clip"):
        route.fulfill(body=PAGE, content_type="text/html")
        return
    content = path.read_bytes()
    kind = {".mov": "video/mp4"}.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "video/mp4"
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", route.request.headers.get("range", ""))
    first, last = 0, len(content) - 1
    headers = {"Accept-Ranges": "bytes", "Content-Type": kind}
    if wanted:
        first, last = int(wanted[1]), min(last, int(wanted[2] or last))
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    route.fulfill(status=206 if wanted else 200, headers=headers, body=content[first : last + 1])
