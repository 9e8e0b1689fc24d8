"""Before and after the network."""

from __future__ import annotations

import numpy as np
import pytest

from perscoach.matting.modnet.preprocess import area_resize, net_size, repeats, to_bytes, to_network, to_picture
from tests.matting.modnet_material import picture


@pytest.mark.parametrize(
    ("width", "height", "size", "expected"),
    [
        (602, 722, "best", (512, 608)),  # both over: the shorter one to 512
        (722, 602, "best", (608, 512)),
        (720, 1280, "best", (512, 896)),
        (324, 422, "best", (512, 640)),  # both under: the shorter one to 512
        (640, 360, "best", (640, 352)),  # between: as it is, down to 32
        (512, 512, "best", (512, 512)),
        (511, 511, "best", (512, 512)),
        (513, 512, "best", (512, 512)),
        (1920, 1080, "best", (896, 512)),
        (602, 722, "fast", (416, 480)),
        (1080, 1920, "fast", (416, 736)),
        (640, 360, "fast", (640, 352)),
        (2000, 20, "best", (1984, 32)),  # upstream fails here
    ],
)
def test_size_rule(width: int, height: int, size: str, expected: tuple[int, int]) -> None:
    assert net_size(width, height, size) == expected


def test_a_picture_without_extent_is_refused() -> None:
    with pytest.raises(ValueError, match="expected positive sides"):
        net_size(0, 10)


@pytest.mark.parametrize("target", [(40, 30), (96, 64), (97, 61), (31, 128), (53, 41)])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_area_resize_is_torchs(target: tuple[int, int], kind: type) -> None:
    torch = pytest.importorskip("torch")
    source = picture(53, 41).astype(kind)
    ours = area_resize(source, *target)
    tensor = torch.from_numpy(source.astype(np.float32)).permute(2, 0, 1)[None]
    theirs = torch.nn.functional.interpolate(tensor, size=target[::-1], mode="area")[0].numpy()
    assert ours.shape == theirs.shape and ours.dtype == np.float32
    assert np.abs(ours - theirs).max() < 1e-4  # of 255


def test_network_input_is_planes_from_minus_one_to_one() -> None:
    x = to_network(np.full((40, 50, 3), (0, 255, 51), np.uint8), 64, 32)
    assert x.shape == (3, 32, 64) and x.flags.c_contiguous
    assert np.allclose(x[:, 3, 3], (-1, 1, -0.6), atol=1e-6)


def test_a_frame_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError):
        to_network(np.zeros((8, 8, 3), np.float32), 32, 32)
    with pytest.raises(ValueError):
        to_network(np.zeros((8, 8, 4), np.uint8), 32, 32)


def test_alpha_comes_back_at_the_pictures_size_and_is_rounded() -> None:
    alpha = to_picture(np.full((32, 64), 0.999, np.float32), 100, 70)
    assert alpha.shape == (70, 100)
    assert set(np.unique(to_bytes(alpha))) == {255}
    assert to_bytes(np.array([0, 0.4999 / 255, 0.5001 / 255, 1.0], np.float32)).tolist() == [0, 0, 1, 255]


def test_a_small_thing_that_moves_is_no_repetition() -> None:
    x = to_network(picture(64, 64), 64, 64)
    assert repeats(x, x.copy())
    assert repeats(x, x + np.float32(0.3 / 127.5))
    moved = x.copy()
    moved[:, 8:12, 8:12] += 0.2  # 16 pixels of 4096
    assert not repeats(moved, x)
