"""The stand-in's skeleton: where joints lie and how 204 parameters move them.

Places and turns were measured on the four SAM 3D Body outputs that MHR's repository (Apache-2.0) carries, by undoing
their parameters; they are rounded to a tenth of a millimetre and a hundredth of a degree.
Momentum's rule: a joint's seven channels are tx ty tz (cm) rx ry rz (radians) and a scale s, and its local transform is
shift(offset + t) · turn · Rz·Ry·Rx · 2**s.
"""

from __future__ import annotations

import numpy as np

from perscoach.pose.rotation import matrix_of
from perscoach.pose.sam3d.joints import BONES

CHANNELS = ("tx", "ty", "tz", "rx", "ry", "rz", "sc")

_FINGERS = ("index", "middle", "ring", "pinky", "thumb")

# joint of the middle or the left side: offset in the parent's axes, cm; turn as degrees x, y, z (R = Rz·Ry·Rx)
_JOINTS = """
root 0 92.4 0 0 0 0
l_upleg 8.20 -1.84 .52 -91.09 4.36 -83.16
l_lowleg 41.97 -.77 0 -.1 .26 1.51
l_foot 42.06 0 0 0 0 0
l_talocrural 0 0 0 0 0 0
l_subtalar 3.40 -.90 .47 6.67 .67 74.37
l_transversetarsal -6.11 0 0 0 0 0
l_ball -6.56 -4.16 .44 1.03 12.63 10.14
l_upleg_twist0_proc 0 0 0 0 0 0
l_upleg_twist1_proc 10.49 -.19 0 0 0 0
l_upleg_twist2_proc 20.98 -.39 0 0 0 0
l_upleg_twist3_proc 31.48 -.58 0 0 0 0
l_upleg_twist4_proc 41.97 -.77 0 0 0 0
l_lowleg_twist1_proc 8.41 0 0 0 0 0
l_lowleg_twist2_proc 16.82 0 0 0 0 0
l_lowleg_twist3_proc 25.24 0 0 0 0 0
l_lowleg_twist4_proc 33.65 0 0 0 0 0
c_spine0 0 2.02 -3.25 90 2.29 90
c_spine1 10.99 1.54 0 0 0 0
c_spine2 11.03 -2.16 0 0 0 0
c_spine3 18.38 1.77 0 0 0 0
l_clavicle 5.31 10.29 2.82 83.31 -56.77 -79.46
l_uparm 17.65 0 0 -34.72 -51.07 41.18
l_lowarm 25.68 -.05 0 0 -.92 34.42
l_wrist_twist 27 0 0 114.04 -5.53 -.79
l_wrist 0 0 0 0 0 0
l_lowarm_twist1_proc 5.40 0 0 0 0 0
l_lowarm_twist2_proc 10.80 0 0 0 0 0
l_lowarm_twist3_proc 16.20 0 0 0 0 0
l_lowarm_twist4_proc 21.60 0 0 0 0 0
l_uparm_twist0_proc 0 0 0 0 0 0
l_uparm_twist1_proc 6.42 -.01 0 0 0 0
l_uparm_twist2_proc 12.84 -.02 0 0 0 0
l_uparm_twist3_proc 19.26 -.03 0 0 0 0
l_uparm_twist4_proc 25.68 -.05 0 0 0 0
l_pinky0 2.04 1.07 2.26 -24.89 -15.32 5.57
l_pinky1 4.57 0 0 10.46 .17 3.25
l_pinky2 3.07 0 0 -4.26 -4.98 -1.34
l_pinky3 2.03 0 0 -.06 5.64 -2.76
l_pinky_null 2.04 0 0 0 0 0
l_ring1 7.50 .78 1.71 -6.95 -13.79 6.60
l_ring2 3.90 0 0 -3.86 -.30 .66
l_ring3 2.66 0 0 -.48 3.33 -2.88
l_ring_null 2.22 0 0 0 0 0
l_middle1 8.20 .38 -.21 -1.35 -5.84 6.02
l_middle2 4.29 0 0 -1.29 -.50 -.22
l_middle3 2.76 0 0 -3.87 -.89 -10.65
l_middle_null 2.35 0 0 0 0 0
l_index1 8.23 .86 -2.39 3.42 -2.31 4.90
l_index2 3.79 0 0 -2.97 -.81 .40
l_index3 2.43 0 0 -1.61 -3.24 -8.22
l_index_null 2.12 0 0 0 0 0
l_thumb0 .64 1.28 -1.09 59.70 44.87 25.57
l_thumb1 2.49 0 0 30.28 -1.08 14.67
l_thumb2 3.25 0 0 -8.80 -9.57 -8.97
l_thumb3 3.38 0 0 9.19 7.98 -6.08
l_thumb_null 2.55 0 0 0 0 0
c_neck 9.18 4.77 0 0 0 19.04
c_neck_twist1_proc 4.96 0 0 0 0 0
c_neck_twist0_proc 0 0 0 0 0 0
c_head 9.93 0 0 0 0 -16.75
c_jaw 1.80 1.89 0 -90 -90 0
c_teeth 0 -.90 2.37 0 0 0
c_jaw_null 0 -4.30 7.88 0 0 0
c_tongue0 0 -.90 .05 -90 -63.65 90
c_tongue1 1.10 0 0 0 0 -5.68
c_tongue2 2.17 0 0 0 0 -28.32
c_tongue3 1.84 0 0 0 0 -16.25
c_tongue4 1.08 0 0 0 0 0
l_eye 8.83 6.99 3.21 0 -84.45 -90
l_eye_null 0 0 1.70 0 0 0
c_head_null 19.08 0 0 0 0 0
"""

# a right joint whose parent lies in the middle: it has no left one to be mirrored from
_RIGHT = """
r_upleg -8.20 -1.84 .52 88.91 -4.36 83.16
r_clavicle 5.31 10.29 -2.82 83.31 -56.77 100.54
r_eye 8.83 6.99 -3.21 180 -84.45 90
r_eye_null 0 0 1.70 0 0 0
"""

_LEG = "upleg_twist upleg_ry upleg_rz knee_bend lowleg_twist foot_bend foot_lean0 foot_lean1 ball_bend"
_ARM = "clavicle_rx clavicle_ry clavicle_rz uparm_twist uparm_ry uparm_rz elbow_bend lowarm_twist wrist_ry wrist_rz"
_HAND = (
    "thumb0_ry thumb0_rz thumb1_rx thumb1_ry thumb1_rz thumb2_rz thumb3_rz index1_ry ring1_ry pinky1_ry middle1_ry "
    "index1_rz index2_rz index3_rz middle1_rz middle2_rz middle3_rz ring1_rz ring2_rz ring3_rz pinky1_rz pinky2_rz pinky3_rz "
    "index1_rx ring1_rx pinky1_rx middle1_rx"
)
_FOOT = "foot_ry_flexible subtalar_rz_flexible talocrural_rx_flexible ball_rx_flexible"
_LENGTHS = "spine_length neck_length shoulder_width arm_length hip_width leg_length"
_SCALES = (
    "eye_width eye_height eye_depth spine_length neck_length shoulder_width uparms lowarms r_hands l_hands hip_width hip_height "
    "hip_depth uplegs lowlegs knee_knock ankle_height foot_length"
)


def _side(side: str, names: str) -> list[str]:
    return [f"{side}_{name}" for name in names.split()]


def parameter_names() -> list[str]:
    """The 204 names in ``mhr_model.pt``'s order: 136 of the pose, 68 scales."""
    spine = [
        name
        for i in (0, 1)
        for axis, kind in (("rx", "twist"), ("ry", "lean"), ("rz", "bend"))
        for name in (f"spine{i}_{axis}_flexible", f"spine_{kind}{i}")
    ]
    names = ["root_tx", "root_ty", "root_tz", "root_rx", "root_ry", "root_rz", *spine]
    names += [f"spine{i}_{axis}_flexible" for i in (2, 3) for axis in ("rx", "ry", "rz")]
    names += [f"{part}_{kind}" for part in ("neck", "head") for kind in ("twist", "lean", "bend")]
    names += _side("r", _ARM) + _side("l", _ARM) + _side("r", _LEG) + _side("l", _LEG)
    names += _side("r", _HAND) + _side("l", _HAND) + _side("l", _FOOT) + _side("r", _FOOT)
    names += [f"{name}_flexible" for name in _LENGTHS.split()] + [f"scale_{name}" for name in _SCALES.split()]
    kinds = ("1_length", "1_offset", "2_length", "3_length", "_null_tx")
    return names + [f"scale_{side}_{finger}{kind}" for side in "rl" for kind in kinds for finger in _FINGERS]


def places() -> tuple[np.ndarray, np.ndarray]:
    """offsets (127, 3) cm and turns (127, 3) radians of all joints."""
    table = {}
    for line in (_JOINTS.strip() + _RIGHT.rstrip()).splitlines():
        name, *numbers = line.split()
        table[name] = np.array([float(n) for n in numbers])
    offsets, turns = np.zeros((127, 3)), np.zeros((127, 3))
    for index, name in enumerate(BONES.names[1:], 1):
        row = table.get(name)
        if row is None:  # the right side's axes are the left's turned by half: same turns, offsets the other way
            row = table["l" + name[1:]] * np.array([-1.0, -1, -1, 1, 1, 1])
        offsets[index], turns[index] = row[:3], np.radians(row[3:])
    return offsets, turns


def _body_entries() -> list[tuple[str, str, str, float]]:
    """(joint, channel, parameter, factor) of trunk and head."""
    rows = [("root", c, f"root_{c}", 10.0 if c[0] == "t" else 1.0) for c in CHANNELS[:6]]
    spread = {  # how the three curves of the trunk are shared out: twist, lean, bend of the lower and of the upper curve
        0: ((0.01, 0.22, 0.16), (0, 0, 0)),
        1: ((0.12, 0.14, 0.42), (0.07, 0.08, 0.22)),
        2: ((0.22, 0.11, 0.06), (0.42, 0.23, 0.13)),
        3: ((0, 0, 0), (0.16, 0.22, 0.01)),
    }
    for i, curves in spread.items():
        for k, (axis, kind) in enumerate((("rx", "twist"), ("ry", "lean"), ("rz", "bend"))):
            rows.append((f"c_spine{i}", axis, f"spine{i}_{axis}_flexible", 1))
            rows += [(f"c_spine{i}", axis, f"spine_{kind}{c}", share[k]) for c, share in enumerate(curves)]
    for part in ("neck", "head"):
        rows += [(f"c_{part}", a, f"{part}_{k}", 1) for a, k in (("rx", "twist"), ("ry", "lean"), ("rz", "bend"))]
    rows += [("c_neck_twist0_proc", "rx", "neck_twist", -1), ("c_neck_twist1_proc", "rx", "neck_twist", -0.5)]
    for name in ("scale_spine_length", "spine_length_flexible"):
        rows += [(j, "tx", name, f) for j, f in (("c_spine1", 2.21), ("c_spine2", 2.23), ("c_spine3", 3.71))]
        rows += [("c_neck", "tx", name, 1.85), ("c_neck_twist0_proc", "tx", name, 1.85)]
    for name in ("scale_neck_length", "neck_length_flexible"):
        rows += [("c_head", "tx", name, 10), ("c_neck_twist1_proc", "tx", name, 5)]
    return rows


def _leg_entries(s: str, way: float) -> list[tuple[str, str, str, float]]:
    rows = [(f"{s}_upleg", a, f"{s}_upleg_{k}", 1.0) for a, k in (("rx", "twist"), ("ry", "ry"), ("rz", "rz"))]
    rows += [
        (f"{s}_lowleg", "rz", f"{s}_knee_bend", 1),
        (f"{s}_foot", "rx", f"{s}_lowleg_twist", 1),
        (f"{s}_foot", "ry", f"{s}_foot_ry_flexible", 1),
        (f"{s}_talocrural", "rx", f"{s}_talocrural_rx_flexible", 1),
        (f"{s}_talocrural", "rz", f"{s}_foot_bend", 1),
        (f"{s}_subtalar", "rx", f"{s}_foot_lean0", 1),
        (f"{s}_subtalar", "rz", f"{s}_subtalar_rz_flexible", 1),
        (f"{s}_transversetarsal", "rx", f"{s}_foot_lean1", 1),
        (f"{s}_ball", "rx", f"{s}_ball_rx_flexible", 1),
        (f"{s}_ball", "rz", f"{s}_ball_bend", 1),
        (f"{s}_upleg", "ty", "scale_hip_height", 10),
        (f"{s}_upleg", "tz", "scale_hip_depth", 10),
        (f"{s}_ball", "tx", "scale_foot_length", 10 * way),
        (f"{s}_ball", "ty", "scale_foot_length", 1.74 * way),
        (f"{s}_talocrural", "tx", "scale_foot_length", 9.31 * way),
        (f"{s}_talocrural", "ty", "scale_foot_length", 1.61 * way),
    ]
    rows += [(f"{s}_upleg", "tx", name, 10 * way) for name in ("scale_hip_width", "hip_width_flexible")]
    for name, up, low in (("scale_uplegs", 10, 0), ("scale_lowlegs", 0, 10), ("leg_length_flexible", 5, 5)):
        rows += [(f"{s}_lowleg", "tx", name, up * way), (f"{s}_foot", "tx", name, low * way)]
        rows += [(f"{s}_upleg_twist{i}_proc", "tx", name, up * way * i / 4) for i in range(5)]
        rows += [(f"{s}_lowleg_twist{i}_proc", "tx", name, low * way * i / 5) for i in range(1, 5)]
    rows += [(f"{s}_upleg_twist{i}_proc", "rx", f"{s}_upleg_twist", i / 4 - 1) for i in range(5)]
    return rows + [(f"{s}_lowleg_twist{i}_proc", "rx", f"{s}_lowleg_twist", i / 5) for i in range(1, 5)]


def _arm_entries(s: str, way: float) -> list[tuple[str, str, str, float]]:
    rows = [(f"{s}_clavicle", a, f"{s}_clavicle_{a}", 1.0) for a in ("rx", "ry", "rz")]
    rows += [(f"{s}_uparm", a, f"{s}_uparm_{k}", 1) for a, k in (("rx", "twist"), ("ry", "ry"), ("rz", "rz"))]
    rows += [
        (f"{s}_lowarm", "rz", f"{s}_elbow_bend", 1),
        (f"{s}_wrist_twist", "rx", f"{s}_lowarm_twist", 1),
        (f"{s}_wrist", "ry", f"{s}_wrist_ry", 1),
        (f"{s}_wrist", "rz", f"{s}_wrist_rz", 1),
        (f"{s}_wrist", "sc", f"scale_{s}_hands", 1),
    ]
    for name in ("scale_shoulder_width", "shoulder_width_flexible"):
        rows += [(f"{s}_uparm", c, name, f * way) for c, f in (("tx", 8.36), ("ty", 5.44), ("tz", 0.63))]
    for name, up, low in (("scale_uparms", 10, 0), ("scale_lowarms", 0, 10), ("arm_length_flexible", 5, 5)):
        rows += [(f"{s}_lowarm", "tx", name, up * way), (f"{s}_wrist_twist", "tx", name, low * way)]
        rows += [(f"{s}_uparm_twist{i}_proc", "tx", name, up * way * i / 4) for i in range(5)]
        rows += [(f"{s}_lowarm_twist{i}_proc", "tx", name, low * way * i / 5) for i in range(1, 5)]
    rows += [(f"{s}_uparm_twist{i}_proc", "rx", f"{s}_uparm_twist", i / 4 - 1) for i in range(5)]
    rows += [(f"{s}_lowarm_twist{i}_proc", "rx", f"{s}_lowarm_twist", i / 5) for i in range(1, 5)]
    for name in _HAND.split():
        rows.append((f"{s}_{name[:-3]}", name[-2:], f"{s}_{name}", 1))
    for finger in _FINGERS:
        rows += [(f"{s}_{finger}{i}", "tx", f"scale_{s}_{finger}{i}_length", -way) for i in (1, 2, 3)]
        rows.append((f"{s}_{finger}_null", "tx", f"scale_{s}_{finger}_null_tx", -way))
        rows.append((f"{s}_{finger}1", "tz", f"scale_{s}_{finger}1_offset", -way))
    return rows


def parameter_transform() -> np.ndarray:
    """(889, 249) float32: seven channels per joint from 204 parameters (and 45 of the shape, which move no joint)."""
    names = parameter_names()
    matrix = np.zeros((127, 7, 249), np.float32)
    rows = _body_entries()
    for side, way in (("l", 1.0), ("r", -1.0)):
        rows += _leg_entries(side, way) + _arm_entries(side, way)
    for joint, channel, name, factor in rows:
        matrix[BONES.at(joint), CHANNELS.index(channel), names.index(name)] = factor
    return matrix.reshape(889, 249)


def forward(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places (F, 127, 3) cm and rotations (F, 127, 3, 3) for (F, 204) parameters: the rule again, in numpy, so that one
    checks the other and movements can be planned without torch."""
    offsets, turns = places()
    channels = (parameters.astype(np.float64) @ parameter_transform()[:, :204].T).reshape(-1, 127, 7)
    local = matrix_of(turns) @ matrix_of(channels[..., 3:6].reshape(-1, 3)).reshape(-1, 127, 3, 3)
    shift = offsets + channels[..., :3]
    place, turn, size = shift.copy(), local.copy(), 2 ** channels[..., 6]
    for joint, parent in enumerate(BONES.parents):
        if parent >= 0:
            moved = np.einsum("fij,fj->fi", turn[:, parent], shift[:, joint])
            place[:, joint] = place[:, parent] + size[:, parent, None] * moved
            turn[:, joint] = turn[:, parent] @ local[:, joint]
            size[:, joint] *= size[:, parent]
    return place, turn
