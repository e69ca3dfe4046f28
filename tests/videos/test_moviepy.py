"""MoviePy asks for an older Pillow than it gets (requirements-overrides.txt); what it is for works all the same."""

from pathlib import Path

import numpy as np
import pytest
from moviepy import ColorClip, CompositeVideoClip, ImageClip, VideoFileClip


@pytest.mark.slow
def test_moviepy_composes_and_writes_with_the_pillow_that_is_installed(tmp_path: Path) -> None:
    target = tmp_path / "clip.mp4"
    picture = ImageClip(np.full((90, 160, 3), 200, np.uint8), duration=0.4).resized(0.5)
    with CompositeVideoClip([ColorClip((160, 90), (0, 0, 120), duration=0.4), picture]) as clip:
        clip.write_videofile(str(target), fps=25, logger=None, audio=False)
    with VideoFileClip(str(target), audio=False) as written:
        frame = written.get_frame(0.2)
    assert frame[20, 20].min() > 150 > frame[80, 150, 0]
