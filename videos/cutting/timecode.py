"""How people name a moment of a video: seconds, a time, or a timecode. SMPTE ST 12-1.

A timecode counts frames as if a second had a whole number of them. At 29.97 frames a second an hour counted by 30 is
3.6 s too long; drop-frame counting leaves out the first two names of each minute but every tenth (at 59.94, four).
"""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from videos.errors import DroppedTimecode, NoSuchFrameName, NotDropFrame, PointNotUnderstood, PointOutsideVideo

SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
CLOCK = re.compile(r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]{1,9})?)")
NAME = re.compile(r"([0-9]{2}):([0-5][0-9]):([0-5][0-9])([:;])([0-9]{2,3})")
HOURS_A_DAY = 24
# As many as the field for it in a file can say.
MOST_BASE = 255


@dataclass(frozen=True)
class Timecode:
    """How a video's frames are named. `first`: count of frame 0 since midnight; `base`: frames counted a second;
    `drop`: whether names are left out.
    """

    first: int
    base: int
    drop: bool

    def at_rate(self, rate: Fraction) -> "Timecode":
        """The same time of day, by a count that has a number for each frame of a video: often 50p is counted by 25.

        `rate`: frames a second, on average.
        """
        ratio = rate / self.base
        times = max(1, round(ratio))
        # A few frames that are missing make the average less, and are no reason to count otherwise.
        base = self.base * times if abs(ratio - times) < Fraction(1, 10) else max(1, round(rate))
        if base == self.base or base > MOST_BASE:
            return self
        name = self.name_of(0)
        names = Timecode(first=0, base=base, drop=self.drop and base in (30, 60))
        return replace(names, first=names.frame_of(f"{name[:8]}:{int(name[9:]) * base // self.base:02}"))

    @property
    def frames_a_day(self) -> int:
        """After so many frames the names begin again."""
        return HOURS_A_DAY * 6 * (self.base * 600 - 9 * self._left_out)

    @property
    def _left_out(self) -> int:
        """Names that are left out in a minute."""
        return self.base // 15 if self.drop else 0

    def name_of(self, frame: int) -> str:
        """The timecode of a frame of the video (from 0)."""
        count = (self.first + frame) % self.frames_a_day
        tens, rest = divmod(count, self.base * 600 - 9 * self._left_out)
        count += tens * 9 * self._left_out
        if rest >= self.base * 60:
            count += self._left_out * (1 + (rest - self.base * 60) // (self.base * 60 - self._left_out))
        seconds, frames = divmod(count, self.base)
        minutes, seconds = divmod(seconds, 60)
        mark = ";" if self.drop else ":"
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{mark}{frames:0{len(str(self.base - 1))}}"

    def frame_of(self, text: str) -> int:
        """The frame of the video with this timecode; negative if it comes before frame 0.

        Frames of a video that runs past midnight are found too. Raises PointNotUnderstood, NoSuchFrameName,
        DroppedTimecode, NotDropFrame.
        """
        found = NAME.fullmatch(text)
        if not found or int(found[1]) >= HOURS_A_DAY:
            raise PointNotUnderstood(text=text)
        if found[4] == ";" and not self.drop:
            raise NotDropFrame(text=text)
        hours, minutes, seconds, frames = int(found[1]), int(found[2]), int(found[3]), int(found[5])
        if frames >= self.base:
            raise NoSuchFrameName(text=text, last=self.base - 1)
        if self._left_out and minutes % 10 and not seconds and frames < self._left_out:
            raise DroppedTimecode(text=text, following=f"{text[:8]};{self._left_out:02}")
        minutes += hours * 60
        count = (minutes * 60 + seconds) * self.base + frames - self._left_out * (minutes - minutes // 10)
        frame = count - self.first
        return frame + self.frames_a_day if frame < -self.frames_a_day // 2 else frame


def counted_from_zero(rate: Fraction, *, drop: bool = False) -> Timecode:
    """How frames are named where a video says nothing: from 00:00:00:00. `rate`: frames a second."""
    return Timecode(first=0, base=max(1, round(rate)), drop=drop)


def may_drop(rate: Fraction) -> bool:
    """Whether drop-frame counting is defined at this rate: 29.97 and 59.94."""
    return round(rate) in (30, 60) and rate.denominator != 1


def parse_point(text: str, rate: Fraction, timecode: Timecode | None = None) -> Fraction | int:
    """What a text means: seconds as a Fraction, or for a timecode the number of a frame.

    `12.48` and `00:00:12.480` are seconds from second 0. `HH:MM:SS:FF` and `HH:MM:SS;FF` are the video's own
    timecodes, or without `timecode` counted from zero at `rate`, in drop frame if the text says so. Raises
    PointNotUnderstood, NoSuchFrameName, DroppedTimecode, NotDropFrame, PointOutsideVideo (before frame 0).
    """
    text = text.strip()
    if SECONDS.fullmatch(text):
        return Fraction(text)
    if clock := CLOCK.fullmatch(text):
        return (int(clock[1]) * 60 + int(clock[2])) * 60 + Fraction(clock[3])
    if timecode is None:
        timecode = counted_from_zero(rate, drop=";" in text and may_drop(rate))
    frame = timecode.frame_of(text)
    if frame < 0:
        raise PointOutsideVideo(at=text)
    return frame


def clock_of(seconds: Fraction) -> str:
    """A moment as `HH:MM:SS.mmm`, rounded to the nearest millisecond."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
