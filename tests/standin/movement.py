"""Known movements of the stand-in: parameters smooth in time, feet where they belong."""

from __future__ import annotations

import numpy as np

from perscoach.pose.rotation import FLIP, matrix_of
from perscoach.pose.sam3d.joints import BONES
from perscoach.pose.sam3d.parameters import BodyParameters
from tests.standin import skeleton
from tests.standin.rig import scales

FEET = tuple(BONES.at(name) for name in ("l_ball", "r_ball", "l_foot", "r_foot"))


def squat(
    frames: int = 90, fps: float = 30.0, *, seed: int = 0, turn: float = 0.25, travel: float = 0.2, period: float = 2.5
) -> BodyParameters:
    """A squat every ``period`` seconds with the arms raised in front, on a floor about a metre under the camera.

    The feet's middle stands still but for the turn to and fro (``turn`` radians, once in three squats) and the travel to
    the image's right (``travel`` metres from the first to the last frame, eased in and out); with both 0 the feet stay
    where they are. One shape and one set of bones; hands open and close a little.

    Args:
        seed: of the identity, and of the stand-in whose bones it is (``write_standin``'s seed).
    """
    time = np.arange(frames) / fps
    down = (1 - np.cos(2 * np.pi * time / period)) / 2
    pose = np.zeros((frames, 204))
    names = skeleton.parameter_names()

    def put(name: str, values: np.ndarray | float) -> None:
        for known in (name, f"l_{name}", f"r_{name}"):
            if known in names:
                pose[:, names.index(known)] = values

    lean, thigh, shin = 0.15 + 0.45 * down, 0.02 + 1.35 * down, 0.02 + 0.5 * down
    put("upleg_rz", -(thigh + lean))
    put("upleg_ry", -0.08 - 0.12 * down)
    put("knee_bend", thigh + shin)
    put("foot_bend", -shin)
    put("spine_bend0", 0.05 - 0.1 * down)
    put("neck_bend", -0.2 * down)
    put("uparm_rz", -0.53 + 2.05 * down)
    put("uparm_ry", -0.37 + 0.3 * down)
    put("uparm_twist", 0.19 - 0.19 * down)
    put("elbow_bend", 0.25 - 0.15 * down)
    put("spine_twist1", 0.08 * np.sin(2 * np.pi * time / (3 * period)))
    pose[:, 3] = lean
    pose[:, 4] = turn * np.sin(2 * np.pi * time / (3 * period))
    rng = np.random.default_rng(seed + 7)
    shape = np.repeat(rng.normal(0, 0.5, (1, 45)), frames, 0)
    scale = np.repeat(rng.normal(0, 0.3, (1, 28)) * (np.arange(28) > 2), frames, 0)
    hand = 0.2 * rng.normal(size=(1, 108)) * (0.5 + 0.5 * down[:, None])
    mean, components = scales(seed)
    pose[:, 136:] = mean + scale @ components
    feet = skeleton.forward(pose)[0][:, FEET].mean(1) / 100 * FLIP
    share = np.linspace(0, 1, frames)
    floor = np.array([0.0, 1.0, 4.0]) + np.outer(travel * (3 - 2 * share) * share**2, [1.0, 0, 0])
    body = np.concatenate([pose[:, 6:136], np.zeros((frames, 3))], 1)
    values = (_network_form(pose[:, 3:6]), body, hand, scale, shape, floor - feet)
    return BodyParameters(*(v.astype(np.float32) for v in values))


def _network_form(angles: np.ndarray) -> np.ndarray:
    """The triple the network would give for the same turn (y within a quarter)."""
    from perscoach.pose.sam3d.parameters import network_angles

    return network_angles(matrix_of(angles))
