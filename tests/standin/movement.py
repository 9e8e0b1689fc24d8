"""Known movements of the stand-in: parameters smooth in time, feet where they belong."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from perscoach.motion import FLIP
from perscoach.pose.rotation import matrix_of
from perscoach.pose.sam3d.joints import BONES
from perscoach.pose.sam3d.parameters import BodyParameters, network_angles
from tests.standin import skeleton
from tests.standin.rig import scales

FEET = (BONES.at("l_ball"), BONES.at("r_ball"))
NAMES = skeleton.parameter_names()
SOLVED = ("upleg_ry", "upleg_twist", "foot_bend", "foot_lean0")


def squat(
    frames: int = 90, fps: float = 30.0, *, seed: int = 0, turn: float = 0.25, travel: float = 0.2, period: float = 2.5
) -> BodyParameters:
    """A squat every ``period`` seconds with the arms raised in front, on a floor a metre under the camera, 4 m away.

    With ``turn`` and ``travel`` 0 the balls of both feet stand still and keep their direction (within 0.2 mm). ``turn`` radians is how far the whole body turns
    to and fro about the feet's middle, once in three squats; ``travel`` metres is how far it slides to the image's right
    from the first to the last frame, eased in and out. One shape and one set of bones; hands open and close a little.

    Args:
        seed: of the identity, and of the stand-in whose bones it is (``write_standin``'s seed).
    """
    time = np.arange(frames) / fps
    down = (1 - np.cos(2 * np.pi * time / period)) / 2
    rng = np.random.default_rng(seed + 7)
    shape = np.repeat(rng.normal(0, 0.5, (1, 45)), frames, 0)
    scale = rng.normal(0, 0.3, (1, 28)) * (np.arange(28) > 2)
    hand = 0.2 * rng.normal(size=(1, 108)) * (0.5 + 0.5 * down[:, None])
    mean, components = scales(seed)
    bones = mean + scale[0] @ components
    pose = _posture(down, bones)
    _put(pose, **{name: curve(down) for name, curve in zip(SOLVED, _planted(bones), strict=True)})
    slow = np.sin(2 * np.pi * time / (3 * period))
    _put(pose, spine_twist1=0.08 * slow)
    pose[:, 4] = turn * slow
    feet = skeleton.forward(pose)[0][:, FEET].mean(1) / 100 * FLIP
    share = np.linspace(0, 1, frames)
    floor = np.array([0.0, 1.0, 4.0]) + np.outer(travel * (3 - 2 * share) * share**2, [1.0, 0, 0])
    body = np.concatenate([pose[:, 6:136], np.zeros((frames, 3))], 1)
    root = network_angles(matrix_of(pose[:, 3:6]))
    values = (root, body, hand, np.repeat(scale, frames, 0), shape, floor - feet)
    return BodyParameters(*(v.astype(np.float32) for v in values))


def _put(pose: np.ndarray, **values: np.ndarray | float) -> None:
    """Write parameters by name; a name without a side is written on both."""
    for name, value in values.items():
        for known in (name, f"l_{name}", f"r_{name}"):
            if known in NAMES:
                pose[:, NAMES.index(known)] = value


def _posture(down: np.ndarray, bones: np.ndarray) -> np.ndarray:
    """(F, 204) how far down (0..1) decides the angles; the ankles' and the thighs' fine turns are ``_planted``'s."""
    pose = np.zeros((len(down), 204))
    pose[:, 136:] = bones
    lean, thigh, shin = 0.12 + 0.45 * down, 0.02 + 1.35 * down, 0.02 + 0.5 * down
    pose[:, 3] = lean
    _put(pose, upleg_rz=-(thigh + lean), upleg_ry=-0.08, knee_bend=thigh + shin, foot_bend=-shin)
    _put(pose, spine_bend0=0.05 - 0.1 * down, neck_bend=-0.2 * down, elbow_bend=0.25 - 0.15 * down)
    _put(pose, uparm_rz=-0.53 + 2.05 * down, uparm_ry=-0.37 + 0.3 * down, uparm_twist=0.19 - 0.19 * down)
    return pose


def _planted(bones: np.ndarray) -> list[np.polynomial.Polynomial]:
    """The curves over ``down`` of the ``SOLVED`` parameters that keep the feet's width and direction, by Newton's method."""
    down = np.linspace(0, 1, 25)
    pose = _posture(down, bones)

    def state(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        trial = pose.copy()
        _put(trial, **dict(zip(SOLVED, values, strict=True)))
        places, turns = skeleton.forward(trial)
        return places[:, FEET[0], 0] / 100, turns[:, FEET[0]]

    values = np.stack([pose[:, NAMES.index(f"l_{name}")] for name in SOLVED])
    width, direction = (part[0] for part in state(values))

    def miss(values: np.ndarray) -> np.ndarray:
        at, turn = state(values)
        return np.concatenate([(at - width)[:, None], Rotation.from_matrix(direction.T @ turn).as_rotvec()], 1)

    for _ in range(6):
        now = miss(values)
        slopes = [(miss(values + 1e-5 * np.eye(4)[k][:, None]) - now) / 1e-5 for k in range(4)]
        values = values - np.linalg.solve(np.stack(slopes, -1), now[..., None])[..., 0].T
    return [np.polynomial.Polynomial.fit(down, row, 10) for row in values]
