"""The mannequin's shape at rest, as a signed distance field (negative inside).

Own axes: x to the person's left, y up, z to the front, metres, origin in the middle of the hip joints. The figure
stands with arms stretched sideways, palms down, legs a little apart, 1.75 m tall. Only the left half is written down:
the field reads \\|x\\|. Widths and lengths are ordinary adult proportions (segment lengths after Winter,
"Biomechanics and Motor Control of Human Movement", table of segment lengths as parts of stature), shaped by eye.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from perscoach.avatar.rig import ANKLE, ELBOW, HIP, KNEE, SHOULDER, SKULL, SOLE, WRIST
from perscoach.core.arrays import Array

# Sections of each part: how far along its axis, half width (sideways), half depth (front to back), the centre's shift
# sideways and to the front.
_TORSO = """
-0.105 .030 .030 0 -.004 ; -0.092 .082 .060 0 -.004 ; -0.060 .132 .086 0 -.004 ; -0.015 .157 .099 0 -.004
 0.050 .154 .100 0 .000 ; 0.120 .141 .094 0 .004 ; 0.190 .135 .089 0 .006 ; 0.260 .143 .096 0 .006
 0.330 .158 .107 0 .004 ; 0.390 .168 .111 0 .000 ; 0.440 .166 .102 0 -.006 ; 0.480 .142 .086 0 -.012
 0.515 .102 .068 0 -.016 ; 0.545 .060 .050 0 -.016 ; 0.556 .020 .020 0 -.016"""
_NECK = "0 .062 .062 0 -.010 ; .05 .057 .058 0 -.004 ; .10 .054 .057 0 .002 ; .15 .053 .056 0 .004 ; .17 .04 .04 0 .004"
_HEAD = """
-.040 .010 .012 0 .086 ; -.036 .026 .026 0 .080 ; -.024 .041 .044 0 .064 ; -.004 .053 .062 0 .046 ; .025 .062 .080 0 .030
 .060 .070 .092 0 .018 ; .095 .076 .098 0 .011 ; .130 .077 .099 0 .006 ; .160 .070 .091 0 .003 ; .182 .054 .071 0 .001
 .195 .032 .043 0 0 ; .200 .010 .012 0 0"""
_UPPER_ARM = """
-.02 .040 .040 0 0 ; .02 .056 .058 0 0 ; .06 .055 .058 -.003 .002 ; .13 .049 .053 -.002 .004 ; .20 .044 .048 0 .003
 .26 .040 .041 0 0 ; .30 .038 .039 0 0 ; .325 .026 .026 0 0"""
_FOREARM = """
-.025 .028 .028 0 0 ; .0 .038 .040 0 0 ; .045 .041 .046 0 .003 ; .09 .039 .044 0 .003 ; .15 .033 .037 0 .001
 .21 .026 .031 0 0 ; .252 .023 .029 0 0 ; .27 .018 .024 0 0"""
_HAND = """
-.02 .014 .018 0 0 ; .0 .021 .028 0 0 ; .03 .019 .036 0 .002 ; .06 .018 .042 0 .003 ; .092 .016 .043 -.001 .002
 .125 .0145 .039 -.005 .001 ; .155 .013 .034 -.010 -.001 ; .175 .0115 .027 -.014 -.002 ; .187 .008 .018 -.016 -.003 ; .194 .004 .008 -.017 -.003"""
_THIGH = """
-.06 .050 .060 0 0 ; -.02 .076 .088 0 0 ; .04 .082 .093 -.002 .002 ; .12 .079 .088 0 .006 ; .20 .071 .080 .001 .008
 .28 .062 .071 .001 .007 ; .36 .054 .061 0 .003 ; .42 .050 .056 0 .003 ; .455 .045 .050 0 .002 ; .48 .028 .032 0 0"""
_SHIN = """
-.03 .030 .036 0 0 ; .0 .048 .054 0 .001 ; .05 .048 .054 0 -.006 ; .10 .052 .058 0 -.016 ; .15 .050 .055 0 -.017
 .22 .041 .045 0 -.011 ; .30 .033 .037 0 -.003 ; .37 .030 .036 0 .001 ; .41 .030 .036 0 .002 ; .43 .022 .028 0 0"""
_SHOE = """
-.072 .008 .010 0 .030 ; -.066 .022 .030 0 .034 ; -.050 .032 .045 0 .040 ; -.02 .036 .056 0 .046 ; .02 .037 .056 0 .046
 .06 .040 .048 .001 .038 ; .10 .045 .040 .003 .032 ; .14 .047 .034 .003 .029 ; .165 .044 .030 .001 .027 ; .185 .037 .026 -.001 .025
 .199 .027 .021 -.003 .023 ; .208 .017 .014 -.004 .021 ; .213 .006 .006 -.005 .020"""


def _loft(table: str, origin: Array, axis: Array, front: Array) -> Callable[[Array], Array]:
    """The distance to a body of elliptic sections along an axis (nearly: exact gradients are not needed)."""
    from scipy.interpolate import PchipInterpolator

    rows = np.array([[float(x) for x in row.split()] for row in table.replace("\n", ";").split(";") if row.strip()])
    section = PchipInterpolator(rows[:, 0], rows[:, 1:])
    low, high = rows[0, 0], rows[-1, 0]
    axis = axis / np.linalg.norm(axis)
    front = np.asarray(front - axis * (front @ axis))
    front /= np.linalg.norm(front)
    side = np.cross(axis, front)

    def distance(points: Array) -> Array:
        q = points - origin
        t = q @ axis
        inside = np.clip(t, low, high)
        a, b, ds, df = section(inside).T
        s, f = q @ side - ds, q @ front - df
        k0 = np.hypot(s / a, f / b)
        k1 = np.hypot(s / a**2, f / b**2)
        flat = np.where(k1 > 1e-9, k0 * (k0 - 1) / np.maximum(k1, 1e-9), -np.minimum(a, b))
        over = np.abs(t - inside)
        return np.where(over > 0, np.hypot(np.maximum(flat, 0), over), flat)

    return distance


def _ball(points: Array, centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Array:
    q, r = points - np.array(centre), np.array(radii)
    k0, k1 = np.linalg.norm(q / r, axis=-1), np.linalg.norm(q / r**2, axis=-1)
    return np.where(k1 > 1e-9, k0 * (k0 - 1) / np.maximum(k1, 1e-9), -r.min())


def _cone(points: Array, a: tuple[float, ...], b: tuple[float, ...], ra: float, rb: float) -> Array:
    start, along = np.array(a), np.array(b) - np.array(a)
    t = np.clip((points - start) @ along / (along @ along), 0, 1)
    return np.linalg.norm(points - start - t[:, None] * along, axis=-1) - (ra + (rb - ra) * t)


def _join(a: Array, b: Array, k: float) -> Array:
    """Union with a fillet of size ``k``."""
    h = np.maximum(k - np.abs(a - b), 0) / k
    return np.minimum(a, b) - h * h * k / 4


def _carve(a: Array, b: Array, k: float) -> Array:
    """``a`` without ``b``, the edge rounded by ``k``."""
    return -_join(-a, b, k)


@lru_cache(maxsize=1)
def _lofts() -> dict[str, Callable[[Array], Array]]:
    up, front, down = np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), np.array([0.0, -1, 0])
    zero = np.zeros(3)
    return {
        "torso": _loft(_TORSO, zero, up, front),
        "neck": _loft(_NECK, np.array([0, 0.50, -0.006]), np.array([0, 1, 0.10]), front),
        "head": _loft(_HEAD, SKULL, up, front),
        "upper_arm": _loft(_UPPER_ARM, SHOULDER, ELBOW - SHOULDER, front),
        "forearm": _loft(_FOREARM, ELBOW, WRIST - ELBOW, front),
        "hand": _loft(_HAND, WRIST, np.array([1.0, 0, 0]), front),
        "thigh": _loft(_THIGH, HIP, KNEE - HIP, front),
        "shin": _loft(_SHIN, KNEE, ANKLE - KNEE, front),
        "shoe": _loft(_SHOE, np.array([ANKLE[0], SOLE, ANKLE[2] + 0.008]), front, -down),
    }


def _torso(p: Array) -> Array:
    d = _lofts()["torso"](p)
    d = _join(d, _ball(p, (0.074, -0.035, -0.052), (0.076, 0.086, 0.068)), 0.05)  # seat
    d = _join(d, _ball(p, (0.078, 0.402, 0.062), (0.080, 0.052, 0.044)), 0.06)  # chest
    d = _join(d, _ball(p, (0.085, 0.360, -0.060), (0.070, 0.100, 0.050)), 0.06)  # shoulder blade
    return _join(d, _cone(p, (0.0, 0.565, -0.020), (0.165, 0.525, -0.012), 0.042, 0.036), 0.05)  # slope of the neck


def _arm(p: Array) -> Array:
    part = _lofts()
    d = _join(part["upper_arm"](p), _ball(p, (0.186, 0.497, -0.004), (0.060, 0.056, 0.060)), 0.03)
    d = _join(d, part["forearm"](p), 0.02)
    hand = _join(part["hand"](p), _cone(p, (0.745, 0.497, 0.024), (0.800, 0.492, 0.056), 0.017, 0.0130), 0.030)
    return _join(d, hand, 0.012)


def _leg(p: Array) -> Array:
    part = _lofts()
    d = _join(part["thigh"](p), part["shin"](p), 0.03)
    d = _join(d, _ball(p, (KNEE[0], KNEE[1] - 0.005, KNEE[2] + 0.034), (0.032, 0.042, 0.026)), 0.03)
    shoe = part["shoe"](p)
    return _carve(_join(d, shoe, 0.02), p[:, 1] - SOLE, 0.012)


def _head(p: Array) -> Array:
    part = _lofts()
    d = part["head"](p)
    d = _join(d, _cone(p, (0.0, 0.722, 0.100), (0.0, 0.690, 0.116), 0.009, 0.014), 0.014)  # nose
    d = _join(d, _cone(p, (0.0, 0.737, 0.092), (0.034, 0.735, 0.084), 0.012, 0.010), 0.020)  # brow
    d = _carve(d, _ball(p, (0.031, 0.718, 0.112), (0.017, 0.011, 0.012)), 0.016)  # eye
    d = _join(d, _cone(p, (0.0, 0.655, 0.098), (0.016, 0.656, 0.094), 0.010, 0.008), 0.014)  # lips
    d = _join(d, _ball(p, (0.079, 0.703, 0.002), (0.010, 0.031, 0.019)), 0.010)  # ear
    return _join(part["neck"](p), d, 0.025)


def distance(points: Array) -> Array:
    """(N, 3) points in the body's own axes -> (N,) roughly metres to the skin, negative inside."""
    p = np.array(points, float)
    p[:, 0] = np.abs(p[:, 0])
    d = _join(_torso(p), _leg(p), 0.045)
    d = _join(d, _arm(p), 0.055)
    return _join(d, _head(p), 0.03)


def _planes(stops: list[tuple[float, float]], end: float) -> Array:
    """Planes from the first stop to ``end``; each stop is (where it begins, spacing)."""
    out = [stops[0][0]]
    edges = [s[0] for s in stops[1:]] + [end]
    for (_, step), edge in zip(stops, edges, strict=True):
        n = max(1, round((edge - out[-1]) / step))
        out.extend(np.linspace(out[-1], edge, n + 1)[1:])
    return np.array(out)


def grid() -> tuple[Array, Array, Array]:
    """The grid's planes: finer across the head, the hands and the feet; symmetric in x."""
    half = _planes([(0.0, 0.0190), (0.09, 0.030), (0.70, 0.0150)], 0.9245)
    x = np.concatenate([-half[:0:-1], half])
    y = _planes(
        [
            (-0.945, 0.0165),
            (-0.80, 0.034),
            (-0.05, 0.030),
            (0.40, 0.018),
            (0.4735, 0.0112),
            (0.521, 0.0165),
            (0.58, 0.0145),
        ],
        0.86,
    )
    z = _planes([(-0.17, 0.023), (-0.07, 0.0195), (0.12, 0.0150)], 0.24)
    return x, y, z
