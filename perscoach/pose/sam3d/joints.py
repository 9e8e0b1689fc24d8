"""MHR's 127 joints and which of the 70 keypoints they are.

Names and parents are those of ``mhr_model.pt``; ``Rig`` checks the file against them. The relation to the keypoints was
measured on real outputs (equal to within 0.1 mm); elbows, ankles, feet and the face are not joints of the rig.
"""

from __future__ import annotations

from perscoach.body import Bones
from perscoach.skeleton import MHR70

_SIDE_FINGERS = ("pinky", "ring", "middle", "index", "thumb")


def _chain(first: str, *rest: str) -> list[tuple[str, str]]:
    """(name, parent) of joints that follow each other."""
    names = (first, *rest)
    return list(zip(names[1:], names, strict=False))


def _leg(s: str) -> list[tuple[str, str]]:
    return [
        (f"{s}_upleg", "root"),
        *_chain(f"{s}_upleg", *(f"{s}_{n}" for n in "lowleg foot talocrural subtalar transversetarsal ball".split())),
        *((f"{s}_lowleg_twist{i}_proc", f"{s}_lowleg") for i in range(1, 5)),
        *((f"{s}_upleg_twist{i}_proc", f"{s}_upleg") for i in range(5)),
    ]


def _arm(s: str) -> list[tuple[str, str]]:
    joints = _chain("c_spine3", *(f"{s}_{n}" for n in "clavicle uparm lowarm wrist_twist wrist".split()))
    for finger in _SIDE_FINGERS:
        first = 0 if finger in ("pinky", "thumb") else 1
        joints += _chain(f"{s}_wrist", *(f"{s}_{finger}{i}" for i in range(first, 4)), f"{s}_{finger}_null")
    joints += [(f"{s}_lowarm_twist{i}_proc", f"{s}_lowarm") for i in range(1, 5)]
    return joints + [(f"{s}_uparm_twist{i}_proc", f"{s}_uparm") for i in range(5)]


def _head() -> list[tuple[str, str]]:
    return [
        ("c_neck", "c_spine3"),
        ("c_neck_twist1_proc", "c_neck"),
        ("c_neck_twist0_proc", "c_neck"),
        ("c_head", "c_neck"),
        ("c_jaw", "c_head"),
        ("c_teeth", "c_jaw"),
        ("c_jaw_null", "c_jaw"),
        *_chain("c_jaw", *(f"c_tongue{i}" for i in range(5))),
        *((f"{s}_eye{end}", f"{s}_eye" if end else "c_head") for s in "rl" for end in ("", "_null")),
        ("c_head_null", "c_head"),
    ]


def _bones() -> Bones:
    spine = _chain("root", *(f"c_spine{i}" for i in range(4)))
    joints = [("root", "body_world"), *_leg("l"), *_leg("r"), *spine, *_arm("r"), *_arm("l"), *_head()]
    names = ("body_world", *(name for name, _ in joints))
    return Bones(names, (-1, *(names.index(parent) for _, parent in joints)))


BONES = _bones()
"""The 127 joints, parents first."""

ROOT = BONES.at("root")
ROOT_HEIGHT = 0.924
"""Metres: the pelvis over the rig's origin, in every pose (the root turns and never moves)."""


def _keypoints() -> dict[int, int]:
    same = {"shoulder": "uparm", "hip": "upleg", "knee": "lowleg", "wrist": "wrist_twist"}
    fingers = {"thumb": "thumb", "forefinger": "index", "middle_finger": "middle", "ring_finger": "ring"}
    fingers["pinky_finger"] = "pinky"
    parts = {"4": "_null", "3": "3", "2": "2", "_third_joint": "1"}
    same |= {f"{long}{part}": f"{short}{end}" for long, short in fingers.items() for part, end in parts.items()}
    pairs = {f"{side}_{key}": f"{side[0]}_{joint}" for side in ("left", "right") for key, joint in same.items()}
    return {MHR70.joints.index(key): BONES.at(joint) for key, joint in pairs.items()}


KEYPOINT_JOINTS: dict[int, int] = dict(sorted(_keypoints().items()))
"""Index of a keypoint (MHR70) -> index of the joint it is."""
