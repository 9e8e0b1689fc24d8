"""A finished, checked bundle in the store: the folder that a coach hands on, and its zip."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.avatar.rigging import RigSettings
from perscoach.bundles import layout
from perscoach.bundles.archive import zip_bundle
from perscoach.bundles.bodies import write_bodies
from perscoach.bundles.check import check_bundle
from perscoach.bundles.manifest import read_manifest, write_manifest
from perscoach.bundles.mirror import write_mirror
from perscoach.bundles.notice import write_notice
from perscoach.bundles.open_me import write_page
from perscoach.core.errors import BundleError
from perscoach.core.files import key_of, write_json
from perscoach.core.messages import Message
from perscoach.core.names import safe_name
from perscoach.core.progress import Adapter
from perscoach.core.store import Store
from perscoach.core.version import VERSION
from perscoach.grade.look import Look, finish, path_of
from perscoach.grade.params import Grade
from perscoach.grade.video import Video
from perscoach.media import Clip
from perscoach.motion import Motion
from perscoach.score.choice import ScoreSettings

KIND = "bundle"
FORMAT = 3
"""Raise when the same video and movement give other files than before."""

STAGE, STEPS = "bundle", 4


@dataclass(frozen=True)
class Bundle:
    """A finished bundle.

    Attributes:
        folder: the bundle; its name is the clip's.
        zip: the same as one file, beside it.
        viewer: the compact body that the 3D viewer reads.
        report: its check (``Report.to_json``).
        figures: sizes and measures, as in ``bundle.json``.
    """

    folder: Path
    zip: Path
    viewer: Path
    report: dict[str, Any]
    figures: dict[str, Any]


@dataclass(frozen=True)
class Parts:
    """What a bundle is made from.

    Attributes:
        name: what the coach calls the clip.
        clip, motion, video: the stages' results.
        grade, look: the colour.
        detail: how many vertices ``trainer_poses.npz`` gets.
        rig: of the files for 3D programs.
        score: what the coach says about it.
        settings: the whole recipe as JSON.
        matting: what made the matte (``MatteJob.describe``).
        timings: seconds of the stages so far.
        folder: the job's; a look is read from there.
    """

    name: str
    clip: Clip
    motion: Motion
    video: Video
    grade: Grade
    look: Look
    detail: str
    rig: RigSettings
    score: ScoreSettings
    settings: Mapping[str, Any]
    matting: Mapping[str, Any]
    timings: Mapping[str, float]
    folder: Path

    @property
    def key(self) -> str:
        """Changes with everything that the bundle's files are made from."""
        made_by = [FORMAT, VERSION, dict(self.matting)]
        inputs = [self.clip.path.stem, self.video.key, _digest(self.motion)]
        return key_of(KIND, made_by, self.name, inputs, dict(self.settings))


def make_bundle(parts: Parts, store: Store, monitor: Adapter) -> Bundle:
    """Write the files, check them and zip them; the result appears in the store whole or not at all.

    An earlier bundle stays where it is until ``Store.prune`` removes it.

    Raises:
        BundleError: the check found an error, or the disk is full.
        Cancelled: by the monitor.
    """
    name, key = safe_name(parts.name), parts.key
    finished = store.finished(KIND, key)
    if finished is not None and not is_whole(finished / name):
        store.reopen(KIND, key)
    monitor.report(STAGE, 0, STEPS)
    with store.making(KIND, key, monitor) as work:
        if not work.ready:
            for left in work.folder.iterdir():  # of an attempt that was stopped
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            work.facts.update(_write(work.folder / name, parts, monitor))
            zip_bundle(work.folder / name, name, monitor)
    monitor.report(STAGE, STEPS, STEPS)
    place, facts = store.folder(KIND, key), store.facts(KIND, key)
    folder = place / name
    return Bundle(folder, place / f"{name}.zip", folder / layout.MIRROR_BODY, facts["report"], facts["figures"])


def _write(folder: Path, parts: Parts, monitor: Adapter) -> dict[str, Any]:
    """Fill the bundle's folder and check it; the facts for ``made.json``."""
    _bring(parts.video.folder, folder)
    motion = parts.motion
    shown, figures = write_bodies(folder / "poses", motion, parts.detail, monitor, parts.rig)
    viewer = write_mirror(folder, motion, shown, parts.score)
    write_notice(folder, motion.engine)
    figures = {"video": parts.video.figures, "viewer": viewer, **figures, "motion": dict(motion.measures)}
    monitor.report(STAGE, 1, STEPS)
    write_json(folder / layout.GRADE_JSON, dataclasses.asdict(parts.grade))
    finish(parts.grade, parts.look, parts.folder).write(folder / layout.GRADE_CUBE)
    if parts.look.id:
        shutil.copyfile(path_of(parts.folder, parts.look), folder / layout.LOOK_CUBE)
    write_page(folder, parts.name, motion, monitor)
    write_manifest(
        folder,
        name=safe_name(parts.name),
        clip=parts.clip,
        motion=motion,
        recipe=parts.settings,
        matting=parts.matting,
        figures=figures,
        timings=parts.timings,
        notes=monitor.notes,
        mesh="mannequin" if motion.body is None else motion.body.name,
        monitor=monitor,
    )
    report = check_bundle(folder, monitor=monitor)
    monitor.report(STAGE, 2, STEPS)
    if not report.ok:
        first = next(f for f in report.findings if f.level == "error")
        raise BundleError(Message(first.en, first.ru))
    return {"report": report.to_json(), "figures": figures}


def _bring(video: Path, folder: Path) -> None:
    """The encoded files into the bundle; as hard links where the file system has them, as both are never changed."""
    for path in sorted(video.rglob("*")):
        target = folder / path.relative_to(video)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif path.name != "made.json":
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:
                shutil.copyfile(path, target)


def is_whole(folder: Path) -> bool:
    """Whether every file that ``bundle.json`` lists is there with its size."""
    with contextlib.suppress(BundleError, OSError):
        files = read_manifest(folder)["files"]
        return all(
            (folder / name).is_dir() or (folder / name).stat().st_size == entry["bytes"]
            for name, entry in files.items()
        )
    return False


def _digest(motion: Motion) -> str:
    digest = hashlib.sha256(f"{motion.engine} {motion.fps} {motion.body and motion.body.name}".encode())
    for array in (
        motion.joints_3d,
        motion.keypoints_2d,
        motion.confidence,
        motion.valid,
        motion.global_rot,
        motion.root,
        motion.seen,
        motion.contacts,
        motion.floor,
    ):
        digest.update(np.ascontiguousarray(array).tobytes())
    for name in sorted(motion.extras):
        digest.update(np.ascontiguousarray(motion.extras[name]).tobytes())
    return digest.hexdigest()
