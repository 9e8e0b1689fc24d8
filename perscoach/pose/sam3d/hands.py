"""Full mode: fingers too. Frames in batches, each frame's hands cut out of its own picture.

Upstream's ``run_inference`` (``models/meta_arch/sam3d_body.py``, at the pinned commit) cuts all hands out of one picture, and
prompts the body again with filler points where a batch has more than one person but without them where it has one. So its
batches are not what it gives frame by frame. The steps are the same here, one after the other over upstream's own methods:

1. the body; the two hand boxes it predicts;
2. each hand from its own crop, the left one in the mirrored picture as a right hand;
3. which hands agree with the body (``_Hands.agree``);
4. the body once more, told where agreeing wrists and their elbows are: frames with equally many points go together, so that
   nobody gets filler points;
5. wrists, fingers and hand sizes of agreeing hands put into the body; the rig once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perscoach.core.arrays import Array
from perscoach.pose.camera import Camera
from perscoach.pose.sam3d.crops import HAND_PADDING, Crop, batch_of, crop

if TYPE_CHECKING:
    from torch import Tensor

MAX_TURN = 1.4
"""Radians: a hand whose wrist turns further from the body's than this is not believed (the estimator's default)."""
MIN_SIDE = 64.0
"""Pixels of the picture: smaller hand crops show too little."""
_INSIDE = 0.5  # of the crop, from its middle: all points of the hand must lie in it
_NEAR = 0.25  # of a crop's side: how far the hand's wrist may be from the body's

_RIGHT_WRIST, _LEFT_WRIST, _RIGHT_ELBOW, _LEFT_ELBOW = 41, 62, 8, 7  # keypoints
_FOREARMS, _TWISTS = (76, 40), (77, 41)  # joints of the rig, left and right
_LEFT_HAND, _RIGHT_HAND = 78, 42
_WRIST_SLOTS = [41, 43, 42, 31, 33, 32]  # of ``body_pose``: turns about x, z, y of the left and the right wrist
_LEFT_SIZE, _RIGHT_SIZE, _HAND_SIZES, _HAND_SHAPES = 9, 8, 18, 40  # of ``scale``, and where those of both hands begin
_CODE = 54  # numbers per hand

Cut = Callable[[Sequence[tuple[Array, Array]]], list[Crop]]


@dataclass
class _Hands:
    """What the hand branch says of N frames; the left hand is turned back from the mirrored picture.

    Attributes:
        codes: (N, 108); sizes: (2, N, 28); shapes: (2, N, 45), left first.
        turns: (N, 2, 3, 3) of the wrists, rig's axes, left and right.
        wrists: (N, 2, 2) pixels.
        sides: (N, 2) of the crops, pixels of the picture.
        reach: (N, 2): the point furthest from the middle of its crop, in parts of the crop.
    """

    codes: Tensor
    sizes: Tensor
    shapes: Tensor
    turns: Tensor
    wrists: Tensor
    sides: Tensor
    reach: Tensor

    def agree(self, body_wrists: Tensor, turn: Tensor) -> Tensor:
        """(N, 2) bool: hands that are large, wholly inside their crop, and where and turned as the body has them.

        Args:
            body_wrists: (N, 2, 2) pixels; turn: (N, 2) radians between the two estimates of the wrist.
        """
        # Upstream measures the way to the right wrist in sides of the left crop and the other way round.
        way = (self.wrists - body_wrists).norm(dim=-1) / self.sides.flip(1)
        result: Tensor = (turn < MAX_TURN) & (self.sides > MIN_SIDE) & (self.reach < _INSIDE) & (way < _NEAR)
        return result


def refined(
    network: Any, batch: dict[str, Tensor], frames: Sequence[Array], camera: Camera, cut: Cut
) -> dict[str, Tensor]:
    """Upstream's "full" result (``out["mhr"]``) of N frames, each as if it had been alone.

    Args:
        network: upstream's, in ``eval()``; batch: of ``crops.batch_of``.
        frames: the N pictures (H, W, 3) uint8.
        cut: makes crops of hands from (picture, box) pairs; see ``cut_hands``.
    """
    import torch

    output = network.forward_step(batch, decoder_type="body")
    before = output["mhr"]
    wrists_before = _matrices(before["body_pose"][:, _WRIST_SLOTS].unflatten(1, (2, 3)))
    hands = _look(network, output, batch, frames, camera, cut)
    turn = _angle(wrists_before, _straight(network, before["joint_global_rots"]).mT @ hands.turns)
    good = hands.agree(before["pred_keypoints_2d"][:, [_LEFT_WRIST, _RIGHT_WRIST]], turn)
    _take_frames(network, len(frames))
    body = _prompted(network, output, batch, hands, good)
    merged = _with_hands(network, body, hands, good, wrists_before)
    posed = network.head_pose.mhr_forward(
        **_rig_arguments(merged),
        return_keypoints=True,
        return_joint_coords=True,
        return_model_params=True,
        return_joint_rotations=True,
    )
    flip = torch.tensor([1.0, -1.0, -1.0], device=posed[0].device)
    vertices, keypoints, joints = posed[0] * flip, posed[1][:, :70] * flip, posed[2] * flip
    merged |= {"pred_vertices": vertices, "pred_keypoints_3d": keypoints, "pred_joint_coords": joints}
    merged["mhr_model_params"] = posed[3]
    seen = keypoints + merged["pred_cam_t"][:, None]
    middle = torch.tensor([camera.width / 2, camera.height / 2], device=seen.device)
    merged["pred_keypoints_2d"] = (seen[..., :2] * merged["focal_length"][:, None, None]) / seen[..., 2:] + middle
    return merged


def cut_hands(pairs: Sequence[tuple[Array, Array]], size: int) -> list[Crop]:
    """The crops of hands, one (picture, box) after the other."""
    return [crop(picture, box, None, size, HAND_PADDING) for picture, box in pairs]


# -- the two hands ------------------------------------------------------------------------------------------------


def _look(
    network: Any,
    output: dict[str, Any],
    batch: dict[str, Tensor],
    frames: Sequence[Array],
    camera: Camera,
    cut: Cut,
) -> _Hands:
    import torch

    left_boxes, right_boxes = network._get_hand_box(output, batch)
    mirrored = left_boxes.copy()
    mirrored[:, [0, 2]] = camera.width - left_boxes[:, [2, 0]] - 1
    device = batch["img"].device
    outs, sides = [], []
    for boxes, flip in ((mirrored, True), (right_boxes, False)):
        pictures = [frame[:, ::-1] if flip else frame for frame in frames]
        crops = cut(list(zip(pictures, boxes, strict=True)))
        side = batch_of(crops, camera, device)
        outs.append(network.forward_step(side, decoder_type="hand")["mhr_hand"])
        sides.append(side["bbox_scale"][0, :, 0])
    left, right = outs
    left_turn = left["joint_global_rots"][:, _RIGHT_HAND].clone()
    left_turn[:, [1, 2]] *= -1
    left_sizes = left["scale"].clone()
    mean, spread = network.head_pose.scale_mean, network.head_pose.scale_comps
    own_size = mean[_RIGHT_SIZE] + spread[_RIGHT_SIZE, _RIGHT_SIZE] * left["scale"][:, _RIGHT_SIZE]
    left_sizes[:, _LEFT_SIZE] = (own_size - mean[_LEFT_SIZE]) / spread[_LEFT_SIZE, _LEFT_SIZE]
    left_wrist = left["pred_keypoints_2d"][:, _RIGHT_WRIST].clone()
    left_wrist[:, 0] = camera.width - left_wrist[:, 0] - 1
    return _Hands(
        codes=torch.cat([left["hand"][:, _CODE:], right["hand"][:, _CODE:]], dim=1),
        sizes=torch.stack([left_sizes, right["scale"]]),
        shapes=torch.stack([left["shape"], right["shape"]]),
        turns=torch.stack([left_turn, right["joint_global_rots"][:, _RIGHT_HAND]], dim=1),
        wrists=torch.stack([left_wrist, right["pred_keypoints_2d"][:, _RIGHT_WRIST]], dim=1),
        sides=torch.stack(sides, dim=1),
        reach=torch.stack([o["pred_keypoints_2d_cropped"].abs().amax(dim=(1, 2)) for o in outs], dim=1),
    )


# -- the body told where the wrists are ---------------------------------------------------------------------------


def _prompted(
    network: Any, output: dict[str, Any], batch: dict[str, Tensor], hands: _Hands, good: Tensor
) -> dict[str, Tensor]:
    """The body's estimate, made anew where a hand agrees."""
    import torch

    body = output["mhr"]
    elbows = body["pred_keypoints_2d"][:, [_RIGHT_ELBOW, _LEFT_ELBOW]]
    points = network._full_to_crop(batch, torch.cat([hands.wrists.flip(1), elbows], dim=1))
    labels = points.new_tensor([_RIGHT_WRIST, _LEFT_WRIST, _RIGHT_ELBOW, _LEFT_ELBOW])
    usable = (points.abs() < _INSIDE).all(dim=-1) & good[:, [1, 0, 1, 0]]
    prompts = torch.cat([(points + 0.5).clamp(0, 1), labels.expand(len(points), 4)[..., None]], dim=-1)
    counts = usable.sum(dim=1).tolist()
    result = {name: value for name, value in body.items() if isinstance(value, torch.Tensor)}
    for count in sorted(set(counts) - {0}):
        chosen = torch.tensor([i for i, c in enumerate(counts) if c == count], device=points.device)
        prompt = prompts[chosen][usable[chosen]].view(len(chosen), count, 3)
        part = {name: output[name][chosen] for name in ("image_embeddings", "condition_info")}
        part["mhr"] = {name: value[chosen] for name, value in result.items()}
        few = _part_of(batch, chosen)
        _take_frames(network, len(chosen))
        network._initialize_batch(few)
        new = network.run_keypoint_prompt(few, part, prompt)[0]["mhr"]
        for name in result.keys() & new.keys():
            result[name] = result[name].index_copy(0, chosen, new[name])
    _take_frames(network, len(points))
    network._initialize_batch(batch)
    return result


def _take_frames(network: Any, count: int) -> None:
    """Upstream keeps in the network which of the batch are bodies and which hands."""
    network.body_batch_idx, network.hand_batch_idx = list(range(count)), []


def _part_of(batch: dict[str, Tensor], chosen: Tensor) -> dict[str, Tensor]:
    import torch

    part = {}
    for name, value in batch.items():
        if not isinstance(value, torch.Tensor):
            continue  # the hand boxes, which upstream leaves there
        part[name] = value if name == "cam_int" else value[chosen] if name == "ray_cond" else value[:, chosen]
    return part


# -- hands put into the body --------------------------------------------------------------------------------------


def _with_hands(
    network: Any, body: dict[str, Tensor], hands: _Hands, good: Tensor, wrists_before: Tensor
) -> dict[str, Tensor]:
    """The body with the wrists, fingers and hand sizes of hands that agree."""
    import torch

    sizes, shapes = body["scale"].clone(), body["shape"].clone()
    sizes[:, _LEFT_SIZE], sizes[:, _RIGHT_SIZE] = hands.sizes[0, :, _LEFT_SIZE], hands.sizes[1, :, _RIGHT_SIZE]
    sizes[:, _HAND_SIZES:] = hands.sizes[:, :, _HAND_SIZES:].mean(dim=0)
    shapes[:, _HAND_SHAPES:] = hands.shapes[:, :, _HAND_SHAPES:].mean(dim=0)
    tried = body | {"hand": hands.codes, "scale": sizes, "shape": shapes}
    rotations = network.head_pose.mhr_forward(**_rig_arguments(tried), return_joint_rotations=True)[1]
    wrists = _straight(network, rotations).mT @ hands.turns
    used = (_angle(wrists_before, wrists) < MAX_TURN) & good
    out = dict(body)
    pose = body["body_pose"].clone()
    kept = pose[:, _WRIST_SLOTS].unflatten(1, (2, 3))  # type: ignore[no-untyped-call]
    pose[:, _WRIST_SLOTS] = torch.where(used[..., None], _in_range(_angles(wrists)), kept).flatten(1)
    codes = torch.where(used[..., None], hands.codes.unflatten(1, (2, _CODE)), body["hand"].unflatten(1, (2, _CODE)))  # type: ignore[no-untyped-call]
    out |= {"body_pose": pose, "hand": codes.flatten(1)}
    out["scale"], out["shape"] = body["scale"].clone(), body["shape"].clone()
    for i, slot in enumerate((_LEFT_SIZE, _RIGHT_SIZE)):
        out["scale"][:, slot] = torch.where(used[:, i], sizes[:, slot], body["scale"][:, slot])
    share = used.T[..., None].to(sizes.dtype)
    count = share.sum(dim=0)
    for name, values, start in (("scale", hands.sizes, _HAND_SIZES), ("shape", hands.shapes, _HAND_SHAPES)):
        mean = (values[:, :, start:] * share).sum(dim=0) / (count + 1e-8)
        out[name][:, start:] = torch.where(count > 0, mean, body[name][:, start:])
    return out


def _rig_arguments(body: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        "global_trans": body["global_rot"] * 0,
        "global_rot": body["global_rot"],
        "body_pose_params": body["body_pose"],
        "hand_pose_params": body["hand"],
        "scale_params": body["scale"],
        "shape_params": body["shape"],
        "expr_params": body["face"],
    }


# -- turns of wrists ----------------------------------------------------------------------------------------------


def _straight(network: Any, rotations: Tensor) -> Tensor:
    """(N, 2, 3, 3): how the wrists would stand if they were not bent."""
    rest = network.head_pose.joint_rotation
    straight: Tensor = rotations[:, list(_FOREARMS)] @ rest[list(_TWISTS)]
    return straight


def _matrices(angles: Tensor) -> Tensor:
    """R = Rx·Rz·Ry of angles (…, 3) about x, z, y."""
    import torch

    (sx, sz, sy), (cx, cz, cy) = torch.sin(angles).unbind(-1), torch.cos(angles).unbind(-1)
    first = torch.stack([cz * cy, -sz, cz * sy], dim=-1)
    a, b = torch.stack([sz * cy, cz, sz * sy], dim=-1), torch.stack([-sy, torch.zeros_like(sy), cy], dim=-1)
    return torch.stack([first, cx[..., None] * a - sx[..., None] * b, sx[..., None] * a + cx[..., None] * b], dim=-2)


def _angles(matrices: Tensor) -> Tensor:
    """The inverse of ``_matrices``."""
    import torch

    m = matrices
    x = torch.atan2(m[..., 2, 1], m[..., 1, 1])
    z = torch.atan2(-m[..., 0, 1], torch.hypot(m[..., 0, 0], m[..., 0, 2]))
    y = torch.atan2(m[..., 0, 2], m[..., 0, 0])
    return torch.stack([x, z, y], dim=-1)


def _in_range(angles: Tensor) -> Tensor:
    """Of the two triples that mean the same turn, the one that a wrist can do (limits: ``mhr_utils.fix_wrist_euler``)."""
    import torch

    low, high = angles.new_tensor([-2.2, -2.2, -1.2]), angles.new_tensor([1.0, 1.5, 1.5])
    other = angles * angles.new_tensor([1.0, -1.0, 1.0]) + torch.pi
    other = torch.atan2(torch.sin(other), torch.cos(other))

    def beyond(values: Tensor) -> Tensor:
        return ((low - values).clamp(min=0) ** 2 + (values - high).clamp(min=0) ** 2).sum(dim=-1, keepdim=True)

    return torch.where(beyond(other) < beyond(angles), other, angles)


def _angle(a: Tensor, b: Tensor) -> Tensor:
    """Radians between turns (…, 3, 3)."""
    import torch

    trace = (a * b).sum(dim=(-2, -1))
    return torch.acos(((trace - 1) / 2).clamp(-1, 1))
