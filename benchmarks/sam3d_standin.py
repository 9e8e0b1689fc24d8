"""SAM 3D Body's true network with random weights, and upstream's own estimator around it: what parity and speed are
measured on where no checkpoint can be had.

Upstream's code is used as it is, at the pinned commit (``make sam3d`` or ``--upstream DIR``). The rig is a stand-in with
MHR's own topology, ``tests/standin``. Random weights find nobody, but every layer counts: what starts at zero in training
(the mask's last layer) is given values, and the hand boxes are led to the wrists, so that hands are accepted and merged.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from perscoach.pose.camera import Camera
from perscoach.pose.sam3d import network, upstream
from perscoach.pose.sam3d.checkpoint import Weights
from perscoach.pose.sam3d.random_weights import write_random
from perscoach.pose.sam3d.runner import Look, Runner

SHARED = Path(__file__).resolve().parents[2] / "shared"
_BOX_SIDE = 0.45  # of the crop: what the hand boxes are made to be
_HAND_REACH = 0.35  # of the crop: hands that reach further than 0.5 are not believed
_HAND_ZOOM = -0.33  # the camera's first number: nearer, and the hand would not be within its crop


class Shot(NamedTuple):
    """One frame to look at: picture (H, W, 3) uint8, box (4,) float32 pixels, mask (H, W) uint8 0/255."""

    rgb: np.ndarray
    box: np.ndarray
    mask: np.ndarray


def why_not() -> str | None:
    """Why nothing can be measured here, or ``None``."""
    if not topology().is_dir():
        return "MHR's topology is not beside this checkout (shared/sam3d)"
    state = upstream.state()
    return None if state.ok else state.message.en


def topology() -> Path:
    return SHARED / "sam3d"


def use_upstream(folder: str | None) -> None:
    """Take upstream's code from ``folder`` (see ``perscoach.pose.sam3d.upstream``)."""
    if folder:
        os.environ[upstream.SOURCE] = str(Path(folder).resolve())


def build(folder: Path, backbone: str, device: str = "cpu", dtype: Any = None, small: bool = False) -> Any:
    """The network on ``device``; its files are written into ``folder``.

    Args:
        backbone: ``light`` (one convolution in place of the ViT) or ``dinov3`` (DINOv3-H+, 840 million numbers).
        dtype: of the backbone; float32 with ``light``.
        small: a narrow decoder of two layers, for tests.
    """
    import torch

    from tests.standin.rig import read_buffers, write_standin
    from tests.standin.sam3d_config import small_config, true_config

    values = small_config() if small else true_config()
    made = write_standin(folder, "real", topology=topology())
    head = {name.removeprefix("head_pose."): value for name, value in read_buffers(made).items()}
    half = dtype not in (None, torch.float32)
    with _light() if backbone == "light" else contextlib.nullcontext():
        weights: Weights = write_random(folder, values, made.mhr, head, half=half)
        model = network.build(weights, device, dtype or torch.float32)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        last = model.prompt_encoder.mask_downscaling[-1]  # type: ignore[union-attr, index]
        last.weight.copy_(torch.randn(last.weight.shape) * 0.02)
    return model


@contextlib.contextmanager
def _light() -> Iterator[None]:
    """One convolution in place of the backbone: everything after it stays true, and a CPU is through in a second."""
    import torch

    class Light(torch.nn.Module):
        embed_dim = embed_dims = 1280
        patch_size = 16

        def __init__(self) -> None:
            super().__init__()
            self.patches = torch.nn.Conv2d(3, 1280, 16, 16)

        def forward(self, x: Any, extra_embed: Any = None) -> Any:
            return self.patches(x)

    upstream.load()
    module = importlib.import_module(f"{upstream.BODY.package}.models.meta_arch.sam3d_body")
    true = module.create_backbone
    module.create_backbone = lambda *_, **__: Light()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        module.create_backbone = true  # type: ignore[attr-defined]


def lead_hands(model: Any, shot: Shot, camera: Camera) -> None:
    """Set the last layers so that, on ``shot``, the hand boxes lie on the wrists and the hands turn as the body's do.

    Otherwise random hands are never accepted, and the merging of hands and body would go unmeasured.
    """
    import torch

    from perscoach.pose.sam3d.crops import batch_of, crop

    with torch.no_grad(), aside(model):
        batch = batch_of([crop(shot.rgb, shot.box, shot.mask)], camera, model.device)
        model._initialize_batch(batch)
        seen: list[Any] = []
        hook = model.bbox_embed.layers[-1].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
        body = model.forward_step(batch, decoder_type="body")["mhr"]
        hook.remove()
        wrists = body["pred_keypoints_2d_cropped"][0, [62, 41]] + 0.5
        middles, zoom = wrists.clone(), _HAND_ZOOM
        for _ in range(8):  # random weights answer a moved box with twice the way, hence small steps
            boxes = torch.cat([middles, torch.full_like(middles, _BOX_SIDE)], dim=1).clamp(0.01, 0.99)
            left, right = model._get_hand_box({"mhr": body | {"hand_box": boxes[None]}}, batch)
            looked = [_hand(model, shot, camera, box, flip) for box, flip in ((left, True), (right, False))]
            there = torch.stack([hand.wrist for hand in looked])
            zoom *= min(1.0, _HAND_REACH / max(hand.reach for hand in looked))
            model.init_camera_hand.weight[0, 0] += 0.5 * (zoom - sum(hand.zoom for hand in looked) / 2)
            middles += 0.4 * (wrists - (model._full_to_crop(batch, there[None])[0] + 0.5))
        last = model.bbox_embed.layers[-1]
        last.weight.copy_((torch.linalg.pinv(seen[0][0].double()) @ torch.logit(boxes).double()).T)
        last.bias.zero_()
        forearms = body["joint_global_rots"][0, [76, 40]]
        model.head_pose.joint_rotation[[77, 41]] = forearms.mT @ torch.stack([hand.turn for hand in looked])


class _Hand(NamedTuple):
    """Of the wrist the turn (3, 3) and the place (2,) px, as upstream's full mode reads them off a hand's crop; how near the
    hand is taken to be; its point furthest from the middle, in parts of the crop."""

    turn: Any
    wrist: Any
    zoom: float
    reach: float


def _hand(model: Any, shot: Shot, camera: Camera, box: np.ndarray, flip: bool) -> _Hand:
    from perscoach.pose.sam3d.crops import HAND_PADDING, batch_of, crop

    if flip:
        box = np.stack([camera.width - box[:, 2] - 1, box[:, 1], camera.width - box[:, 0] - 1, box[:, 3]], axis=1)
    rgb = shot.rgb[:, ::-1] if flip else shot.rgb
    batch = batch_of([crop(rgb, box[0], padding=HAND_PADDING)], camera, model.device)
    seen = model.forward_step(batch, decoder_type="hand")["mhr_hand"]
    turn, wrist = seen["joint_global_rots"][0, 42].clone(), seen["pred_keypoints_2d"][0, 41].clone()
    if flip:
        turn[[1, 2]] *= -1
        wrist[0] = camera.width - wrist[0] - 1
    reach = float(seen["pred_keypoints_2d_cropped"].abs().max())
    return _Hand(turn, wrist, float(seen["pred_cam"][0, 0]), reach)


@contextlib.contextmanager
def aside(model: Any) -> Iterator[None]:
    """On a CPU upstream's calls for CUDA are turned aside; its files stay as they are."""
    import torch

    if model.device.type == "cuda":
        yield
        return
    names = (f"{upstream.BODY.package}.sam_3d_body_estimator", f"{upstream.BODY.package}.models.meta_arch.sam3d_body")
    modules = [importlib.import_module(name) for name in names]
    move, cuda = modules[0].recursive_to, torch.Tensor.cuda

    def nearby(x: Any, target: Any) -> Any:
        return move(x, "cpu" if target == "cuda" else target)

    torch.Tensor.cuda = lambda self, *_, **__: self  # type: ignore[assignment, method-assign]
    for module in modules:
        module.recursive_to = nearby  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch.Tensor.cuda = cuda  # type: ignore[method-assign]
        for module in modules:
            module.recursive_to = move  # type: ignore[attr-defined]


def upstream_results(model: Any, shots: list[Shot], camera: Camera, hands: bool) -> list[dict[str, Any]]:
    """Upstream's ``process_one_image``, unmodified, one frame after the other, on a network that was not touched."""
    import torch

    if getattr(model, "_perscoach_trimmed", False):
        raise ValueError("upstream must run first: this network has been trimmed")
    estimator_module = importlib.import_module(f"{upstream.BODY.package}.sam_3d_body_estimator")
    matrix = torch.from_numpy(camera.matrix())[None]
    results = []
    with aside(model), contextlib.redirect_stdout(io.StringIO()):  # it prints on every frame
        estimator = estimator_module.SAM3DBodyEstimator(model, model.cfg)
        for shot in shots:
            found = estimator.process_one_image(
                shot.rgb,
                bboxes=shot.box[None],
                masks=shot.mask[None],
                cam_int=matrix,
                inference_type="full" if hands else "body",
            )
            results.append(found[0])
    return results


def our_looks(shots: list[Shot]) -> list[Look]:
    from perscoach.pose.sam3d.crops import crop

    return [Look(crop(shot.rgb, shot.box, shot.mask), shot.rgb) for shot in shots]


def our_runner(model: Any, camera: Camera, hands: bool, batch: int | None) -> Runner:
    return Runner(model, camera, hands=hands, batch=batch)


def shots_of(pictures: list[np.ndarray]) -> list[Shot]:
    """Moving boxes and masks of the shape of a person over real pictures."""
    shots = []
    for i, rgb in enumerate(pictures):
        height, width = rgb.shape[:2]
        y, x = np.mgrid[:height, :width]
        cx, cy = width * (0.48 + 0.01 * i), height * (0.52 - 0.008 * i)
        rx, ry = width * (0.2 + 0.006 * i), height * (0.33 - 0.01 * i)
        mask = np.where(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1, 255, 0).astype(np.uint8)
        box = np.array([cx - rx, cy - ry, cx + rx, cy + ry], np.float32)
        shots.append(Shot(rgb, box, mask))
    return shots


def pictures(count: int) -> list[np.ndarray]:
    """Frames spread over the gym clip, or noise of its size where the clip is not beside the checkout."""
    import av

    path = SHARED / "clips" / "gym_squat.mp4"
    if not path.is_file():
        rng = np.random.default_rng(0)
        return [rng.integers(0, 256, (1280, 720, 3), np.uint8) for _ in range(count)]
    with av.open(str(path)) as container:
        frames = [f.to_ndarray(format="rgb24") for i, f in enumerate(container.decode(video=0)) if i % 17 == 0]
    return [frames[i % len(frames)] for i in range(count)]
