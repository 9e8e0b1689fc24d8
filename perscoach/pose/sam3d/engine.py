"""SAM 3D Body as a pose engine: the trainer's box and mask, crops, the network in batches, one observation a frame.

The network is opened with the first frame and not before: what is stored needs the rig only (``finish``).
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.threads import overlap
from perscoach.pose.base import Observation, Take
from perscoach.pose.camera import camera_of
from perscoach.pose.sam3d.crops import SIZE, crop
from perscoach.pose.sam3d.parameters import BODY_SIZE
from perscoach.pose.sam3d.person import Person, Source, people, unpack
from perscoach.pose.sam3d.runner import Found, Look, Runner
from perscoach.skeleton import MHR70

if TYPE_CHECKING:
    from pathlib import Path

    from perscoach.motion import Motion
    from perscoach.pose.base import Raw

NEAR, FAR = 0.03, 0.12
"""In sides of the crop: a joint this close to the mask is taken to be in it; this far from it, it is not the person's."""

UNSEEN = 0.2
"""Confidence of a joint outside of the picture or far from the mask: the network made it up from the rest of the body."""

UNMASKED = 0.7
"""The most that is said of a joint where there was no mask to compare with."""

_WORKERS = 2
_AHEAD = 8  # crops that wait at the least, beside the batch itself


class Sam3dEngine:
    """One pass over one clip; see the module.

    Args:
        take: what it is opened for.
        source: says where the trainer is.
        open_network: gives upstream's network on its device.
        about: what decides the result besides the settings, for ``describe``.
    """

    name = "sam3d"
    skeleton = MHR70
    parameters = BODY_SIZE
    pictures = True
    keeps_body = True

    def __init__(
        self,
        take: Take,
        source: Source,
        open_network: Callable[[], Any],
        about: dict[str, str],
        batch: int | None = None,
    ) -> None:
        self._take, self._source, self._open_network, self._batch = take, source, open_network, batch
        self._camera = camera_of(take.settings, take.clip.width, take.clip.height)
        self._about = about
        self._runner: Runner | None = None
        self.warm_up = source.warm_up

    def describe(self) -> dict[str, str]:
        cue = self._take.cue
        key = {"cue": cue.key} if self._source.name == "matte" and cue is not None else {}
        mode = "full (body and hands)" if self._take.settings.hands else "body"
        return {
            "engine": self.name,
            **self._about,
            "lens": f"{self._camera.lens} ({self._camera.focal:.1f} px)",
            "mode": mode,
            "person": self._source.name,
            **key,
        }

    def observe(self, frames: Iterable[Array], fps: float, first: int = 0) -> Iterator[Observation | None]:
        """One observation of the trainer, or ``None`` for a miss, per (H, W, 3) uint8 RGB frame, in order.

        Where a pass goes on (``first`` above 0) the first ``warm_up`` frames only bring the tracker up to date: they give
        ``None``, without asking the network.

        Raises:
            EngineError, ModelError: the network or the person's source cannot be opened or failed.
        """
        skipped = self.warm_up if first else 0
        with contextlib.ExitStack() as stack:
            runner = self._opened()
            ready = overlap(self._looks(frames, fps, first, skipped), max(_AHEAD, 2 * runner.batch))
            ahead = stack.enter_context(contextlib.closing(ready))
            shown: deque[Look | None] = deque()

            def looks() -> Iterator[Look | None]:
                for look in ahead:
                    shown.append(look)
                    yield look

            for found in runner.run(looks()):
                look = shown.popleft()
                yield None if look is None or found is None else self._observation(look, found)

    def _opened(self) -> Runner:
        if self._runner is None:
            take = self._take
            network = self._open_network()
            self._runner = Runner(
                network, self._camera, hands=take.settings.hands, batch=self._batch, check=take.monitor.check
            )
        return self._runner

    def _looks(self, frames: Iterable[Array], fps: float, first: int, skipped: int) -> Iterator[Look | None]:
        """Frames with their crops made in worker threads, in order."""
        waiting: list[Future[Look] | None] = []
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="perscoach-crops") as pool:
            found = people(frames, self._source, fps, first)
            for index, (rgb, person) in enumerate(found):
                miss = person is None or index < skipped
                waiting.append(None if miss or person is None else pool.submit(self._prepare, rgb, person))
                if len(waiting) > _WORKERS:
                    yield _result(waiting.pop(0))
            for job in waiting:
                yield _result(job)

    def _prepare(self, rgb: Array, person: Person) -> Look:
        height, width = rgb.shape[:2]
        mask = None if person.mask is None else unpack(person.mask, height, width)
        cut = crop(rgb, person.box.astype(np.float32), mask, SIZE)
        return Look(cut, rgb if self._take.settings.hands else None)

    def _observation(self, look: Look, found: Found) -> Observation | None:
        if not all(np.isfinite(values).all() for values in found):
            return None
        if (found.keypoints[:, 2] + found.parameters[-1]).min() <= 0:
            return None  # nobody stands behind the camera
        trust = confidence(found.pixels, look, self._camera.width, self._camera.height)
        root = found.parameters[-3:].copy()
        return Observation(found.keypoints.copy(), found.pixels.copy(), trust, root, found.parameters.copy())

    def finish(self, raw: Raw, folder: Path) -> Motion:
        """Steadied parameters, then forward kinematics once; see ``perscoach.pose.sam3d.finish``."""
        from perscoach.pose.sam3d.finish import finish

        return finish(raw, self._take, folder)

    def close(self) -> None:
        """Give back memory and threads."""
        if self._runner is not None:
            self._runner.close()
        self._runner = None
        self._source.close()


def _result(job: Future[Look] | None) -> Look | None:
    return None if job is None else job.result()


def confidence(pixels: Array, look: Look, width: int, height: int) -> Array:
    """(J,) float32: how well each joint agrees with the picture.

    The network gives none, and always 70 joints. What can be told is whether a joint lies where the person is: 1 in the mask
    or within ``NEAR`` of it, falling to ``UNSEEN`` at ``FAR``; ``UNSEEN`` outside the picture, since a body cut off by the
    edge is completed from the rest. All of it times the square root of the part of the joints that lie in the mask, so that a
    body that misses the person throughout counts little. It does not tell whether a joint was hidden behind the body.

    Args:
        pixels: (J, 2) of the picture; look: what the network was shown.
    """
    import cv2

    inside = ((pixels >= 0) & (pixels <= (width - 1, height - 1))).all(axis=1)
    cut = look.crop
    if cut.mask is None:
        return np.where(inside, np.float32(UNMASKED), np.float32(UNSEEN))
    small = cv2.resize(cut.mask, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    side = small.shape[0]
    away = cv2.distanceTransform((small < 128).astype(np.uint8), cv2.DIST_L2, 3) / side
    there = (np.c_[pixels, np.ones(len(pixels))] @ cut.affine.T) / cut.image.shape[0]
    at = np.clip(np.floor(there * side).astype(int), 0, side - 1)
    beyond = np.linalg.norm(there - np.clip(there, 0, 1), axis=1)  # outside the crop
    distance = away[at[:, 1], at[:, 0]] + beyond
    trust = np.interp(distance, (NEAR, FAR), (1.0, UNSEEN))
    trust[~inside] = UNSEEN
    share = float((distance[inside] <= NEAR).mean()) if inside.any() else 0.0
    result: Array = (trust * np.sqrt(share)).clip(0.0, 1.0).astype(np.float32)
    return result
