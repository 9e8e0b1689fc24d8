"""A small z-buffer in numpy: which triangle is seen in each pixel, and where in it. For still pictures and the example clip."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array


def rasterise(points: Array, depth: Array, faces: Array, width: int, height: int) -> tuple[Array, ...]:
    """Project triangles that are already in pixels.

    Args:
        points: (V, 2) pixels, x right, y down; a pixel's centre is at + 0.5.
        depth: (V,) distance from the camera, smaller is nearer.
        faces: (N, 3) indices; only those that turn counter-clockwise on screen are drawn (the front of a mesh whose
            faces turn counter-clockwise seen from outside, y down, is clockwise in these axes: both are handled by the
            sign below).

    Returns:
        face (H, W) int32, -1 where nothing is; bary (H, W, 3) float32 weights of its three corners.
    """
    corners = points[faces]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    low = np.floor(corners.min(1) - 0.5).astype(int)
    high = np.ceil(corners.max(1) - 0.5).astype(int)
    seen = (area < 0) & (high >= 0).all(1) & (low[:, 0] < width) & (low[:, 1] < height)
    span = (high - low).max(1) + 1
    buffer = np.full(width * height, np.inf)
    face = np.full(width * height, -1, np.int32)
    bary = np.zeros((width * height, 3), np.float32)
    todo = np.flatnonzero(seen)
    while len(todo):
        size = int(2 ** np.ceil(np.log2(max(2, span[todo].min()))))
        now, todo = todo[span[todo] <= size], todo[span[todo] > size]
        for part in np.array_split(now, max(1, len(now) * size * size // 4_000_000 + 1)):
            _fill(part, size, corners, area, low, depth[faces], width, height, buffer, face, bary)
    return face.reshape(height, width), bary.reshape(height, width, 3)


def _fill(
    part: Array,
    size: int,
    corners: Array,
    area: Array,
    low: Array,
    depth: Array,
    width: int,
    height: int,
    buffer: Array,
    face: Array,
    bary: Array,
) -> None:
    """Test a ``size`` x ``size`` block of pixels for each triangle of ``part`` and keep what is nearest."""
    step = np.arange(size)
    x = (low[part, 0, None, None] + step[None, None, :]) + np.zeros((1, size, 1), int)
    y = (low[part, 1, None, None] + step[None, :, None]) + np.zeros((1, 1, size), int)
    p = corners[part][:, :, None, None, :]
    px, py = x + 0.5, y + 0.5

    def weight(i: int, j: int) -> Array:
        return (p[:, j, ..., 0] - p[:, i, ..., 0]) * (py - p[:, i, ..., 1]) - (p[:, j, ..., 1] - p[:, i, ..., 1]) * (
            px - p[:, i, ..., 0]
        )

    w = np.stack([weight(1, 2), weight(2, 0), weight(0, 1)], -1) / area[part][:, None, None, None]
    hit = (w >= -1e-6).all(-1) & (x >= 0) & (y >= 0) & (x < width) & (y < height)
    z = (w * depth[part][:, None, None, :]).sum(-1)[hit]
    at = (y * width + x)[hit]
    which = np.broadcast_to(part[:, None, None], hit.shape)[hit]
    if not len(at):
        return
    order = np.lexsort((z, at))
    at, z, which, w = at[order], z[order], which[order], w[hit][order]
    first = np.r_[True, at[1:] != at[:-1]]
    at, z, which, w = at[first], z[first], which[first], w[first]
    near = z < buffer[at]
    at = at[near]
    buffer[at], face[at], bary[at] = z[near], which[near], w[near]
