"""Checks that a movement can be a person's: finite, the right way up, of human size, with its mesh at its joints."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from perscoach.bundles.report import Report
from perscoach.core.arrays import Array
from perscoach.core.messages import message
from perscoach.core.progress import Monitor
from perscoach.motion import GUESSED, Motion
from perscoach.pose.guessed import guessed_limbs

#: Plausible lengths in metres (children to very tall adults, with an engine's error): limb, joint, joint, least, most.
_LIMBS = (
    ("thigh", "hip", "knee", 0.20, 0.65),
    ("shin", "knee", "ankle", 0.18, 0.60),
    ("upper_arm", "shoulder", "elbow", 0.12, 0.48),
    ("forearm", "elbow", "wrist", 0.10, 0.42),
)
_SURE = 0.5  # confidence from which a joint counts
_OFF_CENTRE = 0.02  # metres
_REACH = 0.6  # metres that a mesh may stand out beyond its joints (a hand's length, a head)


def check_motion(motion: Motion, report: Report) -> None:
    """Add what is wrong with the joints to ``report``."""
    valid = motion.valid
    report.figures |= {"frames": len(motion), "frames_with_body": int(valid.sum()), "fps": str(motion.fps)}
    if not valid.any():
        report.error("bundles.nobody")
        return
    share = float(valid.mean())
    if share < 0.9:
        report.warn("bundles.few_bodies", percent=round(share * 100))
    for name in ("joints_3d", "keypoints_2d", "global_rot"):
        values = getattr(motion, name)[valid].reshape(int(valid.sum()), -1)
        bad = np.flatnonzero(~np.isfinite(values).all(1))
        if len(bad):
            first = int(np.flatnonzero(valid)[bad[0]])
            report.error("bundles.unknown_numbers", key=name, frames=len(bad), first=first)
            return
    _check_centre(motion, report)
    _check_axes(motion, report)
    _check_posture(motion, report)
    _check_limbs(motion, report)
    for sentence in guessed_limbs(motion):
        report.warn(sentence)


def _check_centre(motion: Motion, report: Report) -> None:
    middle = motion.joints_3d[motion.valid][:, list(motion.skeleton.hips)].mean(1)
    off = float(np.linalg.norm(middle, axis=1).max())
    if off > _OFF_CENTRE:
        report.error("bundles.off_centre", metres=off)


def _agreement(a: Array, b: Array, spread: float) -> float | None:
    """The median over frames of the correlation of two (F, J) sets; ``None`` where too few frames are spread out."""
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    use = np.ptp(b, axis=1) > spread
    if use.sum() < max(1, 0.1 * len(a)):
        return None
    a, b = a[use], b[use]
    norm = np.sqrt((a * a).sum(1) * (b * b).sum(1)) + 1e-12
    return float(np.median((a * b).sum(1) / norm))


def _check_axes(motion: Motion, report: Report) -> None:
    """The 3D joints must lie as the picture shows them: a handstand passes, a flipped axis does not."""
    space, picture = motion.joints_3d[motion.valid], motion.keypoints_2d[motion.valid]
    for index, id in ((1, "bundles.upside_down"), (0, "bundles.mirrored")):
        match = _agreement(space[..., index], picture[..., index], 0.1 * motion.height)
        if match is not None and match < 0:
            report.error(id, match=match)


def _check_posture(motion: Motion, report: Report) -> None:
    """Head above the hips and feet below them; only a warning, because people also train lying down."""
    at = motion.skeleton.index
    joints = motion.joints_3d[motion.valid]
    head = joints[:, at["nose"], 1]
    feet = joints[:, [at["left_ankle"], at["right_ankle"]], 1].mean(1)
    upright = float(((head < 0) & (feet > 0)).mean())
    report.figures["upright"] = round(upright, 3)
    if upright < 0.5:
        report.warn("bundles.posture", percent=round(upright * 100))


def _check_limbs(motion: Motion, report: Report) -> None:
    at = motion.skeleton.index
    for limb, a, b, least, most in _LIMBS:
        for side in ("left", "right"):
            i, j = at[f"{side}_{a}"], at[f"{side}_{b}"]
            seen = (motion.seen[:, [i, j]] != GUESSED).all(axis=1)
            sure = motion.valid & seen & (motion.confidence[:, [i, j]].min(1) >= _SURE)
            if not sure.any():
                continue
            length = float(np.median(np.linalg.norm(motion.joints_3d[sure, i] - motion.joints_3d[sure, j], axis=1)))
            if least <= length <= most:
                continue
            say = report.warn if least / 2 <= length <= most * 1.5 else report.error
            said = message(f"bundles.{side}_{limb}")
            say("bundles.limb", limb=said, metres=length, least=least, most=most)


def check_vertices(motion: Motion, blocks: Iterator[Array], report: Report, monitor: Monitor | None = None) -> None:
    """The mesh must be finite where there is a body and stand where its joints are."""
    start = 0
    for block in blocks:
        if monitor is not None:
            monitor.check()
        stop = start + len(block)
        for frame in np.flatnonzero(motion.valid[start:stop]) + start:
            points, joints = block[frame - start], motion.joints_3d[frame]
            if not np.isfinite(points).all():
                report.error("bundles.vertices_unknown", frame=int(frame))
                return
            low, high = points.min(0) - joints.min(0), points.max(0) - joints.max(0)
            if max(low.max(), -high.min()) > _REACH / 2 or max(-low.min(), high.max()) > _REACH:
                report.error("bundles.mesh_elsewhere", frame=int(frame))
                return
        start = stop
