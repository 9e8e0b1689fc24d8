"""Do ``trainer.glb`` and ``trainer.bvh`` show the movement that the poses describe? Their own bones are moved and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from perscoach.avatar.mannequin import Mannequin
from perscoach.bundles import layout
from perscoach.bundles.bvh import read_bvh
from perscoach.bundles.glb import read_glb
from perscoach.bundles.report import Report
from perscoach.core.arrays import Array
from perscoach.core.errors import BundleError
from perscoach.core.progress import Monitor
from perscoach.motion import Motion
from perscoach.pose.rotation import FLIP
from perscoach.pose.sam3d.joints import BONES, KEYPOINT_JOINTS
from perscoach.skeleton import MHR70

CLOSE = 0.002
"""Metres: the exported bones' joints must be this near to those of the poses."""

_FRAMES = 240  # are compared, spread over the clip
_REACH = 0.6  # metres that the skin may stand out beyond the bones, as in ``bundle.body``
_CENTIMETRES = 0.01
_LINKS = 8  # bones in a row from the hips to a fingertip, each of which may be off in its length


def check_exports(folder: Path, motion: Motion, mesh: str, report: Report, monitor: Monitor) -> None:
    """Add to ``report`` what is wrong with the two files, where they are there.

    Args:
        motion: what the poses' files say. mesh: whose body it is (``bundle.json``).
    """
    valid = np.flatnonzero(motion.valid)
    if not len(valid):
        return
    frames = valid[np.unique(np.linspace(0, len(valid) - 1, min(len(valid), _FRAMES)).astype(int))]
    wanted = _joints(motion, mesh, frames)
    for name, check in ((layout.GLB, _check_glb), (layout.BVH, _check_bvh)):
        monitor.check()
        if not (folder / name).is_file():
            continue
        try:
            check(folder / name, motion, frames, wanted, report)
        except BundleError as error:
            report.failed(error)


def _joints(motion: Motion, mesh: str, frames: Array) -> dict[str, Array]:
    """Bone name to (n, 3) metres: where it must be, about the hips' middle, y up."""
    if mesh == "mhr" and motion.skeleton == MHR70:
        found = {BONES.names[j]: motion.joints_3d[frames, k] for k, j in KEYPOINT_JOINTS.items()}
    else:
        body = Mannequin(motion)
        found = {name: body.pose.places[frames, i] for i, name in enumerate(body.bones.names)}
    return _centred({name: at * FLIP for name, at in found.items()})


def _centred(joints: Mapping[str, Array]) -> dict[str, Array]:
    """About the middle between the hips, by whatever name they go; as it is where there are none."""
    for pair in (("l_upleg", "r_upleg"), ("left_thigh", "right_thigh")):
        if all(name in joints for name in pair):
            middle = (joints[pair[0]] + joints[pair[1]]) / 2
            return {name: at - middle for name, at in joints.items()}
    return dict(joints)


def _check_glb(path: Path, motion: Motion, frames: Array, wanted: Mapping[str, Array], report: Report) -> None:
    body = read_glb(path)
    length, want = float(body.times[-1]), (len(motion) - 1) / float(motion.fps)
    if body.tracks and abs(length - want) > 0.5 / float(motion.fps):
        report.error(
            f"{path.name}: the animation lasts {length:.3f} s, the movement {want:.3f} s.",
            f"{path.name}: анимация длится {length:.3f} с, а движение {want:.3f} с.",
        )
        return
    matrices = body.matrices(frames / float(motion.fps))
    places = {name: matrices[:, i, :3, 3] for i, name in enumerate(body.joints)}
    if _agrees(path.name, places, wanted, frames, report):
        _check_skin(path.name, lambda i: body.skinned(matrices[i : i + 1])[0], matrices, frames, report)


def _check_skin(name: str, skin: Callable[[int], Array], matrices: Array, frames: Array, report: Report) -> None:
    """The skin must lie around its bones; a few frames tell."""
    for i in {0, len(frames) // 2, len(frames) - 1}:
        points, bones = skin(i), matrices[i, :, :3, 3]
        if max((bones.min(0) - points.min(0)).max(), (points.max(0) - bones.max(0)).max()) > _REACH:
            report.error(
                f"{name}: the skin is not where the bones are in frame {frames[i]}.",
                f"{name}: в кадре {frames[i]} кожа не там, где кости.",
            )
            return


def _check_bvh(path: Path, motion: Motion, frames: Array, wanted: Mapping[str, Array], report: Report) -> None:
    body, step = read_bvh(path), 1 / float(motion.fps)
    if len(body) != len(motion) or abs(body.frame_time / step - 1) > 1e-4:
        report.error(
            f"{path.name}: {len(body)} frames of {body.frame_time:.6f} s, expected {len(motion)} of {step:.6f} s.",
            f"{path.name}: кадров {len(body)} по {body.frame_time:.6f} с, а нужно {len(motion)} по {step:.6f} с.",
        )
        return
    places = body.places()[frames] * _CENTIMETRES
    most = CLOSE + _LINKS * _stretch(wanted)
    _agrees(path.name, {name: places[:, i] for i, name in enumerate(body.joints)}, wanted, frames, report, most)


def _stretch(joints: Mapping[str, Array]) -> float:
    """Metres by which bones change their length: a body shown as it was recorded does, a BVH's bones cannot."""
    spread = 0.0
    for name in joints:
        above = BONES.parents[BONES.at(name)] if name in BONES.names else -1
        while above >= 0 and BONES.names[above] not in joints:
            above = BONES.parents[above]
        if above >= 0:
            spread = max(spread, float(np.ptp(np.linalg.norm(joints[name] - joints[BONES.names[above]], axis=1))))
    return spread


def _agrees(
    name: str,
    found: Mapping[str, Array],
    wanted: Mapping[str, Array],
    frames: Array,
    report: Report,
    most: float = CLOSE,
) -> bool:
    """Whether the joints that both know lie within ``most`` metres; says so where not."""
    there = _centred(found)
    common = [joint for joint in wanted if joint in there]
    if len(common) < min(8, len(wanted)):
        report.error(
            f"{name}: {len(common)} of its joints are known, expected at least 8 of {', '.join(sorted(wanted))!s:.80} …",
            f"{name}: известных суставов {len(common)}, а нужно хотя бы 8.",
        )
        return False
    away = np.stack([np.linalg.norm(there[joint] - wanted[joint], axis=1) for joint in common])
    report.figures[f"{name}_mm"] = round(float(away.max()) * 1000, 2)
    if away.max() <= most:
        return True
    joint, frame = np.unravel_index(int(away.argmax()), away.shape)
    report.error(
        f"{name}: {common[joint]} stands {away.max() * 1000:.0f} mm from where the poses have it in frame {frames[frame]}.",
        f"{name}: {common[joint]} в кадре {frames[frame]} стоит на {away.max() * 1000:.0f} мм не там, где в позах.",
    )
    return False
