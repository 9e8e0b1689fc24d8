"""How ``trainer.glb`` and ``trainer.bvh`` are rigged: the pose at rest, the bones' names, and whether the body travels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perscoach.avatar import options
from perscoach.avatar.rotations import frame
from perscoach.body import Bones, MovingBody
from perscoach.core.arrays import Array
from perscoach.core.checks import check_choice, check_flag
from perscoach.motion import FLIP


@dataclass(frozen=True)
class RigSettings:
    """Settings of the files for 3D programs.

    Attributes:
        rest: the pose in which the skin is bound to the bones. ``own`` is the body's (the mannequin stands with its arms
            sideways); ``t`` and ``a`` have straight limbs with the arms level or 45 degrees down; ``filmed`` is the clip's
            first pose.
        names: ``own``; ``blender`` as in Blender's human metarig (``upper_arm.L``); ``mixamo`` (``mixamorig:LeftArm``). With
            the last two a limb is a plain chain, bones that only shape the skin hang beside it, and in the GLB a bone's y
            axis points along it, as these programs have it; else its axes at rest are the world's.
        in_place: the hips stay over one spot of the floor; they still go up and down.

    Raises:
        SettingsError: a value that is none of these.
    """

    rest: str = "own"
    names: str = "own"
    in_place: bool = False

    def __post_init__(self) -> None:
        check_choice("rest pose", self.rest, options.RESTS)
        check_choice("bone names", self.names, options.NAMES)
        check_flag("in_place", self.in_place)


# The mannequin's bone, MHR's, Blender's human metarig (Rigify), Mixamo's without its prefix; {s} is a side.
_PARTS = (
    ("pelvis", "root", "spine", "Hips"),
    ("spine", "c_spine1", "spine.001", "Spine"),
    ("", "c_spine2", "spine.002", "Spine1"),
    ("chest", "c_spine3", "spine.003", "Spine2"),
    ("neck", "c_neck", "spine.004", "Neck"),
    ("head", "c_head", "spine.006", "Head"),
    ("", "{s}_clavicle", "shoulder.{s}", "{s}Shoulder"),
    ("{s}_upper_arm", "{s}_uparm", "upper_arm.{s}", "{s}Arm"),
    ("{s}_forearm", "{s}_lowarm", "forearm.{s}", "{s}ForeArm"),
    ("{s}_hand", "{s}_wrist", "hand.{s}", "{s}Hand"),
    ("{s}_thigh", "{s}_upleg", "thigh.{s}", "{s}UpLeg"),
    ("{s}_shin", "{s}_lowleg", "shin.{s}", "{s}Leg"),
    ("{s}_foot", "{s}_foot", "foot.{s}", "{s}Foot"),
    ("", "{s}_ball", "toe.{s}", "{s}ToeBase"),
    *(
        ("", f"{{s}}_{finger}{i}", f"{prefix}{finger}.0{i}.{{s}}", f"{{s}}Hand{finger.title()}{i}")
        for prefix, fingers in (("f_", ("index", "middle", "ring", "pinky")), ("", ("thumb",)))
        for finger in fingers
        for i in (1, 2, 3)
    ),
)
_CENTRE = frozenset(name for part in _PARTS for name in part[:2] if name and "{s}" not in name)
_SIDES = ({"mannequin": "left", "mhr": "l", "blender": "L", "mixamo": "Left"}, {"mannequin": "right", "mhr": "r", "blender": "R", "mixamo": "Right"})  # fmt: skip
_BVH_SPINE = {"torso": "spine", "shoulders": "chest"}
"""The two joints of the mannequin's back in the BVH and the bones that they stand for."""


def _table(style: str) -> dict[str, str]:
    """Own bone's name to the style's."""
    out: dict[str, str] = {}
    prefix = "mixamorig:" if style == "mixamo" else ""
    for mannequin, mhr, *styled in _PARTS:
        name = styled[("blender", "mixamo").index(style)]
        for side in _SIDES:
            for kind, own in (("mannequin", mannequin), ("mhr", mhr)):
                if own:
                    out[own.format(s=side[kind])] = prefix + name.format(s=side[style])
    return out


def chains(bones: Bones, style: str) -> tuple[Bones, list[str]]:
    """The bones of a body as plain chains, in the same order, and their names in a style.

    A limb's bone hangs on the limb before it, whatever lies between; a bone that only shapes the skin hangs on the nearest
    limb above it and nothing hangs on it. Where a limb's turn about itself is spread over several bones, the one that has
    all of it is the limb's.

    Args:
        style: ``own`` changes nothing.

    Returns:
        bones with the body's names and the new parents, and B names for the file.
    """
    if style == "own":
        return bones, list(bones.names)
    table = _table(style)
    limbs = {f"{own}_end" if f"{own}_end" in bones.names else own: name for own, name in table.items()}
    parents = list(bones.parents)
    for index, parent in enumerate(bones.parents):
        above = parent
        while above >= 0 and bones.names[above] not in limbs:
            above = bones.parents[above]
        parents[index] = above if above >= 0 else parent
    return Bones(bones.names, tuple(parents)), [limbs.get(name) or _helper(name, style, table) for name in bones.names]


def axes(body: MovingBody, tree: Bones, names: list[str], style: str) -> Array:
    """(B, 3, 3) each bone's axes at rest as columns, y up: y along the bone, x as far as possible to the person's left.

    Args:
        tree, names: of ``chains``.
        style: with ``own`` all axes are the world's.
    """
    out = np.tile(np.eye(3), (len(names), 1, 1))
    if style == "own":
        return out
    points = body.pivots.astype(np.float64)
    limbs = [name in set(_table(style).values()) for name in names]
    for index, parent in enumerate(tree.parents):
        if not limbs[index]:  # nobody sees a helper's axes
            out[index] = out[max(parent, 0)]
            continue
        children = [i for i, above in enumerate(tree.parents) if above == index and limbs[i]]
        middle = [i for i in children if body.bones.names[i] in _CENTRE]
        end = points[middle or children].mean(0) if children else _tip(body, index)
        along = (end - points[index]) * FLIP
        level = abs(along[0]) > 0.9 * np.linalg.norm(along)
        across = np.array([0.0, 0.0, 1.0]) if level else np.array([1.0, 0.0, 0.0])
        out[index] = frame(along, across)[:, [1, 0, 2]] * [1, 1, -1]
    return out


def _tip(body: MovingBody, bone: int) -> Array:
    """(3,) as far again beyond the middle of the skin that the bone holds."""
    share = body.weights[:, bone].astype(np.float64)
    middle = share @ body.rest / share.sum() if share.sum() > 1e-3 else body.pivots[bone] - np.array([0.0, 0.05, 0.0])
    return np.asarray(2 * middle - body.pivots[bone])


def _helper(name: str, style: str, table: dict[str, str]) -> str:
    """A bone without a name in the style: its own, with Blender's mark for the side, so that mirroring tools find it."""
    plain = f"{name}_base" if name in table else name  # a limb's beginning, which has none of its turn about itself
    side, _, part = plain.partition("_")
    mark = {"left": "L", "l": "L", "right": "R", "r": "R"}.get(side)
    return plain if mark is None or style != "blender" else f"{part}.{mark}"


def joint_names(names: list[str], style: str) -> list[str]:
    """A BVH's joints in a style; those without a name there keep their own."""
    if style == "own":
        return names
    table = _table(style)
    return [table.get(_BVH_SPINE.get(name, name)) or _helper(name, style, {}) for name in names]
