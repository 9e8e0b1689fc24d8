"""Scoring a client's recording against the trainer, from whatever form either has."""

from __future__ import annotations

import tempfile
from pathlib import Path

from perscoach.bundles import layout, poses
from perscoach.bundles.mirror import read_score
from perscoach.bundles.opened import Bundle, open_bundle
from perscoach.core.checks import check_number
from perscoach.core.errors import BundleError
from perscoach.core.files import regular_file
from perscoach.core.progress import Monitor, Quiet
from perscoach.core.settings import load_settings
from perscoach.media.ingest import ingest
from perscoach.media.types import IngestSettings
from perscoach.motion import Motion
from perscoach.pose.base import PoseSettings
from perscoach.pose.stage import run_pose
from perscoach.score import offline
from perscoach.score.choice import Choice
from perscoach.score.offline import Client, Scored


def score(
    trainer: Path | str | Motion | Bundle,
    client: Path | str | Motion | Bundle | Client,
    *,
    mirror: bool | None = None,
    offset: float | None = None,
    monitor: Monitor | None = None,
) -> Scored:
    """Score a client's recording against the trainer.

    Args:
        trainer: a bundle (folder, zip or object), its ``trainer_poses.json``, or a ``Motion``.
        client: the same, a recording saved on the mirror page (``.json``), or a clip.
        mirror: whether the client mirrors the trainer; ``None`` takes whichever fits better.
        offset: where on the client's clock the trainer's start lies, seconds; ``None`` finds the best place.
        monitor: receives progress where the client is a clip.

    Returns:
        ``form``, ``timing`` and ``coverage`` from 0 to 100, ``reps``, ``limbs``, …; see ``Report`` of the score.

    Raises:
        BundleError: a file is not what it should be, or there is nothing to compare.
        ClipError: the client's clip cannot be used.

    Example:
        >>> import perscoach
        >>> recipe = perscoach.Recipe(
        ...     ingest=perscoach.IngestSettings(trim_end=0.3), pose=perscoach.PoseSettings(engine="mediapipe")
        ... )
        >>> motion = perscoach.pose(example, recipe=recipe)
        >>> scored = perscoach.score(motion, motion, mirror=False, offset=0)
        >>> scored.offset, scored.mirror
        (0.0, False)
    """
    if offset is not None:
        offset = check_number("offset", offset, -3600, 3600)
    motion, choices = _motion(trainer), _choices(trainer)  # first: measuring a client's clip takes long
    ready = client if isinstance(client, offline.Client) else _client(client, monitor or Quiet())
    return offline.score(motion, ready, mirror, offset, choices)


def _motion(source: Path | str | Motion | Bundle) -> Motion:
    if isinstance(source, Motion):
        return source
    if isinstance(source, Bundle):
        return source.motion
    path = Path(source)
    if path.is_dir():
        return poses.read_json(path / layout.POSES_JSON)
    regular_file(path, BundleError)
    if path.suffix.lower() == ".zip":
        with open_bundle(path) as bundle:
            return bundle.motion
    return poses.read_json(path)


def _choices(source: Path | str | Motion | Bundle) -> dict[str, Choice]:
    """What the coach has set about the score in a bundle."""
    if isinstance(source, Bundle):
        return read_score(source.folder).choices
    if isinstance(source, Motion):
        return {}
    if Path(source).suffix.lower() == ".zip":
        with open_bundle(Path(source)) as bundle:
            return read_score(bundle.folder).choices
    return read_score(Path(source)).choices


def _client(source: Path | str | Motion | Bundle, monitor: Monitor) -> Client:
    if isinstance(source, (Motion, Bundle)) or Path(source).is_dir() or Path(source).suffix.lower() == ".zip":
        return offline.client_of(_motion(source))
    path = Path(source)
    regular_file(path, BundleError)
    if path.suffix.lower() == ".json":
        with path.open("rb") as file:
            recorded = offline.SCHEMA.encode() in file.read(4096)
        return offline.read_landmarks(path) if recorded else offline.client_of(_motion(path))
    return offline.client_of(_filmed(path, monitor))


def _filmed(path: Path, monitor: Monitor) -> Motion:
    """A client's clip through MediaPipe, unsmoothed, as the mirror sees a client."""
    with tempfile.TemporaryDirectory() as folder:
        clip = ingest(path, Path(folder) / "clip.mp4", IngestSettings(), load_settings(), monitor)
        return run_pose(clip, PoseSettings(engine="mediapipe", smoothing=0), Path(folder), monitor)
