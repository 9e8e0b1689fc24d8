"""The refinement of a whole clip, frame by frame with a look-ahead of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from perscoach.core.arrays import Array
from perscoach.matting.refine.components import clean
from perscoach.matting.refine.spatial import mask_pixel, sharpen
from perscoach.matting.refine.temporal import Motion, without_blip
from perscoach.people.cuts import CutDetector

Pair = tuple[Array, Array]
Cue = Callable[[int, Array, Array], Array]


def pixel_of(engine: str, width: int, height: int) -> float | None:
    """Pixels of the picture per pixel of an engine's mask; ``None`` where it follows the person's size.

    MODNet sees the short side at 512 (upstream's rule), the plate every pixel (with a 3x3 blur), MediaPipe the person at 256.
    """
    if engine == "modnet":
        return min(width, height) / 512.0
    return 0.6 if engine == "plate" else None


class Refiner:
    """Refines (rgb, alpha) pairs in order; holds three frames at most.

    Args:
        pixel: see ``pixel_of``; ``None`` measures it on every frame.
        cue: corrects (frame number, rgb, alpha uint8) after the edge is found, as its word is already at full resolution.
        cuts: (F,) bool, where shots begin, by frame number; found here unless given.
    """

    def __init__(self, pixel: float | None = None, cue: Cue | None = None, cuts: Array | None = None) -> None:
        self._motion, self._cuts, self._found = Motion(), cuts, CutDetector()
        self._kept: Array | None = None
        self._pixel, self._cue = pixel, cue

    def run(self, pairs: Iterable[Pair], start: int = 0) -> Iterator[Pair]:
        """The same frames with the refined alpha (H, W) uint8, one for one, one frame late; the first has number ``start``."""
        before: Array | None = None
        now: tuple[Array, Array, Array] | None = None
        for index, (rgb, raw) in enumerate(pairs, start):
            if self._is_cut(index, rgb):
                if now is not None:
                    yield now[0], now[1]
                before, now, self._kept = None, None, None
            moved = self._motion.update(rgb)
            after = self._spatial(index, rgb, raw)
            if now is not None:
                fixed = now[1] if before is None else without_blip(before, now[1], after, now[2], moved)
                yield now[0], fixed
                before = fixed
            now = (rgb, after, moved)
        if now is not None:
            yield now[0], now[1]

    def _is_cut(self, index: int, rgb: Array) -> bool:
        return self._found.is_cut(rgb) if self._cuts is None else bool(self._cuts[index])

    def _spatial(self, index: int, rgb: Array, raw: Array) -> Array:
        alpha = clean(raw, self._kept)
        self._kept = alpha
        alpha = sharpen(rgb, alpha, mask_pixel(alpha) if self._pixel is None else self._pixel)
        return alpha if self._cue is None else self._cue(index, rgb, alpha)
