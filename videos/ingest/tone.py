"""HDR pictures as they are seen on the web: BT.709, as bright as the same scene would be there.

White is at 203 cd/m² (ITU-R BT.2408). Up to half of its light nothing changes; what is brighter, up to 1000 cd/m²,
shares the rest of the range, so that lights keep their shapes.
"""

import subprocess
from collections.abc import Mapping

import av
import imageio_ffmpeg
import numpy as np
from PIL import Image

# By the names that `VideoFacts.color` has, those that ffmpeg has. What is told of HDR is mostly all of BT.2020.
TRANSFERS = {"smpte2084": "smpte2084", "arib_std_b67": "arib-std-b67"}
PRIMARIES = {"bt709": "bt709", "smpte431": "smpte431", "smpte432": "smpte432"}
MATRICES = {"itu709": "bt709"}
WHITE, PEAK = 203, 1000
UNCHANGED = 0.5
# In HLG how bright a point is tells how its colours are to be shown; taken each by itself they are too strong.
EXACT = {"smpte2084": "", "arib_std_b67": ":agamma=0"}


def is_hdr(color: Mapping[str, str]) -> bool:
    """Whether pictures are to be mapped. `color`: as `VideoFacts` has it."""
    return color.get("transfer") in TRANSFERS


def sdr_filters(color: Mapping[str, str]) -> list[str]:
    """What makes HDR pictures those of BT.709, and says so of them; nothing for others. `color`: as `VideoFacts`."""
    if not is_hdr(color):
        return []
    transfer = color["transfer"]
    return [
        f"setparams=color_trc={TRANSFERS[transfer]}"
        f":color_primaries={PRIMARIES.get(color.get('primaries', ''), 'bt2020')}"
        f":colorspace={MATRICES.get(color.get('matrix', ''), 'bt2020nc')}"
        f":range={'pc' if color.get('range') == 'jpeg' else 'tv'}",
        f"zscale=transfer=linear:npl={WHITE}{EXACT[transfer]}",
        "format=gbrpf32le",
        "zscale=primaries=bt709",
        f"tonemap=mobius:param={UNCHANGED}:peak={PEAK / WHITE:.3f}:desat=0",
        "zscale=transfer=bt709:matrix=bt709:range=tv",
        "sidedata=delete:MASTERING_DISPLAY_METADATA",
        "sidedata=delete:CONTENT_LIGHT_LEVEL",
    ]


def sdr_image(frame: av.VideoFrame, color: Mapping[str, str]) -> Image.Image:
    """A decoded HDR picture. Raises CalledProcessError."""
    planes = np.moveaxis(frame.to_ndarray(format="yuv444p16le"), -1, 0)
    filters = [*sdr_filters(color), "format=yuv444p", "scale=in_color_matrix=bt709", "format=rgb24"]
    command = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "rawvideo", "-pixel_format", "yuv444p16le"),
        *("-video_size", f"{frame.width}x{frame.height}", "-i", "pipe:0"),
        *("-vf", ",".join(filters), "-f", "rawvideo", "pipe:1"),
    ]
    done = subprocess.run(command, check=True, input=planes.tobytes(), capture_output=True)
    return Image.frombytes("RGB", (frame.width, frame.height), done.stdout)
