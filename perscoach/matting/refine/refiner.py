"""The refinement of a whole clip, frame by frame with a look-ahead of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from perscoach.core.arrays import Array
from perscoach.matting.refine.components import clean
from perscoach.matting.refine.spatial import mask_pixel, sharpen
from perscoach.matting.refine.temporal import Motion, Steady, without_blip

Pair = tuple[Array, Array]
Cue = Callable[[Array, Array], Array]


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
        cue: corrects (rgb, alpha uint8) after the edge is found (``plate.PlateCue.correct``), as its word is already at
            full resolution.
    """

    def __init__(self, pixel: float | None = None, cue: Cue | None = None) -> None:
        self._motion, self._steady = Motion(), Steady()
        self._kept: Array | None = None
        self._pixel, self._cue = pixel, cue

    def run(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """The same frames with the refined alpha (H, W) uint8, one for one, one frame late."""
        before: Array | None = None
        now: tuple[Array, Array, Array] | None = None
        for rgb, raw in pairs:
            if self._motion.is_cut(rgb):
                if now is not None:
                    yield now[0], self._steady.update(now[1], now[2])
                self._steady.reset()
                before, now, self._kept = None, None, None
            moved = self._motion.update(rgb)
            after = self._spatial(rgb, raw)
            if now is not None:
                fixed = now[1] if before is None else without_blip(before, now[1], after, now[2], moved)
                yield now[0], self._steady.update(fixed, now[2])
                before = fixed
            now = (rgb, after, moved)
        if now is not None:
            yield now[0], self._steady.update(now[1], now[2])

    def _spatial(self, rgb: Array, raw: Array) -> Array:
        alpha = clean(raw, self._kept)
        self._kept = alpha
        alpha = sharpen(rgb, alpha, mask_pixel(alpha) if self._pixel is None else self._pixel)
        return alpha if self._cue is None else self._cue(rgb, alpha)
