"""MODNet as a matting engine: the runtime that suits the machine, frames in and alphas out in the background."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
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
from perscoach.matting.modnet.preprocess import net_size, repeats, to_bytes, to_network, to_picture
from perscoach.matting.modnet.runtime import Runtime
from perscoach.matting.modnet.runtimes import CPU_RUNTIMES, installed, open_cpu, open_cuda
from perscoach.matting.modnet.weights import Weights, find


def availability(settings: MattingSettings) -> Availability:
    """Whether MODNet can run here with these settings; opens nothing heavy."""
    try:
        weights = find(settings.model)
        device = resolve_device(settings.device)
    except PerscoachError as error:
        return Availability(False, error.message)
    if not any(installed(name) for name in (("torch",) if device != "cpu" else CPU_RUNTIMES)):
        reason = message("modnet.no_runtime", package="torch" if device != "cpu" else "openvino")
        return Availability(False, reason)
    return Availability(True, message("modnet.runs", weights=weights.title()))


def open_modnet(settings: MattingSettings, width: int, height: int, monitor: Monitor | None = None) -> ModnetEngine:
    """Open MODNet for one pass over a clip of ``width`` x ``height``.

    Raises:
        ModelError: the weights are missing or damaged.
        EngineError: the requested device is not there.
    """
    weights = find(settings.model)
    device = resolve_device(settings.device)
    size = net_size(width, height, settings.size)
    if device == "cpu":
        runtime = open_cpu(weights, size, derived_folder(weights))
    else:
        runtime = open_cuda(weights, size, device, half=settings.precision != "fp32")
    return ModnetEngine(weights, runtime, (width, height), size, monitor or Quiet())


def derived_folder(weights: Weights) -> Path:
    """Where compiled forms of the weights lie: beside them, or in the temporary folder where that is read-only."""
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
        self, weights: Weights, runtime: Runtime, picture: tuple[int, int], size: tuple[int, int], monitor: Monitor
    ) -> None:
        self._weights, self._runtime, self._monitor = weights, runtime, monitor
        self._picture, self._size = picture, size
        self._reused = 0
        self._frames = 0
        self._active: Generator[Array, None, None] | None = None

    def describe(self) -> dict[str, str]:
        """What runs; the counts are those of the frames so far."""
        description = {
            "engine": self.name,
            "runtime": self._runtime.name,
            "precision": self._runtime.precision,
            "input": f"{self._size[0]}x{self._size[1]}",
            "weights": self._weights.title(),
            "frames": str(self._frames),
            "reused": f"{self._reused} (frames that repeat the one before share its matte)",
        }
        if self._runtime.batch > 1:
            description["batch"] = str(self._runtime.batch)
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
        if hasattr(self._runtime, "mattes"):
            with closing(overlap(_batches(checked, self._runtime.batch), 1)) as batches:
                for batch in batches:
                    yield from self._runtime.mattes(batch)
            return
        width, height = self._size
        with closing(overlap((to_network(frame, width, height) for frame in checked), 2)) as inputs:
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
        lanes = getattr(self._runtime, "lanes", 1)
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
                else:
                    # Compared with the frame that was computed, not with its repetitions: slow change cannot creep past.
                    last = (x, pool.submit(self._runtime.infer, x[None]))
                running.append(last[1])
                if len(running) > lanes:  # one more than run waits, so that no lane stands idle
                    yield running.popleft().result()[0, 0]
            while running:
                yield running.popleft().result()[0, 0]
        if failure is not None:
            raise failure

    def close(self) -> None:
        """End the threads and give back the runtime's memory."""
        if self._active is not None:
            self._active.close()
        self._runtime.close()


def _batches(frames: Iterator[Array], size: int) -> Iterator[list[Array]]:
    while batch := list(islice(frames, size)):
        yield batch
