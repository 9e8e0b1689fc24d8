"""Frames in batches through upstream's network, on any device, in order.

Frames go in as the "people" of one picture; no layer mixes them, so the numbers are those of one frame at a time. Upstream's
own runner (``sam_3d_body_estimator.py``, ``run_inference``) takes one picture, works on ``cuda:0`` alone, empties the
allocator's cache and copies the faces to the host six times a picture; it is not used. What is used is the network:
``forward_step`` in body mode, more in full mode (``perscoach.pose.sam3d.hands``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError
from perscoach.pose.camera import Camera
from perscoach.pose.sam3d import hands
from perscoach.pose.sam3d.crops import Crop, batch_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor

CPU_BATCH = 2
"""On a CPU batches gain little, and a stop is heard between two of them."""

MAX_BATCH = 32
"""Beyond it an H100-class card gains nothing."""

BODY_BYTES, HANDS_BYTES = 220 << 20, 360 << 20
"""Generous estimates of a frame's share of memory in body and in full mode; a batch that is too large is halved."""

_SHARE = 0.7  # of the free memory
_KEYPOINTS = 70
_PARTS = ("global_rot", "body_pose", "hand", "scale", "shape", "pred_cam_t")
"""Upstream's names of what ``BodyParameters.pack`` holds, in its order."""


class Look(NamedTuple):
    """A frame with somebody in it.

    Attributes:
        crop: of the person; rgb: the whole picture (H, W, 3) uint8, for the hands; ``None`` in body mode.
    """

    crop: Crop
    rgb: Array | None = None


class Found(NamedTuple):
    """What the network says of one frame, float32.

    Attributes:
        parameters: (320,), see ``BodyParameters.pack``.
        keypoints: (70, 3) metres, the rig's origin; pixels: (70, 2) of the picture.
    """

    parameters: Array
    keypoints: Array
    pixels: Array


class Runner:
    """See the module. Holds threads: ``close``.

    Attributes:
        batch: how many frames go through at once; only ever becomes smaller.
        halvings: how often it did.
    """

    def __init__(
        self,
        network: Any,
        camera: Camera,
        *,
        hands: bool = False,
        batch: int | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            network: upstream's ``SAM3DBody`` in ``eval()`` on its device; see ``network.build``.
            hands: full mode.
            batch: frames at once; chosen by the free memory where it is left out.
            check: called before each batch; raises to stop.
        """
        self._network, self._camera, self._hands, self._check = network, camera, hands, check
        self._device = network.device
        trim(network)
        self.batch = batch or batch_that_fits(self._device, hands)
        self.halvings = 0
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="perscoach-hands") if hands else None

    def run(self, looks: Iterable[Look | None]) -> Iterator[Found | None]:
        """One answer for each look, in order; ``None`` for ``None``.

        Raises:
            EngineError: one frame alone does not fit into the memory.
        """
        waiting: list[Look | None] = []
        full = 0
        for look in looks:
            waiting.append(look)
            full += look is not None
            if full >= self.batch:
                yield from self._answers(waiting)
                waiting, full = [], 0
            elif not full:  # nobody: no need to wait for others
                yield None
                waiting = []
        yield from self._answers(waiting)

    def _answers(self, waiting: Sequence[Look | None]) -> Iterator[Found | None]:
        looks = [look for look in waiting if look is not None]
        found = iter(self._by_halves(looks))
        for look in waiting:
            yield None if look is None else next(found)

    def _by_halves(self, looks: Sequence[Look]) -> list[Found]:
        done: list[Found] = []
        while len(done) < len(looks):
            part = looks[len(done) : len(done) + self.batch]
            self._check()
            try:
                done += _to_host(self.outputs(part))
                continue
            except RuntimeError as error:  # torch's own error for it is one too
                if not _is_memory(error):
                    raise
                if len(part) == 1:
                    raise EngineError("sam3d.memory") from None
            self.batch = max(1, len(part) // 2)
            self.halvings += 1
            _give_back(self._device)  # after the error is gone, which holds on to tensors
        return done

    def outputs(self, looks: Sequence[Look]) -> dict[str, Tensor]:
        """All that the network says of a few frames, upstream's names, on its device."""
        import torch

        with torch.inference_mode():
            batch = batch_of([look.crop for look in looks], self._camera, self._device)
            self._network._initialize_batch(batch)
            if not self._hands:
                out: dict[str, Tensor] = self._network.forward_step(batch, decoder_type="body")["mhr"]
                return out
            frames = [look.rgb for look in looks if look.rgb is not None]
            if len(frames) != len(looks):
                raise ValueError("full mode: expected the whole picture beside each crop")
            return hands.refined(self._network, batch, frames, self._camera, self._cut)

    def _cut(self, pairs: Sequence[tuple[Array, Array]]) -> list[Crop]:
        assert self._pool is not None
        size = int(self._network.cfg.MODEL.IMAGE_SIZE[0])
        return [c for (c,) in self._pool.map(lambda pair: hands.cut_hands([pair], size), pairs)]

    def close(self) -> None:
        """End the threads and give the device's memory back."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
        self._network = None
        _give_back(self._device)


def batch_that_fits(device: torch.device, hands: bool) -> int:
    """How many frames go through at once: by the free memory of a GPU, a power of two up to ``MAX_BATCH``."""
    if device.type != "cuda":
        return CPU_BATCH
    import torch

    free, _total = torch.cuda.mem_get_info(device)
    return power_of_two(int(free * _SHARE) // (HANDS_BYTES if hands else BODY_BYTES))


def power_of_two(count: int) -> int:
    """The largest power of two that is not above ``count``, from 1 to ``MAX_BATCH``."""
    return 1 << (max(1, min(count, MAX_BATCH)).bit_length() - 1)


def trim(network: Any) -> None:
    """Take out of upstream's network what costs time and changes no result that is used; once per network.

    * Rays are made on the network's own device; upstream asks for ``cuda:0`` by name.
    * The faces lie on the host: each of the 6 to 26 calls of a head copies them there, which waits for the GPU.
    * 70 of the 308 keypoints are computed; upstream drops the others.
    * No vertices are projected into the picture after every layer of the decoder; nothing reads them.
    """
    import torch

    if getattr(network, "_perscoach_trimmed", False):
        return
    network.get_ray_condition = rays
    for name in ("head_pose", "head_pose_hand"):
        head = getattr(network, name)
        for tensor, value in (
            ("faces", head.faces.detach().cpu()),
            ("keypoint_mapping", head.keypoint_mapping.detach()[:_KEYPOINTS].clone()),
        ):
            setattr(head, tensor, torch.nn.Parameter(value, requires_grad=False))
    for name in ("camera_project", "camera_project_hand"):
        setattr(network, name, _without_vertices(getattr(network, name)))
    network._perscoach_trimmed = True


def _without_vertices(project: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]) -> Any:
    def lighter(pose_output: dict[str, Any], batch: dict[str, Any]) -> dict[str, Any]:
        vertices = pose_output.pop("pred_vertices", None)
        out = project(pose_output, batch)
        out["pred_vertices"] = vertices
        return out

    return lighter


def rays(batch: dict[str, Tensor]) -> Tensor:
    """(1, N, 2, S, S): x / z and y / z of the ray through every pixel of each crop (``get_ray_condition`` upstream)."""
    import torch

    image, affine, camera = batch["img"], batch["affine_trans"], batch["cam_int"]
    height, width = image.shape[-2:]
    down, right = torch.meshgrid(
        torch.arange(height, device=image.device), torch.arange(width, device=image.device), indexing="ij"
    )
    out = []
    for axis, pixels in ((0, right), (1, down)):
        zoom, shift = (affine[:, :, axis, k, None, None] for k in (axis, 2))
        centre, focal = (camera[:, axis, k, None, None, None] for k in (2, axis))
        out.append((pixels / zoom - shift / zoom - centre) / focal)
    return torch.stack(out, dim=2).to(image.dtype)


def _to_host(out: dict[str, Tensor]) -> list[Found]:
    """All numbers in one copy."""
    import torch

    count = len(out["global_rot"])
    keypoints, pixels = out["pred_keypoints_3d"], out["pred_keypoints_2d"]
    joined = torch.cat([*(out[name] for name in _PARTS), keypoints.flatten(1), pixels.flatten(1)], dim=1)
    table = joined.float().cpu().numpy()
    own, points = table.shape[1] - 5 * _KEYPOINTS, 3 * _KEYPOINTS
    return [
        Found(row[:own], row[own : own + points].reshape(-1, 3), row[own + points :].reshape(-1, 2))
        for row in table[:count]
    ]


def _is_memory(error: BaseException) -> bool:
    """Whether there was too little memory. TorchScript wraps torch's error in a plain one; the words stay."""
    import torch

    words = ("out of memory", "ALLOC_FAILED", "not enough memory")
    return isinstance(error, torch.OutOfMemoryError) or any(word in str(error) for word in words)


def _give_back(device: torch.device) -> None:
    import torch

    if device.type == "cuda":
        with contextlib.suppress(RuntimeError):
            torch.cuda.empty_cache()
