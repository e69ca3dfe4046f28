"""The demo's videos: real H.264 with moving pictures, a burnt-in frame number, and sound whose sync can be measured.

For people: timecode and frame number in the picture. For programs: a row of `BITS` squares at the bottom left, the
frame number in binary, most significant bit first, white for 1; `read_frame_number` reads it back from decoded pixels.
At the first frame of each second a white square flashes at the top right and a beep of 1 kHz begins, one frame long.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import imageio_ffmpeg
from PIL import Image, ImageDraw, ImageFont

from cms.demo.pictures import SCENES, draw_picture

WIDTH, HEIGHT, RATE = 1280, 720, 25
BITS, CELL = 16, 32


def make_footage(path: Path, *, seconds: int, seed: int, title: str) -> None:
    """Write an MP4 of 1280 by 720 pixels, 25 frames a second, GOP of 50 with B-frames, AAC stereo at 48 kHz.

    `seed` chooses the scenes. Raises subprocess.CalledProcessError when the encoder fails.
    """
    scenes = sorted(SCENES)
    with tempfile.TemporaryDirectory() as folder:
        background, boat, banner, font = (
            Path(folder) / name for name in ("sea.png", "boat.png", "title.png", "font.ttf")
        )
        _background(scenes[seed % len(scenes)]).save(background)
        _boat().save(boat)
        _banner(title).save(banner)
        font.write_bytes(_font_bytes())
        encoder = subprocess.Popen(
            _command(path, background, boat, banner, font, seconds), stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        _output, errors = encoder.communicate(b"".join(_bit_rows(seconds * RATE)))
    if encoder.returncode:
        raise subprocess.CalledProcessError(encoder.returncode, "ffmpeg", stderr=errors)


def read_frame_number(frame: Image.Image) -> int:
    """The frame number in a decoded picture (RGB or grey, 1280 by 720)."""
    grey = frame.convert("L")
    number = 0
    for bit in range(BITS):
        level = grey.getpixel((bit * CELL + CELL // 2, HEIGHT - CELL // 2))
        number = number * 2 + (1 if isinstance(level, int | float) and level > 127 else 0)
    return number


def _bit_rows(frames: int) -> Iterator[bytes]:
    """A row of grey pixels a frame, a pixel a bit: the encoder scales them up."""
    for number in range(frames):
        yield bytes(235 if number >> (BITS - 1 - bit) & 1 else 16 for bit in range(BITS))


def _command(path: Path, background: Path, boat: Path, banner: Path, font: Path, seconds: int) -> list[str]:
    text = f"drawtext=fontfile={font}:fontsize=34:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=8"
    graph = ";".join(
        [
            # A slow pan over the scene, and a boat that sails through it.
            f"[0:v]format=yuv420p,loop=loop=-1:size=1,setpts=N/({RATE}*TB),crop={WIDTH}:{HEIGHT}:x='(in_w-out_w)*(0.5+0.5*sin(n/180))':y='(in_h-out_h)*(0.5+0.5*cos(n/230))'[sea]",
            "[sea][1:v]overlay=x='mod(n*2.4,1600)-320':y='452+10*sin(n/14)':eval=frame[moving]",
            f"[2:v]scale={BITS * CELL}:{CELL}:flags=neighbor[bits]",
            f"[moving][bits]overlay=x=0:y={HEIGHT - CELL}[counted]",
            "[counted][3:v]overlay=x=24:y=24[titled]",
            f"[titled]drawbox=x={WIDTH - 144}:y=24:w=120:h=120:t=fill:color=white:enable='not(mod(n,{RATE}))',"
            f"{text}:x=24:y=84:timecode='00\\:00\\:00\\:00':rate={RATE},"
            f"{text}:x=24:y=138:text='%{{frame_num}}',format=yuv420p[out]",
        ]
    )
    beep = f"aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t,1),{1 / RATE})':s=48000:c=stereo:d={seconds}"
    return [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y"),
        *("-framerate", str(RATE), "-i", str(background)),
        *("-i", str(boat)),
        *(
            "-f",
            "rawvideo",
            "-pixel_format",
            "gray",
            "-video_size",
            f"{BITS}x1",
            "-framerate",
            str(RATE),
            "-i",
            "pipe:0",
        ),
        *("-i", str(banner)),
        *("-f", "lavfi", "-i", beep),
        *("-filter_complex", graph, "-map", "[out]", "-map", "4:a", "-t", str(seconds)),
        *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-crf", "23", "-threads", "1"),
        *("-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-bf", "2", "-color_primaries", "bt709"),
        *("-color_trc", "bt709", "-colorspace", "bt709", "-c:a", "aac", "-b:a", "128k", "-ac", "2"),
        *("-movflags", "+faststart", "-fflags", "+bitexact", "-f", "mp4", str(path)),
    ]


def _background(key: str) -> Image.Image:
    return Image.open(BytesIO(draw_picture(key))).resize((1600, 1066)).crop((0, 83, 1600, 983))


def _boat() -> Image.Image:
    boat = Image.new("RGBA", (320, 150))
    draw = ImageDraw.Draw(boat)
    draw.polygon([(0, 100), (24, 145), (290, 145), (319, 88), (210, 104)], fill=(18, 30, 48, 255))
    draw.rectangle((96, 74, 214, 104), fill=(246, 244, 238, 255))
    draw.polygon([(140, 46), (206, 46), (216, 74), (130, 74)], fill=(246, 244, 238, 255))
    draw.rectangle((172, 4, 177, 46), fill=(18, 30, 48, 255))
    draw.polygon([(245, 145), (262, 145), (282, 98), (266, 98)], fill=(200, 62, 52, 255))
    return boat


def _banner(title: str) -> Image.Image:
    font = ImageFont.load_default(34)
    left, _top, right, _low = font.getbbox(title)
    banner = Image.new("RGBA", (min(int(right - left) + 28, WIDTH - 200), 52), (10, 20, 40, 170))
    ImageDraw.Draw(banner).text((14, 4), title, font=font, fill=(255, 255, 255, 255))
    return banner


def _font_bytes() -> bytes:
    """Pillow's own typeface: no font of the machine is needed."""
    font = ImageFont.load_default(34)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow is built with FreeType.
    assert isinstance(font.path, BytesIO)
    return font.path.getvalue()
