"""The demo's pictures: flat illustrations of a seafaring organisation, drawn at set-up, always the same."""

import random
from collections.abc import Callable
from io import BytesIO
from math import cos, pi, sin

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 2000, 1333
Colour = tuple[int, int, int]
Draw = ImageDraw.ImageDraw

INK: Colour = (18, 30, 48)
WHITE: Colour = (246, 244, 238)
RED: Colour = (200, 62, 52)
ORANGE: Colour = (236, 128, 48)
YELLOW: Colour = (248, 206, 110)

# Sky from top to horizon, then sea from horizon to bottom.
PALETTES: dict[str, tuple[Colour, Colour, Colour, Colour]] = {
    "dawn": ((52, 72, 120), (250, 190, 140), (120, 110, 140), (28, 44, 80)),
    "day": ((92, 160, 210), (206, 230, 240), (70, 140, 170), (20, 70, 110)),
    "dusk": ((64, 40, 92), (244, 140, 92), (110, 70, 100), (24, 26, 60)),
    "night": ((10, 16, 40), (40, 60, 110), (24, 40, 80), (6, 10, 28)),
    "storm": ((58, 66, 78), (140, 150, 156), (74, 92, 102), (28, 40, 50)),
    "ice": ((150, 190, 214), (236, 244, 246), (120, 174, 196), (40, 100, 136)),
    "room": ((40, 54, 76), (70, 88, 112), (52, 64, 84), (28, 36, 52)),
    "hall": ((196, 178, 150), (232, 220, 196), (150, 120, 92), (92, 70, 54)),
    "deep": ((16, 84, 116), (10, 54, 86), (8, 40, 68), (4, 18, 36)),
}


def draw_picture(key: str) -> bytes:
    """The picture of this name as JPEG, 2000 by 1333 pixels. Raises KeyError for a name without a scene."""
    palette, horizon, scene = SCENES[key]
    chance = random.Random(key)
    image = _backdrop(PALETTES[palette], int(HEIGHT * horizon))
    draw = ImageDraw.Draw(image, "RGBA")
    scene(draw, chance)
    grain = Image.effect_noise((WIDTH // 2, HEIGHT // 2), 18).resize((WIDTH, HEIGHT)).convert("RGB")
    image = Image.blend(image, grain, 0.035).filter(ImageFilter.SMOOTH)
    out = BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def _backdrop(palette: tuple[Colour, Colour, Colour, Colour], horizon: int) -> Image.Image:
    top, low, near, deep = palette
    column = Image.new("RGB", (1, HEIGHT))
    for y in range(HEIGHT):
        above = y < horizon
        part = y / max(1, horizon) if above else (y - horizon) / max(1, HEIGHT - horizon)
        column.putpixel((0, y), _mix(*((top, low) if above else (near, deep)), part))
    return column.resize((WIDTH, HEIGHT))


def _mix(first: Colour, second: Colour, part: float) -> Colour:
    return tuple(round(a + (b - a) * part) for a, b in zip(first, second, strict=True))  # type: ignore[return-value]


def _waves(draw: Draw, chance: random.Random, horizon: float = 0.6, rough: float = 1.0) -> None:
    """Lines of light on the water, wider apart as they come nearer."""
    y = HEIGHT * horizon + 12
    gap = 14.0
    while y < HEIGHT:
        phase, length = chance.random() * 9, 60 + gap * 4
        points = [(x, y + rough * gap * 0.35 * sin(x / length + phase)) for x in range(0, WIDTH + 20, 20)]
        draw.line(points, fill=(255, 255, 255, chance.randint(14, 46)), width=max(2, int(gap / 7)))
        y += gap
        gap *= 1.12


def _sun(draw: Draw, x: float, y: float, radius: int, colour: Colour = YELLOW) -> None:
    for ring in range(5, 0, -1):
        spread = radius * (1 + ring * 0.35)
        draw.ellipse((x - spread, y - spread, x + spread, y + spread), fill=(*colour, 22))
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _clouds(draw: Draw, chance: random.Random, number: int, colour: Colour, low: float = 0.35) -> None:
    for _ in range(number):
        x, y, size = chance.uniform(0, WIDTH), chance.uniform(40, HEIGHT * low), chance.uniform(60, 150)
        for part in range(5):
            left = x + part * size * 0.6
            lift = size * (0.5 + 0.4 * sin(part * 1.3))
            draw.ellipse((left, y - lift * 0.5, left + size * 1.2, y + lift * 0.5), fill=(*colour, 70))


def _ship(draw: Draw, x: float, y: float, size: float, hull: Colour = INK, band: Colour = RED) -> None:
    """A patrol vessel seen from the side; `x`, `y`: bow end of the waterline, `size`: its length in pixels."""
    u = size / 100
    draw.polygon(
        [(x, y - 12 * u), (x + 8 * u, y), (x + 92 * u, y), (x + 100 * u, y - 16 * u), (x + 70 * u, y - 11 * u)],
        fill=hull,
    )
    draw.polygon([(x + 78 * u, y), (x + 84 * u, y), (x + 90 * u, y - 13 * u), (x + 84 * u, y - 13 * u)], fill=band)
    draw.rectangle((x + 30 * u, y - 20 * u, x + 68 * u, y - 11 * u), fill=WHITE)
    draw.polygon(
        [(x + 46 * u, y - 30 * u), (x + 66 * u, y - 30 * u), (x + 70 * u, y - 20 * u), (x + 42 * u, y - 20 * u)],
        fill=WHITE,
    )
    for window in range(4):
        draw.rectangle((x + (49 + window * 4.5) * u, y - 28 * u, x + (52 + window * 4.5) * u, y - 25 * u), fill=INK)
    draw.rectangle((x + 54 * u, y - 48 * u, x + 55.5 * u, y - 30 * u), fill=INK)
    draw.rectangle((x + 36 * u, y - 27 * u, x + 42 * u, y - 20 * u), fill=band)


def _lighthouse(draw: Draw, x: float, y: float, size: float, *, beam: bool = False) -> None:
    if beam:
        draw.polygon(
            [(x, y - size * 0.94), (x + 1600, y - size * 1.35), (x + 1600, y - size * 0.7)], fill=(*YELLOW, 60)
        )
        draw.polygon([(x, y - size * 0.94), (x - 1600, y - size * 1.2), (x - 1600, y - size * 0.8)], fill=(*YELLOW, 40))
    half = size * 0.11
    for stripe in range(6):
        low, high = stripe / 6, (stripe + 1) / 6
        draw.polygon(
            [
                (x - half * (1 - 0.35 * low), y - size * 0.86 * low),
                (x + half * (1 - 0.35 * low), y - size * 0.86 * low),
                (x + half * (1 - 0.35 * high), y - size * 0.86 * high),
                (x - half * (1 - 0.35 * high), y - size * 0.86 * high),
            ],
            fill=RED if stripe % 2 else WHITE,
        )
    draw.rectangle((x - half * 0.9, y - size * 0.88, x + half * 0.9, y - size * 0.86), fill=INK)
    draw.rectangle((x - half * 0.5, y - size * 0.97, x + half * 0.5, y - size * 0.88), fill=YELLOW)
    draw.polygon([(x - half * 0.7, y - size * 0.97), (x + half * 0.7, y - size * 0.97), (x, y - size * 1.06)], fill=RED)


def _rocks(draw: Draw, x: float, y: float, size: float, colour: Colour = (40, 44, 52)) -> None:
    draw.polygon(
        [
            (x - size, y),
            (x - size * 0.6, y - size * 0.2),
            (x - size * 0.1, y - size * 0.34),
            (x + size * 0.4, y - size * 0.26),
            (x + size, y),
        ],
        fill=colour,
    )


def _helicopter(draw: Draw, x: float, y: float, size: float) -> None:
    draw.ellipse((x, y, x + size * 0.55, y + size * 0.3), fill=ORANGE)
    draw.polygon(
        [
            (x + size * 0.45, y + size * 0.08),
            (x + size * 1.1, y + size * 0.02),
            (x + size * 1.1, y + size * 0.08),
            (x + size * 0.45, y + size * 0.22),
        ],
        fill=ORANGE,
    )
    draw.polygon(
        [
            (x + size * 1.04, y - size * 0.1),
            (x + size * 1.12, y - size * 0.1),
            (x + size * 1.1, y + size * 0.08),
            (x + size, y + size * 0.08),
        ],
        fill=INK,
    )
    draw.pieslice((x + size * 0.02, y + size * 0.03, x + size * 0.3, y + size * 0.27), 120, 300, fill=(190, 220, 235))
    draw.rectangle((x + size * 0.26, y - size * 0.07, x + size * 0.29, y), fill=INK)
    draw.rectangle((x - size * 0.35, y - size * 0.08, x + size * 0.9, y - size * 0.06), fill=(*INK, 200))
    draw.line((x + size * 0.3, y + size * 0.3, x + size * 0.3, y + size * 1.1), fill=INK, width=4)
    _person(draw, x + size * 0.3, y + size * 1.36, size * 0.26, ORANGE)


def _person(draw: Draw, x: float, y: float, size: float, coat: Colour) -> None:
    """Somebody standing; `x`, `y`: between the feet."""
    draw.ellipse((x - size * 0.13, y - size, x + size * 0.13, y - size * 0.74), fill=(214, 172, 142))
    draw.rounded_rectangle(
        (x - size * 0.2, y - size * 0.72, x + size * 0.2, y - size * 0.2), radius=size * 0.1, fill=coat
    )
    draw.rectangle((x - size * 0.15, y - size * 0.22, x - size * 0.02, y), fill=INK)
    draw.rectangle((x + size * 0.02, y - size * 0.22, x + size * 0.15, y), fill=INK)


def _crowd(draw: Draw, chance: random.Random, y: float, size: float, number: int) -> None:
    coats = [(62, 84, 120), (120, 60, 60), (70, 100, 80), (150, 120, 70), (90, 80, 110)]
    for place in range(number):
        x = (place + 0.5) * WIDTH / number + chance.uniform(-20, 20)
        _person(draw, x, y + chance.uniform(-14, 14), size * chance.uniform(0.9, 1.1), chance.choice(coats))


def _city(draw: Draw, chance: random.Random, y: float, colour: Colour, *, lit: bool = False) -> None:
    x = 0.0
    while x < WIDTH:
        wide, high = chance.uniform(60, 150), chance.uniform(60, 240)
        draw.rectangle((x, y - high, x + wide, y), fill=colour)
        if chance.random() < 0.4:
            draw.polygon([(x, y - high), (x + wide, y - high), (x + wide / 2, y - high - 50)], fill=colour)
        for row in range(int(high // 40)):
            for pane in range(int(wide // 34)):
                if lit and chance.random() < 0.45:
                    left, top = x + 10 + pane * 34, y - high + 14 + row * 40
                    draw.rectangle((left, top, left + 12, top + 16), fill=(*YELLOW, 220))
        x += wide + chance.uniform(0, 20)


def _flag(draw: Draw, x: float, y: float, size: float, colours: tuple[Colour, Colour]) -> None:
    draw.rectangle((x - 6, y - size, x + 6, y), fill=(120, 120, 124))
    top, wide = y - size, size * 0.5
    edge = [(x + 6 + wide * step / 20, top + 14 * sin(step / 3)) for step in range(21)]
    draw.polygon([*edge, *[(left, low + size * 0.3) for left, low in reversed(edge)]], fill=colours[0])
    middle = [(left, low + size * 0.1) for left, low in edge]
    draw.polygon([*middle, *[(left, low + size * 0.1) for left, low in reversed(middle)]], fill=colours[1])


def _screen(draw: Draw, chance: random.Random, box: tuple[float, float, float, float]) -> None:
    left, top, right, low = box
    draw.rounded_rectangle(box, radius=12, fill=(10, 34, 50), outline=(150, 170, 190), width=6)
    for _ in range(4):
        x, y, radius = chance.uniform(left + 40, right - 40), chance.uniform(top + 30, low - 30), chance.uniform(20, 60)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=(60, 190, 160, 160), width=3)
        draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=YELLOW)
    points = [(left + 20 + step * (right - left - 40) / 12, chance.uniform(top + 30, low - 30)) for step in range(13)]
    draw.line(points, fill=(90, 220, 190, 200), width=4)


def _harbour(draw: Draw, chance: random.Random, *, night: bool) -> None:
    _sun(draw, 1450, 560 if not night else 260, 90 if not night else 60, YELLOW if not night else WHITE)
    _city(draw, chance, HEIGHT * 0.6, (40, 46, 70) if not night else (14, 20, 40), lit=night)
    _waves(draw, chance)
    _ship(draw, 260, 960, 620)
    _ship(draw, 1250, 860, 380, (70, 60, 80), ORANGE)
    draw.rectangle((0, 1180, WIDTH, HEIGHT), fill=(30, 30, 38))
    for post in range(9):
        draw.rounded_rectangle((80 + post * 240, 1130, 120 + post * 240, 1210), radius=14, fill=INK)


def _helicopter_scene(draw: Draw, chance: random.Random) -> None:
    _clouds(draw, chance, 7, (90, 98, 108))
    _waves(draw, chance, 0.62, 2.2)
    _helicopter(draw, 760, 240, 520)
    draw.ellipse((820, 1010, 1120, 1080), fill=ORANGE)
    draw.ellipse((870, 1020, 1070, 1060), fill=(60, 40, 30))


def _lifeboat(draw: Draw, chance: random.Random) -> None:
    _clouds(draw, chance, 6, (100, 108, 116))
    _waves(draw, chance, 0.5, 3.0)
    _ship(draw, 520, 900, 900, ORANGE, WHITE)
    draw.polygon(
        [(300, 940), (620, 860), (900, 930), (1300, 900), (1640, 960), (1640, 1040), (300, 1040)],
        fill=(180, 200, 208, 120),
    )


def _lighthouse_scene(draw: Draw, chance: random.Random) -> None:
    _clouds(draw, chance, 9, (60, 66, 76))
    _waves(draw, chance, 0.66, 2.6)
    _rocks(draw, 620, 1010, 460)
    _lighthouse(draw, 620, 900, 620, beam=True)
    for spray in range(26):
        x, y = 240 + spray * 30 + chance.uniform(-20, 20), 990 + chance.uniform(-60, 20)
        draw.ellipse((x, y, x + 24, y + 24), fill=(255, 255, 255, 120))


def _control_room(draw: Draw, chance: random.Random) -> None:
    for column in range(3):
        _screen(draw, chance, (140 + column * 600, 140, 660 + column * 600, 520))
    draw.rectangle((0, 900, WIDTH, 980), fill=(60, 50, 44))
    for place in range(4):
        _screen(draw, chance, (160 + place * 450, 700, 440 + place * 450, 880))
        _person(draw, 300 + place * 450, 1290, 420, [(46, 80, 120), (120, 60, 56), (60, 100, 90), (90, 80, 120)][place])


def _conference(draw: Draw, chance: random.Random) -> None:
    for pillar in range(6):
        draw.rectangle((120 + pillar * 350, 120, 200 + pillar * 350, 760), fill=(214, 200, 172))
    for flag in range(5):
        _flag(
            draw,
            420 + flag * 280,
            700,
            420,
            [(INK, WHITE), (RED, WHITE), ((40, 110, 90), YELLOW), ((30, 80, 140), WHITE), (ORANGE, INK)][flag],
        )
    draw.polygon([(260, 900), (1740, 900), (1960, 1333), (40, 1333)], fill=(120, 84, 58))
    _crowd(draw, chance, 900, 240, 11)


def _podium(draw: Draw, chance: random.Random) -> None:
    draw.rectangle((0, 150, WIDTH, 820), fill=(28, 66, 104))
    for row in range(4):
        for place in range(7):
            x, y = 140 + place * 290 + (row % 2) * 140, 240 + row * 150
            draw.ellipse((x - 34, y - 34, x + 34, y + 34), outline=(255, 255, 255, 80), width=6)
            draw.arc((x - 20, y - 6, x + 20, y + 22), 20, 160, fill=(255, 255, 255, 80), width=6)
    _person(draw, 1000, 1120, 640, (40, 44, 60))
    draw.polygon([(820, 820), (1180, 820), (1130, 1230), (870, 1230)], fill=(206, 196, 176))
    for stick in (-60, 0, 60):
        draw.line((1000 + stick, 830, 1000 + stick * 0.6, 720), fill=INK, width=10)
        draw.ellipse((984 + stick * 0.6, 690, 1016 + stick * 0.6, 740), fill=INK)


def _flags(draw: Draw, chance: random.Random) -> None:
    _clouds(draw, chance, 6, WHITE)
    draw.rectangle((300, 520, 1700, 900), fill=(226, 226, 220))
    for column in range(12):
        draw.rectangle((340 + column * 115, 570, 410 + column * 115, 860), fill=(120, 160, 186))
    draw.rectangle((0, 900, WIDTH, HEIGHT), fill=(110, 140, 96))
    pairs = [(INK, WHITE), (RED, WHITE), ((40, 110, 90), YELLOW), ((30, 80, 140), WHITE), (ORANGE, INK), (WHITE, RED)]
    for flag in range(9):
        _flag(draw, 150 + flag * 205, 1120, 620, pairs[flag % len(pairs)])


def _containers(draw: Draw, chance: random.Random) -> None:
    _waves(draw, chance, 0.7)
    draw.rectangle((0, 930, WIDTH, HEIGHT), fill=(84, 88, 92))
    colours = [RED, (40, 100, 150), (60, 130, 100), ORANGE, (150, 150, 150), YELLOW]
    for row in range(4):
        for column in range(9):
            if chance.random() < 0.9 - row * 0.15:
                left, top = 60 + column * 212, 1140 - row * 92
                draw.rectangle((left, top, left + 200, top + 84), fill=chance.choice(colours))
                for rib in range(1, 8):
                    draw.line((left + rib * 25, top + 6, left + rib * 25, top + 78), fill=(0, 0, 0, 50), width=4)
    for crane in (420, 1220):
        draw.rectangle((crane, 180, crane + 30, 930), fill=(196, 80, 50))
        draw.rectangle((crane + 240, 180, crane + 270, 930), fill=(196, 80, 50))
        draw.rectangle((crane - 260, 180, crane + 470, 214), fill=(196, 80, 50))
        draw.line((crane + 15, 60, crane - 260, 186), fill=(196, 80, 50), width=10)
        draw.line((crane + 15, 60, crane + 470, 186), fill=(196, 80, 50), width=10)


def _ice(draw: Draw, chance: random.Random) -> None:
    _sun(draw, 420, 300, 70, WHITE)
    draw.polygon(
        [(900, 560), (1080, 340), (1240, 420), (1420, 260), (1640, 440), (2000, 380), (2000, 760), (860, 760)],
        fill=(226, 240, 246),
    )
    draw.polygon([(1420, 260), (1640, 440), (2000, 380), (2000, 760), (1500, 760)], fill=(176, 212, 226))
    _waves(draw, chance, 0.57)
    for _ in range(26):
        x, y = chance.uniform(-60, WIDTH), chance.uniform(800, HEIGHT)
        size = (y - 700) * 0.4
        draw.polygon(
            [(x, y), (x + size * 0.4, y - size * 0.25), (x + size, y - size * 0.1), (x + size * 0.8, y + size * 0.16)],
            fill=(240, 248, 250),
        )
    _ship(draw, 180, 800, 460, RED, WHITE)


def _research(draw: Draw, chance: random.Random) -> None:
    _sun(draw, 1640, 240, 80)
    _clouds(draw, chance, 5, WHITE)
    _waves(draw, chance)
    _ship(draw, 380, 940, 1150, (24, 84, 120), YELLOW)
    draw.line((560, 820, 470, 540, 400, 560), fill=INK, width=14)
    draw.line((400, 560, 400, 900), fill=INK, width=4)
    draw.ellipse((376, 900, 424, 960), fill=YELLOW)


def _satellite(draw: Draw, chance: random.Random) -> None:
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=(12, 52, 86))
    coast: list[tuple[float, float]] = [(0, 0), (0, HEIGHT)]
    coast += [
        (620 + 260 * sin(step / 3.1) + chance.uniform(-60, 60), HEIGHT - step * HEIGHT / 24) for step in range(25)
    ]
    draw.polygon(coast, fill=(96, 124, 84))
    for reach in (30, 70, 130):
        draw.line([(x + reach, y) for x, y in coast[2:]], fill=(120, 190, 200, 70), width=24)
    for _ in range(40):
        x, y = chance.uniform(900, WIDTH), chance.uniform(0, HEIGHT)
        draw.ellipse((x, y, x + chance.uniform(60, 260), y + chance.uniform(20, 70)), fill=(255, 255, 255, 50))
    for lane in range(6):
        x, y = 1040 + lane * 130, 240 + lane * 150
        draw.line((x, y, x - 90, y - 70), fill=(255, 255, 255, 160), width=5)
        draw.ellipse((x - 8, y - 8, x + 8, y + 8), fill=YELLOW)
    draw.rectangle((60, 60, 1940, 1273), outline=(255, 255, 255, 150), width=4)


def _pool(draw: Draw, chance: random.Random) -> None:
    draw.rectangle((0, 0, WIDTH, 620), fill=(206, 216, 220))
    for pane in range(8):
        draw.rectangle((60 + pane * 245, 80, 270 + pane * 245, 420), fill=(160, 200, 222))
    draw.polygon([(200, 620), (1800, 620), (2000, HEIGHT), (0, HEIGHT)], fill=(60, 160, 190))
    for lane in range(1, 6):
        draw.line((200 + lane * 267, 620, lane * 333, HEIGHT), fill=(255, 255, 255, 140), width=8)
    draw.ellipse((760, 820, 1260, 1010), fill=ORANGE)
    draw.ellipse((850, 850, 1170, 970), fill=(60, 160, 190))
    _person(draw, 900, 900, 240, RED)
    _person(draw, 1110, 920, 240, YELLOW)
    _crowd(draw, chance, 640, 220, 5)


def _boats(draw: Draw, chance: random.Random) -> None:
    _sun(draw, 1500, 640, 110, ORANGE)
    _waves(draw, chance)
    for x, y, size, hull in (
        (120, 880, 420, (40, 84, 120)),
        (760, 980, 620, (120, 50, 46)),
        (1440, 870, 360, (50, 96, 80)),
    ):
        _ship(draw, x, y, size, hull, WHITE)
        draw.line((x + size * 0.2, y - size * 0.1, x + size * 0.12, y - size * 0.5), fill=INK, width=8)
    for _ in range(18):
        left, top = chance.uniform(200, 1800), chance.uniform(180, 560)
        draw.arc((left, top, left + 34, top + 22), 200, 340, fill=WHITE, width=5)
        draw.arc((left + 34, top, left + 68, top + 22), 200, 340, fill=WHITE, width=5)


def _buoy(draw: Draw, chance: random.Random) -> None:
    _sun(draw, 620, 700, 150, ORANGE)
    _waves(draw, chance, 0.58, 1.5)
    draw.polygon([(1080, 980), (1420, 980), (1340, 1060), (1160, 1060)], fill=(150, 40, 36))
    draw.polygon([(1130, 980), (1370, 980), (1290, 520), (1210, 520)], fill=RED)
    draw.rectangle((1180, 720, 1320, 790), fill=WHITE)
    draw.rectangle((1234, 400, 1266, 520), fill=INK)
    _sun(draw, 1250, 390, 26, YELLOW)


def _drone(draw: Draw, chance: random.Random) -> None:
    _clouds(draw, chance, 6, WHITE)
    _waves(draw, chance, 0.5)
    draw.polygon([(0, 960), (WIDTH, 860), (WIDTH, HEIGHT), (0, HEIGHT)], fill=(88, 98, 104))
    draw.ellipse((700, 1000, 1300, 1200), outline=WHITE, width=14)
    draw.rectangle((860, 470, 1140, 560), fill=INK)
    for x in (700, 1300):
        draw.line((1000, 510, x, 430), fill=INK, width=18)
        draw.ellipse((x - 170, 400, x + 170, 440), fill=(20, 30, 48, 120))
    draw.ellipse((960, 550, 1040, 620), fill=(60, 70, 90))
    _person(draw, 1620, 1240, 460, ORANGE)


def _barrier(draw: Draw, chance: random.Random) -> None:
    _waves(draw, chance, 0.42)
    draw.polygon([(820, 760), (1500, 700), (1800, 900), (1500, 1120), (900, 1060)], fill=(20, 20, 26, 190))
    ring = [(1280 + 620 * cos(step * 2 * pi / 60), 910 + 270 * sin(step * 2 * pi / 60)) for step in range(54)]
    draw.line(ring, fill=ORANGE, width=34, joint="curve")
    for x, y in ring[::4]:
        draw.ellipse((x - 22, y - 22, x + 22, y + 22), fill=YELLOW)
    _ship(draw, 140, 760, 560, (30, 70, 60), ORANGE)


def _turbines(draw: Draw, chance: random.Random) -> None:
    _clouds(draw, chance, 4, WHITE)
    _waves(draw, chance)
    for x, y, size in ((300, 860, 560), (760, 830, 420), (1180, 880, 640), (1640, 840, 470)):
        draw.polygon([(x - 14, y), (x + 14, y), (x + 7, y - size), (x - 7, y - size)], fill=WHITE)
        turn = chance.uniform(0, 2)
        for blade in range(3):
            angle = turn + blade * 2 * pi / 3
            tip = (x + cos(angle) * size * 0.45, y - size + sin(angle) * size * 0.45)
            draw.line((x, y - size, *tip), fill=WHITE, width=14)
        draw.ellipse((x - 18, y - size - 18, x + 18, y - size + 18), fill=(200, 204, 208))
        draw.rectangle((x - 24, y - 30, x + 24, y), fill=YELLOW)
    _ship(draw, 880, 1060, 420)


def _signing(draw: Draw, chance: random.Random) -> None:
    for flag in range(4):
        _flag(
            draw,
            260 + flag * 460,
            760,
            520,
            [(INK, WHITE), (RED, YELLOW), ((40, 110, 90), WHITE), ((30, 80, 140), WHITE)][flag],
        )
    for place, coat in enumerate(((40, 44, 60), (90, 60, 80), (50, 80, 100))):
        _person(draw, 560 + place * 440, 1060, 520, coat)
    draw.rectangle((180, 900, 1820, 1250), fill=(110, 72, 48))
    for place in range(3):
        left = 440 + place * 440
        draw.polygon([(left, 930), (left + 240, 930), (left + 270, 1020), (left - 30, 1020)], fill=WHITE)
        for line in range(4):
            draw.line((left + 10, 948 + line * 16, left + 220, 948 + line * 16), fill=(150, 150, 150), width=3)


def _cable(draw: Draw, chance: random.Random) -> None:
    for beam in range(7):
        x = 160 + beam * 280
        draw.polygon([(x, 0), (x + 60, 0), (x + 300, HEIGHT), (x - 60, HEIGHT)], fill=(120, 200, 220, 14))
    floor = [(0, 1050), (400, 1010), (800, 1080), (1300, 1030), (2000, 1090), (2000, HEIGHT), (0, HEIGHT)]
    draw.polygon(floor, fill=(28, 50, 58))
    cable = [(step * 40, 1120 + 46 * sin(step / 6)) for step in range(52)]
    draw.line(cable, fill=INK, width=44, joint="curve")
    draw.line(cable, fill=ORANGE, width=10, joint="curve")
    draw.rounded_rectangle((880, 620, 1240, 820), radius=30, fill=YELLOW)
    draw.ellipse((910, 660, 1020, 770), fill=(190, 220, 235))
    draw.line((1060, 820, 1000, 1050), fill=INK, width=16)
    draw.line((1160, 820, 1200, 1060), fill=INK, width=16)
    draw.polygon([(930, 780), (500, 1120), (840, 1140)], fill=(*YELLOW, 40))
    for _ in range(40):
        left, top, across = chance.uniform(0, WIDTH), chance.uniform(80, 1000), chance.uniform(3, 12)
        draw.ellipse((left, top, left + across, top + across), outline=(200, 230, 240, 110), width=2)


def _classroom(draw: Draw, chance: random.Random) -> None:
    draw.rectangle((260, 90, 1740, 720), fill=(232, 226, 206), outline=(110, 76, 50), width=20)
    land = [(260, 90)] + [(520 + 130 * sin(step / 2), 90 + step * 63) for step in range(11)] + [(260, 720)]
    draw.polygon(land, fill=(196, 186, 140))
    for ring in (60, 120, 180):
        draw.ellipse((1300 - ring, 400 - ring, 1300 + ring, 400 + ring), outline=(90, 120, 150), width=4)
    for angle in range(8):
        draw.line(
            (1300, 400, 1300 + 190 * cos(angle * pi / 4), 400 + 190 * sin(angle * pi / 4)), fill=(90, 120, 150), width=4
        )
    draw.line((620, 620, 820, 480, 1020, 520, 1300, 400), fill=RED, width=8)
    _crowd(draw, chance, 1280, 420, 6)


def _quay(draw: Draw, chance: random.Random) -> None:
    _sun(draw, 320, 260, 80)
    _waves(draw, chance, 0.5)
    _ship(draw, 300, 860, 1300)
    draw.rectangle((0, 940, WIDTH, HEIGHT), fill=(126, 118, 108))
    _crowd(draw, chance, 1120, 260, 13)
    _crowd(draw, chance, 1290, 330, 10)


def _convoy(draw: Draw, chance: random.Random) -> None:
    _waves(draw, chance, 0.55, 1.8)
    for place in range(5):
        size = 200 + place * 130
        _ship(draw, 1500 - place * 340, 770 + place * 70, size, (50, 60, 74), (170, 180, 190))
    for _ in range(240):
        left, top, across = chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT), chance.uniform(3, 9)
        draw.ellipse((left, top, left + across, top + across), fill=(255, 255, 255, 190))


def _village(draw: Draw, chance: random.Random) -> None:
    _sun(draw, 1620, 260, 70)
    draw.polygon([(0, 800), (0, 420), (420, 300), (900, 480), (1400, 820)], fill=(98, 128, 92))
    colours = [(224, 196, 160), (200, 120, 96), (236, 228, 212), (170, 190, 200)]
    for house in range(9):
        x, y = 60 + house * 140, 640 + (house % 3) * 60
        draw.rectangle((x, y, x + 120, y + 150), fill=colours[house % 4])
        draw.polygon([(x - 12, y), (x + 132, y), (x + 60, y - 70)], fill=(140, 62, 50))
        for pane in range(2):
            draw.rectangle((x + 22 + pane * 50, y + 40, x + 48 + pane * 50, y + 80), fill=(80, 100, 120))
    _waves(draw, chance, 0.66)
    _ship(draw, 1180, 1060, 460, (40, 84, 120), WHITE)


def _medals(draw: Draw, chance: random.Random) -> None:
    for place, coat in enumerate(((30, 50, 90), (30, 50, 90), (30, 50, 90), (110, 50, 50), (30, 50, 90))):
        x = 240 + place * 380
        _person(draw, x, 1240, 760, coat)
        draw.polygon([(x - 50, 780), (x - 26, 780), (x - 38, 850)], fill=RED)
        draw.ellipse((x - 66, 840, x - 10, 896), fill=YELLOW)
    for flag in (120, 1840):
        _flag(draw, flag, 760, 560, ((30, 80, 140), WHITE))


Scene = Callable[[Draw, random.Random], None]

# Name → palette, height of the horizon as a part of the picture, what is drawn.
SCENES: dict[str, tuple[str, float, Scene]] = {
    "harbour-dawn": ("dawn", 0.6, lambda draw, chance: _harbour(draw, chance, night=False)),
    "harbour-night": ("night", 0.6, lambda draw, chance: _harbour(draw, chance, night=True)),
    "rescue-helicopter": ("storm", 0.62, _helicopter_scene),
    "lifeboat-swell": ("storm", 0.5, _lifeboat),
    "lighthouse-storm": ("night", 0.66, _lighthouse_scene),
    "control-room": ("room", 0.68, _control_room),
    "conference-hall": ("hall", 0.6, _conference),
    "press-podium": ("room", 0.62, _podium),
    "flags-headquarters": ("day", 0.68, _flags),
    "container-port": ("dusk", 0.7, _containers),
    "ice-edge": ("ice", 0.57, _ice),
    "research-vessel": ("day", 0.6, _research),
    "satellite-coast": ("deep", 0.5, _satellite),
    "training-pool": ("day", 0.46, _pool),
    "fishing-fleet": ("dusk", 0.6, _boats),
    "buoy-sunset": ("dusk", 0.58, _buoy),
    "drone-deck": ("day", 0.5, _drone),
    "oil-barrier": ("day", 0.42, _barrier),
    "wind-farm": ("ice", 0.6, _turbines),
    "signing-table": ("hall", 0.6, _signing),
    "undersea-cable": ("deep", 0.5, _cable),
    "chart-classroom": ("hall", 0.6, _classroom),
    "quayside-crowd": ("day", 0.5, _quay),
    "winter-convoy": ("storm", 0.55, _convoy),
    "coastal-village": ("day", 0.66, _village),
    "medal-ceremony": ("hall", 0.62, _medals),
}
