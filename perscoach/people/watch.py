"""One pass of the landmarker over a clip: the trainer's landmarks and, where somebody needs it, their mask.

The result lies in the store under the kind ``people`` and serves the cut-out (the mask is MediaPipe's raw matte) and the
movement (the landmarks) alike, so the network sees each frame once. The pass can be stopped and resumed at any chunk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_choice
from perscoach.core.files import key_of
from perscoach.core.progress import Monitor, Quiet
from perscoach.core.store import Making, Store
from perscoach.core.threads import overlap
from perscoach.media.alpha import CHUNK, AlphaStore, ChunkWriter
from perscoach.people import follow
from perscoach.people.follow import CONFIDENCE, Follower, Sight
from perscoach.people.landmarks import Landmarks, LandmarkStore
from perscoach.people.sizes import AUTO, MODELS, weights_of

if TYPE_CHECKING:
    from pathlib import Path

    from perscoach.media import Clip

KIND = "people"
VERSION = 3
"""Raise when the same clip and settings give other landmarks or masks than before."""

WARM_UP = 12
"""Frames before a resumed position that are looked at again, so that the tracker has settled."""

AHEAD = 3
"""Frames that wait between decoding and the landmarker."""

Pair = tuple[Array, Array]


@dataclass(frozen=True)
class PeopleSettings:
    """What decides the pass.

    Attributes:
        model: MediaPipe's size: ``lite``, ``full`` or ``heavy``; ``auto`` as ``perscoach.people.sizes`` finds.
        trainer: (x, y) in 0..1 of the picture, a point on the trainer where several people are in it, or ``None``.
        step: every N-th frame is looked at; 1 with ``masks``.
        masks: whether the segmentation mask is stored too.
    """

    model: str = AUTO
    trainer: tuple[float, float] | None = None
    step: int = 1
    masks: bool = True

    def __post_init__(self) -> None:
        check_choice("pose model", self.model, MODELS)
        if self.masks and self.step != 1:
            raise ValueError(f"step: expected 1 with masks, got {self.step}")

    @property
    def weights(self) -> str:
        """The model's name in ``perscoach.models``."""
        return weights_of(self.model)


class People:
    """The pass over one clip. Stored chunks are read, missing ones are made once.

    An *observed frame* ``i`` is the clip's frame ``i * settings.step``.

    Args:
        clip: normalised.
        settings: what decides the pass.
        store: where it lies.

    Attributes:
        key: the result's name in the store.
        count: observed frames.

    Raises:
        ModelError: the model is missing or damaged.
    """

    def __init__(self, clip: Clip, settings: PeopleSettings, store: Store) -> None:
        from perscoach.models import path_of

        self.clip, self.settings, self.store = clip, settings, store
        self.count = -(-clip.frames // settings.step)
        self._model: Path = path_of(settings.weights)
        self.key = _key(clip, settings, self._model)
        if not settings.masks and settings.step == 1:  # the same landmarks lie beside the masks
            both = _key(clip, PeopleSettings(settings.model, settings.trainer), self._model)
            self.key = both if store.finished(KIND, both) is not None else self.key
        self._masks = AlphaStore(self._folder, self.count, clip.width, clip.height) if settings.masks else None
        self._chunk = self._masks.chunk if self._masks is not None else CHUNK
        self._landmarks = LandmarkStore(self._folder, self.span)
        self._have: set[int] = set()
        self._scan()

    # -- what is stored --------------------------------------------------------------------------------------------

    @property
    def chunks(self) -> int:
        """How many chunks the pass has."""
        return -(-self.count // self._chunk)

    @property
    def ready(self) -> bool:
        """Whether every observed frame is stored."""
        return len(self._have) == self.chunks

    @property
    def masks(self) -> AlphaStore:
        """The stored masks.

        Raises:
            ValueError: the pass was asked for landmarks alone.
        """
        if self._masks is None:
            raise ValueError("this pass has no masks")
        return self._masks

    def stored_image(self, index: int) -> Array | None:
        """The trainer's landmarks (33, 5) in an observed frame as ``Sight.image``; ``None`` where not stored, or a miss."""
        marks = self._landmarks.read(index // self._chunk)
        at = index - self.span(index // self._chunk)[0]
        return None if marks is None or not marks.found[at] else marks.image[at]

    def span(self, chunk: int) -> tuple[int, int]:
        """First observed frame and the one after the last of a chunk."""
        return chunk * self._chunk, min(self.count, (chunk + 1) * self._chunk)

    def describe(self) -> dict[str, str]:
        """The engine, for keys and ``bundle.json``."""
        return {**follow.describe(self._model), "input": "256x256 around the person"}

    def engines(self) -> list[dict[str, Any]]:
        """What made the stored chunks, each engine once."""
        return list(self.store.facts_so_far(KIND, self.key).get("engines", []))

    def _folder(self) -> Path:
        return self.store.folder(KIND, self.key)

    def _scan(self) -> None:
        """Look again which chunks are stored: another process may have made some."""
        if self._masks is not None:
            self._masks.scan()
        here, masks = self._folder(), self._masks
        stored = {c for c in range(self.chunks) if (here / f"{c:05d}.npz").is_file()}
        self._have = {c for c in stored if masks is None or masks.has(c)}

    # -- the pass --------------------------------------------------------------------------------------------------

    def landmarks(self, monitor: Monitor | None = None, report: Callable[[int, int], None] | None = None) -> Landmarks:
        """The landmarks of all observed frames; missing ones are made first, from a reader of their own.

        Args:
            monitor: asked once a frame whether to go on.
            report: told (done, count).

        Raises:
            EngineError, ClipError: the landmarker or the clip failed.
            Cancelled: by the monitor; finished chunks stay.
        """
        while True:
            self.complete(monitor, report)
            parts = [self._landmarks.read(chunk) for chunk in range(self.chunks)]
            good = [part for part in parts if part is not None]
            if len(good) == len(parts):
                return Landmarks.joined(good)
            self._have -= {chunk for chunk, part in enumerate(parts) if part is None}

    def complete(self, monitor: Monitor | None = None, report: Callable[[int, int], None] | None = None) -> None:
        """Make what is missing; see ``landmarks``."""
        monitor, step = monitor or Quiet(), self.settings.step
        done = sum(stop - start for start, stop in map(self.span, self._have))
        if report is not None:
            report(done, self.count)
        for start, stop in self._gaps():
            read = self.clip.read(start * step, (stop - 1) * step + 1, step)
            frames = overlap(iter(read), AHEAD, monitor)
            with contextlib.closing(self._run(frames, start, stop, monitor)) as sights:
                for _ in sights:
                    monitor.check()
                    done += 1
                    if report is not None:
                        report(done, self.count)

    def pairs(self, frames: Generator[Array, None, None], start: int, stop: int, monitor: Monitor) -> Iterator[Pair]:
        """Each of ``frames`` (observed frames ``start <= i < stop``, in order) with its mask (H, W) uint8.

        Stored masks are read, missing ones are made from these frames and stored in whole chunks.

        Raises:
            EngineError, Cancelled: as ``landmarks``.
        """
        masks, at = self.masks, start
        while at < stop:
            chunk = at // self._chunk
            end = min(stop, self.span(chunk)[1])
            if chunk in self._have and masks.load(chunk):
                for index in range(at, end):
                    stored = masks.alpha(index)
                    if stored is None:  # cannot be: ``load`` holds the chunk
                        raise ValueError(f"mask {index} vanished")
                    yield next(frames), stored
            else:
                self._have.discard(chunk)
                while end < stop and end // self._chunk not in self._have:
                    end = min(stop, self.span(end // self._chunk)[1])
                with contextlib.closing(self._run(frames, at, end, monitor)) as sights:
                    for rgb, sight in sights:
                        if sight.mask is None:
                            raise ValueError("this pass has no masks")
                        yield rgb, sight.mask
            at = end

    def _gaps(self) -> list[tuple[int, int]]:
        """Stretches of observed frames that are not stored."""
        gaps: list[tuple[int, int]] = []
        for chunk in sorted(set(range(self.chunks)) - self._have):
            start, stop = self.span(chunk)
            if gaps and gaps[-1][1] == start:
                gaps[-1] = gaps[-1][0], stop
            else:
                gaps.append((start, stop))
        return gaps

    def _run(
        self, frames: Generator[Array, None, None], start: int, stop: int, monitor: Monitor
    ) -> Generator[tuple[Array, Sight], None, None]:
        """Look at ``stop - start`` of ``frames`` and store every chunk that becomes whole."""
        with self._making(monitor) as work:
            if work.ready:  # another process made it meanwhile
                for index in range(start, stop):
                    yield next(frames), Sight(None, None, None if self._masks is None else self._masks.alpha(index))
                return
            with contextlib.closing(self._follower(start)) as follower:
                work.add("engines", self.describe())
                yield from self._looked(frames, start, stop, follower, work)

    def _looked(
        self, frames: Iterator[Array], start: int, stop: int, follower: Follower, work: Making
    ) -> Iterator[tuple[Array, Sight]]:
        writer = ChunkWriter(self._masks, start, stop) if self._masks is not None else None
        held: list[Sight] = []
        for index in range(start, stop):
            rgb = next(frames)
            sight = follower.look(rgb, index * self.settings.step)
            chunk = index // self._chunk
            first, end = self.span(chunk)
            held.append(sight._replace(mask=None))
            if writer is not None and sight.mask is not None:
                writer.add(index, sight.mask)
            if index + 1 == end:
                if first >= start:
                    self._landmarks.write(chunk, held)
                    self._have.add(chunk)
                held = []
            work.complete = self.ready
            yield rgb, sight

    @contextlib.contextmanager
    def _making(self, monitor: Monitor) -> Iterator[Making]:
        if self.store.finished(KIND, self.key) is not None:
            self._scan()
            if not self.ready:  # a piece of it proved damaged
                self.store.reopen(KIND, self.key)
        with self.store.making(KIND, self.key, monitor) as work:
            self._scan()
            work.complete = False
            yield work

    def _follower(self, start: int) -> Follower:
        """A follower that has seen the frames before ``start``, the same trainer as the stored part."""
        settings, clip = self.settings, self.clip
        warm = min(WARM_UP, start)
        trainer = self._last_seen(start - warm) if start else settings.trainer
        follower = Follower(self._model, trainer, float(clip.fps / settings.step), settings.masks)
        if warm:
            try:
                before = clip.read((start - warm) * settings.step, (start - 1) * settings.step + 1, settings.step)
                for index, rgb in enumerate(before, start - warm):
                    follower.look(rgb, index * settings.step)
            except BaseException:
                follower.close()
                raise
        return follower

    def _last_seen(self, before: int) -> tuple[float, float] | None:
        """The middle of the trainer's landmarks in the last stored frame up to ``before``; else the wanted point."""
        for chunk in range(before // self._chunk, -1, -1):
            marks = self._landmarks.read(chunk) if chunk in self._have else None
            if marks is None:
                continue
            found = np.flatnonzero(marks.found[: before + 1 - self.span(chunk)[0]])
            if len(found):
                x, y = np.clip(marks.image[found[-1], :, :2].mean(axis=0), 0, 1)
                return float(x), float(y)
        return self.settings.trainer


def watch(clip: Clip, settings: PeopleSettings, store: Store) -> People:
    """The pass over ``clip``; what is stored is not made again, what is missing is made when it is first read.

    Raises:
        ModelError: the model is missing or damaged.
    """
    return People(clip, settings, store)


def _key(clip: Clip, settings: PeopleSettings, model: Path) -> str:
    shape = [str(clip.fps), clip.width, clip.height, clip.frames]
    size = clip.path.stat().st_size if clip.path.exists() else 0
    engine = [follow.describe(model), CONFIDENCE, *(["clothes"] if settings.trainer is not None else [])]
    return key_of(KIND, VERSION, clip.path.stem, size, shape, engine, settings.trainer, settings.step, settings.masks)
