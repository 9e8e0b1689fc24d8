"""The pose stage: every N-th frame of a clip to a ``Motion``."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.files import key_of
from perscoach.core.progress import Monitor
from perscoach.core.settings import EngineFiles, load_settings
from perscoach.core.store import Store, store_of
from perscoach.motion import Motion
from perscoach.people.watch import PeopleSettings
from perscoach.pose import registry
from perscoach.pose.base import Observation, PersonCue, PoseEngine, PoseSettings, Raw, Take
from perscoach.pose.guessed import guessed_limbs
from perscoach.pose.store import RawStore, pack

if TYPE_CHECKING:
    from perscoach.media.types import Clip

KIND, BODY = "pose", "body"
"""Kinds in the store: raw observations, and the finished body of an engine that has one."""

VERSION = 3
"""Raise when the same frames give other observations than before."""


def run_pose(
    clip: Clip,
    settings: PoseSettings,
    folder: Path,
    monitor: Monitor,
    cue: PersonCue | None = None,
    people: PeopleSettings | None = None,
    store: Store | None = None,
    files: EngineFiles | None = None,
) -> Motion:
    """Find the trainer in every ``settings.skip``-th frame; ``fps / skip`` poses a second, the first at frame 0.

    Raw observations stay in the store; their key holds everything but what ``finish`` does with them. What is there is not
    made again.

    Args:
        clip: normalised.
        folder: the job's.
        cue: where the trainer is in the picture, where the matte knows it already.
        people: the landmarker's pass that MediaPipe's movement is made from; one of its own unless given.
        store: the folder's own unless given.
        files: the engines' own files; those of the installation's settings unless given.

    Raises:
        EngineError, ModelError, ClipError: with a sentence for the user.
        Cancelled: by the monitor; finished chunks stay.
    """
    files = load_settings().files if files is None else files
    name, why = registry.choose(settings, files)
    monitor.note(why)
    take = Take(clip, settings, folder, cue, monitor, people, store or store_of(folder), files)
    with contextlib.closing(registry.open_engine(name, take)) as engine:
        key = _key(take, engine)
        raw = _stored(take, engine, name, key) if engine.pictures else _unstored(take, engine)
    monitor.report("pose", len(raw.found), len(raw.found))
    with contextlib.closing(engine):  # what observing needed is closed; finishing opens what it needs
        made_by = {name: text for name, text in engine.describe().items() if name not in ("engine", "pass")}
        motion = dataclasses.replace(_finished(take, engine, raw, key), made_by=made_by)
    for limb in guessed_limbs(motion):
        monitor.note(limb)
    return motion


def _key(take: Take, engine: PoseEngine) -> str:
    clip, settings = take.clip, take.settings
    request = [settings.model, settings.skip, settings.device, settings.trainer]
    size = clip.path.stat().st_size
    shape = [str(clip.fps), clip.width, clip.height, clip.frames]
    return key_of(KIND, VERSION, clip.path.name, size, shape, request, engine.describe())


def _unstored(take: Take, engine: PoseEngine) -> Raw:
    """The observations of an engine that needs no pictures: they are read from what is stored elsewhere."""
    clip, skip = take.clip, take.settings.skip
    count = -(-clip.frames // skip)
    black = np.broadcast_to(np.uint8(0), (clip.height, clip.width, 3))
    seen = engine.observe(_checked(itertools.repeat(black, count), take.monitor), float(clip.fps / skip))
    return pack(list(seen), len(engine.skeleton), engine.parameters)


def _stored(take: Take, engine: PoseEngine, name: str, key: str) -> Raw:
    """The observations, from the store where they are there."""
    store, monitor = take.store or store_of(take.folder), take.monitor
    count = -(-take.clip.frames // take.settings.skip)
    chunks = RawStore(lambda: store.folder(KIND, key), count, len(engine.skeleton), engine.parameters)
    monitor.report("pose", chunks.done, count)
    if not chunks.missing():
        return chunks.load()
    if store.finished(KIND, key) is not None:  # a chunk of it proved damaged
        store.reopen(KIND, key)
    with store.making(KIND, key, monitor) as work:
        work.complete = False
        chunks.scan()
        groups = chunks.missing()
        work.add("engines", engine.describe())
        if groups and (groups[0][0] == 0 or not engine.warm_up):  # the engine is fresh: it takes the first stretch
            _observe(take, engine, chunks, groups.pop(0))
        for group in groups:
            resumed = _resumed(take, chunks, group[0], engine.warm_up)
            with contextlib.closing(registry.open_engine(name, resumed)) as fresh:
                work.add("engines", fresh.describe())
                _observe(resumed, fresh, chunks, group)
        work.complete = True
    return chunks.load()


def _finished(take: Take, engine: PoseEngine, raw: Raw, key: str) -> Motion:
    if not engine.keeps_body:
        return engine.finish(raw, take.folder)
    store, settings = take.store or store_of(take.folder), take.settings
    body = key_of(BODY, key, settings.smoothing, settings.detail == "full", settings.lens, settings.lens_mm)
    with store.making(BODY, body, take.monitor) as work:
        if not work.ready:
            engine.finish(raw, work.folder)
            work.add("engines", engine.describe())
    return engine.finish(raw, store.folder(BODY, body))  # again, as the body is read from where it stays


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
        with contextlib.closing(seen):  # type: ignore[type-var]  # an engine may read ahead: it releases the frames first
            for _ in range(warm):
                next(seen)
            for chunk in chunks:
                a, b = store.span(chunk)
                observations: list[Observation | None] = []
                for _ in range(a, b):
                    observations.append(next(seen))
                    done += 1
                    monitor.report("pose", done, store.count)
                store.write(chunk, observations)


def _checked(frames: Iterator[Array], monitor: Monitor) -> Iterator[Array]:
    for frame in frames:
        monitor.check()
        yield frame
