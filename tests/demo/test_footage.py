"""The demo's videos can be measured: each frame tells its number, each second begins with a flash and a beep."""

import array
import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import pytest
from av.video.frame import PictureType

from cms.demo.footage import RATE, make_footage, read_frame_number


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("footage") / "three-seconds.mp4"
    make_footage(path, seconds=3, seed=7, title="Exercice « Main ferme »")
    return path


def test_every_frame_tells_its_number(footage: Path) -> None:
    with av.open(str(footage)) as container:
        numbers = [read_frame_number(frame.to_image()) for frame in container.decode(video=0)]
    assert numbers == list(range(3 * RATE))


def test_every_second_begins_with_a_flash(footage: Path) -> None:
    with av.open(str(footage)) as container:
        flashes = [
            number
            for number, frame in enumerate(container.decode(video=0))
            if frame.to_image().convert("L").getpixel((1196, 84)) > 220
        ]
    assert flashes == [0, 25, 50]


def test_every_second_begins_with_a_beep(footage: Path) -> None:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    command = [ffmpeg, "-v", "error", "-i", str(footage), "-ac", "1", "-f", "s16le", "-"]
    samples = array.array("h", subprocess.run(command, capture_output=True, check=True).stdout)
    for second in range(3):
        around = range(max(0, second * 48000 - 4800), second * 48000 + 4800)
        onset = next(at for at in around if abs(samples[at]) > 4000)
        assert abs(onset - second * 48000) < 480, "more than 10 ms out of sync"


def test_the_encoding_is_what_broadcasters_send(footage: Path) -> None:
    with av.open(str(footage)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.profile) == ("h264", "High")
        assert (video.width, video.height) == (1280, 720)
        assert video.average_rate == RATE
        assert (audio.codec_context.name, audio.codec_context.sample_rate) == ("aac", 48000)
        pictures = {PictureType(frame.pict_type).name for frame in container.decode(video=0)}
    assert pictures == {"I", "P", "B"}
