"""Known movements of the stand-in's skeleton, and what a network would make of them.

``MOVEMENTS[name](frames, fps, seed)`` gives the truth; ``seen_as(truth, fps, seed)`` adds what single-frame estimates add.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from perscoach.motion import FLIP
from perscoach.pose.rotation import matrix_of
from perscoach.pose.sam3d.joints import BONES, KEYPOINT_JOINTS
from perscoach.pose.sam3d.parameters import BodyParameters, from_continuous, network_angles, to_continuous
from perscoach.skeleton import MHR70
from tests.standin import skeleton
from tests.standin.movement import squat
from tests.standin.rig import _OTHERS, scales

AT = MHR70.index
HIPS = list(MHR70.hips)
FEET = [AT["left_heel"], AT["left_big_toe"], AT["right_heel"], AT["right_big_toe"]]
FLOOR = 1.0
"""Metres under the camera."""

_NAMES = skeleton.parameter_names()[6:]


def joints_of(p: BodyParameters, seed: int = 0) -> np.ndarray:
    """(F, 70, 3) metres, camera axes, rig's origin, by the skeleton alone."""
    mean, components = scales(seed)
    pose = np.zeros((len(p), 204))
    pose[:, 3:6], pose[:, 6:136] = p.global_rot, p.body_pose[:, :130]
    pose[:, 136:] = mean + p.scale.astype(np.float64) @ components
    places, turns = skeleton.forward(pose)
    rest, rest_turns = skeleton.forward(np.zeros((1, 204)))
    out = np.zeros((len(p), 70, 3))
    for keypoint, joint in KEYPOINT_JOINTS.items():
        out[:, keypoint] = places[:, joint]
    for line in _OTHERS.strip().splitlines():
        name, joint, *numbers = line.split()
        shift, part = np.array([float(n) for n in numbers[:3]]), float(numbers[3])
        for side in ("left", "right") if name.startswith("left") else ("left",):
            own = BONES.at(joint if side == "left" else joint.replace("l_", "r_", 1))
            local = rest_turns[0, own].T @ (shift * [1.0 if side == "left" else -1.0, 1, 1]) * (1 - part)
            out[:, AT[name.replace("left", side)]] = places[:, own] + turns[:, own] @ local
    del rest
    return (out / 100 * FLIP).astype(np.float32)


def posed(frames: int, seed: int, root: np.ndarray, values: Mapping[str, np.ndarray | float]) -> BodyParameters:
    """Parameters with named angles (both sides where no side is named), one identity, the root at the origin."""
    body = np.zeros((frames, 133))
    for name, value in values.items():
        for known in (name, f"l_{name}", f"r_{name}"):
            if known in _NAMES:
                body[:, _NAMES.index(known)] += value
    rng = np.random.default_rng(seed + 7)
    shape = np.repeat(rng.normal(0, 0.5, (1, 45)), frames, 0)
    scale = np.repeat(rng.normal(0, 0.3, (1, 28)) * (np.arange(28) > 2), frames, 0)
    hand = np.repeat(0.2 * rng.normal(size=(1, 108)), frames, 0)
    arrays = (network_angles(matrix_of(root)), body, hand, scale, shape, np.zeros((frames, 3)))
    return BodyParameters(*(a.astype(np.float32) for a in arrays))


def place_by_feet(p: BodyParameters, flight: np.ndarray, at: tuple[float, float] = (0.0, 4.0)) -> BodyParameters:
    """The root so that the lowest foot point never slides; in ``flight`` (F,) > 0 metres it is carried over the floor."""
    joints = joints_of(p).astype(np.float64)
    points = joints[:, FEET]
    moved = np.zeros((len(p), 3))
    held = 0
    for i in range(1, len(p)):
        low = int(points[i - 1, :, 1].argmax())
        held = low if points[i - 1, low, 1] > points[i - 1, held, 1] + 0.004 else held
        step = points[i - 1, held] - points[i, held]
        moved[i] = moved[i - 1] + (step if flight[i] <= 0 and flight[i - 1] <= 0 else 0)
    moved[:, 1] = FLOOR - points[:, :, 1].max(1) - flight
    start = np.array([at[0], 0, at[1]]) - (moved[0] + points[0].mean(0)) * [1, 0, 1]
    return replace(p, cam_t=(moved + start).astype(np.float32))


def _hit(t: np.ndarray, at: float, width: float) -> np.ndarray:
    """A reach of ``width`` seconds there and back."""
    return np.exp(-0.5 * ((t - at) / (width / 4)) ** 2)


def _knees(bend: np.ndarray, lean: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray | float]]:
    """The root's angles and the legs' for knees bent by ``bend``."""
    root = np.zeros((len(bend), 3))
    root[:, 0] = lean
    legs = {"upleg_rz": -(bend * 0.62 + lean), "upleg_ry": -0.1, "knee_bend": bend, "foot_bend": -bend * 0.38}
    return root, legs


def punches(frames: int, fps: float, seed: int = 0) -> BodyParameters:
    """Standing, a jab every 0.6 seconds, left and right in turn, a quarter of a second there and back."""
    t = np.arange(frames) / fps
    rng = np.random.default_rng(seed + 31)
    left, right = np.zeros(frames), np.zeros(frames)
    for k, at in enumerate(np.arange(0.7, t[-1] - 0.4, 0.6)):
        (left if k % 2 else right)[:] += _hit(t, at + rng.uniform(-0.05, 0.05), 0.24)
    root, legs = _knees(np.full(frames, 0.4) + 0.05 * np.sin(2 * np.pi * 1.1 * t), np.full(frames, 0.15))
    root[:, 1] = 0.5 + 0.2 * (left - right)
    values = legs | {"spine_twist1": 0.25 * (left - right)}
    for side, hit in (("l", left), ("r", right)):
        values |= {f"{side}_uparm_rz": -0.5 + 2.2 * hit, f"{side}_uparm_ry": -0.2 + 0.1 * hit}
        values |= {f"{side}_elbow_bend": 2.0 - 1.7 * hit}
    return place_by_feet(posed(frames, seed, root, values), np.zeros(frames))


def spin(frames: int, fps: float, seed: int = 0) -> BodyParameters:
    """A full turn in about a second every three seconds, arms out."""
    t = np.arange(frames) / fps
    turn = np.zeros(frames)
    for at in np.arange(1.5, t[-1], 3.0):
        turn += 2 * np.pi / (1 + np.exp(-(t - at) / 0.14))
    root, legs = _knees(np.full(frames, 0.3), np.full(frames, 0.1))
    arms = {"uparm_rz": 0.8, "uparm_ry": -0.6, "elbow_bend": 0.4 + 0.2 * np.sin(2 * np.pi * 0.4 * t)}
    matrices = matrix_of(np.stack([0 * turn, turn, 0 * turn], 1)) @ matrix_of(root)
    p = posed(frames, seed, network_angles(matrices), legs | arms)
    return place_by_feet(p, np.zeros(frames))


def jump(frames: int, fps: float, seed: int = 0) -> BodyParameters:
    """Jumps of about 25 cm every two seconds, with a dip before and after."""
    t = np.arange(frames) / fps
    phase = t % 2.0
    air = 0.45
    start = 1.0
    rise = 9.81 / 2 * (phase - start) * (start + air - phase)
    flight = np.where((phase > start) & (phase < start + air), rise, 0.0)
    dip = np.exp(-0.5 * ((phase - 0.68) / 0.15) ** 2) + 0.8 * np.exp(-0.5 * ((phase - 1.68) / 0.14) ** 2)
    root, legs = _knees(0.15 + 1.3 * dip, 0.1 + 0.35 * dip)
    arms = {"uparm_rz": 0.1 + 0.5 * np.sin(np.pi * phase) - 0.3 * dip, "uparm_ry": -0.4, "elbow_bend": 0.5}
    return place_by_feet(posed(frames, seed, root, legs | arms), flight)


def walk(frames: int, fps: float, seed: int = 0) -> BodyParameters:
    """Walking to the image's right and a little nearer, a step every 0.6 seconds."""
    t = np.arange(frames) / fps
    angle = np.pi * t / 0.6
    root = np.zeros((frames, 3))
    root[:, 0], root[:, 1] = 0.06, 1.4 + 0.05 * np.sin(angle)
    values: dict[str, np.ndarray | float] = {"uparm_ry": -0.9, "elbow_bend": 0.4}
    for side, way in (("l", 0.0), ("r", np.pi)):
        swing = np.sin(angle + way)
        lift = np.clip(np.cos(angle + way), 0, None) ** 2
        thigh, knee = 0.05 + 0.28 * swing + 0.35 * lift, 0.12 + 0.9 * lift
        values |= {f"{side}_upleg_rz": -thigh - 0.06, f"{side}_knee_bend": knee}
        values |= {f"{side}_foot_bend": -(knee - thigh) * 0.8, f"{side}_uparm_rz": -0.35 * swing}
    return place_by_feet(posed(frames, seed, root, values), np.zeros(frames), (-1.2, 4.5))


def floor(frames: int, fps: float, seed: int = 0) -> BodyParameters:
    """Lying on the back, seen from the side, legs raised and lowered."""
    t = np.arange(frames) / fps
    raise_ = (1 - np.cos(2 * np.pi * t / 3)) / 2
    root = np.zeros((frames, 3))
    matrices = matrix_of(np.array([[0.0, np.pi / 2, 0]])) @ matrix_of(np.array([[-np.pi / 2 + 0.05, 0, 0]]))
    root[:] = network_angles(matrices)
    values = {"upleg_rz": -1.3 * raise_ - 0.1, "knee_bend": 0.25, "uparm_ry": -0.9, "elbow_bend": 0.1}
    p = posed(frames, seed, root, values)
    hips = joints_of(p)[:, HIPS].mean(1)
    return replace(p, cam_t=(np.array([0.0, FLOOR - 0.12, 3.5]) - hips).astype(np.float32))


def still_squat(frames: int, fps: float, seed: int = 0) -> BodyParameters:
    """Squats on the spot."""
    p = squat(frames, fps, seed=seed, turn=0.0, travel=0.0)
    return place_by_feet(p, np.zeros(frames))


def turning_squat(frames: int, fps: float, seed: int = 0) -> BodyParameters:
    """Squats that turn and travel."""
    return squat(frames, fps, seed=seed)


MOVEMENTS: dict[str, Callable[[int, float, int], BodyParameters]] = {
    "squat": still_squat, "turning squat": turning_squat, "punches": punches, "spin": spin, "jump": jump, "walk": walk, "floor": floor,
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What was made of a truth: measured ``p``, ``valid``; ``odd`` (F,) frames that show something else altogether."""

    p: BodyParameters
    valid: np.ndarray
    odd: np.ndarray


def seen_as(
    truth: BodyParameters, fps: float, seed: int, *, level: float = 1.0, odd: bool = True, gaps: bool = True
) -> Seen:
    """Add noise frame by frame (white) and slow (it remembers for 0.3 s, the depth for 0.5 s), identity that flickers (with
    the distance that keeps the picture), gaps of 1 to 10 frames and frames with something else."""
    rng = np.random.default_rng(seed + 1000)
    count = len(truth)

    def white(columns: int, size: float) -> np.ndarray:
        return rng.normal(0, size * level, (count, columns))

    def slow(columns: int, size: float, seconds: float) -> np.ndarray:
        keep = np.exp(-1 / (seconds * fps))
        noise = rng.normal(0, size * level, (count, columns))
        for i in range(1, count):
            noise[i] = keep * noise[i - 1] + np.sqrt(1 - keep**2) * noise[i]
        return noise

    six = to_continuous(truth.body_pose.astype(np.float64))
    size = np.full(260, 0.025)
    size[:138] = 0.02
    body = from_continuous(six + (white(260, 0.5) + slow(260, 0.6, 0.3)) * size)
    body[:, 62:116] = 0
    body[:, 130:] = 0
    body[:, 124:130] = truth.body_pose[:, 124:130] + white(6, 0.06)
    tremble = matrix_of(white(3, 0.008) + slow(3, 0.012, 0.3))
    root = network_angles(tremble @ matrix_of(truth.global_rot.astype(np.float64)))
    measured = replace(
        truth,
        global_rot=root.astype(np.float32),
        body_pose=body.astype(np.float32),
        hand_pose=(truth.hand_pose + white(108, 0.05)).astype(np.float32),
        scale=(truth.scale + white(28, 0.04) + slow(28, 0.06, 1.0)).astype(np.float32),
        shape=(truth.shape + white(45, 0.2)).astype(np.float32),
    )
    before, after = joints_of(truth).astype(np.float64), joints_of(measured).astype(np.float64)
    bones = replace(truth, scale=measured.scale, body_pose=truth.body_pose.copy())
    bones.body_pose[:, 124:130] = measured.body_pose[:, 124:130]
    trunk, hips = [AT["left_ankle"], AT["neck"], AT["right_ankle"]], before[:, HIPS].mean(1) + truth.cam_t
    sizes = [np.linalg.norm(np.diff(j[:, trunk], axis=1), axis=2).sum(1) for j in (before, joints_of(bones))]
    grown = sizes[1] / sizes[0] * (1 + white(1, 0.002)[:, 0] + slow(1, 0.008, 0.5)[:, 0])
    where = hips * grown[:, None] + white(3, 0.002)
    measured = replace(measured, cam_t=(where - after[:, HIPS].mean(1)).astype(np.float32))
    strange = np.zeros(count, bool)
    if odd:
        measured, strange = _odd_frames(measured, rng, fps)
    valid = np.ones(count, bool)
    if gaps:
        for start in rng.choice(np.arange(10, count - 20), max(1, count // 60), replace=False):
            valid[start : start + rng.integers(1, max(2, round(0.33 * fps)))] = False
    packed = measured.pack()
    packed[~valid] = np.nan
    return Seen(BodyParameters.unpack(packed), valid, strange & valid)


def _odd_frames(p: BodyParameters, rng: np.random.Generator, fps: float) -> tuple[BodyParameters, np.ndarray]:
    arrays = {
        name: getattr(p, name).copy() for name in ("global_rot", "body_pose", "hand_pose", "scale", "shape", "cam_t")
    }
    strange = np.zeros(len(p), bool)
    spots = rng.choice(np.arange(8, len(p) - 8, 9), 5, replace=False)
    half = matrix_of(np.array([[0.0, np.pi, 0.0]]))
    for kind, at in zip(("flip", "flip3", "pose", "depth", "person"), spots, strict=True):
        span = slice(at, at + (max(2, round(0.1 * fps)) if kind == "flip3" else 1))
        strange[span] = True
        if kind.startswith("flip"):
            turned = matrix_of(arrays["global_rot"][span].astype(np.float64)) @ half
            arrays["global_rot"][span] = network_angles(turned)
        elif kind == "pose":
            arrays["body_pose"][span, :62] += rng.normal(0, 0.8, 62).astype(np.float32)
        elif kind == "depth":
            arrays["cam_t"][span, 2] *= 1.25
        else:
            arrays["scale"][span] += 1.5
            arrays["shape"][span] += 2
    return BodyParameters(**arrays), strange
