"""The pose stage: every N-th frame of a clip to a ``Motion``."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.files import key_of
from perscoach.core.messages import Message
from perscoach.core.progress import Monitor
from perscoach.motion import Motion
from perscoach.pose import registry
from perscoach.pose.base import Observation, PersonCue, PoseEngine, PoseSettings, Take
from perscoach.pose.store import RawStore

if TYPE_CHECKING:
    from perscoach.media.types import Clip


def run_pose(
    clip: Clip, settings: PoseSettings, folder: Path, monitor: Monitor, cue: PersonCue | None = None
) -> Motion:
    """Find the trainer in every ``settings.skip``-th frame; ``fps / skip`` poses a second, the first at frame 0.

    Raw observations stay in ``folder/pose/<key>``; the key holds everything but what ``finish`` does with them. What is
    there is not made again.

    Args:
        clip: normalised.
        folder: the job's.
        cue: where the trainer is in the picture, where the matte knows it already.

    Raises:
        EngineError, ModelError, ClipError: with a sentence for the user.
        Cancelled: by the monitor; finished chunks stay.
    """
    name, en, ru = registry.choose(settings)
    monitor.note(Message(en, ru))
    count = -(-clip.frames // settings.skip)
    take = Take(clip, settings, folder, cue, monitor)
    with contextlib.closing(registry.open_engine(name, take)) as engine:
        place = folder / "pose" / _key(take, engine)
        store = RawStore(place, count, len(engine.skeleton), engine.parameters)
        monitor.report("pose", store.done, count)
        groups = store.missing()
        if groups and (groups[0][0] == 0 or not engine.warm_up):  # the engine is fresh: it takes the first stretch
            _observe(take, engine, store, groups.pop(0))
    for chunks in groups:
        resumed = _resumed(take, store, chunks[0], engine.warm_up)
        with contextlib.closing(registry.open_engine(name, resumed)) as fresh:
            _observe(resumed, fresh, store, chunks)
    monitor.report("pose", count, count)
    with contextlib.closing(engine):  # what looking needed is closed; finishing opens what it needs
        return engine.finish(store.load(), place)


def _key(take: Take, engine: PoseEngine) -> str:
    clip, settings = take.clip, take.settings
    asked = [settings.model, settings.skip, settings.device, settings.trainer]
    size = clip.path.stat().st_size
    shape = [str(clip.fps), clip.width, clip.height, clip.frames]
    return key_of("pose 2", clip.path.name, size, shape, asked, engine.describe())


def _resumed(take: Take, store: RawStore, chunk: int, warm_up: int) -> Take:
    """The take with the trainer pointed at where the stored part last saw them before the warm-up begins."""
    clip = take.clip
    start = max(0, store.span(chunk)[0] - warm_up)
    raw = store.load()
    found = np.flatnonzero(raw.found[: start + 1])
    if not warm_up or not len(found):
        return take
    x, y = np.clip(raw.keypoints[found[-1]].mean(axis=0) / (clip.width, clip.height), 0, 1)
    return take._replace(settings=dataclasses.replace(take.settings, trainer=(float(x), float(y))))


def _observe(take: Take, engine: PoseEngine, store: RawStore, chunks: list[int]) -> None:
    """Run the engine over neighbouring chunks and store each as it is full."""
    clip, skip, monitor = take.clip, take.settings.skip, take.monitor
    start, stop = store.span(chunks[0])[0], store.span(chunks[-1])[1]
    warm = min(engine.warm_up, start)
    done = store.done
    frames = clip.read((start - warm) * skip, (stop - 1) * skip + 1, skip)
    with contextlib.closing(frames):  # type: ignore[type-var]
        seen = engine.observe(_checked(frames, monitor), float(clip.fps / skip), start - warm)
        with contextlib.closing(seen):  # type: ignore[type-var]  # an engine may read ahead: it lets go of the frames first
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


def _checked(frames: Iterator[Array], monitor: Monitor) -> Iterator[Array]:
    for frame in frames:
        monitor.check()
        yield frame
