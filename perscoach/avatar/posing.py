"""From joints to bones: where each bone of the fitted body is, and how it is turned, in every frame.

Limbs keep their length: only directions are taken from the joints. Turns about a limb's own axis, which joints do not
show directly, come from the plane of the elbow or knee (where it is bent enough to have one), from the palm for the
forearm, and are led smoothly through time, so that a nearly straight arm does not spin.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from perscoach.avatar.fit import Fitted
from perscoach.avatar.rig import CHEST_AT, SIDES, SPINE_AT, Rig
from perscoach.avatar.rotations import about, between, frame, swing, twist_angle, unit
from perscoach.body import Pose
from perscoach.core.arrays import Array

# A bend (sine of the angle) below the first shows no plane, above the second shows it fully.
_BEND = (0.12, 0.50)
_SMOOTH_SECONDS = 0.10
_ARM_TWIST, _LEG_TWIST, _HAND_TWIST = np.radians([110.0, 55.0, 80.0])
_HAND_SWING, _FOOT_SWING, _HEAD_TURN = np.radians([70.0, 75.0, 80.0])
_TO_FRONT = np.array([0.0, 0.0, -1.0])


@dataclass(frozen=True)
class _Clip:
    """What the limbs are posed from, and where their bones go.

    Attributes:
        body: the fitted body. at: joints by name, (F, 3). valid: (F,) bool. fps: frames a second.
        turns, places: filled bone by bone, (F, 3, 3) and (F, 3).
    """

    body: Fitted
    at: dict[str, Array]
    valid: Array
    fps: float
    turns: dict[str, Array] = field(default_factory=dict)
    places: dict[str, Array] = field(default_factory=dict)


def pose_bones(rig: Rig, body: Fitted, joints: dict[str, Array], valid: Array, fps: float) -> Pose:
    """Pose the fitted body by named joints (F, 3); see ``fit.joints_by_name``."""
    tracks = {name: np.where(valid[:, None] & np.isfinite(t), t, 0.0) for name, t in joints.items()}
    clip = _Clip(body, tracks, valid, fps)
    _torso(body, tracks, clip.turns, clip.places)
    _head(body, tracks, clip.turns, clip.places)
    for side in SIDES:
        _arm(side, clip)
        _leg(side, clip)
    rotations = np.stack([clip.turns[b] for b in rig.bones], 1).astype(np.float32)
    where = np.stack([clip.places[b] for b in rig.bones], 1).astype(np.float32)
    rotations[~valid], where[~valid] = np.nan, np.nan
    return Pose(rotations, where)


def _middle(points: dict[str, Array], name: str) -> Array:
    return (points[f"left_{name}"] + points[f"right_{name}"]) / 2


def _turn(rotation: Array, vector: Array) -> Array:
    result: Array = (rotation @ vector[..., None])[..., 0]
    return result


def _torso(body: Fitted, at: dict[str, Array], turns: dict[str, Array], places: dict[str, Array]) -> None:
    rest_top = _middle(body.marks, "shoulder")
    length = np.linalg.norm(rest_top)
    up = unit(_middle(at, "shoulder") - _middle(at, "hip"), np.array([0.0, -1, 0]))
    for bone, joint in (("pelvis", "hip"), ("chest", "shoulder")):
        across = at[f"left_{joint}"] - at[f"right_{joint}"]
        flat = np.linalg.norm(across, axis=-1, keepdims=True) < 1e-6
        axes = frame(np.where(flat, np.array([1.0, 0, 0]), across), -up)
        turns[bone] = axes  # the rest frame is (x, y, z) itself: left, down, back
    turns["spine"] = between(turns["pelvis"], turns["chest"], 0.5)
    top = up * length
    places["pelvis"] = np.zeros_like(up)
    places["chest"] = top - _turn(turns["chest"], rest_top * (1 - CHEST_AT))
    places["spine"] = places["chest"] * (SPINE_AT / CHEST_AT)


def _head(body: Fitted, at: dict[str, Array], turns: dict[str, Array], places: dict[str, Array]) -> None:
    marks = body.marks
    chest = turns["chest"]
    places["neck"] = places["chest"] + _turn(chest, marks["neck"] - CHEST_AT * _middle(marks, "shoulder"))

    def axes(points: dict[str, Array]) -> Array:
        ears = points["left_ear"] - points["right_ear"]
        return frame(ears, points["nose"] - _middle(points, "ear"))

    head = axes(at) @ np.swapaxes(axes(marks), -1, -2)
    lost = np.linalg.norm(at["left_ear"] - at["right_ear"], axis=-1) < 1e-6
    head = np.where(lost[:, None, None], chest, head)
    head = _within(chest, head, _HEAD_TURN)
    ears = _middle(at, "ear") - _turn(head, _middle(marks, "ear") - marks["skull"])
    wanted = ears - _middle(at, "shoulder") - _turn(chest, marks["neck"] - _middle(marks, "shoulder"))
    rise = marks["skull"] - marks["neck"]
    lean = _turn(np.swapaxes(chest, -1, -2), wanted)
    lean = np.where(np.linalg.norm(lean, axis=-1, keepdims=True) > 1e-6, lean, rise)
    lean = between(np.broadcast_to(np.eye(3), chest.shape), swing(np.broadcast_to(rise, lean.shape), lean, 0.9), 0.7)
    turns["neck"] = chest @ lean @ _about_up(np.swapaxes(chest, -1, -2) @ head, unit(rise))
    places["head"] = places["neck"] + _turn(turns["neck"], rise)
    turns["head"] = head


def _about_up(turn: Array, axis: Array) -> Array:
    """Half of the head's turn about the neck's own axis."""
    return about(axis, 0.5 * twist_angle(turn, axis))


def _within(base: Array, turn: Array, limit: float) -> Array:
    """``turn``, held within ``limit`` of ``base``."""
    relative = np.swapaxes(base, -1, -2) @ turn
    cosine = np.clip((np.trace(relative, axis1=-2, axis2=-1) - 1) / 2, -1, 1)
    angle = np.arccos(cosine)
    out = turn.copy()
    for i in np.flatnonzero(angle > limit):
        out[i] = between(base[i], turn[i], float(limit / angle[i]))
    return out


def _led(angle: Array, trust: Array, limit: float, fps: float) -> Array:
    """An angle through time: smoothed by how far it is to be trusted, at rest (0) where nothing is known, without
    jumps at ±180°, held within ``limit``."""
    from scipy.ndimage import gaussian_filter1d

    sigma = max(_SMOOTH_SECONDS * fps, 0.5)
    signal = np.stack([trust * np.cos(angle) + 0.05, trust * np.sin(angle)])
    x, y = gaussian_filter1d(signal, sigma, axis=1, mode="nearest")
    led = np.unwrap(np.arctan2(y, x))
    led = led - 2 * np.pi * np.round(np.median(led) / (2 * np.pi)) if len(led) else led
    return np.clip(led, -limit, limit)


def _trust(normal: Array, valid: Array) -> Array:
    t = np.clip((np.linalg.norm(normal, axis=-1) - _BEND[0]) / (_BEND[1] - _BEND[0]), 0, 1)
    result: Array = t * t * (3 - 2 * t) * valid
    return result


def _hinge_twist(
    base: Array,
    hinge: Array,
    first: Array,
    second: Array,
    valid: Array,
    limit: float,
    fps: float,
) -> Array:
    """How far a limb turned by ``base`` must turn about its direction ``first`` for its hinge to be the joint's real one."""
    normal = np.cross(first, second)
    own = _turn(base, np.broadcast_to(hinge, first.shape))
    angle = np.arctan2((np.cross(own, normal) * first).sum(-1), (own * normal).sum(-1))
    return _led(angle, _trust(normal, valid), limit, fps)


def _arm(side: str, clip: _Clip) -> None:
    at, turns, places, valid, fps = clip.at, clip.turns, clip.places, clip.valid, clip.fps
    marks, chest = clip.body.marks, turns["chest"]
    p = {n: marks[f"{side}_{n}"] for n in ("shoulder", "elbow", "wrist", "knuckles")}
    along = unit(at[f"{side}_elbow"] - at[f"{side}_shoulder"], unit(p["elbow"] - p["shoulder"]))
    lower = unit(at[f"{side}_wrist"] - at[f"{side}_elbow"], along)
    shoulder = places["chest"] + _turn(chest, p["shoulder"] - CHEST_AT * _middle(marks, "shoulder"))

    rest_axis = unit(p["elbow"] - p["shoulder"])
    upper = chest @ swing(np.broadcast_to(rest_axis, along.shape), _turn(np.swapaxes(chest, -1, -2), along))
    hinge = unit(np.cross(rest_axis, _TO_FRONT))  # bending takes the forearm to the front
    twist = _hinge_twist(upper, hinge, along, lower, valid, _ARM_TWIST, fps)
    turns[f"{side}_upper_arm"] = upper
    turns[f"{side}_upper_arm_mid"] = upper @ about(rest_axis, twist / 2)
    end = turns[f"{side}_upper_arm_end"] = upper @ about(rest_axis, twist)
    turns[f"{side}_shoulder"] = between(chest, upper, 0.5)
    elbow = shoulder + _turn(upper, p["elbow"] - p["shoulder"])

    fore_axis = unit(p["wrist"] - p["elbow"])
    fore = end @ swing(np.broadcast_to(fore_axis, lower.shape), _turn(np.swapaxes(end, -1, -2), lower))
    turns[f"{side}_elbow"] = between(end, fore, 0.5)
    wrist = elbow + _turn(fore, p["wrist"] - p["elbow"])

    hand, roll = _hand(side, p, at, fore, fore_axis, valid, fps)
    turns[f"{side}_forearm"] = fore
    turns[f"{side}_forearm_mid"] = fore @ about(fore_axis, roll / 2)
    turns[f"{side}_forearm_end"] = fore @ about(fore_axis, roll)
    turns[f"{side}_hand"] = hand
    for bone, place in (
        ("shoulder", shoulder),
        ("upper_arm", shoulder),
        ("elbow", elbow),
        ("forearm", elbow),
        ("hand", wrist),
    ):
        for name in (bone, f"{bone}_mid", f"{bone}_end"):
            if f"{side}_{name}" in turns:
                places[f"{side}_{name}"] = place


def _hand(
    side: str, p: dict[str, Array], at: dict[str, Array], fore: Array, fore_axis: Array, valid: Array, fps: float
) -> tuple[Array, Array]:
    """The hand's rotation and the forearm's roll (F,), from the wrist and the knuckles of the index and little finger."""
    wrist, index, pinky = (at[f"{side}_{n}"] for n in ("wrist", "index", "pinky"))
    ahead, across = (index + pinky) / 2 - wrist, index - pinky
    palm = np.cross(unit(ahead), unit(across))
    known = (np.linalg.norm(ahead, axis=-1) > 1e-4) & (np.linalg.norm(across, axis=-1) > 1e-4)
    own = frame(unit(p["knuckles"] - p["wrist"]), _TO_FRONT)  # at rest the palm is down, the index in front
    seen = frame(ahead, across) @ own.T
    relative = np.where(known[:, None, None], np.swapaxes(fore, -1, -2) @ seen, np.eye(3))
    roll = _led(twist_angle(relative, fore_axis), _trust(palm, valid & known), _HAND_TWIST, fps)
    base = fore @ about(fore_axis, roll)
    rest = unit(p["knuckles"] - p["wrist"])
    to = _turn(
        np.swapaxes(base, -1, -2), np.where(known[:, None], ahead, _turn(base, np.broadcast_to(rest, ahead.shape)))
    )
    return base @ swing(np.broadcast_to(rest, to.shape), to, float(_HAND_SWING)), roll


def _leg(side: str, clip: _Clip) -> None:
    at, turns, places, valid, fps = clip.at, clip.turns, clip.places, clip.valid, clip.fps
    marks, pelvis = clip.body.marks, turns["pelvis"]
    p = {n: marks[f"{side}_{n}"] for n in ("hip", "knee", "ankle", "heel", "toe")}
    along = unit(at[f"{side}_knee"] - at[f"{side}_hip"], unit(p["knee"] - p["hip"]))
    lower = unit(at[f"{side}_ankle"] - at[f"{side}_knee"], along)
    hip = _turn(pelvis, p["hip"])

    rest_axis = unit(p["knee"] - p["hip"])
    thigh = pelvis @ swing(np.broadcast_to(rest_axis, along.shape), _turn(np.swapaxes(pelvis, -1, -2), along))
    hinge = unit(np.cross(rest_axis, -_TO_FRONT))  # bending takes the shin to the back
    twist = _hinge_twist(thigh, hinge, along, lower, valid, _LEG_TWIST, fps)
    turns[f"{side}_thigh"] = thigh @ about(rest_axis, twist / 3)
    end = turns[f"{side}_thigh_end"] = thigh @ about(rest_axis, twist)
    turns[f"{side}_hip"] = between(pelvis, turns[f"{side}_thigh"], 0.5)
    knee = hip + _turn(thigh, p["knee"] - p["hip"])

    shin_axis = unit(p["ankle"] - p["knee"])
    shin = end @ swing(np.broadcast_to(shin_axis, lower.shape), _turn(np.swapaxes(end, -1, -2), lower))
    turns[f"{side}_shin"] = shin
    turns[f"{side}_knee"] = between(end, shin, 0.5)
    ankle = knee + _turn(shin, p["ankle"] - p["knee"])

    ahead = at[f"{side}_toe"] - at[f"{side}_heel"]
    rest = unit(p["toe"] - p["heel"])
    known = np.linalg.norm(ahead, axis=-1) > 1e-4
    to = np.where(known[:, None], _turn(np.swapaxes(shin, -1, -2), ahead), rest)
    turns[f"{side}_foot"] = shin @ swing(np.broadcast_to(rest, to.shape), to, float(_FOOT_SWING))
    turns[f"{side}_ankle"] = between(shin, turns[f"{side}_foot"], 0.5)
    for bone, place in (
        ("hip", hip),
        ("thigh", hip),
        ("thigh_end", hip),
        ("knee", knee),
        ("shin", knee),
        ("ankle", ankle),
        ("foot", ankle),
    ):
        places[f"{side}_{bone}"] = place
