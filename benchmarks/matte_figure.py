"""A drawn trainer with exact alpha: shaded capsules, clothes with a pattern, hair strands thinner than a pixel, a barbell.

Everything is drawn at three times the size with hard edges and averaged down, so alpha is coverage and exact by
construction, and the colour under a soft pixel is the figure's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

SS = 3
STEEL, RUBBER = (150, 152, 158), (28, 28, 30)
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """Who is drawn: colours, and a seed for the cloth and the hair.

    Attributes:
        strands: how many hairs stand out.
        pattern: strength of the clothes' pattern.
    """

    skin: Colour
    shirt: Colour
    shorts: Colour
    shoe: Colour
    hair: Colour
    strands: int
    pattern: float
    seed: int


LOOKS = {
    "blue": Look((214, 160, 128), (62, 84, 128), (44, 44, 52), (225, 225, 228), (52, 36, 26), 220, 0.10, 7),
    "dark": Look((166, 112, 84), (24, 24, 27), (30, 31, 36), (34, 34, 36), (22, 18, 16), 320, 0.16, 41),
    "light": Look((228, 186, 160), (206, 204, 198), (176, 60, 70), (236, 236, 238), (196, 164, 110), 120, 0.06, 23),
}
"""``blue`` was used most while the refinement was made; ``dark`` and ``light`` were looked at too."""


@dataclass
class Truth:
    """One frame: colour (H, W, 3) uint8, alpha (H, W) uint8 with the barbell, ``body`` the same without it."""

    colour: np.ndarray
    alpha: np.ndarray
    body: np.ndarray


@dataclass
class _Canvas:
    height: int
    width: int
    colour: np.ndarray = field(init=False)
    cover: np.ndarray = field(init=False)
    body: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        shape = (self.height * SS, self.width * SS)
        self.colour = np.zeros((*shape, 3), np.float32)
        self.cover = np.zeros(shape, np.uint8)
        self.body = np.zeros(shape, np.uint8)

    def capsule(self, a, b, ra: float, rb: float, colour, pattern: np.ndarray | None = None, body: bool = True) -> None:
        """A tapered capsule lit from the upper left; points and radii in supersampled pixels."""
        a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
        pad = max(ra, rb) + 2
        x0, y0 = np.maximum(np.floor(np.minimum(a, b) - pad), 0).astype(int)
        x1, y1 = np.ceil(np.maximum(a, b) + pad).astype(int)
        x1, y1 = min(x1, self.colour.shape[1]), min(y1, self.colour.shape[0])
        if x0 >= x1 or y0 >= y1:
            return
        ys, xs = np.mgrid[y0:y1, x0:x1].astype(np.float32)
        d = b - a
        length = float(d @ d) or 1e-6
        t = np.clip(((xs - a[0]) * d[0] + (ys - a[1]) * d[1]) / length, 0, 1)
        dx, dy = xs - a[0] - t * d[0], ys - a[1] - t * d[1]
        radius = ra + (rb - ra) * t
        inside = dx * dx + dy * dy <= radius * radius
        nx, ny = dx / radius, dy / radius
        nz = np.sqrt(np.clip(1 - nx * nx - ny * ny, 0, 1))
        light = 0.42 + 0.62 * np.clip(-0.45 * nx - 0.5 * ny + 0.74 * nz, 0, 1)
        shade = np.asarray(colour, np.float32) * light[..., None]
        if pattern is not None:
            shade = shade * pattern[y0:y1, x0:x1, None]
        view = (slice(y0, y1), slice(x0, x1))
        self.colour[view][inside] = np.clip(shade, 0, 255)[inside]
        self.cover[view][inside] = 255
        if body:
            self.body[view][inside] = 255

    def strands(self, lines: list[np.ndarray], colour) -> None:
        """Hair: lines one supersampled pixel wide, a third of a pixel of the picture."""
        for line in lines:
            points = [np.int32(np.rint(line))]
            cv2.polylines(self.colour, points, False, colour, 1)
            cv2.polylines(self.cover, points, False, 255, 1)
            cv2.polylines(self.body, points, False, 255, 1)

    def truth(self) -> Truth:
        size = (self.width, self.height)
        share = (self.cover > 0).astype(np.float32)
        alpha = cv2.resize(share, size, interpolation=cv2.INTER_AREA)
        mixed = cv2.resize(self.colour * share[..., None], size, interpolation=cv2.INTER_AREA)
        colour = mixed / np.maximum(alpha, 1e-6)[..., None]
        body = cv2.resize(self.body, size, interpolation=cv2.INTER_AREA)
        return Truth(np.rint(np.clip(colour, 0, 255)).astype(np.uint8), np.rint(alpha * 255).astype(np.uint8), body)


def _pattern(shape: tuple[int, int], look: Look) -> np.ndarray:
    noise = np.random.default_rng(look.seed).normal(0, 1, shape).astype(np.float32)
    cloth = cv2.GaussianBlur(noise, (0, 0), 6) * 6 + cv2.GaussianBlur(noise, (0, 0), 1.5) * 1.2
    return np.clip(1 + look.pattern * cloth, 0.6, 1.4)


_PATTERNS: dict[tuple[tuple[int, int], Look], np.ndarray] = {}


def draw(width: int, height: int, phase: float, sway: float = 0.0, look: Look = LOOKS["blue"]) -> Truth:
    """The figure in a squat, seen from the front.

    Args:
        phase: 0 standing .. 1 at the bottom.
        sway: a small sideways shift in figure heights.
    """
    canvas = _Canvas(height, width)
    shape = canvas.cover.shape
    cloth = _PATTERNS.get((shape, look))
    if cloth is None:
        cloth = _PATTERNS.setdefault((shape, look), _pattern(shape, look))
    unit = shape[0] * 0.8  # the figure's height
    cx = shape[1] / 2 + sway * unit

    def p(x: float, y: float) -> np.ndarray:
        return np.array([cx + x * unit, shape[0] * 0.94 - y * unit])

    drop, out = 0.24 * phase, 0.07 * phase
    hip, shoulder = 0.53 - drop, 0.82 - drop * 0.98
    _legs(canvas, p, unit, cloth, look, (hip, drop, out))
    _barbell(canvas, p, unit, shoulder + 0.01)
    r = unit
    canvas.capsule(p(0, hip + 0.02), p(0, shoulder - 0.06), 0.085 * r, 0.1 * r, look.shirt, cloth)
    canvas.capsule(p(-0.085, shoulder - 0.02), p(0.085, shoulder - 0.02), 0.05 * r, 0.05 * r, look.shirt, cloth)
    canvas.capsule(p(-0.045, hip), p(0.045, hip), 0.062 * r, 0.062 * r, look.shorts, cloth)
    _head(canvas, p, unit, look, shoulder)
    for side in (-1, 1):
        elbow, hand = p(side * 0.185, shoulder - 0.13), p(side * 0.2, shoulder + 0.015)
        canvas.capsule(p(side * 0.12, shoulder - 0.02), elbow, 0.037 * r, 0.028 * r, look.skin)
        canvas.capsule(
            p(side * 0.12, shoulder - 0.02), p(side * 0.15, shoulder - 0.07), 0.043 * r, 0.04 * r, look.shirt, cloth
        )
        canvas.capsule(elbow, hand, 0.027 * r, 0.02 * r, look.skin)
        for finger in range(4):
            x = side * (0.186 + 0.0095 * finger)
            canvas.capsule(p(x, shoulder + 0.002), p(x, shoulder + 0.032), 0.006 * r, 0.005 * r, look.skin)
    return canvas.truth()


def _legs(canvas: _Canvas, p, r: float, cloth: np.ndarray, look: Look, bend: tuple[float, float, float]) -> None:
    hip, drop, out = bend
    for side in (-1, 1):
        knee, ankle = p(side * (0.075 + out), 0.285 - drop * 0.12), p(side * 0.085, 0.05)
        canvas.capsule(knee, ankle, 0.042 * r, 0.026 * r, look.skin)
        canvas.capsule(p(side * 0.088, 0.022), p(side * 0.115, 0.012), 0.028 * r, 0.02 * r, look.shoe)
        canvas.capsule(p(side * 0.08, 0.006), p(side * 0.13, 0.003), 0.006 * r, 0.006 * r, (60, 200, 90))
        canvas.capsule(p(side * 0.055, hip), knee, 0.064 * r, 0.044 * r, look.skin)
        middle = p(side * (0.062 + out * 0.5), hip - (hip - 0.285) * 0.5)
        canvas.capsule(p(side * 0.055, hip), middle, 0.067 * r, 0.06 * r, look.shorts, cloth)


def _barbell(canvas: _Canvas, p, r: float, y: float) -> None:
    canvas.capsule(p(-0.36, y), p(0.36, y), 0.0075 * r, 0.0075 * r, STEEL, body=False)
    for side in (-1, 1):
        for x, half in ((0.28, 0.1), (0.305, 0.075)):
            canvas.capsule(p(side * x, y - half), p(side * x, y + half), 0.011 * r, 0.011 * r, RUBBER, body=False)


def _head(canvas: _Canvas, p, r: float, look: Look, shoulder: float) -> None:
    canvas.capsule(p(0, shoulder), p(0, shoulder + 0.05), 0.03 * r, 0.028 * r, look.skin)
    top = shoulder + 0.125
    canvas.capsule(p(0, top + 0.018), p(0, top + 0.028), 0.058 * r, 0.053 * r, look.hair)
    canvas.capsule(p(0, top - 0.035), p(0, top + 0.01), 0.037 * r, 0.049 * r, look.skin)
    for side in (-1, 1):
        canvas.capsule(p(side * 0.05, top - 0.01), p(side * 0.05, top + 0.008), 0.007 * r, 0.008 * r, look.skin)
        canvas.capsule(p(side * 0.026, top + 0.022), p(side * 0.012, top + 0.024), 0.003 * r, 0.003 * r, look.hair)
        canvas.capsule(p(side * 0.023, top + 0.01), p(side * 0.015, top + 0.01), 0.006 * r, 0.006 * r, (245, 245, 245))
        canvas.capsule(p(side * 0.019, top + 0.01), p(side * 0.019, top + 0.0101), 0.0045 * r, 0.0045 * r, (40, 30, 30))
    canvas.capsule(p(0.0, top + 0.006), p(0.0, top - 0.012), 0.004 * r, 0.009 * r, (222, 168, 138))
    canvas.capsule(p(-0.014, top - 0.033), p(0.014, top - 0.033), 0.004 * r, 0.004 * r, (176, 88, 84))
    random = np.random.default_rng(look.seed + 4)
    lines = []
    for _ in range(look.strands):
        angle = random.uniform(-0.15, np.pi + 0.15)
        at = np.array([0.055 * np.cos(angle), top + 0.024 + 0.05 * np.sin(angle)])
        way = np.array([np.cos(angle), np.sin(angle)]) * 0.0035 + random.normal(0, 0.0018, 2)
        bend = random.normal(0, 0.0009, 2)
        points = []
        for step in range(int(random.integers(4, 9))):
            points.append(p(*at))
            at, way = at + way, way + bend + np.array([0, -0.0006 * step])
        lines.append(np.array(points))
    canvas.strands(lines, look.hair)


def room(width: int, height: int, light: float = 1.0, seed: int = 3) -> np.ndarray:
    """A textured room (H, W, 3) uint8: panels, a dark rack, a window, a plank floor; ``light`` under 1 is an evening."""
    random = np.random.default_rng(seed)
    wall = np.tile(np.linspace(178, 140, height, dtype=np.float32)[:, None, None], (1, width, 3))
    wall += np.array([4, 0, -8], np.float32)
    for x in range(0, width, max(8, width // 7)):
        wall[:, x : x + 2] -= 35
    cv2.rectangle(
        wall, (int(width * 0.68), int(height * 0.08)), (int(width * 0.95), int(height * 0.4)), (215, 226, 236), -1
    )
    for y in (0.25, 0.38, 0.51):
        cv2.rectangle(
            wall, (int(width * 0.02), int(height * y)), (int(width * 0.3), int(height * (y + 0.03))), (42, 42, 46), -1
        )
        for x in np.linspace(0.05, 0.27, 5):
            cv2.circle(wall, (int(width * x), int(height * (y - 0.02))), int(width * 0.018), (60, 58, 62), -1)
    floor = int(height * 0.72)
    planks = np.tile(np.float32([168, 140, 112]), (height - floor, width, 1))
    grain = cv2.GaussianBlur(random.normal(0, 1, (height - floor, width)).astype(np.float32), (0, 0), 9, sigmaY=1)
    planks += grain[..., None] * 60
    for y in range(0, height - floor, max(6, height // 40)):
        planks[y : y + 1] -= 30
    wall[floor:] = planks
    wall += cv2.GaussianBlur(random.normal(0, 1, (height, width, 1)).astype(np.float32), (0, 0), 1.2)[..., None] * 9
    return np.clip(wall * light, 0, 255).astype(np.uint8)
