"""Pictures of the Matte step: a frame cut out over a backdrop, a detail at 200 %, a painted mask."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array

BACKDROPS: dict[str, tuple[int, int, int]] = {
    "red": (200, 30, 30),
    "green": (0, 177, 64),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "checker": (0, 0, 0),
}
KEEP_COLOUR, DROP_COLOUR = (0, 200, 83), (224, 32, 32)
DETAIL = 240  # source pixels on a side of the detail; shown at twice that
_TILE = 16


def backdrop(name: str, height: int, width: int) -> Array:
    """(H, W, 3) uint8."""
    if name != "checker":
        return np.broadcast_to(np.array(BACKDROPS[name], np.uint8), (height, width, 3))
    rows, columns = np.indices((height, width)) // _TILE
    return np.where(((rows + columns) % 2)[..., None], np.uint8(214), np.uint8(255)).repeat(3, axis=2)


def cut_out(colour: Array, alpha: Array, name: str) -> Array:
    """The person's colour (H, W, 3) uint8 over a backdrop by straight alpha (H, W) uint8."""
    weight = alpha.astype(np.float32)[..., None] / 255.0
    behind = backdrop(name, *alpha.shape).astype(np.float32)
    result: Array = np.rint(colour * weight + behind * (1 - weight)).astype(np.uint8)
    return result


def detail(picture: Array, point: tuple[float, float]) -> Array:
    """The surroundings of ``point`` (x, y in 0..1), twice as large as they are."""
    import cv2

    height, width = picture.shape[:2]
    w, h = min(DETAIL, width), min(DETAIL, height)
    x = int(np.clip(point[0] * width - w / 2, 0, width - w))
    y = int(np.clip(point[1] * height - h / 2, 0, height - h))
    return cv2.resize(picture[y : y + h, x : x + w], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def marked(picture: Array, point: tuple[float, float] | None, longest: int = 720) -> Array:
    """The picture, made smaller, with a frame around the detail."""
    import cv2

    height, width = picture.shape[:2]
    scale = min(1.0, longest / max(height, width))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = np.ascontiguousarray(small)
    h, w = small.shape[:2]
    if point is not None:
        side = DETAIL * scale
        x = float(np.clip(point[0] * w - side / 2, 0, max(0.0, w - side)))
        y = float(np.clip(point[1] * h - side / 2, 0, max(0.0, h - side)))
        corners = (int(x), int(y)), (int(min(x + side, w - 1)), int(min(y + side, h - 1)))
        cv2.rectangle(small, *corners, (0, 0, 0), 3)
        cv2.rectangle(small, *corners, (255, 255, 255), 1)
    return small


def upper_edge(alpha: Array) -> tuple[float, float]:
    """A good first place to look at: the top of the person (hair), as (x, y) in 0..1."""
    rows = np.flatnonzero((alpha > 127).any(axis=1))
    if not len(rows):
        return 0.5, 0.3
    top = int(rows[0])
    columns = np.flatnonzero(alpha[top : top + 8].max(axis=0) > 127)
    return float(columns.mean()) / alpha.shape[1], min(1.0, (top + DETAIL / 4) / alpha.shape[0])


def mask_of_layers(layers: list[Array], width: int, height: int) -> Array | None:
    """What was painted as a grey mask: 255 keep (green strokes), 128 drop (red strokes), 0 nothing; later strokes win.

    Args:
        layers: (H, W, 4) uint8 RGBA, lowest first.
        width, height: size of the mask.

    Returns:
        (height, width) uint8, or ``None`` where nothing is painted.
    """
    import cv2

    mask = np.zeros((height, width), np.uint8)
    for layer in layers:
        if layer.ndim != 3 or layer.shape[2] != 4:
            continue
        sized = cv2.resize(layer, (width, height), interpolation=cv2.INTER_NEAREST)
        painted = sized[..., 3] > 127
        keeps = sized[..., 1].astype(np.int16) > sized[..., 0]
        mask[painted & keeps] = 255
        mask[painted & ~keeps] = 128
    return mask if mask.any() else None


def strokes(mask: Array) -> Array:
    """The inverse of ``mask_of_layers``: strokes as (H, W, 4) uint8 RGBA, to go on painting."""
    layer = np.zeros((*mask.shape, 4), np.uint8)
    layer[mask == 255] = (*KEEP_COLOUR, 255)
    layer[mask == 128] = (*DROP_COLOUR, 255)
    return layer
