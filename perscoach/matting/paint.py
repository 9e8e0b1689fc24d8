"""The painted mask: corrections by hand. 255 keep, 128 drop, 0 no change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_array
from perscoach.core.errors import SettingsError

KEEP, DROP = 255, 128
MAX_SIDE = 16384
"""A painted mask has the size of a frame; anything larger than this is not one."""

_BORDER = 2.0  # pixels at 720 lines: a painted stroke ends softly, or it would be the sharpest edge in the picture


@dataclass(frozen=True)
class Paint:
    """Soft weights 0..1, (H, W) float32: how far each pixel is pulled towards opaque and towards transparent."""

    keep: Array
    drop: Array


def read_paint(path: Path, width: int, height: int) -> Paint:
    """Read and check a painted mask and bring it to the clip's size.

    Raises:
        SettingsError: missing, not a PNG, over 16384 pixels a side, of another shape than the clip (by over 2 %), or
            holding other values than 0, 128 and 255 (a little compression noise around them is taken).
    """
    grey = _load(path)
    rows, columns = grey.shape
    if abs(columns * height - rows * width) > 0.02 * rows * width:
        raise SettingsError("matting.paint_shape", mask=f"{columns}x{rows}", clip=f"{width}x{height}")
    return soften(grey, width, height)


def soften(mask: Array, width: int, height: int) -> Paint:
    """Weights from a grey mask (0, 128, 255), resized to the clip, with a soft border.

    Raises:
        SettingsError: another value stands in it.
    """
    import cv2

    check_array("painted mask", mask, ("H", "W"), np.uint8)
    strange = np.abs(mask.astype(np.int16)[..., None] - np.array([0, DROP, KEEP], np.int16)).min(axis=2) > 24
    if strange.mean() > 0.01:  # smoothed stroke edges pass between the values; a photograph does not
        raise SettingsError("matting.paint_values")
    sigma = _BORDER * height / 720
    weights = []
    for chosen in (mask > (DROP + KEEP) // 2, (mask > DROP // 2) & (mask <= (DROP + KEEP) // 2)):
        layer = cv2.resize(chosen.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        weights.append(cv2.GaussianBlur(layer, (0, 0), sigma))
    return Paint(*weights)


def apply_paint(alpha: Array, paint: Paint) -> Array:
    """Alpha (H, W) uint8 with the painted parts pulled to 255 and 0; unpainted pixels are exactly as they were."""
    kept = alpha + (255.0 - alpha) * paint.keep
    result: Array = np.rint(kept * (1.0 - paint.drop)).astype(np.uint8)
    return result


def _load(path: Path) -> Array:
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["PNG"]) as image:
                if max(image.size) > MAX_SIDE:
                    raise ValueError(f"{image.width}x{image.height} pixels")
                return np.asarray(image.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise SettingsError("matting.paint_unreadable", name=path.name, error=str(error)[:80]) from error
