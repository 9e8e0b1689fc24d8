"""Checks a bundle: every file is there, all agree with each other, and each is what the format describes."""

from __future__ import annotations

import struct
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.bundles import archive, layout, manifest, poses_npz
from perscoach.bundles.exports import check_exports
from perscoach.bundles.mirror import check_mirror
from perscoach.bundles.notice import MADE_BY_SAM
from perscoach.bundles.person import check_motion, check_vertices
from perscoach.bundles.poses_json import read_json
from perscoach.bundles.report import Report
from perscoach.core.checks import settings_from
from perscoach.core.errors import BundleError, EncodeError, PerscoachError, SettingsError
from perscoach.core.files import read_json as read_json_file
from perscoach.core.files import regular_file
from perscoach.core.progress import Monitor, Quiet
from perscoach.grade import cube
from perscoach.grade.cube import Cube
from perscoach.grade.look import Finish, Look
from perscoach.grade.look import read as read_look
from perscoach.grade.params import Grade
from perscoach.media.hevc import hevc_alpha_problem
from perscoach.media.types import FRAMES, MOV, WEBM
from perscoach.media.verify import check_times, picture_size, verify_alpha
from perscoach.motion import Motion

_MAX_GRADE = 1 << 20  # bytes of grade.json
_METRES = 6e-5  # half a unit of the JSON's last decimal, and float32
_PIXELS = 0.06


def check_bundle(path: Path | str, deep: bool = True, monitor: Monitor | None = None) -> Report:
    """Check a bundle's folder or zip.

    Args:
        path: the folder, or the zip (unpacked into a temporary folder, trusting nothing in it).
        deep: also hash every file, decode every frame of the videos and read every vertex.
        monitor: asked whether to go on.

    Returns:
        the findings; ``report.ok`` where none is an error.

    Raises:
        Cancelled: the monitor was stopped. Whatever is wrong with the bundle is a finding, not an exception.
    """
    path, monitor, report = Path(path), monitor or Quiet(), Report()
    if path.is_dir():
        _check_folder(path, deep, report, monitor)
        return report
    with tempfile.TemporaryDirectory(prefix="perscoach-check-") as folder:
        try:
            regular_file(path, BundleError)
            archive.unpack(path, Path(folder), monitor)
        except BundleError as error:
            report.failed(error)
        else:
            _check_folder(Path(folder), deep, report, monitor)
    return report


def _check_folder(folder: Path, deep: bool, report: Report, monitor: Monitor) -> None:
    missing = [name for name in layout.REQUIRED if not (folder / name).is_file() or (folder / name).is_symlink()]
    about = None
    if layout.MANIFEST not in missing:
        about = _guarded(report, lambda: manifest.read_manifest(folder))
    without_npz = about is not None and about.get("left_out") == [layout.POSES_NPZ]  # a lighter zip says so
    for name in missing:
        if not (without_npz and name == layout.POSES_NPZ):
            report.error("bundles.file_missing", name=name)
    if about is not None:
        _check_files(folder, about, deep, report, monitor)
    motion = _check_poses(folder, missing, report)
    if motion is not None and motion.engine in MADE_BY_SAM and not (folder / layout.NOTICE).is_file():
        report.error("bundles.notice_missing", name=layout.NOTICE)
    monitor.check()
    if motion is not None:
        check_motion(motion, report)
        if deep and not any(f.level == "error" for f in report.findings):
            if not without_npz:
                vertices = folder / layout.POSES_NPZ
                _guarded(
                    report,
                    lambda: check_vertices(motion, poses_npz.read_vertices(vertices), report, monitor),
                )
            check_exports(folder, motion, about["figures"] if about else {}, report, monitor)
            check_mirror(folder, motion, report)
    _check_videos(folder, missing, about, motion, deep, report, monitor)
    if not {layout.GRADE_JSON, layout.GRADE_CUBE} & set(missing):
        _check_grade(folder, about, report)


def _guarded(report: Report, work: Any) -> Any:
    """The work's result, or ``None`` with its sentence in the report."""
    try:
        return work()
    except (BundleError, EncodeError) as error:
        report.failed(error)
        return None


def _check_files(folder: Path, about: dict[str, Any], deep: bool, report: Report, monitor: Monitor) -> None:
    """Sizes, and hashes where deep, as ``bundle.json`` has them."""
    listed = about["files"]
    if deep:
        found = manifest.file_table(folder, monitor)
    else:
        names = [n for n in archive.bundle_files(folder) if n != layout.MANIFEST and not layout.is_frame(n)]
        found = {name: {"bytes": (folder / name).stat().st_size} for name in names}
    for name in sorted({*listed, *found} - (set() if deep else {FRAMES})):
        if name not in found:
            report.error("bundles.file_missing", name=name)
        elif name not in listed:
            report.warn("bundles.file_unlisted", name=name)
        elif any(found[name][key] != listed[name].get(key) for key in found[name]):
            report.error("bundles.file_changed", name=name)


def _check_poses(folder: Path, missing: list[str], report: Report) -> Motion | None:
    """Both files of the movement, and that they agree."""
    page = tools = None
    if layout.POSES_JSON not in missing:
        page = _guarded(report, lambda: read_json(folder / layout.POSES_JSON))
    if layout.POSES_NPZ not in missing:
        tools = _guarded(report, lambda: poses_npz.read_npz(folder / layout.POSES_NPZ))
        if tools is not None and poses_npz.read_faces(folder / layout.POSES_NPZ) is None:
            report.error("bundles.no_mesh")
    if page is not None and tools is not None:
        difference = _difference(page, tools)
        if difference:
            report.error("bundles.poses_differ", key=difference)
    return tools or page


def _difference(a: Motion, b: Motion) -> str | None:
    for name in ("fps", "width", "height", "skeleton", "engine"):
        if getattr(a, name) != getattr(b, name):
            return name
    for name in ("valid", "seen", "contacts"):
        if not np.array_equal(getattr(a, name), getattr(b, name)):
            return name
    tolerance = {
        "joints_3d": _METRES,
        "root": _METRES,
        "global_rot": _METRES,
        "confidence": 6e-4,
        "keypoints_2d": _PIXELS,
        "floor": _METRES,
    }
    for name, most in tolerance.items():
        x, y = getattr(a, name), getattr(b, name)
        scale = np.finfo(np.float32).eps * np.maximum(np.abs(y), 1)  # a large pixel number has fewer decimals
        if not (np.isnan(x) == np.isnan(y)).all() or (np.abs(x - y) > most + scale).any():
            return name
    return None


def _check_videos(
    folder: Path,
    missing: list[str],
    about: dict[str, Any] | None,
    motion: Motion | None,
    deep: bool,
    report: Report,
    monitor: Monitor,
) -> None:
    if about is None or WEBM in missing:
        return
    rate, frames = manifest.clip_rate(about), about["clip"]["frames"]
    report.figures |= {"video_frames": frames, "video_fps": str(rate)}
    for name in (WEBM, MOV):
        if (folder / name).is_file():
            _check_video(folder / name, frames, rate, motion, deep, report, monitor)
    _check_frames(folder / FRAMES, frames, report)
    if motion is None:
        return
    step = rate / motion.fps
    if step.denominator != 1 or step < 1:
        report.error("bundles.not_every_nth", poses=float(motion.fps), video=float(rate))
    elif len(motion) != (expected := -(-frames // int(step))):
        report.error("bundles.lengths_differ", video=frames, poses=len(motion), expected=expected)


def _check_video(
    path: Path, frames: int, rate: Fraction, motion: Motion | None, deep: bool, report: Report, monitor: Monitor
) -> None:
    try:
        size = picture_size(path)
        if motion is not None:
            even = (motion.width + motion.width % 2, motion.height + motion.height % 2)
            if size not in ((motion.width, motion.height), even):
                report.error(
                    "bundles.size_differs",
                    name=path.name,
                    size=f"{size[0]}x{size[1]}",
                    other=f"{motion.width}x{motion.height}",
                )
        if deep and (path.name == WEBM or hevc_alpha_problem(monitor) is None):
            proof = verify_alpha(path, frames, rate, monitor=monitor)
            for finding in proof.findings:
                report.error(finding)
            report.figures[path.name] = proof.to_json()
        else:
            check_times(path, path.name, frames, rate, monitor)
    except EncodeError as error:
        report.failed(error)


def _check_frames(folder: Path, frames: int, report: Report) -> None:
    """The PNG frames, where there are some: complete, of one size, with alpha."""
    if not folder.is_dir():
        return
    names = sorted(p.name for p in folder.iterdir())
    if names != [f"{i:06d}.png" for i in range(frames)]:
        report.error("bundles.frames_missing", name=FRAMES, expected=frames, found=len(names))
        return
    heads = set()
    for name in names:
        with (folder / name).open("rb") as file:
            head = file.read(26)
        good = len(head) == 26 and head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR"
        heads.add((*struct.unpack(">II", head[16:24]), head[24], head[25]) if good else None)
    if len(heads) != 1 or None in heads or any(h and h[3] != 6 for h in heads):
        report.error("bundles.frames_kind", name=FRAMES)


def _check_grade(folder: Path, about: dict[str, Any] | None, report: Report) -> None:
    """``grade.cube`` must be the table of ``grade.json`` and of the look, where ``bundle.json`` names one."""
    try:
        grade = settings_from(Grade, read_json_file(folder / layout.GRADE_JSON, _MAX_GRADE), layout.GRADE_JSON)
        table = cube.read(folder / layout.GRADE_CUBE).table
        look = settings_from(Look, about["recipe"].get("look", {}), "look") if about is not None else Look()
        applied = _check_look(folder, look, report)
    except PerscoachError as error:
        report.failed(error)
        return
    except (OSError, ValueError) as error:
        report.error("bundles.bad_file", name=layout.GRADE_JSON, reason=f"{error!s:.100}")
        return
    if np.abs(table - Finish(grade, applied, look.amount).grid(len(table))).max() > 1e-4:
        report.error("bundles.other_colour", names=layout.GRADE_JSON + (f" + {layout.LOOK_CUBE}" if applied else ""))


def _check_look(folder: Path, look: Look, report: Report) -> Cube | None:
    """The look's table; ``look.cube`` stands in a bundle exactly where ``bundle.json`` names a look.

    Raises:
        BundleError: the file is missing or is not the table that is named.
    """
    path = folder / layout.LOOK_CUBE
    if look.id:
        try:
            return read_look(path, look)
        except SettingsError as error:
            raise BundleError("bundles.look_missing") from error
    if path.exists():
        report.error("bundles.look_unnamed")
    return None
