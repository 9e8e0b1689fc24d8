"""The square crops that SAM 3D Body looks at, and the batch it takes: frames of one clip side by side, as if they were
people of one picture.

Equal to upstream's chain at the pinned commit, to the bit: ``GetBBoxCenterScale``, ``TopdownAffine``, ``ToTensor``
(``data/transforms``) and ``prepare_batch`` (``data/utils``). The network normalises colours itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.camera import Camera

if TYPE_CHECKING:
    import torch
    from torch import Tensor

SIZE = 512
"""Side of the crop in pixels, as published (``MODEL.IMAGE_SIZE``)."""

BODY_PADDING, HAND_PADDING = 1.25, 0.9
"""How much larger than its box the crop of a body or of a hand is."""

_ASPECT = 0.75
"""A box is first widened or heightened to 3:4, then to a square: a tall box gains nothing, a square one gains a third."""


class Crop(NamedTuple):
    """A crop and where it lies.

    Attributes:
        image: (S, S, 3) uint8 RGB; black outside the picture.
        mask: (S, S) uint8 0..255, or ``None``: nobody said which pixels are the person.
        box: (4,) float32, x0, y0, x1, y1 in pixels of the picture.
        centre: (2,) float32 pixels; side: float, of the square, pixels of the picture.
        affine: (2, 3) float64, picture to crop.
    """

    image: Array
    mask: Array | None
    box: Array
    centre: Array
    side: np.float32
    affine: Array


def square_of(box: Array, padding: float) -> tuple[Array, np.float32]:
    """Centre (2,) and side of the square around ``box`` (4,) float32."""
    centre = (box[:2] + box[2:]) * np.float32(0.5)
    width, height = (box[2:] - box[:2]) * np.float32(padding)
    side = width / np.float32(_ASPECT) if width > height * np.float32(_ASPECT) else height
    return centre, np.float32(side)


def affine_of(centre: Array, side: np.float32, size: int) -> Array:
    """(2, 3) float64: the square to (0, 0) .. (size, size).

    Through three points, which upstream rounds to float32: the centre, the middle of the upper edge, the corner left of it.
    """
    import cv2

    middle, half = centre.astype(np.float64), float(side) * 0.5
    there = np.zeros((3, 2), np.float32)
    there[0] = middle
    there[1] = middle - (0, half)
    there[2] = there[1] + np.array([there[1, 1] - there[0, 1], there[0, 0] - there[1, 0]])
    here = np.array([[size / 2, size / 2], [size / 2, 0], [0, 0]], np.float32)
    return np.asarray(cv2.getAffineTransform(there, here))


def crop(rgb: Array, box: Array, mask: Array | None = None, size: int = SIZE, padding: float = BODY_PADDING) -> Crop:
    """Cut out ``box``, padded and squared, at ``size`` pixels.

    Args:
        rgb: (H, W, 3) uint8, the original frame: a cut-out or graded one is not what the network was trained on.
        box: (4,) x0, y0, x1, y1 in pixels; may reach over the picture's edges.
        mask: (H, W) uint8, 255 on the person.
    """
    import cv2

    box = np.asarray(box, np.float32)
    centre, side = square_of(box, padding)
    affine = affine_of(centre, side, size)
    image = cv2.warpAffine(rgb, affine, (size, size), flags=cv2.INTER_LINEAR)
    cut = None if mask is None else cv2.warpAffine(mask, affine, (size, size), flags=cv2.INTER_LINEAR)
    return Crop(image, cut, box, centre, side, affine)


def batch_of(crops: Sequence[Crop], camera: Camera, device: torch.device) -> dict[str, Tensor]:
    """N crops as upstream's batch of one picture with N people, on ``device``; float32.

    Keys and shapes: ``img`` (1, N, 3, S, S) in 0..1, ``mask`` (1, N, 1, S, S) in 0..255 and ``mask_score`` (1, N), 0 where
    there is no mask; ``bbox`` (1, N, 4), ``bbox_center``, ``bbox_scale``, ``img_size``, ``ori_img_size`` (1, N, 2),
    ``affine_trans`` (1, N, 2, 3), ``person_valid`` (1, N), ``cam_int`` (1, 3, 3). The published notebook gives masks of 0
    and 255, its demo of 0 and 1; upstream does not say which it was trained with. Here it is 0 and 255.
    """
    import torch

    count, size = len(crops), crops[0].image.shape[0]
    empty = np.zeros((size, size), np.uint8)

    def put(array: Array) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device)

    def numbers(values: Sequence[Array]) -> Tensor:
        return put(np.stack(values).astype(np.float32))[None]

    images = put(np.stack([c.image for c in crops])).permute(0, 3, 1, 2).contiguous()
    masks = put(np.stack([empty if c.mask is None else c.mask for c in crops]))
    return {
        "img": images.to(torch.float32).div(255)[None],
        "mask": masks.to(torch.float32)[None, :, None],
        "mask_score": numbers([np.array(c.mask is not None) for c in crops]),
        "bbox": numbers([c.box for c in crops]),
        "bbox_center": numbers([c.centre for c in crops]),
        "bbox_scale": numbers([np.array([c.side, c.side]) for c in crops]),
        "affine_trans": numbers([c.affine for c in crops]),
        "img_size": numbers([np.array([size, size])] * count),
        "ori_img_size": numbers([np.array([camera.width, camera.height])] * count),
        "person_valid": torch.ones((1, count), device=device),
        "cam_int": put(camera.matrix())[None],
    }
