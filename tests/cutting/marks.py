"""What every source of the corpus bears: frame numbers in its pictures, clicks and tones in its sound.

A number is 32 cells, black or white, in two rows over the whole width at the bottom of the picture: 20 bits of the
number and 12 of a check code, most significant first. They survive lossy coding and scaling; a mixture of two
pictures, a grey one or one that is decoded in part does not pass for a number.

A click is a chirp that begins exactly at each whole second; a matched filter finds it to a tenth of a millisecond
after any codec. Between clicks sounds a tone that tells the track and the second (modulo 16), so sound that is off by
whole seconds is noticed too.
"""

import zlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]

UNREADABLE = -1
NUMBER_BITS, CHECK_BITS = 20, 12
COLUMNS, ROWS = 16, 2
# A strip of two ninths of the height makes square cells at 16:9.
STRIP = 2 / 9

CLICK_SECONDS = 0.008
CLICK_FROM, CLICK_TO = 6000.0, 11000.0
CLICK_LEVEL, TONE_LEVEL = 0.6, 0.1
TONE_LOWEST, TONE_STEP, TONE_COUNT, TRACK_STEP = 400.0, 100.0, 16, 1700.0


def _word(number: int) -> int:
    check = zlib.crc32(number.to_bytes(3, "big")) & (1 << CHECK_BITS) - 1
    return number << CHECK_BITS | check


def draw_number(luma: NDArray[np.uint8], number: int) -> None:
    """Write `number` (less than 2**20) into a picture's luma, 8 bits, limited range."""
    height, width = luma.shape
    top = height - round(height * STRIP)
    word = _word(number)
    cells = np.array([235 if word >> bit & 1 else 16 for bit in reversed(range(32))], np.uint8).reshape(ROWS, COLUMNS)
    rows = np.arange(height - top) * ROWS // (height - top)
    luma[top:] = cells[rows][:, np.arange(width) * COLUMNS // width]


def read_number(luma: NDArray[np.floating] | NDArray[np.integer], white: int) -> int:
    """The number in a picture's luma, or UNREADABLE. `white`: the luma's greatest value, 255 for 8 bits."""
    height, width = luma.shape
    strip = height * STRIP
    top, tall, wide = height - strip, strip / ROWS, width / COLUMNS
    word = 0
    for row in range(ROWS):
        y = top + row * tall
        for column in range(COLUMNS):
            x = column * wide
            cell = luma[int(y + 0.3 * tall) : int(y + 0.7 * tall), int(x + 0.3 * wide) : int(x + 0.7 * wide)]
            level = float(cell.mean()) / white
            if 0.3 < level < 0.7:
                return UNREADABLE
            word = word << 1 | (level > 0.5)
    number = word >> CHECK_BITS
    return number if _word(number) == word else UNREADABLE


@cache
def _texture(width: int, height: int) -> NDArray[np.uint8]:
    """Smooth noise with some grain, twice as wide as the picture, to scroll through."""
    chance = np.random.default_rng(5)
    coarse = chance.integers(40, 200, (height // 20 + 2, width // 10 + 2))
    smooth = np.kron(coarse, np.ones((20, 20)))[:height, : 2 * width]
    grain = chance.normal(0, 4, smooth.shape)
    return np.clip(smooth + grain, 16, 235).astype(np.uint8)


def draw_picture(number: int, width: int, height: int, moment: float | None = None) -> Planes:
    """Frame `number` as planes Y, Cb, Cr (4:2:0, 8 bits): a landscape that scrolls, a disc that crosses it, the number.

    `moment`: where the movement is, in frames, when it is not `number`: the second field of a frame is half on.
    """
    at = float(number) if moment is None else moment
    luma = np.roll(_texture(width, height), -round(at * 3), axis=1)[:, :width].copy()
    rows, columns = np.ogrid[:height, :width]
    radius = height / 8
    x = at * 7 % (width + 2 * radius) - radius
    y = height * (0.35 + 0.2 * np.sin(at / 9))
    luma[(columns - x) ** 2 + (rows - y) ** 2 < radius**2] = 200
    half = np.arange((width + 1) // 2)
    chroma = [128 + 60 * np.sin((half + at) / 25), 128 + 60 * np.cos((half - 2 * at) / 30)]
    blue, red = (np.tile(row.astype(np.uint8), ((height + 1) // 2, 1)) for row in chroma)
    draw_number(luma, number)
    # Black and white in a player's colours too.
    for plane in (blue, red):
        plane[(height - round(height * STRIP)) // 2 :] = 128
    return luma, blue, red


@cache
def _click(rate: int) -> NDArray[np.float64]:
    at = np.arange(round(CLICK_SECONDS * rate)) / rate
    sweep = CLICK_FROM * at + (CLICK_TO - CLICK_FROM) * at**2 / (2 * CLICK_SECONDS)
    return np.sin(2 * np.pi * sweep) * np.hanning(len(at))


def draw_sound(seconds: float, rate: int, track: int = 0) -> NDArray[np.float64]:
    """Samples between -1 and 1 of audio track `track`: a click at each whole second, tones between."""
    count = round(seconds * rate)
    at = np.arange(count)
    second = at // rate
    tone = TONE_LOWEST + TRACK_STEP * track + TONE_STEP * (second % TONE_COUNT)
    sound = TONE_LEVEL * np.sin(2 * np.pi * tone * (at % rate) / rate)
    click = _click(rate) * CLICK_LEVEL
    for start in range(0, count, rate):
        end = min(count, start + len(click))
        sound[start:end] += click[: end - start]
    return sound


@dataclass(frozen=True)
class Click:
    """A click that was heard. `at`: seconds from the first sample; `second`: which of the source, modulo 16.

    `track`: by its tone. Both are None where too little sound is around the click to tell.
    """

    at: float
    second: int | None
    track: int | None


def find_clicks(sound: NDArray[np.floating], rate: int) -> list[Click]:
    """The whole clicks in a sound, in order. Half a click, at an end, is none."""
    length = len(_click(rate))
    # Half a minute at a time, so that hours of sound need no more memory. A little before and after each is looked
    # at as well; what is found there is the neighbour's.
    piece, around = 30 * rate, rate // 4
    found = []
    for first in range(0, len(sound), piece):
        begin = max(0, first - around)
        for peak in _peaks(sound[begin : first + piece + around], rate):
            at = begin + peak
            if first <= at + length / 2 < first + piece:
                found.append(Click(at / rate, *_told(sound, rate, round(at))))
    return found


def _peaks(sound: NDArray[np.floating], rate: int) -> list[float]:
    """Where clicks begin, in samples."""
    click = _click(rate)
    if len(sound) < len(click):
        return []
    size = 1 << (len(sound) + len(click)).bit_length()
    strength = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(click, size)), size)[: len(sound)]
    strength /= (click**2).sum() * CLICK_LEVEL
    found = []
    position = 0
    while (above := np.flatnonzero(strength[position:] > 0.6)).size:
        around = position + int(above[0])
        peak = around + int(np.argmax(strength[around : around + len(click)]))
        found.append(_between(strength, peak))
        position = peak + len(click)
    return found


def _between(strength: NDArray[np.floating], peak: int) -> float:
    """The top of the parabola through a peak and its neighbours."""
    if not 0 < peak < len(strength) - 1:
        return float(peak)
    left, top, right = (float(strength[peak + step]) for step in (-1, 0, 1))
    return peak + 0.5 * (left - right) / (left - 2 * top + right)


def _told(sound: NDArray[np.floating], rate: int, peak: int) -> tuple[int | None, int | None]:
    """Second and track, by the tone after the click, or the one before it."""
    for start, end, seconds_on in (
        (peak + round(0.02 * rate), peak + round(0.2 * rate), 0),
        (peak - round(0.19 * rate), peak - round(0.01 * rate), 1),
    ):
        piece = sound[max(0, start) : end]
        if len(piece) < 0.06 * rate:
            continue
        size = 1 << 16
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), size))
        tone = float(np.argmax(spectrum[: int(5600 * size / rate)])) * rate / size
        track, rest = divmod(tone - TONE_LOWEST + TONE_STEP / 2, TRACK_STEP)
        return (int(rest // TONE_STEP) + seconds_on) % TONE_COUNT, int(track)
    return None, None
