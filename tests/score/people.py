"""Synthetic clients: the known squat, seen by a noisy camera, late, turned, mirrored, or with one limb wrong."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from perscoach.motion import Motion
from perscoach.pose.clean import to_motion
from perscoach.score.comparer import Comparer, Frame
from perscoach.score.report import report_of
from perscoach.score.rules import Bone, rules
from perscoach.score.track import Track, prepare
from perscoach.skeleton import MEDIAPIPE33
from tests.pose.motion import raw_of, squat

FPS = 30
NOISE = np.array([0.012, 0.012, 0.035])
"""Metres, standard deviation of a landmark in one frame: what a single camera gives, worst along its axis."""
VISIBLE = np.full(33, 0.9)
OTHER_SIDE = np.array([0, *[b for a in ((4, 5, 6), (1, 2, 3)) for b in a],
                       *[i + 1 if i % 2 else i - 1 for i in range(7, 33)]])  # fmt: skip
HELD = {
    "trunk": range(0, 23),
    "left_upper_arm": (13, 15, 17, 19, 21),
    "right_upper_arm": (14, 16, 18, 20, 22),
    "left_forearm": (15, 17, 19, 21),
    "right_forearm": (16, 18, 20, 22),
    "left_thigh": (25, 27, 29, 31),
    "right_thigh": (26, 28, 30, 32),
    "left_shin": (27, 29, 31),
    "right_shin": (28, 30, 32),
}
"""The landmarks that go with a bone when it alone is turned."""


def trainer(frames: int = 240) -> tuple[Motion, np.ndarray, Track]:
    """The trainer, their landmarks (F, 33, 3) and their track."""
    motion = to_motion(raw_of(squat(frames, FPS)), MEDIAPIPE33, Fraction(FPS), 600, 800, 0, "test")
    return motion, motion.joints_3d.astype(np.float64), prepare(motion)


def mirrored(world: np.ndarray) -> np.ndarray:
    """The mirror image of (…, 33, 3)."""
    return world[..., OTHER_SIDE, :] * np.array([-1.0, 1.0, 1.0])


def turned_by(world: np.ndarray, yaw: float) -> np.ndarray:
    """Turned about the vertical by ``yaw`` radians."""
    c, s = math.cos(yaw), math.sin(yaw)
    return world @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T


def pitched(world: np.ndarray, pitch: float, roll: float = 0.0) -> np.ndarray:
    """As a camera sees it that looks up by ``pitch`` and hangs askew by ``roll``, radians."""
    c, s = math.cos(pitch), math.sin(pitch)
    a, b = math.cos(roll), math.sin(roll)
    return world @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]).T @ np.array([[a, -b, 0], [b, a, 0], [0, 0, 1]]).T


def with_error(world: np.ndarray, bone: Bone, degrees: float, axis: np.ndarray) -> np.ndarray:
    """(F, 33, 3) with one bone turned by ``degrees`` in every frame, what hangs on it carried along unturned."""
    joints = rules().joints["mediapipe33"]
    ends = [world[:, [joints[i] for i in part]].mean(1) for part in (bone.start, bone.end)]
    along = ends[1] - ends[0]
    axis = axis / np.linalg.norm(axis)
    across = axis - (along @ axis)[:, None] * along / (along * along).sum(-1, keepdims=True)
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    angle = math.radians(degrees)
    new = along * math.cos(angle) + np.cross(across, along) * math.sin(angle)
    out = world.copy()
    out[:, list(HELD[bone.name])] += (new - along)[:, None]
    return out


def follow(
    comparer: Comparer, world: np.ndarray, rng: np.random.Generator, *, late: float = 0.0, noise: float = 1.0,
    hold: np.ndarray | None = None,
) -> list[Frame]:  # fmt: skip
    """Calibrate on the first pose and go through the clip once; the frames."""
    start = world[0] if hold is None else hold
    comparer.calibrate([start + rng.normal(size=(33, 3)) * NOISE * noise for _ in range(40)], 0.0)
    shift = round(late * FPS)
    return [
        comparer.step(i / FPS, i / FPS, world[max(i - shift, 0)] + rng.normal(size=(33, 3)) * NOISE * noise, VISIBLE)
        for i in range(len(world))
    ]


def form(comparer: Comparer) -> float:
    """The session's form so far, 0..100."""
    found = report_of(comparer).form
    assert found is not None
    return found
