"""The raw mattes of a clip: MediaPipe's from the one pass over it, any other engine's made and stored chunk by chunk."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError
from perscoach.core.files import key_of
from perscoach.core.progress import Monitor
from perscoach.core.store import Making, Store
from perscoach.core.threads import overlap
from perscoach.matting.base import MattingEngine, MattingSettings
from perscoach.media import Clip
from perscoach.media.alpha import AlphaStore, ChunkWriter
from perscoach.people import watch as people_pass
from perscoach.people.follow import HOLD_FRAMES
from perscoach.people.landmarks import Landmarks
from perscoach.people.watch import People, PeopleSettings, watch

Pair = tuple[Array, Array]

VERSION = 5
"""Raise when the same engine and settings give another matte than before: stored ones are then made anew."""

KIND = "matte"
"""Kind in the store, of all engines but MediaPipe."""

AHEAD = 3
"""Frames that wait between two threads: enough to keep two cores busy, little memory."""

_COUNTS = ("frames", "reused")  # entries of an engine's description that change while it works


class RawMattes:
    """The mattes of one engine before refinement.

    Args:
        clip: normalised.
        settings: what decides them.
        folder: the job's; files named in the settings are read from there.
        engine: its name.
        watched: the landmarker's pass, for MediaPipe's mask.
        plate: the hash of the picture of the empty room, where there is one.
        store: where results lie.

    Attributes:
        place: kind and key in the store.
        alphas: what is stored.
    """

    def __init__(
        self,
        clip: Clip,
        settings: MattingSettings,
        folder: Path,
        engine: str,
        watched: PeopleSettings,
        plate: str | None,
        store: Store,
    ) -> None:
        from perscoach.matting.registry import identity

        self._clip, self._settings, self._folder, self._store = clip, settings, folder, store
        self._watched, self._name = watched, engine
        self._people: People | None = None
        self._marks: Landmarks | None = None
        self._engine: MattingEngine | None = None
        if engine == "mediapipe":
            self.place = (people_pass.KIND, self.people.key)
            self.alphas = self.people.masks
        else:
            key = key_of(KIND, VERSION, _clip_key(clip), identity(engine, settings, watched), plate)
            self.place = (KIND, key)
            self.alphas = AlphaStore(lambda: store.folder(*self.place), clip.frames, clip.width, clip.height)

    @property
    def people(self) -> People:
        """The landmarker's pass."""
        if self._people is None:
            self._people = watch(self._clip, self._watched, self._store)
        return self._people

    def landmarks(self, monitor: Monitor) -> Landmarks:
        """Of every frame; the pass is completed first, and reports the first half of the stage ``matte``.

        Call it before several threads read.
        """
        if self._marks is None:
            self._marks = self.people.landmarks(monitor, lambda done, count: monitor.report("matte", done // 2, count))
        return self._marks

    def reader(self) -> People:
        """The landmarker's pass for another thread."""
        return watch(self._clip, self._watched, self._store)

    def pairs(self, start: int, stop: int, monitor: Monitor) -> Iterator[Pair]:
        """Frames with their raw mattes: stored ones read, missing ones made and stored.

        Decoding runs in a thread of its own only where an engine works beside it.
        """
        if self._name == "mediapipe":
            yield from self._masks(start, stop, monitor)
            return
        frames = self._frames(start, stop, self.alphas.ready)
        with contextlib.closing(frames):
            at = start
            while at < stop:
                chunk = at // self.alphas.chunk
                end = min(stop, self.alphas.span(chunk)[1])
                if self.alphas.load(chunk):
                    for index in range(at, end):
                        yield next(frames), stored(self.alphas, index)
                else:
                    while end < stop and not self.alphas.has(end // self.alphas.chunk):
                        end = min(stop, self.alphas.span(end // self.alphas.chunk)[1])
                    with contextlib.closing(self._made(frames, at, end, monitor)) as made:
                        yield from made
                at = end

    def _masks(self, start: int, stop: int, monitor: Monitor) -> Iterator[Pair]:
        """MediaPipe's masks, empty from the first frame of an absence: a repeated mask would show the wall."""
        absent = absences(self.landmarks(monitor))
        with contextlib.closing(self._frames(start, stop, True)) as frames:
            pairs = self.people.pairs(frames, start, stop, monitor)
            for index, (rgb, mask) in enumerate(pairs, start):
                yield rgb, np.zeros_like(mask) if absent[index] else mask

    def _frames(self, start: int, stop: int, alone: bool) -> Generator[Array, None, None]:
        frames = iter(self._clip.read(start, stop))
        return plain(frames) if alone else overlap(frames, AHEAD)

    def _made(
        self, frames: Generator[Array, None, None], start: int, stop: int, monitor: Monitor
    ) -> Generator[Pair, None, None]:
        with making(self._store, self.alphas, self.place, monitor) as work:
            if work.ready:
                for index in range(start, stop):
                    yield next(frames), stored(self.alphas, index)
                return
            engine = self._open(monitor, start)
            made = self._engine_mattes(engine, frames, start, stop, monitor)
            writer = ChunkWriter(self.alphas, start, stop)
            index, done = start, self.alphas.done
            for rgb, alpha in made:
                writer.add(index, alpha)
                if self.alphas.done != done:
                    done = self.alphas.done
                    work.add("engines", self._description(engine))
                index += 1
                work.complete = self.alphas.ready
                yield rgb, alpha
            if index != stop:
                raise EngineError("matting.wrong_count", engine=self._name, made=index - start, frames=stop - start)

    def _engine_mattes(
        self, engine: MattingEngine, frames: Generator[Array, None, None], start: int, stop: int, monitor: Monitor
    ) -> Iterator[Pair]:
        if getattr(engine, "unusable", False):  # a clean plate that cannot be used
            yield from self.people.pairs(frames, start, stop, monitor)
            return
        waiting: deque[Array] = deque()

        def feed() -> Iterator[Array]:
            for _ in range(start, stop):
                frame = next(frames)
                waiting.append(frame)
                yield frame

        for alpha in engine.mattes(feed()):
            yield waiting.popleft(), alpha

    def _description(self, engine: MattingEngine) -> dict[str, Any]:
        description = {key: value for key, value in engine.describe().items() if key not in _COUNTS}
        return {**description, **self.people.describe()} if getattr(engine, "unusable", False) else description

    def _open(self, monitor: Monitor, start: int = 0) -> MattingEngine:
        from perscoach.matting.registry import open_engine

        if self._engine is None:
            settings = self._settings
            before = self.alphas.alpha(start - 1) if start else None
            if before is not None and before.any():  # resumed: the same person as before the stop
                settings = replace(settings, trainer=_centroid(before))
            self._engine = open_engine(
                self._name, settings, self._clip, self._folder, monitor, self._watched, self._store
            )
        return self._engine

    def close(self) -> None:
        """Release the engine's memory and threads."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()


def absences(landmarks: Landmarks) -> Array:
    """(F,) bool: frames without the trainer that belong to an absence, not to a lapse of the landmarker.

    A lapse is short and lies between two frames of one shot in which the trainer is seen.
    """
    absent = ~landmarks.found
    edges = np.flatnonzero(np.diff(np.concatenate(([0], absent.view(np.int8), [0]))))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        inside = start > 0 and stop < len(absent) and not landmarks.cut[start : stop + 1].any()
        if inside and stop - start <= HOLD_FRAMES:
            absent[start:stop] = False
    return absent


@contextlib.contextmanager
def making(store: Store, alphas: AlphaStore, place: tuple[str, str], monitor: Monitor) -> Iterator[Making]:
    """Work alone on a result in which chunks are missing."""
    if store.finished(*place) is not None:
        alphas.scan()
        if not alphas.ready:  # a chunk of it proved damaged
            store.reopen(*place)
    with store.making(*place, monitor) as work:
        alphas.scan()
        work.complete = False
        yield work


def plain(items: Iterator[Any]) -> Generator[Any, None, None]:
    """An iterator as a generator, which can be closed."""
    try:
        yield from items
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            close()


def stored(alphas: AlphaStore, index: int) -> Array:
    """A frame whose chunk is known to be stored.

    Raises:
        EngineError: it was removed or damaged in between.
    """
    alpha = alphas.alpha(index)
    if alpha is None:
        raise EngineError("matting.vanished", frame=index)
    return alpha


def _clip_key(clip: Clip) -> list[Any]:
    size = clip.path.stat().st_size if clip.path.exists() else 0
    return [clip.path.stem, size, clip.frames, clip.width, clip.height, str(clip.fps)]


def _centroid(alpha: Array) -> tuple[float, float]:
    rows, columns = np.nonzero(alpha > 127) if (alpha > 127).any() else np.nonzero(alpha)
    return float(columns.mean() / alpha.shape[1]), float(rows.mean() / alpha.shape[0])
