"""The matting stage: frames in, frames with a finished matte out; every piece of work is stored and done once.

The engine's raw matte and the refined one are stored apart (kinds ``matte`` and ``refined``; MediaPipe's raw matte is the
mask of the one pass, kind ``people``), each under a key made from what decides it. Edge sliders and paint are cheap and are
applied when a matte is read, so changing them computes nothing again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError
from perscoach.core.files import key_of, known_sha256
from perscoach.core.progress import Monitor, Quiet
from perscoach.core.store import Store, store_of
from perscoach.core.threads import overlap
from perscoach.matting import shot_plate
from perscoach.matting.base import MattingSettings
from perscoach.matting.inputs import job_file
from perscoach.matting.paint import Paint, apply_paint, read_paint
from perscoach.matting.plate import PlateCue, plate_of
from perscoach.matting.raw import AHEAD, Pair, RawMattes, making, plain, stored
from perscoach.matting.refine.edges import finish_alpha
from perscoach.matting.refine.refiner import Cue, Refiner, pixel_of
from perscoach.matting.rooms import Rooms
from perscoach.media import Clip
from perscoach.media.alpha import AlphaStore, ChunkWriter
from perscoach.people.landmarks import Landmarks
from perscoach.people.watch import PeopleSettings

REFINE_VERSION = 5
"""Raise when the same settings give another matte than before: stored ones are then made anew."""

REFINED = "refined"
"""Kind in the store."""

CONTEXT = 16
"""Frames re-read before a resumed position, so that the refinement knows what it knew when it was stopped."""


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
        from perscoach.matting.registry import choose

        self.clip, self.settings, self.folder = clip, settings, folder
        self.store = store or store_of(folder)
        self.engine_name, self._why = choose(settings)
        self.watched = replace(people or PeopleSettings(trainer=settings.trainer), masks=True, step=1)
        self._extras = _extras(settings, folder)
        plate = self._extras.get("plate")
        self._raw = RawMattes(clip, settings, folder, self.engine_name, self.watched, plate, self.store)
        self._cued = settings.plate in ("median", "picture") and self.engine_name != "plate"
        self._shots = settings.plate == "auto" and settings.refine and self.engine_name == "mediapipe"
        self._same = not settings.refine and not self._cued
        cue = [settings.plate, plate] if self._cued else [shot_plate.VERSION] if self._shots else None
        refined = (REFINED, key_of(self._raw.place[1], REFINE_VERSION, settings.refine, cue))
        self._place = self._raw.place if self._same else refined
        self._final = self._raw.alphas if self._same else self._alphas(*refined)
        self._paint: Paint | None = None
        if settings.paint is not None:
            self._paint = read_paint(job_file(folder, settings.paint), clip.width, clip.height)
        self._plate: Any = None
        self._noted = False

    def _alphas(self, kind: str, key: str) -> AlphaStore:
        clip = self.clip
        return AlphaStore(lambda: self.store.folder(kind, key), clip.frames, clip.width, clip.height)

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
        facts = self.store.facts_so_far(*self._place) or self.store.facts_so_far(*self._raw.place)
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
        # MediaPipe's pass over the whole clip is the first half of the work
        before = self.clip.frames if self.engine_name == "mediapipe" and not self.ready else 0
        with contextlib.closing(self._pieces(monitor, start, stop)) as pairs:
            for index, (rgb, alpha) in enumerate(pairs, start):
                monitor.check()
                yield rgb, self._finish(alpha)
                done = (before + index + 1) // 2 if before else index + 1
                monitor.report("matte", done, self.clip.frames)

    def complete(self, monitor: Monitor | None = None) -> None:
        """Matte the whole clip and keep nothing in memory."""
        with contextlib.closing(self.frames(monitor)) as frames:
            for _ in frames:
                pass

    def landmarks(self, monitor: Monitor | None = None) -> Landmarks | None:
        """The trainer's landmarks in every frame; ``None`` where another engine than MediaPipe made the matte."""
        return self._raw.landmarks(monitor or Quiet()) if self.engine_name == "mediapipe" else None

    def rooms(self, monitor: Monitor | None = None) -> Rooms:
        """The empty rooms behind the frames, where this matte was made with them; one reader's own."""
        return Rooms((lambda: self._plates(monitor or Quiet())) if self._shots else None)

    def close(self) -> None:
        """Release the engine's memory and threads; the job can be used on."""
        self._raw.close()

    # -- stored and computed pieces, in order -------------------------------------------------------------------

    def _pieces(self, monitor: Monitor, start: int, stop: int) -> Generator[Pair, None, None]:
        at = start
        while at < stop:
            chunk = at // self._final.chunk
            if self._final.load(chunk):
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
        """A stored stretch whose chunk ``load`` holds."""
        with contextlib.closing(overlap(iter(self.clip.read(start, stop)), AHEAD)) as frames:
            for index, rgb in enumerate(frames, start):
                yield rgb, stored(self._final, index)

    def _computed(self, start: int, stop: int, monitor: Monitor) -> Generator[Pair, None, None]:
        """Matte whole chunks around ``start..stop``, store them and yield the frames asked for."""
        first = self._final.span(start // self._final.chunk)[0]
        end = self._final.span((stop - 1) // self._final.chunk)[1]
        if self.engine_name == "mediapipe":
            self._raw.landmarks(monitor)
        if self._same:
            with contextlib.closing(overlap(self._raw.pairs(first, end, monitor), AHEAD, monitor)) as raw:
                for index, (rgb, alpha) in enumerate(raw, first):
                    monitor.check()
                    if start <= index < stop:
                        yield rgb, alpha
            return
        with making(self.store, self._final, self._place, monitor) as work:
            if work.ready:  # another process made it meanwhile
                yield from self._stored(start, stop)
                return
            lead = max(0, first - CONTEXT)
            writer = ChunkWriter(self._final, first, end)
            made = overlap(self._raw.pairs(lead, end, monitor), AHEAD, monitor)
            pairs = overlap(self._refined(made, lead, monitor), AHEAD, monitor)
            with contextlib.closing(pairs):
                for index, (rgb, alpha) in enumerate(pairs, lead):
                    monitor.check()
                    writer.add(index, alpha)
                    if start <= index < stop:
                        yield rgb, alpha
            for engine in self.store.facts_so_far(*self._raw.place).get("engines", ()):
                work.add("engines", engine)
            work.complete = self._final.ready

    def _refined(self, pairs: Generator[Pair, None, None], start: int, monitor: Monitor) -> Iterator[Pair]:
        with contextlib.closing(pairs):
            if not self.settings.refine:
                yield from self._open_plate(monitor).corrected(pairs)
                return
            yield from self._refiner(monitor).run(pairs, start)

    def _refiner(self, monitor: Monitor) -> Refiner:
        pixel = pixel_of(self.engine_name, self.clip.width, self.clip.height)
        if self.engine_name != "mediapipe":
            return Refiner(pixel, self._cue(monitor))
        landmarks = self._raw.landmarks(monitor)
        if not self._shots:
            return Refiner(pixel, self._cue(monitor), landmarks.cut)
        from perscoach.matting.shot_cue import ShotCue

        cue = ShotCue(self._plates(monitor), landmarks, self.clip.width, self.clip.height)
        return Refiner(pixel, cue.correct, landmarks.cut)

    def _plates(self, monitor: Monitor) -> shot_plate.ShotPlates:
        people, cuts = self._raw.reader(), self._raw.landmarks(monitor).cut
        return shot_plate.ShotPlates(self.clip, people.masks, people.key, cuts, self.store, monitor)

    def _cue(self, monitor: Monitor) -> Cue | None:
        plate = self._open_plate(monitor) if self._cued else None
        return None if plate is None else lambda _, rgb, alpha: plate.correct(rgb, alpha)

    def _open_plate(self, monitor: Monitor) -> PlateCue:
        if self._plate is None:
            self._plate = PlateCue(plate_of(self.clip, self.settings, self.folder, monitor, self.store))
        plate: PlateCue = self._plate
        return plate

    def _finish(self, alpha: Array) -> Array:
        alpha = finish_alpha(alpha, self.settings)
        return alpha if self._paint is None else apply_paint(alpha, self._paint)

    def raw_alpha(self, index: int) -> Array | None:
        """The engine's stored alpha (H, W) uint8 of a frame, or ``None``."""
        return self._raw.alphas.alpha(index)

    def finished_from(self, rgb: Array, raw: Array) -> Array:
        """The finished alpha (H, W) uint8 of a single frame from its raw one, without its neighbours in time."""
        if self._same:
            return self._finish(raw)
        pairs = plain(iter([(rgb, raw)]))
        if not self.settings.refine:
            return self._finish(next(self._refined(pairs, 0, Quiet()))[1])
        pixel = pixel_of(self.engine_name, self.clip.width, self.clip.height)
        return self._finish(next(Refiner(pixel, self._cue(Quiet())).run(pairs))[1])


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
