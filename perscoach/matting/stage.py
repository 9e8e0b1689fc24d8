"""The matting stage: frames in, frames with a finished matte out; every piece of work is stored and done once.

The engine's raw matte and the refined one are stored apart, each under a key made from what decides it. Edge sliders
and paint are cheap and are put on when a matte is read, so moving them computes nothing again.
"""

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
from perscoach.core.files import key_of, sha256_of, write_json
from perscoach.core.messages import Message
from perscoach.core.progress import Monitor, Quiet
from perscoach.core.threads import overlap
from perscoach.matting.base import MattingEngine, MattingSettings
from perscoach.matting.inputs import job_file
from perscoach.matting.paint import Paint, apply_paint, read_paint
from perscoach.matting.refine.edges import finish_alpha
from perscoach.matting.store import AlphaStore
from perscoach.media import Clip

Pair = tuple[Array, Array]

RAW_VERSION = 3
REFINE_VERSION = 2
"""Raise when the same settings give another matte than before: stored ones are then made anew."""

CONTEXT = 16
"""Frames re-read before a resumed place: the temporal filter has forgotten anything older (``refine.temporal``)."""

_COUNTS = ("frames", "reused")  # of what an engine tells, what changes while it works

AHEAD = 3
"""Frames that wait between decoding, engine and refinement: enough to keep two cores busy, little memory."""


class MatteJob:
    """The matte of one clip with one set of settings, in the job's folder (``matte/<key>/``).

    Raises:
        EngineError: no engine can run here.
        SettingsError: a file named in the settings is missing or cannot be used.
    """

    def __init__(self, clip: Clip, settings: MattingSettings, folder: Path) -> None:
        from perscoach.matting.registry import choose

        self.clip, self.settings, self.folder = clip, settings, folder
        self.engine_name, self._why_en, self._why_ru = choose(settings)
        self._extras = _extras(settings, folder)
        raw = key_of(
            "matte",
            RAW_VERSION,
            _clip_key(clip),
            self.engine_name,
            _raw_parts(settings, self._extras, self.engine_name),
        )
        self._cued = settings.plate != "off" and self.engine_name != "plate"
        refined = key_of(
            raw, REFINE_VERSION, settings.refine, self._cued and [settings.plate, self._extras.get("plate")]
        )
        self._raw = AlphaStore(folder / "matte" / raw, clip.frames, clip.width, clip.height)
        self._same = not settings.refine and not self._cued
        self._final = (
            self._raw if self._same else AlphaStore(folder / "matte" / refined, clip.frames, clip.width, clip.height)
        )
        self._paint: Paint | None = None
        if settings.paint is not None:
            self._paint = read_paint(job_file(folder, settings.paint), clip.width, clip.height)
        self._engine: MattingEngine | None = None
        self._plate: Any = None
        self._told = False

    @property
    def ready(self) -> bool:
        """Whether every frame is stored, so that any range can be read at any time."""
        return self._final.ready

    @property
    def done(self) -> int:
        """How many frames are stored."""
        return self._final.done

    @property
    def key(self) -> str:
        """A name of the finished matte: another one wherever an input or a setting would change a pixel of it."""
        settings = self.settings
        return key_of(
            self._final.folder.name, settings.edge_softness, settings.edge_shift, self._extras.get("paint", "")
        )

    def describe(self, monitor: Monitor | None = None) -> dict[str, Any]:
        """What makes this matte, for ``bundle.json``: the same before, during and after the work.

        Args:
            monitor: hears what the engine says where it is opened for this.
        """
        import json

        path = self._raw.folder / "engine.json"
        try:
            engine = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            told = self._open(monitor or Quiet()).describe()
            engine = {key: value for key, value in told.items() if key not in _COUNTS}
            write_json(path, engine)
        return {
            **engine,
            "engine": self.engine_name,
            "refined": self.settings.refine,
            "plate": self.settings.plate,
            **{f"{name}_sha256": value for name, value in self._extras.items()},
        }

    def alpha(self, index: int) -> Array:
        """The finished alpha (H, W) uint8 of a stored frame.

        Raises:
            IndexError: no such frame in the clip, or it is not matted yet.
        """
        alpha = self._final.alpha(index)
        if alpha is None:
            raise IndexError(f"frame {index} is not matted yet ({self.done} of {self.clip.frames} are)")
        return self._finish(alpha)

    def frames(
        self, monitor: Monitor | None = None, start: int = 0, stop: int | None = None
    ) -> Generator[Pair, None, None]:
        """Frames ``start <= i < stop`` as (rgb (H, W, 3), finished alpha (H, W)), in order.

        What is stored is read; the rest is matted, stored in whole chunks and given out. Decoding, engine and refinement
        overlap in threads; closing the generator ends them. Unless ``ready``, ask for ranges once and in order.

        Raises:
            Cancelled: the monitor said so; finished chunks stay.
            PerscoachError: the clip or the engine failed.
        """
        monitor = monitor or Quiet()
        stop = self.clip.frames if stop is None else min(stop, self.clip.frames)
        if not self._told:
            monitor.note(Message(self._why_en, self._why_ru))
            self._told = True
        with contextlib.closing(self._pieces(monitor, start, stop)) as pairs:
            for index, (rgb, alpha) in enumerate(pairs, start):
                monitor.check()
                yield rgb, self._finish(alpha)
                monitor.report("matte", index + 1, self.clip.frames)

    def close(self) -> None:
        """Give back the engine's memory and threads; the job can be used on."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    # -- stored and computed pieces, in order -------------------------------------------------------------------

    def _pieces(self, monitor: Monitor, start: int, stop: int) -> Generator[Pair, None, None]:
        at = start
        while at < stop:
            chunk = at // self._final.chunk
            if self._final.chunk_frames(chunk) is not None:
                end = min(stop, self._final.span(chunk)[1])
                piece = self._stored(at, end)
            else:
                end = min(stop, self._gap_end(chunk, stop))
                piece = self._computed(at, end, monitor)
            with contextlib.closing(piece):
                yield from piece
            at = end
        if stop >= self.clip.frames and self.ready:
            self.close()

    def _gap_end(self, chunk: int, stop: int) -> int:
        last = chunk
        while last + 1 < self._final.chunks and not self._final.has(last + 1) and self._final.span(last)[1] < stop:
            last += 1
        return self._final.span(last)[1]

    def _stored(self, start: int, stop: int) -> Generator[Pair, None, None]:
        """A stored stretch; a chunk that turns out damaged on the way is computed."""
        with contextlib.closing(overlap(iter(self.clip.read(start, stop)), AHEAD)) as frames:
            for index, rgb in enumerate(frames, start):
                alpha = self._final.alpha(index)
                assert alpha is not None  # proved by ``chunk_frames`` and held
                yield rgb, alpha

    def _computed(self, start: int, stop: int, monitor: Monitor) -> Generator[Pair, None, None]:
        """Matte whole chunks around ``start..stop``, store them and give out the frames asked for."""
        first = self._final.span(start // self._final.chunk)[0]
        end = self._final.span((stop - 1) // self._final.chunk)[1]
        lead = 0 if self._same else max(0, first - CONTEXT)
        lead = first if self._same else lead
        source = overlap(iter(self.clip.read(lead, end)), AHEAD)
        raw = overlap(self._raw_pairs(source, lead, end, monitor), AHEAD)
        pairs = raw if self._same else overlap(self._refined(raw, monitor), AHEAD)
        writer = _ChunkWriter(self._final, first, end)
        with contextlib.closing(pairs):
            for index, (rgb, alpha) in enumerate(pairs, lead):
                monitor.check()
                if not self._same:
                    writer.add(index, alpha)
                if start <= index < stop:
                    yield rgb, alpha

    def _refined(self, pairs: Generator[Pair, None, None], monitor: Monitor) -> Iterator[Pair]:
        with contextlib.closing(pairs):
            cue = self._open_plate(monitor) if self._cued else None
            if not self.settings.refine:
                yield from cue.corrected(pairs) if cue is not None else pairs
                return
            from perscoach.matting.refine.refiner import Refiner, pixel_of

            pixel = pixel_of(self.engine_name, self.clip.width, self.clip.height)
            yield from Refiner(pixel, cue.correct if cue is not None else None).run(pairs)

    # -- the engine ---------------------------------------------------------------------------------------------

    def _raw_pairs(
        self, frames: Generator[Array, None, None], start: int, stop: int, monitor: Monitor
    ) -> Iterator[Pair]:
        """Raw mattes: stored ones read, missing ones made and stored."""
        with contextlib.closing(frames):
            at = start
            while at < stop:
                chunk = at // self._raw.chunk
                end = min(stop, self._raw.span(chunk)[1])
                if self._raw.chunk_frames(chunk) is not None:
                    for index in range(at, end):
                        stored = self._raw.alpha(index)
                        assert stored is not None
                        yield next(frames), stored
                else:
                    while end < stop and not self._raw.has(end // self._raw.chunk):
                        end = min(stop, self._raw.span(end // self._raw.chunk)[1])
                    yield from self._engine_pairs(frames, at, end, monitor)
                at = end

    def _engine_pairs(self, frames: Iterator[Array], start: int, stop: int, monitor: Monitor) -> Iterator[Pair]:
        waiting: deque[Array] = deque()

        def feed() -> Iterator[Array]:
            for _ in range(start, stop):
                frame = next(frames)
                waiting.append(frame)
                yield frame

        engine = self._open(monitor, start)
        writer = _ChunkWriter(self._raw, start, stop)
        index = start
        for alpha in engine.mattes(feed()):
            writer.add(index, alpha)
            yield waiting.popleft(), alpha
            index += 1
        if index != stop:
            raise EngineError(
                f"The matting engine {self.engine_name} gave {index - start} mattes for {stop - start} frames.",
                f"Движок вырезания {self.engine_name} дал {index - start} масок на {stop - start} кадров.",
            )

    def _open(self, monitor: Monitor, start: int = 0) -> MattingEngine:
        from perscoach.matting.registry import open_engine

        if self._engine is None:
            settings = self.settings
            before = self._raw.alpha(start - 1) if start else None
            if before is not None and before.any():  # resumed: the same person as before the stop
                settings = replace(settings, trainer=_centroid(before))
            self._engine = open_engine(self.engine_name, settings, self.clip, self.folder, monitor)
        return self._engine

    def _open_plate(self, monitor: Monitor) -> Any:
        from perscoach.matting.plate import PlateCue, plate_of

        if self._plate is None:
            self._plate = PlateCue(plate_of(self.clip, self.settings, self.folder, monitor))
        return self._plate

    def _finish(self, alpha: Array) -> Array:
        alpha = finish_alpha(alpha, self.settings)
        return alpha if self._paint is None else apply_paint(alpha, self._paint)


class _ChunkWriter:
    """Collects consecutive frames and stores every chunk that becomes whole within ``start..stop``."""

    def __init__(self, store: AlphaStore, start: int, stop: int) -> None:
        self._store, self._start, self._stop = store, start, stop
        self._held: list[Array] = []

    def add(self, index: int, alpha: Array) -> None:
        first, end = self._store.span(index // self._store.chunk)
        if first < self._start or end > self._stop:
            return  # context before a resumed place: belongs to a chunk that is not made here
        self._held.append(alpha)
        if index + 1 == end:
            self._store.write(index // self._store.chunk, self._held)
            self._held = []


def preview_alpha(clip: Clip, index: int, settings: MattingSettings, folder: Path) -> Array:
    """The finished alpha (H, W) uint8 of one frame before the clip is matted; what is stored already is read.

    Raises:
        IndexError: no such frame.
        PerscoachError: no engine can run here, or a file named in the settings cannot be used.
    """
    from perscoach.matting.registry import open_engine
    from perscoach.matting.warm import PREVIEWS

    job = MatteJob(clip, settings, folder)
    try:
        with contextlib.suppress(IndexError):
            if 0 <= index < clip.frames:
                return job.alpha(index)
        rgb = clip.frame(index)
        alpha = job._raw.alpha(index)
        if alpha is None:
            same = replace(settings, edge_softness=0.0, edge_shift=0.0, paint=None)
            key = (str(job._raw.folder), clip, same)
            alpha = PREVIEWS.matte(key, lambda: open_engine(job.engine_name, settings, clip, folder), rgb)
        if job._same:
            return job._finish(alpha)
        return job._finish(next(iter(job._refined(_one(rgb, alpha), Quiet())))[1])
    finally:
        job.close()


def _one(rgb: Array, alpha: Array) -> Generator[Pair, None, None]:
    yield rgb, alpha


def _clip_key(clip: Clip) -> list[Any]:
    size = clip.path.stat().st_size if clip.path.exists() else 0
    return [clip.path.stem, size, clip.frames, clip.width, clip.height, str(clip.fps)]


def _extras(settings: MattingSettings, folder: Path) -> dict[str, str]:
    """Hashes of the files that the settings name."""
    extras = {}
    if settings.plate == "picture":
        if not settings.plate_picture:
            raise EngineError(
                "The clean plate is set to a picture, but no picture of the empty room is given.",
                "Для чистого фона выбран снимок, но снимка пустой комнаты нет.",
            )
        extras["plate"] = sha256_of(job_file(folder, settings.plate_picture))
    if settings.paint is not None:
        extras["paint"] = sha256_of(job_file(folder, settings.paint))
    return extras


def _raw_parts(settings: MattingSettings, extras: dict[str, str], engine: str) -> list[Any]:
    """What decides an engine's raw matte, and nothing more."""
    if engine == "modnet":
        return [settings.model, settings.size, settings.precision]
    if engine == "plate":
        return [settings.plate, extras.get("plate"), settings.trainer]
    return [settings.trainer]


def _centroid(alpha: Array) -> tuple[float, float]:
    rows, columns = np.nonzero(alpha > 127) if (alpha > 127).any() else np.nonzero(alpha)
    return float(columns.mean() / alpha.shape[1]), float(rows.mean() / alpha.shape[0])
