"""The empty room behind each frame of a finished matte, for the colours of its soft edge."""

from __future__ import annotations

from collections.abc import Callable

from perscoach.core.arrays import Array
from perscoach.matting.boxes import part_of
from perscoach.matting.foreground import Room
from perscoach.matting.shot_plate import ShotPlates


class Rooms:
    """Feed it frames in order: one shot's plate is held at a time.

    Args:
        plates: gives the clip's plates when the first one is needed; ``None`` where the matte was made without.
    """

    def __init__(self, plates: Callable[[], ShotPlates] | None) -> None:
        self._open = plates
        self._plates: ShotPlates | None = None

    def behind(self, index: int, rgb: Array, alpha: Array) -> Room | None:
        """The room in the box around frame ``index``'s matte, in the frame's light; ``None`` where it is not known.

        Args:
            index: the frame's number in the clip.
            rgb: (H, W, 3) uint8.
            alpha: (H, W) uint8.
        """
        part = part_of(alpha)
        if self._open is None or part is None:
            return None
        self._plates = self._plates or self._open()
        plate = self._plates.of(index)
        seen = None if plate is None else plate.at(rgb, part)
        if seen is None:
            return None
        from perscoach.matting.shot_cue import in_this_light

        room, known, _ = seen
        return Room(in_this_light(room, rgb[part], alpha[part], known), known)
