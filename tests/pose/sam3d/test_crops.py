from __future__ import annotations

import numpy as np
import pytest
import torch

from perscoach.pose.base import PoseSettings
from perscoach.pose.camera import camera_of
from perscoach.pose.sam3d.crops import HAND_PADDING, SIZE, batch_of, crop, square_of


def _picture(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (300, 200, 3), np.uint8)


@pytest.mark.parametrize(
    ("box", "side"),
    [((50, 20, 110, 220), 250.0), ((10, 100, 190, 200), 300.0), ((0, 0, 100, 100), 500 / 3)],
)
def test_a_box_becomes_three_to_four_then_square(box: tuple[int, ...], side: float) -> None:
    centre, found = square_of(np.array(box, np.float32), 1.25)
    assert found == pytest.approx(side)
    assert tuple(centre) == ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def test_the_square_fills_the_crop() -> None:
    cut = crop(_picture(), np.array([60, 40, 140, 240], np.float32))
    low, high = cut.centre - cut.side / 2, cut.centre + cut.side / 2
    corners = np.array([[*low, 1], [*high, 1]]) @ cut.affine.T
    assert np.allclose(corners, [[0, 0], [SIZE, SIZE]], atol=1e-3)


def test_a_whole_picture_keeps_its_pixels() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    box = np.array([0, 0, SIZE, SIZE], np.float32)
    cut = crop(picture, box, (picture[..., 0] > 99).astype(np.uint8) * np.uint8(255), padding=0.75)
    assert np.array_equal(cut.image, picture)
    assert cut.mask is not None and np.array_equal(cut.mask > 127, picture[..., 0] > 99)


def test_outside_the_picture_is_black() -> None:
    cut = crop(np.full((300, 200, 3), 200, np.uint8), np.array([-100, 100, 20, 200], np.float32))
    assert cut.image[:, :200].max() == 0
    assert cut.image[256, -20].min() == 200


def test_the_batch_has_upstreams_shapes_and_ranges() -> None:
    camera = camera_of(PoseSettings(), 200, 300)
    boxes = [np.array([40, 30 + i, 150, 280], np.float32) for i in range(3)]
    mask = np.full((300, 200), 255, np.uint8)
    crops = [crop(_picture(i), box, mask if i else None) for i, box in enumerate(boxes)]
    batch = batch_of(crops, camera, torch.device("cpu"))
    shapes = {name: tuple(value.shape) for name, value in batch.items()}
    assert shapes == {
        "img": (1, 3, 3, SIZE, SIZE),
        "mask": (1, 3, 1, SIZE, SIZE),
        "mask_score": (1, 3),
        "bbox": (1, 3, 4),
        "bbox_center": (1, 3, 2),
        "bbox_scale": (1, 3, 2),
        "affine_trans": (1, 3, 2, 3),
        "img_size": (1, 3, 2),
        "ori_img_size": (1, 3, 2),
        "person_valid": (1, 3),
        "cam_int": (1, 3, 3),
    }
    assert all(value.dtype == torch.float32 for value in batch.values())
    assert batch["mask_score"].tolist() == [[0, 1, 1]]
    assert batch["mask"][0, 0].max() == 0 and batch["mask"][0, 1].max() == 255
    assert torch.equal(batch["img"][0, 2, 1, 100], torch.from_numpy(crops[2].image[100, :, 1]).float() / 255)
    assert batch["ori_img_size"].tolist() == [[[200, 300]] * 3]


@pytest.mark.parametrize("padding", [1.25, HAND_PADDING])
def test_crops_are_upstreams_to_the_bit(upstream_code: None, padding: float) -> None:
    from perscoach.pose.sam3d import substitutes, upstream

    upstream.load()
    import importlib

    transforms = importlib.import_module("sam_3d_body.data.transforms")
    prepare = importlib.import_module("sam_3d_body.data.utils.prepare_batch").prepare_batch
    chain = transforms.Compose(
        [
            transforms.GetBBoxCenterScale(padding=padding),
            transforms.TopdownAffine(input_size=[SIZE, SIZE], use_udp=False),
            transforms.VisionTransformWrapper(substitutes.ToTensor()),
        ]
    )
    camera = camera_of(PoseSettings(lens="upstream"), 200, 300)
    rng = np.random.default_rng(3)
    mask = (rng.random((300, 200)) > 0.5).astype(np.uint8) * np.uint8(255)
    for i in range(8):
        picture = _picture(i)
        low = rng.uniform(-20, 100, 2)
        box = np.concatenate([low, low + rng.uniform(5, 200, 2)]).astype(np.float32)
        wanted = prepare(picture, chain, box[None], mask[None, :, :, None], np.ones(1, np.float32))
        found = batch_of([crop(picture, box, mask, padding=padding)], camera, torch.device("cpu"))
        for name, value in found.items():
            assert torch.equal(value, wanted[name]), name
