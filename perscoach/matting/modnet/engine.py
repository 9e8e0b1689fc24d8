"""MODNet as a matting engine: the runtime that suits the machine, frames in and alphas out in the background."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from itertools import chain, islice
from pathlib import Path

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import Availability
from perscoach.core.device import resolve_device
from perscoach.core.errors import EngineError, PerscoachError
from perscoach.core.messages import message
from perscoach.core.progress import Monitor, Quiet
from perscoach.core.threads import overlap
from perscoach.matting.base import MattingSettings
from perscoach.matting.modnet import int8
from perscoach.matting.modnet.preprocess import net_size, repeats, to_bytes, to_network, to_picture
from perscoach.matting.modnet.runtime import Runtime
from perscoach.matting.modnet.runtimes import CPU_RUNTIMES, installed, open_cpu, open_cuda
from perscoach.matting.modnet.weights import Weights, find

WATCH_EVERY = 300
"""Every so many frames a matte made in 8 bits is compared with fp32 again."""

Samples = Callable[[], Iterable[Array]]


def availability(settings: MattingSettings) -> Availability:
    """Whether MODNet can run here with these settings; opens nothing heavy. ``auto`` does not choose random weights."""
    try:
        weights = find(settings.model)
        device = resolve_device(settings.device)
    except PerscoachError as error:
        return Availability(False, error.message)
    if weights.random and settings.engine == "auto":
        reason = message("modnet.random_weights", name=weights.path.name)
    elif not any(installed(name) for name in (("torch",) if device != "cpu" else CPU_RUNTIMES)):
        reason = message("modnet.no_runtime", package="torch" if device != "cpu" else "openvino")
    else:
        runs = message("modnet.runs", weights=weights.title())
        return Availability(True, runs)
    return Availability(False, reason)


def open_modnet(
    settings: MattingSettings, width: int, height: int, monitor: Monitor | None = None, samples: Samples | None = None
) -> ModnetEngine:
    """Open MODNet for one pass over a clip of ``width`` x ``height``.

    Args:
        samples: gives at least ten frames spread over the clip, for 8 bits; without it the first frames are taken.

    Raises:
        ModelError: the weights are missing or damaged.
        EngineError: the requested device is not there.
    """
    weights = find(settings.model)
    device = resolve_device(settings.device)
    size = net_size(width, height, settings.size)
    monitor = monitor or Quiet()
    folder = derived_folder(weights)
    if device == "cpu":
        runtime = open_cpu(weights, size, folder)
    else:
        runtime = open_cuda(weights, size, device, half=settings.precision != "fp32")
        if settings.precision == "int8":
            monitor.note(message("modnet.int8_gpu"))
    return ModnetEngine(settings, weights, runtime, (width, height), size, folder, monitor, samples)


def derived_folder(weights: Weights) -> Path:
    """Where compiled and 8-bit forms of the weights lie: beside them, or in the temporary folder where that is read-only."""
    folder = weights.path.parent / "derived"
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        fallback = Path(tempfile.gettempdir()) / f"perscoach-derived-{weights.sha256[:12]}"
        fallback.mkdir(exist_ok=True, mode=0o700)
        return fallback


class ModnetEngine:
    """See ``perscoach.matting.base.MattingEngine``; made by ``open_modnet``."""

    name = "modnet"

    def __init__(
        self,
        settings: MattingSettings,
        weights: Weights,
        runtime: Runtime,
        picture: tuple[int, int],
        size: tuple[int, int],
        folder: Path,
        monitor: Monitor,
        samples: Samples | None,
    ) -> None:
        self._settings, self._weights, self._exact, self._folder = settings, weights, runtime, folder
        self._quick: Runtime | None = None
        self._picture, self._size, self._monitor, self._samples = picture, size, monitor, samples
        self._verdict: int8.Verdict | None = None
        self._int8_text = ""
        self._prepared = False
        self._watch_from = 1  # frames
        self._reused = 0
        self._frames = 0
        self._active: Generator[Array, None, None] | None = None

    def describe(self) -> dict[str, str]:
        """What runs; the counts are those of the frames so far. Decides about 8 bits where sample frames are at hand."""
        if self._samples is not None:
            self._prepare_int8(iter(()))
        description = {
            "engine": self.name,
            "runtime": self._exact.name,
            "precision": self._exact.precision if self._quick is None else self._quick_precision(),
            "input": f"{self._size[0]}x{self._size[1]}",
            "weights": self._weights.title(),
            "frames": str(self._frames),
            "reused": f"{self._reused} (frames that repeat the one before share its matte)",
        }
        if self._int8_text:
            description["int8"] = self._int8_text
        if self._exact.batch > 1:
            description["batch"] = str(self._exact.batch)
        return description

    def mattes(self, frames: Iterable[Array]) -> Iterator[Array]:
        """Alpha (H, W) uint8 for each frame, in order, one for one; at most a few frames (or batches) are held.

        Reading and resizing run in one thread, the network in another, the way back to full size here. Closing the
        generator ends both.

        Raises:
            EngineError: a frame of another size; names it.
        """
        made = overlap(self._run(iter(frames)), 2)
        self._active = made
        width, height = self._picture
        with closing(made):
            for alpha in made:
                self._monitor.check()
                self._frames += 1
                yield alpha if alpha.dtype == np.uint8 else to_bytes(to_picture(alpha, width, height))

    def _run(self, frames: Iterator[Array]) -> Iterator[Array]:
        checked = self._checked(frames)
        if hasattr(self._exact, "mattes"):
            with closing(overlap(_batches(checked, self._exact.batch), 1)) as batches:
                for batch in batches:
                    yield from self._exact.mattes(batch)
            return
        start = self._prepare_int8(checked)
        width, height = self._size
        ready = (to_network(frame, width, height) for frame in chain(start, checked))
        with closing(overlap(ready, 2)) as inputs:
            yield from self._infer(inputs)

    def _checked(self, frames: Iterator[Array]) -> Iterator[Array]:
        width, height = self._picture
        for index, frame in enumerate(frames):
            if frame.shape != (height, width, 3) or frame.dtype != np.uint8:
                raise EngineError(
                    "modnet.frame_shape",
                    index=index,
                    size=f"{width}x{height}",
                    shape=str(frame.shape),
                    dtype=str(frame.dtype),
                )
            yield frame

    def _infer(self, inputs: Iterable[Array]) -> Iterator[Array]:
        """Inputs to the network's alphas, in order; what repeats is not computed again, ``lanes`` frames run at once."""
        last: tuple[Array, Future[Array]] | None = None
        computed = 0
        lanes = getattr(self._exact, "lanes", 1)
        running: deque[Future[Array]] = deque()
        failure: Exception | None = None
        source = iter(inputs)
        with ThreadPoolExecutor(lanes, "perscoach-modnet") as pool:
            while True:
                try:
                    x = next(source)
                except StopIteration:
                    break
                except Exception as error:  # comes after the frames that were read before it
                    failure = error
                    break
                if last is not None and repeats(x, last[0]):
                    self._reused += 1
                    running.append(last[1])
                else:
                    if self._quick is not None and computed >= self._watch_from and computed % WATCH_EVERY == 0:
                        wait(running)  # the watch may close the 8-bit runtime
                        self._watch(x)
                    # Compared with the frame that was computed, not with its repetitions: slow change cannot creep past.
                    last = (x, pool.submit((self._quick or self._exact).infer, x[None]))
                    running.append(last[1])
                    computed += 1
                if len(running) > lanes:  # one more than run waits, so that no lane stands idle
                    yield running.popleft().result()[0, 0]
            while running:
                yield running.popleft().result()[0, 0]
        if failure is not None:
            raise failure

    def _prepare_int8(self, frames: Iterator[Array]) -> list[Array]:
        """Open 8 bits where they are wanted and pass; returns the frames taken from ``frames`` on the way."""
        if self._prepared or self._settings.precision == "fp32" or self._exact.open_graph is None:
            return []
        self._prepared = True
        if not self._worth_a_try() or self._trusted():
            return []
        taken = [] if self._samples is not None else list(islice(frames, int8.FRAMES))
        pictures = (
            taken if self._samples is None else list(islice(self._checked(iter(self._samples())), 4 * int8.FRAMES))
        )
        if len(pictures) < int8.FRAMES:
            self._int8_text = f"not tried: {len(pictures)} frames are too few to calibrate and to test"
            return taken
        inputs = [to_network(picture, *self._size)[None] for picture in pictures]
        try:
            self._open_int8(inputs)
        except (PerscoachError, ImportError, OSError, ValueError, RuntimeError) as error:
            self._int8_text = f"failed: {type(error).__name__}: {str(error)[:120]}"
            self._monitor.note(message("modnet.int8_failed", kind=type(error).__name__))
        return taken

    def _target(self) -> Path:
        form = self._exact.name if self._integers is None else f"{self._exact.name} integers 1"
        return int8.path_for(self._folder, self._weights.sha256, self._size, form)

    def _worth_a_try(self) -> bool:
        """Making 8 bits takes seconds: with ``auto`` only for a caller that knows the clip, or where they exist.

        Where an earlier test found them slower than fp32 on this machine, not even on request.
        """
        target = self._target()
        earlier = int8.recorded(target)
        if target.is_file():
            return True
        requested = self._settings.precision == "int8"
        if earlier is not None and (
            earlier.slower or not (requested or (self._integers is not None and earlier.accurate))
        ):
            self._int8_text = f"not used, an earlier test: {earlier.text()}"
            if requested:
                self._note_slower(earlier)
            return False
        return requested or self._samples is not None

    @property
    def _integers(self) -> Callable[[], Runtime] | None:
        """Opens the runtime's own integer form, which needs no calibration."""
        return getattr(self._exact, "integers", None)

    def _quick_precision(self) -> str:
        return "int8" if self._integers is None else getattr(self._quick, "precision", "int8")

    def _trusted(self) -> bool:
        """Take integers that passed with these weights on this machine before; ``_watch`` goes on proving them."""
        earlier = int8.recorded(self._target())
        if self._integers is None or earlier is None or not earlier.accurate or earlier.slower:
            return False
        if self._settings.precision != "int8" and earlier.gain < int8.MIN_GAIN:
            return False
        self._quick, self._verdict, self._watch_from = self._integers(), earlier, 0
        self._int8_text = f"an earlier test: {earlier.text()}"
        return True

    def _note_slower(self, verdict: int8.Verdict) -> None:
        self._monitor.note(message("modnet.int8_slower", gain=verdict.gain))

    def _open_int8(self, inputs: list[Array]) -> None:
        assert self._exact.open_graph is not None
        target = self._target()
        calibration, held = int8.split(inputs)
        if self._integers is not None:
            quick = self._integers()
        else:
            if not target.is_file():
                graph = self._exact.graph
                assert graph is not None
                int8.quantise(graph, target, calibration)
            quick = self._exact.open_graph(target)
        verdict = int8.compare(self._exact, quick, held)
        int8.record(target, verdict)
        self._verdict, self._int8_text = verdict, verdict.text()
        requested = self._settings.precision == "int8"
        if verdict.accurate and not verdict.slower and (requested or verdict.gain >= int8.MIN_GAIN):
            self._quick = quick
        elif requested and self._weights.random and not verdict.slower:
            # Random weights show speed only; only here a matte that fails the test does no harm.
            self._quick = quick
            self._int8_text += "; used all the same: random weights, only speed is measured"
        else:
            quick.close()
            target.unlink(missing_ok=True)  # the record stays, so that this is not tried again and again
            if requested and verdict.slower:
                self._note_slower(verdict)
            elif requested:
                self._monitor.note(message("modnet.int8_inaccurate", mean=verdict.mean))

    def _watch(self, x: Array) -> None:
        """Back to fp32 where this frame fails what the first ones passed."""
        if self._quick is None or (self._verdict is not None and not self._verdict.accurate):
            return
        verdict = int8.compare(self._exact, self._quick, [x[None]])
        if not verdict.accurate:
            self._quick.close()
            self._quick = None
            self._int8_text += f"; given up after {self._frames} frames: mean difference {verdict.mean:.1e}"
            self._monitor.note(message("modnet.int8_given_up", frame=self._frames, mean=verdict.mean))

    def close(self) -> None:
        """End the threads and give back the runtimes' memory."""
        if self._active is not None:
            self._active.close()
        for runtime in (self._quick, self._exact):
            if runtime is not None:
                runtime.close()
        self._quick = None


def _batches(frames: Iterator[Array], size: int) -> Iterator[list[Array]]:
    while batch := list(islice(frames, size)):
        yield batch
