"""The pose stage: every N-th frame of a clip to a ``Motion``."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from perscoach.files import key_of
from perscoach.motion import Motion
from perscoach.pose import registry
from perscoach.pose.base import Observation, PoseEngine, PoseSettings
from perscoach.pose.clean import to_motion
from perscoach.pose.store import RawStore
from perscoach.progress import Monitor

if TYPE_CHECKING:
    from perscoach.clip.types import Clip

WARM_UP = 12
"""Observations made again, and thrown away, where a stopped pass goes on: the tracker settles before they count."""


def run_pose(clip: Clip, settings: PoseSettings, folder: Path, monitor: Monitor) -> Motion:
    """Find the trainer in every ``settings.skip``-th frame; ``fps / skip`` poses a second, the first at frame 0.

    Raw observations stay in ``folder/pose/<key>``; the key holds everything but the smoothing. What is there is not
    made again.

    Args:
        clip: normalised.
        folder: the job's.

    Raises:
        EngineError, ModelError, ClipError: with a sentence for the user.
        Cancelled: by the monitor; finished chunks stay.
    """
    name, en, ru = registry.choose(settings)
    monitor.note(en, ru)
    count = -(-clip.frames // settings.skip)
    with contextlib.closing(registry.open_engine(name, settings, clip, folder)) as engine:
        skeleton = engine.skeleton
        store = RawStore(folder / "pose" / _key(clip, settings, engine), count, len(skeleton))
        monitor.report("pose", store.done, count)
        groups = store.missing()
        if groups and groups[0][0] == 0:  # the engine is fresh: it takes the first stretch
            _observe(clip, settings, engine, store, groups.pop(0), monitor)
    for chunks in groups:
        resumed = _resumed(settings, clip, store, chunks[0])
        with contextlib.closing(registry.open_engine(name, resumed, clip, folder)) as engine:
            _observe(clip, settings, engine, store, chunks, monitor)
    monitor.report("pose", count, count)
    fps = clip.fps / settings.skip
    return to_motion(store.load(), skeleton, fps, clip.width, clip.height, settings.smoothing, name)


def _key(clip: Clip, settings: PoseSettings, engine: PoseEngine) -> str:
    asked = [settings.model, settings.skip, settings.device, settings.trainer]
    size = clip.path.stat().st_size
    shape = [str(clip.fps), clip.width, clip.height, clip.frames]
    return key_of("pose 1", clip.path.name, size, shape, asked, engine.describe())


def _resumed(settings: PoseSettings, clip: Clip, store: RawStore, chunk: int) -> PoseSettings:
    """The settings with the trainer pointed at where the stored part last saw them before the warm-up begins."""
    start = max(0, store.span(chunk)[0] - WARM_UP)
    raw = store.load()
    found = np.flatnonzero(raw.found[: start + 1])
    if not len(found):
        return settings
    x, y = np.clip(raw.keypoints[found[-1]].mean(axis=0) / (clip.width, clip.height), 0, 1)
    return dataclasses.replace(settings, trainer=(float(x), float(y)))


def _observe(
    clip: Clip, settings: PoseSettings, engine: PoseEngine, store: RawStore, chunks: list[int], monitor: Monitor
) -> None:
    """Run the engine over neighbouring chunks and store each as it is full."""
    start, stop = store.span(chunks[0])[0], store.span(chunks[-1])[1]
    warm = min(WARM_UP, start)
    done = store.done
    frames = clip.read((start - warm) * settings.skip, (stop - 1) * settings.skip + 1, settings.skip)
    with contextlib.closing(frames):  # type: ignore[type-var]
        seen = engine.observe(_checked(frames, monitor), float(clip.fps / settings.skip))
        for _ in range(warm):
            next(seen)
        for chunk in chunks:
            a, b = store.span(chunk)
            kept: list[Observation | None] = []
            for _ in range(a, b):
                kept.append(next(seen))
                done += 1
                monitor.report("pose", done, store.count)
            store.write(chunk, kept)


def _checked(frames: Iterator[np.ndarray], monitor: Monitor) -> Iterator[np.ndarray]:
    for frame in frames:
        monitor.check()
        yield frame
