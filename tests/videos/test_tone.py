"""HDR looks on the web as the same scene does in SDR, and says that it is BT.709."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.cutting.encoding import ffmpeg
from tests.videos.conftest import taken_in
from videos.models import VideoFile

pytestmark = pytest.mark.django_db

# Red, green and blue of SDR, of each stripe. White comes last, a little darker than there: lights are brighter still.
STRIPES = np.array([(0.2, 0.2, 0.2), (0.5, 0.5, 0.5), (0.6, 0.2, 0.2), (0.2, 0.6, 0.2), (0.2, 0.2, 0.6), (1, 1, 1)])
WIDTH, HEIGHT = 64, 180
# BT.709 in BT.2020 (ITU-R BT.2087), and the brightness of a colour there.
TO_2020 = np.array([(0.6274, 0.3293, 0.0433), (0.0691, 0.9195, 0.0114), (0.0164, 0.0880, 0.8956)])
LUMA = np.array([0.2627, 0.6780, 0.0593])
WHITE = 203

Light = NDArray[np.float64]


def perceptual_quantizer(light: Light) -> Light:
    """ITU-R BT.2100, table 4. `light`: cd/m²."""
    part = (light / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * part) / (1 + 18.6875 * part)) ** 78.84375


def hybrid_log_gamma(light: Light) -> Light:
    """ITU-R BT.2100, table 5, as it is shown at 1000 cd/m²."""
    scene = light / 1000 * ((light @ LUMA) / 1000)[:, None] ** (1 / 1.2 - 1)
    bright = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)


CURVES = {"smpte2084": perceptual_quantizer, "arib-std-b67": hybrid_log_gamma}


def film(path: Path, transfer: str, curve: Callable[[Light], Light]) -> Path:
    """Two seconds of stripes in HDR, 10 bits."""
    coded = curve((STRIPES**2.4 * WHITE) @ TO_2020.T)
    luma = coded @ LUMA
    planes = [64 + 876 * luma, 512 + 896 * (coded[:, 2] - luma) / 1.8814, 512 + 896 * (coded[:, 0] - luma) / 1.4746]
    wide = [np.tile(np.repeat(plane, WIDTH), (HEIGHT, 1)) for plane in planes]
    frame = b"".join(np.round(plane).astype("<u2").tobytes() for plane in wide)
    size = f"{WIDTH * len(STRIPES)}x{HEIGHT}"
    told = f"setparams=color_trc={transfer}:color_primaries=bt2020:colorspace=bt2020nc:range=tv,format=yuv420p10le"
    light = "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50):max-cll=1000,400"
    ffmpeg(
        *("-f", "rawvideo", "-pixel_format", "yuv444p10le", "-video_size", size, "-framerate", "25", "-i", "pipe:0"),
        *("-vf", told, "-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1"),
        *("-x265-params", f"log-level=error:pools=1:crf=8:{light}", str(path)),
        content=iter([frame] * 50),
    )
    return path


def seen(picture: Image.Image) -> NDArray[np.float64]:
    """The colour of each stripe, from 0 to 1."""
    pixels = np.asarray(picture.convert("RGB")).astype(float) / 255
    width = pixels.shape[1] / len(STRIPES)
    middles = [slice(int(width * (at + 0.4)), int(width * (at + 0.6))) for at in range(len(STRIPES))]
    return np.array([pixels[10:-10, middle].mean((0, 1)) for middle in middles])


def looks_right(picture: Image.Image) -> bool:
    """Whether stripes have the colours of SDR, and white is bright."""
    colours = seen(picture)
    return bool(np.abs(colours[:-1] - STRIPES[:-1]).max() < 0.04 and 0.85 < colours[-1].min() < 0.95)


@pytest.mark.parametrize("transfer", CURVES)
def test_hdr_is_shown_as_it_would_be_in_sdr(transfer: str, settings: Any, library: Path, tmp_path: Path) -> None:
    settings.VIDEO_LADDER = ["web:360:800", "proxy:240:400"]
    video = taken_in(film(tmp_path / "source.mp4", transfer, CURVES[transfer]))
    assert video.stream_facts["color"]["transfer"] == transfer.replace("-", "_")
    for name in ("web", "proxy"):
        with av.open(str(library / video.renditions.get(name=name).file_name)) as container:
            frame = next(container.decode(video=0))
        assert (frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range) == (1, 1, 1, 1)
        assert not any(frame.side_data.get(of_hdr) for of_hdr in ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"))
        assert looks_right(frame.to_image())
    assert looks_right(poster_of(video))
    with Image.open(library / video.storyboard.file_name) as sheet:
        tile = video.storyboard
        assert looks_right(sheet.crop((0, 0, tile.tile_width, tile.tile_height)))


def poster_of(video: VideoFile) -> Image.Image:
    """Its still."""
    assert video.poster is not None
    with video.poster.file.open() as file:
        picture = Image.open(file)
        picture.load()
    return picture
