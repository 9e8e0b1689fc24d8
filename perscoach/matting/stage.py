"""The matting stage: frames in, frames with a finished matte out; every piece of work is stored and done once.

The engine's raw matte and the refined one are stored apart (kinds ``matte`` and ``refined``; MediaPipe's raw matte is the
mask of the one pass, kind ``people``), each under a key made from what decides it. Edge sliders and paint are cheap and are
applied when a matte is read, so changing them computes nothing again.
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
from perscoach.core.files import key_of, known_sha256
from perscoach.core.progress import Monitor, Quiet
from perscoach.core.store import Making, Store, store_of
from perscoach.core.threads import overlap
from perscoach.matting.base import MattingEngine, MattingSettings
from perscoach.matting.inputs import job_file
from perscoach.matting.paint import Paint, apply_paint, read_paint
from perscoach.matting.refine.edges import finish_alpha
from perscoach.media import Clip
from perscoach.media.alpha import AlphaStore, ChunkWriter
from perscoach.people import watch as people_pass
from perscoach.people.watch import People, PeopleSettings, watch

Pair = tuple[Array, Array]

RAW_VERSION = 4
REFINE_VERSION = 2
"""Raise when the same settings give another matte than before: stored ones are then made anew."""

RAW, REFINED = "matte", "refined"
"""Kinds in the store."""

CONTEXT = 16
"""Frames re-read before a resumed position: the temporal filter has forgotten anything older (``refine.temporal``)."""

AHEAD = 3
"""Frames that wait between two threads: enough to keep two cores busy, little memory."""

_COUNTS = ("frames", "reused")  # entries of an engine's description that change while it works


class MatteJob:
    """The matte of one clip with one set of settings.

    Args:
        clip: normalised.
        settings: everything that decides the matte.
        folder: the job's; files named in the settings are read from there.
        people: the landmarker's pass, for MediaPipe's mask; its full model unless given.
        store: where results lie; the folder's own unless given.

    Raises:
        EngineError: no engine can run here.
        SettingsError: a file named in the settings is missing or cannot be used.
    """

    def __init__(
        self,
        clip: Clip,
        settings: MattingSettings,
        folder: Path,
        people: PeopleSettings | None = None,
        store: Store | None = None,
    ) -> None:
        from perscoach.matting.registry import choose, identity

        self.clip, self.settings, self.folder = clip, settings, folder
        self.store = store or store_of(folder)
        self.engine_name, self._why = choose(settings)
        self.watched = replace(people or PeopleSettings(trainer=settings.trainer), masks=True, step=1)
        self._extras = _extras(settings, folder)
        self._people: People | None = None
        if self.engine_name == "mediapipe":
            raw = (people_pass.KIND, self._pass().key)
            self._raw = self._pass().masks
        else:
            engine = identity(self.engine_name, settings, self.watched)
            raw = (RAW, key_of(RAW, RAW_VERSION, _clip_key(clip), engine, self._extras.get("plate")))
            self._raw = self._alphas(*raw)
        self._cued = settings.plate != "off" and self.engine_name != "plate"
        self._same = not settings.refine and not self._cued
        cue = self._cued and [settings.plate, self._extras.get("plate")]
        refined = (REFINED, key_of(raw[1], REFINE_VERSION, settings.refine, cue))
        self._raw_place = raw
        self._place = raw if self._same else refined
        self._final = self._raw if self._same else self._alphas(*refined)
        self._paint: Paint | None = None
        if settings.paint is not None:
            self._paint = read_paint(job_file(folder, settings.paint), clip.width, clip.height)
        self._engine: MattingEngine | None = None
        self._plate: Any = None
        self._noted = False

    def _alphas(self, kind: str, key: str) -> AlphaStore:
        clip = self.clip
        return AlphaStore(lambda: self.store.folder(kind, key), clip.frames, clip.width, clip.height)

    def _pass(self) -> People:
        if self._people is None:
            self._people = watch(self.clip, self.watched, self.store)
        return self._people

    @property
    def ready(self) -> bool:
        """Whether every frame is stored, so that any range can be read at any time."""
        return self._final.ready

    @property
    def done(self) -> int:
        """How many frames are stored."""
        return self._final.done

    @property
    def stored_key(self) -> str:
        """The key of the stored matte, before edge sliders and paint."""
        return self._place[1]

    @property
    def key(self) -> str:
        """A name of the finished matte: another one wherever an input or a setting would change a pixel of it."""
        settings = self.settings
        return key_of(self.stored_key, settings.edge_softness, settings.edge_shift, self._extras.get("paint", ""))

    def copy(self) -> MatteJob:
        """Another reader and maker of the same matte, for another thread."""
        return MatteJob(self.clip, self.settings, self.folder, self.watched, self.store)

    def needs_masks(self, monitor: Monitor | None = None) -> bool:
        """Whether this matte is made from the masks of the one pass: MediaPipe, or a clean plate that cannot be used."""
        if self.engine_name == "plate":
            from perscoach.matting.plate import plate_of

            return not plate_of(self.clip, self.settings, self.folder, monitor, self.store).usable
        return self.engine_name == "mediapipe"

    def describe(self) -> dict[str, Any]:
        """What made this matte, for ``bundle.json``, from the stored facts.

        Where several engines, runtimes or precisions took part (a fall-back, a run resumed elsewhere), the first one's
        description comes with ``also``: those of the others.
        """
        facts = self.store.facts_so_far(*self._place) or self.store.facts_so_far(*self._raw_place)
        engines = list(facts.get("engines", ()))
        first = engines[0] if engines else {}
        return {
            **first,
            "engine": self.engine_name,
            "refined": self.settings.refine,
            "plate": self.settings.plate,
            **({"also": engines[1:]} if engines[1:] else {}),
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

        What is stored is read; the rest is matted, stored in whole chunks and yielded. Decoding with the engine, and
        refinement, run in threads of their own; closing the generator ends them. Unless ``ready``, ask for ranges once
        and in order.

        Raises:
            Cancelled: by the monitor; finished chunks stay.
            PerscoachError: the clip or the engine failed.
        """
        monitor = monitor or Quiet()
        stop = self.clip.frames if stop is None else min(stop, self.clip.frames)
        if not self._noted:
            monitor.note(self._why)
            self._noted = True
        with contextlib.closing(self._pieces(monitor, start, stop)) as pairs:
            for index, (rgb, alpha) in enumerate(pairs, start):
                monitor.check()
                yield rgb, self._finish(alpha)
                monitor.report("matte", index + 1, self.clip.frames)

    def complete(self, monitor: Monitor | None = None) -> None:
        """Matte the whole clip and keep nothing in memory."""
        with contextlib.closing(self.frames(monitor)) as frames:
            for _ in frames:
                pass

    def close(self) -> None:
        """Release the engine's memory and threads; the job can be used on."""
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
        """A stored stretch whose chunk ``chunk_frames`` holds."""
        with contextlib.closing(overlap(iter(self.clip.read(start, stop)), AHEAD)) as frames:
            for index, rgb in enumerate(frames, start):
                yield rgb, _there(self._final, index)

    def _computed(self, start: int, stop: int, monitor: Monitor) -> Generator[Pair, None, None]:
        """Matte whole chunks around ``start..stop``, store them and yield the frames asked for."""
        first = self._final.span(start // self._final.chunk)[0]
        end = self._final.span((stop - 1) // self._final.chunk)[1]
        if self._same:
            with contextlib.closing(overlap(self._raw_pairs(first, end, monitor), AHEAD, monitor)) as raw:
                for index, (rgb, alpha) in enumerate(raw, first):
                    monitor.check()
                    if start <= index < stop:
                        yield rgb, alpha
            return
        with self._making(self._final, self._place, monitor) as work:
            if work.ready:  # another process made it meanwhile
                yield from self._stored(start, stop)
                return
            lead = max(0, first - CONTEXT)
            writer = ChunkWriter(self._final, first, end)
            made = overlap(self._raw_pairs(lead, end, monitor), AHEAD, monitor)
            pairs = overlap(self._refined(made, monitor), AHEAD, monitor)
            with contextlib.closing(pairs):
                for index, (rgb, alpha) in enumerate(pairs, lead):
                    monitor.check()
                    writer.add(index, alpha)
                    if start <= index < stop:
                        yield rgb, alpha
            for engine in self.store.facts_so_far(*self._raw_place).get("engines", ()):
                work.add("engines", engine)
            work.complete = self._final.ready

    def _refined(self, pairs: Generator[Pair, None, None], monitor: Monitor) -> Iterator[Pair]:
        with contextlib.closing(pairs):
            cue = self._open_plate(monitor) if self._cued else None
            if not self.settings.refine:
                yield from cue.corrected(pairs) if cue is not None else pairs
                return
            from perscoach.matting.refine.refiner import Refiner, pixel_of

            pixel = pixel_of(self.engine_name, self.clip.width, self.clip.height)
            yield from Refiner(pixel, cue.correct if cue is not None else None).run(pairs)

    @contextlib.contextmanager
    def _making(self, alphas: AlphaStore, place: tuple[str, str], monitor: Monitor) -> Iterator[Making]:
        """Work alone on a result in which chunks are missing."""
        if self.store.finished(*place) is not None:
            alphas.scan()
            if not alphas.ready:  # a chunk of it proved damaged
                self.store.reopen(*place)
        with self.store.making(*place, monitor) as work:
            alphas.scan()
            work.complete = False
            yield work

    # -- the engine ---------------------------------------------------------------------------------------------

    def _raw_pairs(self, start: int, stop: int, monitor: Monitor) -> Iterator[Pair]:
        """Frames with their raw mattes: stored ones read, missing ones made and stored.

        Decoding runs in a thread of its own only where an engine works beside it.
        """
        frames = self._frames(start, stop)
        with contextlib.closing(frames):
            if self.engine_name == "mediapipe":
                yield from self._pass().pairs(frames, start, stop, monitor)
                return
            at = start
            while at < stop:
                chunk = at // self._raw.chunk
                end = min(stop, self._raw.span(chunk)[1])
                if self._raw.chunk_frames(chunk) is not None:
                    for index in range(at, end):
                        yield next(frames), _there(self._raw, index)
                else:
                    while end < stop and not self._raw.has(end // self._raw.chunk):
                        end = min(stop, self._raw.span(end // self._raw.chunk)[1])
                    with contextlib.closing(self._engine_pairs(frames, at, end, monitor)) as made:
                        yield from made
                at = end

    def _frames(self, start: int, stop: int) -> Generator[Array, None, None]:
        frames = iter(self.clip.read(start, stop))
        stored = self._pass().ready if self.engine_name == "mediapipe" else self._raw.ready
        return _plain(frames) if stored else overlap(frames, AHEAD)

    def _engine_pairs(
        self, frames: Generator[Array, None, None], start: int, stop: int, monitor: Monitor
    ) -> Generator[Pair, None, None]:
        with self._making(self._raw, self._raw_place, monitor) as work:
            if work.ready:
                for index in range(start, stop):
                    yield next(frames), _there(self._raw, index)
                return
            engine = self._open(monitor, start)
            made = self._engine_mattes(engine, frames, start, stop, monitor)
            writer = ChunkWriter(self._raw, start, stop)
            index, stored = start, self._raw.done
            for rgb, alpha in made:
                writer.add(index, alpha)
                if self._raw.done != stored:
                    stored = self._raw.done
                    work.add("engines", self._told(engine))
                index += 1
                work.complete = self._raw.ready
                yield rgb, alpha
            if index != stop:
                raise EngineError(
                    "matting.wrong_count", engine=self.engine_name, made=index - start, frames=stop - start
                )

    def _engine_mattes(
        self,
        engine: MattingEngine,
        frames: Generator[Array, None, None],
        start: int,
        stop: int,
        monitor: Monitor,
    ) -> Iterator[Pair]:
        if getattr(engine, "unusable", False):  # a clean plate that cannot be used
            yield from self._pass().pairs(frames, start, stop, monitor)
            return
        waiting: deque[Array] = deque()

        def feed() -> Iterator[Array]:
            for _ in range(start, stop):
                frame = next(frames)
                waiting.append(frame)
                yield frame

        for alpha in engine.mattes(feed()):
            yield waiting.popleft(), alpha

    def _told(self, engine: MattingEngine) -> dict[str, Any]:
        description = {key: value for key, value in engine.describe().items() if key not in _COUNTS}
        return {**description, **self._pass().describe()} if getattr(engine, "unusable", False) else description

    def _open(self, monitor: Monitor, start: int = 0) -> MattingEngine:
        from perscoach.matting.registry import open_engine

        if self._engine is None:
            settings = self.settings
            before = self._raw.alpha(start - 1) if start else None
            if before is not None and before.any():  # resumed: the same person as before the stop
                settings = replace(settings, trainer=_centroid(before))
            self._engine = open_engine(
                self.engine_name, settings, self.clip, self.folder, monitor, self.watched, self.store
            )
        return self._engine

    def _open_plate(self, monitor: Monitor) -> Any:
        from perscoach.matting.plate import PlateCue, plate_of

        if self._plate is None:
            self._plate = PlateCue(plate_of(self.clip, self.settings, self.folder, monitor, self.store))
        return self._plate

    def _finish(self, alpha: Array) -> Array:
        alpha = finish_alpha(alpha, self.settings)
        return alpha if self._paint is None else apply_paint(alpha, self._paint)

    def raw_alpha(self, index: int) -> Array | None:
        """The engine's stored alpha (H, W) uint8 of a frame, or ``None``."""
        return self._raw.alpha(index)

    def finished_from(self, rgb: Array, raw: Array) -> Array:
        """The finished alpha (H, W) uint8 of a single frame from its raw one, without its neighbours in time."""
        if self._same:
            return self._finish(raw)
        return self._finish(next(iter(self._refined(_plain(iter([(rgb, raw)])), Quiet())))[1])


def cut_out(
    clip: Clip,
    settings: MattingSettings,
    folder: Path,
    people: PeopleSettings | None = None,
    store: Store | None = None,
) -> MatteJob:
    """The matte of ``clip``; what is stored is not made again, what is missing is made when it is first read.

    Args and errors as of ``MatteJob``.
    """
    return MatteJob(clip, settings, folder, people, store)


def _plain(items: Iterator[Any]) -> Generator[Any, None, None]:
    """An iterator as a generator, which can be closed."""
    try:
        yield from items
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            close()


def _there(alphas: AlphaStore, index: int) -> Array:
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


def _extras(settings: MattingSettings, folder: Path) -> dict[str, str]:
    """Hashes of the files that the settings name."""
    extras = {}
    if settings.plate == "picture":
        if not settings.plate_picture:
            raise EngineError("matting.no_plate_picture")
        extras["plate"] = known_sha256(job_file(folder, settings.plate_picture))
    if settings.paint is not None:
        extras["paint"] = known_sha256(job_file(folder, settings.paint))
    return extras


def _centroid(alpha: Array) -> tuple[float, float]:
    rows, columns = np.nonzero(alpha > 127) if (alpha > 127).any() else np.nonzero(alpha)
    return float(columns.mean() / alpha.shape[1]), float(rows.mean() / alpha.shape[0])
