"""The refinement of a whole clip, frame by frame with a look-ahead of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from perscoach.matting.refine.components import clean
from perscoach.matting.refine.spatial import sharpen
from perscoach.matting.refine.temporal import Steady, without_blip

Pair = tuple[np.ndarray, np.ndarray]


class Refiner:
    """Refines (rgb, alpha) pairs in order; holds three frames at most."""

    def __init__(self) -> None:
        self._steady = Steady()
        self._kept: np.ndarray | None = None

    def run(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """The same frames with the refined alpha (H, W) uint8, one for one, one frame late."""
        before: np.ndarray | None = None
        now: tuple[np.ndarray, np.ndarray] | None = None
        for rgb, raw in pairs:
            cut = self._steady.is_cut(rgb)
            if cut and now is not None:
                yield now[0], self._steady_frame(*now)
                self._steady.reset()
                before, now, self._kept = None, None, None
            after = self._spatial(rgb, raw)
            if now is not None:
                fixed = now[1] if before is None else without_blip(before, now[1], after)
                yield now[0], self._steady_frame(now[0], fixed)
                before = fixed
            now = (rgb, after)
        if now is not None:
            yield now[0], self._steady_frame(*now)

    def _spatial(self, rgb: np.ndarray, raw: np.ndarray) -> np.ndarray:
        alpha = clean(raw.astype(np.float32) / 255.0, self._kept)
        self._kept = alpha
        return sharpen(rgb, alpha)

    def _steady_frame(self, rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        return np.rint(np.clip(self._steady.update(rgb, alpha), 0.0, 1.0) * 255.0).astype(np.uint8)
