"""The fast path of the grade: 8-bit pictures within 1/255 of ``reference.apply``, at video speed on one core.

A 33^3 table is too coarse for the lift in the darkest corner, so the map is factored instead: a table from codes to
linear light before the lift, the lift itself in float32 vector arithmetic, and a table back to codes after it. The last
one is kept over the square root of the linear value, where the sRGB curve is nearly straight, so that its nearest entry
is exact to 0.05 of a code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.grade import reference
from perscoach.grade.params import Grade

_OUT_STEPS = 4096  # entries of the last table per unit of the square root
_FINE_STEPS = 65536  # the same where the result is read on through another table and must not be rounded to a code
_OUT_TOP = 1.6  # beyond it every channel is clipped for every allowed gain (srgb 1 / 0.7)


@dataclass(frozen=True, eq=False)
class Baked:
    """A grade made ready for ``apply``.

    Attributes:
        grade: what was baked.
        size: the grid that ``grid()`` samples.
        codes: (3, 256) uint8, the whole map when there is no lift.
        linear: (256,) float32, a code after brightness and contrast, in linear light.
        out: (3, n) uint8, a channel's code from ``sqrt(linear) * 4096`` after the lift.
        gain: the factor of the lift; 0 without one.
    """

    grade: Grade
    size: int
    codes: Array
    linear: Array
    out: Array
    gain: float

    def grid(self) -> Array:
        """The grade sampled on a grid: ``grid(self.grade, self.size)``."""
        return grid(self.grade, self.size)


def grid(grade: Grade, size: int = 33) -> Array:
    """The grade on a regular grid of sRGB: (size, size, size, 3) float32 in 0..1, indexed ``[r, g, b]``."""
    if not 2 <= size <= 129:
        raise ValueError(f"lut: expected a size of 2..129, got {size}")
    axis = np.linspace(0, 1, size)
    rgb = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    return reference.apply(rgb, grade).astype(np.float32)


def bake(grade: Grade, size: int = 33) -> Baked:
    """Make a grade ready for ``apply``; cheap, and remembered for the last few grades."""
    return _bake(grade, size)


@lru_cache(maxsize=16)
def _bake(grade: Grade, size: int) -> Baked:
    return _tables(grade, size, _OUT_STEPS, _to_codes)


def _tables(grade: Grade, size: int, steps: int, to_codes: Callable[[Array], Array]) -> Baked:
    grey = np.repeat(np.arange(256)[:, None], 3, axis=1) / 255
    unlifted = Grade(grade.brightness_boost, grade.contrast, 0.0, grade.red_boost, grade.blue_reduce)
    before = Grade(grade.brightness_boost, grade.contrast, 0.0, 1.0, 1.0)
    after = Grade(0.0, 1.0, 0.0, grade.red_boost, grade.blue_reduce)
    root = np.arange(int(_OUT_TOP * steps) + 2) / steps
    srgb = np.repeat(reference.linear_to_srgb(root**2)[:, None], 3, axis=1)
    return Baked(
        grade=grade,
        size=size,
        codes=to_codes(reference.grade_unclipped(grey, unlifted)).T.copy(),
        linear=reference.srgb_to_linear(reference.grade_unclipped(grey, before)[:, 0]).astype(np.float32),
        out=to_codes(reference.grade_unclipped(srgb, after)).T.copy(),
        gain=reference.lift_gain(grade.lab_lift),
    )


def _to_codes(values: Array) -> Array:
    result: Array = np.floor(np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)
    return result


def apply(rgb: Array, lut: Baked | Grade) -> Array:
    """Grade an 8-bit picture.

    Args:
        rgb: (H, W, 3) uint8.
        lut: what ``bake`` made, or the grade itself.

    Returns:
        (H, W, 3) uint8, within one code of ``reference.apply``; equal to ``rgb`` for the neutral grade.
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(f"grade: expected an (H, W, 3) uint8 picture, got {rgb.shape} {rgb.dtype}")
    baked = bake(lut) if isinstance(lut, Grade) else lut
    if baked.gain == 0:
        import cv2

        return cv2.LUT(rgb, np.ascontiguousarray(baked.codes.T)[None])
    flat = np.ascontiguousarray(rgb).reshape(-1, 3)
    out = np.empty_like(flat)
    kernel()(flat, out, baked.linear, baked.out, _OUT_STEPS, baked.gain, *_matrices())
    return out.reshape(rgb.shape)


def unrounded(codes: Array, grade: Grade) -> Array:
    """Grade 8-bit colours without rounding the result: for what is read on through another table.

    Args:
        codes: (n, 3) uint8, C-contiguous.

    Returns:
        (n, 3) float32 in 0..1, within 0.01 of a code of ``reference.apply``.
    """
    fine = _fine(grade)
    if fine.gain == 0:
        return np.stack([fine.codes[c].take(codes[:, c]) for c in range(3)], axis=1)
    out = np.empty(codes.shape, np.float32)
    kernel()(codes, out, fine.linear, fine.out, _FINE_STEPS, fine.gain, *_matrices())
    return out


@lru_cache(maxsize=4)
def _fine(grade: Grade) -> Baked:
    """As ``bake``, with tables of float32 in 0..1 in place of codes."""
    return _tables(grade, 33, _FINE_STEPS, lambda values: np.clip(values, 0, 1).astype(np.float32))


@lru_cache(maxsize=1)
def _matrices() -> tuple[Array, Array]:
    return reference.RGB_TO_XYZ.astype(np.float32), reference.XYZ_TO_RGB.astype(np.float32)


@lru_cache(maxsize=1)
def kernel() -> Callable[..., None]:
    """The compiled loop of the lift."""
    return compiled(_lift_loop)


def compiled(loop: Callable[..., None]) -> Callable[..., None]:
    """A loop as machine code; compiled once per machine where the code's folder or the home can be written."""
    from numba import njit

    made: Any
    try:
        made = njit(loop, cache=True, nogil=True, error_model="numpy")
    except RuntimeError:  # nowhere to keep the compiled code
        made = njit(loop, nogil=True, error_model="numpy")
    result: Callable[..., None] = made
    return result


def _lift_loop(
    rgb: Array,
    out: Array,
    linear: Array,
    codes: Array,
    per_unit: int,
    gain: float,
    m: Array,
    w: Array,
) -> None:
    """Steps 1 to 5 of the reference for (n, 3) codes; m is RGB to XYZ, w its inverse, all in float32.
    ``out`` and ``codes`` are both uint8 codes or both float32 in 0..1; ``codes`` has ``per_unit`` entries per unit.

    Runs in blocks through small buffers, one plain loop after the other: the loops between the two tables have no
    look-ups, so the compiler turns each into vector instructions.
    """
    size, last = 2048, codes.shape[1] - 1
    one, edge, slope = np.float32(1), np.float32((6 / 29) ** 3), np.float32((29 / 6) ** 2 / 3)
    offset, knee, flat = np.float32(4 / 29), np.float32(6 / 29), np.float32(3 * (6 / 29) ** 2)
    two, third, top = np.float32(2), np.float32(1 / 3), np.float32(last)
    k, up, down, steps = np.float32(gain / 1.16), np.float32(1.16), np.float32(0.16), np.float32(per_unit)
    lin, xyz, root = np.empty((3, size), np.float32), np.empty((3, size), np.float32), np.empty((3, size), np.float32)
    xyz_bits, root_bits = xyz.view(np.int32), root.view(np.int32)
    for start in range(0, rgb.shape[0], size):
        n = min(size, rgb.shape[0] - start)
        for i in range(n):
            lin[0, i] = linear[rgb[start + i, 0]]
            lin[1, i] = linear[rgb[start + i, 1]]
            lin[2, i] = linear[rgb[start + i, 2]]
        for c in range(3):
            for i in range(n):
                xyz[c, i] = m[c, 0] * lin[0, i] + m[c, 1] * lin[1, i] + m[c, 2] * lin[2, i]
            for i in range(n):
                # A float's bits over three, plus this, are the bits of its cube root to within 4 %.
                root_bits[c, i] = np.int32(np.float32(xyz_bits[c, i]) * third) + np.int32(0x2A5119F2)
            for i in range(n):
                t, y = xyz[c, i], root[c, i]
                q = y * y * y  # Halley's step, twice: 4 % becomes 4e-5, then less than float32 can say
                y = y * (q + two * t) / (two * q + t)
                q = y * y * y
                y = y * (q + two * t) / (two * q + t)
                root[c, i] = y if t > edge else slope * t + offset
        for i in range(n):
            x = min(max(up * root[1, i] - down, np.float32(0)), one)
            rest = one - x
            xyz[1, i] = k * x * x * rest * rest * rest * rest * rest
        for i in range(n):
            rise = xyz[1, i]
            fx, fy, fz = root[0, i] + rise, root[1, i] + rise, root[2, i] + rise
            fx = fx * fx * fx if fx > knee else (fx - offset) * flat
            fy = fy * fy * fy if fy > knee else (fy - offset) * flat
            fz = fz * fz * fz if fz > knee else (fz - offset) * flat
            for c in range(3):
                value = w[c, 0] * fx + w[c, 1] * fy + w[c, 2] * fz
                root[c, i] = min(np.sqrt(max(value, np.float32(0))) * steps, top)
        for i in range(n):
            out[start + i, 0] = codes[0, int(root[0, i] + np.float32(0.5))]
            out[start + i, 1] = codes[1, int(root[1, i] + np.float32(0.5))]
            out[start + i, 2] = codes[2, int(root[2, i] + np.float32(0.5))]
