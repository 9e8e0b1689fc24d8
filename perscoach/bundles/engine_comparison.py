"""The engine comparison of a finished bundle: MediaPipe's movement of the same clip, for the viewer."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.avatar.compact import whole, write_sections
from perscoach.avatar.joint_angles import ANGLES
from perscoach.bundles import layout
from perscoach.bundles.manifest import MAX_BYTES
from perscoach.bundles.poses_json import read_json
from perscoach.core import files
from perscoach.core.checks import settings_from
from perscoach.core.errors import BundleError, JobError, SettingsError
from perscoach.core.progress import Adapter, Monitor
from perscoach.core.store import MADE, Store, store_of
from perscoach.media import Clip
from perscoach.motion import Motion
from perscoach.pose.base import PoseSettings
from perscoach.pose.engine_comparison import EngineComparison, compare_engines
from perscoach.pose.stage import run_pose

OTHER = "mediapipe"
KIND, STAGE, _FILE = "comparison", "compare", "compare.bin"


def compare_bundle(clip: Clip, folder: Path, store: Store, monitor: Monitor) -> Path:
    """Run MediaPipe on the clip as the bundle's engine was run, and store both side by side for the viewer.

    Args:
        clip: the job's normalised clip.
        folder: the job's; store: its store.
        monitor: told of the stage ``compare``.

    Returns:
        ``compare.bin`` (``comparison_file``).

    Raises:
        JobError: there is no bundle, or it was made from another cut of the clip.
        PerscoachError: the engine cannot run here.
    """
    bundle = finished_bundle(store)
    first = read_json(bundle / layout.POSES_JSON)
    settings = comparison_settings(bundle)
    frames = -(-clip.frames // settings.skip)
    if (first.width, first.height, len(first)) != (clip.width, clip.height, frames):
        raise JobError("bundles.comparison_other_clip")

    def build(place: Path) -> dict[str, Any]:
        # the job's notes are about the bundle's engine: none of this one's
        quiet = Adapter(monitor, notes=False, stages={"pose": STAGE})
        second = run_pose(clip, settings, folder, quiet, store=store)
        monitor.check()
        found = compare_engines(first, second)
        write_engine_comparison(place / _FILE, first, second, found)
        return figures(found)

    return store.make(KIND, bundle.parent.name, build, monitor) / _FILE


def comparison_file(folder: Path, bundle: Path) -> Path | None:
    """The other engine's movement beside that of ``bundle``, where one was made; ``folder`` is the job's."""
    place = store_of(folder).finished(KIND, bundle.parent.name)
    return None if place is None or not (place / _FILE).is_file() else place / _FILE


def finished_bundle(store: Store) -> Path:
    """The job's bundle: the one used last.

    Raises:
        JobError: there is none.
    """
    made = sorted((store.root / "bundle").glob(f"*/{MADE}"), key=lambda path: path.parent.stat().st_mtime)
    place = made[-1].parent if made else store.root.parent / "bundle"  # the latter of a job from before the store
    found = [p for p in sorted(place.glob("*")) if p.is_dir() and not p.name.startswith(".")]
    if made:
        store.finished("bundle", place.name)
    if not found:
        raise JobError("bundles.comparison_needs_bundle")
    return found[0]


def comparison_settings(bundle: Path) -> PoseSettings:
    """MediaPipe with the bundle's own skip, smoothing and trainer: the job's settings may have changed since.

    Raises:
        BundleError: ``bundle.json`` does not hold them.
    """
    try:
        recipe = files.read_json(bundle / layout.MANIFEST, MAX_BYTES)["recipe"]
        pose = settings_from(PoseSettings, recipe["pose"], "pose")
    except (OSError, ValueError, LookupError, TypeError, SettingsError) as error:
        raise BundleError("bundles.bad_file", name=layout.MANIFEST, reason=f"{error!s:.200}") from error
    return dataclasses.replace(pose, engine=OTHER)


def write_engine_comparison(path: Path, first: Motion, second: Motion, found: EngineComparison) -> dict[str, Any]:
    """``compare.bin``: the layout of ``viewer.bin`` (``avatar.compact``) with the second movement's sections and no mesh.

    Frames count as in the first movement. The header's ``figures`` say how alike the two are: see ``figures``.
    """
    at = np.full(len(first), -1, np.int64)
    at[found.first] = found.second
    known = (at >= 0) & second.valid[at]
    angles = np.full((len(first), len(ANGLES)), np.nan, np.float32)
    angles[found.first] = found.curves[1]
    header: dict[str, Any] = {
        "format": "perscoach-compare",
        "version": 1,
        "engines": list(found.engines),
        "fps": [first.fps.numerator, first.fps.denominator],
        "frames": len(first),
        "width": first.width,
        "height": first.height,
        "skeleton": {
            "name": second.skeleton.name,
            "joints": list(second.skeleton.joints),
            "edges": [list(edge) for edge in second.skeleton.edges],
        },
        "angles": [{"name": angle.name} for angle in ANGLES],
        "figures": figures(found),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    confidence = np.where(known[:, None], np.nan_to_num(second.confidence[at]), 0)
    return write_sections(
        path,
        header,
        {
            "valid": (known.astype(np.uint8), None),
            "keypoints_2d": whole(np.where(known[:, None, None], second.keypoints_2d[at], np.nan)),
            "confidence": (np.round(np.clip(confidence, 0, 1) * 255).astype(np.uint8), 1 / 255),
            "angles": whole(angles),
        },
    )


def figures(found: EngineComparison) -> dict[str, Any]:
    """How alike the two movements are, for a sentence.

    Returns:
        ``share``: the mean over the joints of their median distance in the picture, as a part of the body's height;
        ``px``: the same in pixels; ``knee``: the correlation of the knee angles, the mean of left and right (``None``
        where they hardly move); ``knee_deg``: their median difference; ``frames``, ``both``: compared frames, and in
        how many both have a body.
    """
    knees = [a for a in found.angles if a.name.endswith("_knee")]
    return {
        "share": _mean([j.median_share for j in found.joints]),
        "px": _mean([j.median_px for j in found.joints]),
        "knee": _mean([a.correlation for a in knees]),
        "knee_deg": _mean([a.median_deg for a in knees]),
        "frames": found.frames,
        "both": found.both,
    }


def _mean(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return round(sum(known) / len(known), 4) if known else None
