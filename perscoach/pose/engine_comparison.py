"""Compares two engines on one clip: the distance of their joints in the picture, and the correlation of the angles."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from perscoach.avatar.joint_angles import ANGLES, joint_angles
from perscoach.core.arrays import Array
from perscoach.core.errors import SettingsError
from perscoach.motion import Motion
from perscoach.skeleton import MEDIAPIPE33, MHR70, Skeleton

_BY_HAND = {
    "pinky": "pinky_finger_third_joint",
    "index": "forefinger_third_joint",
    "thumb": "thumb2",
    "foot_index": "big_toe",
}
#: What MediaPipe's landmarks are called among the MHR keypoints, where the two names differ.
COUNTERPARTS = {f"{side}_{a}": f"{side}_{b}" for side in ("left", "right") for a, b in _BY_HAND.items()}
_ENOUGH = 5  # frames from which a correlation is worth a number
_STEADY = 1.0  # degrees (one standard deviation): a joint that moves less has no curve to compare


@dataclass(frozen=True)
class JointFigures:
    """How far apart one joint is seen in the picture, over the frames in which both engines have a body.

    Attributes:
        name: the joint's name in the first movement; first, second: its index in each.
        frames: how many frames were compared.
        median_px, p95_px: distance in pixels.
        median_share: the median distance as a part of the person's height in the picture.
    """

    name: str
    first: int
    second: int
    frames: int
    median_px: float | None
    p95_px: float | None
    median_share: float | None


@dataclass(frozen=True)
class AngleFigures:
    """How alike one angle runs.

    Attributes:
        name: as in ``avatar.joint_angles.ANGLES``.
        frames: how many frames were compared.
        offset_deg: the median of second minus first; median_deg, p95_deg: of the difference without its sign.
        correlation: Pearson's, -1..1; ``None`` where the angle hardly moves.
    """

    name: str
    frames: int
    offset_deg: float | None
    median_deg: float | None
    p95_deg: float | None
    correlation: float | None


@dataclass(frozen=True)
class EngineComparison:
    """What two engines made of one clip.

    Attributes:
        engines: their names. fps: compared frames per second.
        frames, both, only_first, only_second: compared frames, and in how many each found a body.
        first, second: (n,) the compared frames' index in each movement.
        joints, angles: figures per joint and angle.
        curves: (2, n, A) float32 degrees, NaN where there is no body: the angles of both, for drawing.
    """

    engines: tuple[str, str]
    fps: Fraction
    frames: int
    both: int
    only_first: int
    only_second: int
    first: Array
    second: Array
    joints: tuple[JointFigures, ...]
    angles: tuple[AngleFigures, ...]
    curves: Array

    @property
    def median_px(self) -> float | None:
        """The median of the joints' medians."""
        return _median([j.median_px for j in self.joints])

    @property
    def correlation(self) -> float | None:
        """The median of the angles' correlations."""
        return _median([a.correlation for a in self.angles])

    def to_json(self) -> dict[str, Any]:
        """Everything but the curves, as JSON values."""
        return {
            "engines": list(self.engines),
            "fps": str(self.fps),
            "frames": self.frames,
            "frames_both": self.both,
            "frames_only_first": self.only_first,
            "frames_only_second": self.only_second,
            "median_px": self.median_px,
            "correlation": self.correlation,
            "joints": [asdict(j) for j in self.joints],
            "angles": [asdict(a) for a in self.angles],
        }


def common_joints(a: Skeleton, b: Skeleton) -> tuple[tuple[str, int, int], ...]:
    """The joints that both skeletons have: (name in ``a``, index in ``a``, index in ``b``), in the order of ``a``."""
    found = []
    for i, name in enumerate(a.joints):
        other = COUNTERPARTS.get(name, name) if (a, b) == (MEDIAPIPE33, MHR70) else name
        if (a, b) == (MHR70, MEDIAPIPE33):
            other = next((mp for mp, mhr in COUNTERPARTS.items() if mhr == name), name)
        if other in b.index:
            found.append((name, i, b.index[other]))
    return tuple(found)


def compare_engines(a: Motion, b: Motion) -> EngineComparison:
    """Compare two movements of the same clip at the frames of the slower one.

    Raises:
        SettingsError: they were measured in pictures of different size, so they are not of the same clip.
    """
    if (a.width, a.height) != (b.width, b.height):
        sizes = f"{a.width}x{a.height}, {b.width}x{b.height}"
        raise SettingsError("recorded.comparison_sizes", sizes=sizes)
    fps, first, second = _same_times(a, b)
    seen = np.stack([a.valid[first], b.valid[second]])
    both = seen.all(axis=0)
    curves = np.stack([joint_angles(a)[first], joint_angles(b)[second]])
    return EngineComparison(
        engines=(a.engine, b.engine),
        fps=fps,
        frames=len(first),
        both=int(both.sum()),
        only_first=int((seen[0] & ~seen[1]).sum()),
        only_second=int((seen[1] & ~seen[0]).sum()),
        first=first,
        second=second,
        joints=_joints(a, b, first[both], second[both]),
        angles=tuple(_angle(angle.name, curves[0, :, i], curves[1, :, i]) for i, angle in enumerate(ANGLES)),
        curves=curves,
    )


def _same_times(a: Motion, b: Motion) -> tuple[Fraction, Array, Array]:
    """(fps, index in ``a``, index in ``b``): every frame of the slower one that the faster one reaches too."""
    fps = min(a.fps, b.fps)
    times = np.arange(len(a) if a.fps == fps else len(b)) / float(fps)
    first, second = (np.round(times * float(m.fps)).astype(np.int64) for m in (a, b))
    inside = (first < len(a)) & (second < len(b))
    return fps, first[inside], second[inside]


def _joints(a: Motion, b: Motion, first: Array, second: Array) -> tuple[JointFigures, ...]:
    tall = np.ptp(a.keypoints_2d[first, :, 1], axis=1) if len(first) else np.zeros(0)
    out = []
    for name, i, j in common_joints(a.skeleton, b.skeleton):
        apart = np.linalg.norm(a.keypoints_2d[first, i].astype(np.float64) - b.keypoints_2d[second, j], axis=1)
        known = np.isfinite(apart)
        apart, share = apart[known], apart[known] / np.maximum(tall[known], 1.0)
        middle, far, part = _quantile(apart, 0.5), _quantile(apart, 0.95), _quantile(share, 0.5, 4)
        out.append(JointFigures(name, i, j, len(apart), middle, far, part))
    return tuple(out)


def _angle(name: str, x: Array, y: Array) -> AngleFigures:
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known].astype(np.float64), y[known].astype(np.float64)
    apart, alike = y - x, None
    if len(x) >= _ENOUGH and min(x.std(), y.std()) > _STEADY:
        alike = round(float(np.corrcoef(x, y)[0, 1]), 4)
    size = np.abs(apart)
    return AngleFigures(name, len(x), _quantile(apart, 0.5), _quantile(size, 0.5), _quantile(size, 0.95), alike)


def _quantile(values: Array, part: float, decimals: int = 2) -> float | None:
    return round(float(np.quantile(values, part)), decimals) if len(values) else None


def _median(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None and math.isfinite(v)]
    return _quantile(np.array(known), 0.5, 4)
