"""The person's colours: exact where opaque, unmixed where soft, smooth elsewhere."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from perscoach.matting.boxes import part_of
from perscoach.matting.foreground import Room, estimate_foreground, push_pull
from perscoach.matting.multilevel import foreground_and_background


def strands(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(colour float32, alpha uint8): a textured body with hair thinner than a pixel."""
    random = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(random.normal(0, 1, (160, 128, 3)).astype(np.float32), (0, 0), 4)
    colour = np.clip(noise * 250 + np.array([190, 120, 80], np.float32), 0, 255)
    big = np.zeros((640, 512), np.uint8)
    cv2.ellipse(big, (256, 360), (110, 200), 0, 0, 360, 255, -1)
    for angle in np.linspace(np.pi * 1.1, np.pi * 1.9, 40):
        start = np.array([256 + 105 * np.cos(angle), 360 + 190 * np.sin(angle)])
        end = start + np.array([np.cos(angle), np.sin(angle)]) * 60
        cv2.line(big, tuple(np.int32(start).tolist()), tuple(np.int32(end).tolist()), 255, 2)
    return colour, cv2.resize(big, (128, 160), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("wall", [(0, 177, 64), (245, 245, 245), (20, 20, 25)])
@pytest.mark.parametrize("quality", ["draft", "standard", "archive"])
def test_soft_pixels_lose_the_wall(wall: tuple[int, int, int], quality: str) -> None:
    colour, alpha = strands()
    share = alpha[..., None].astype(np.float32) / 255.0
    rgb = np.rint(colour * share + np.array(wall, np.float32) * (1 - share)).astype(np.uint8)
    found = estimate_foreground(rgb, alpha, quality)
    soft = (alpha > 5) & (alpha < 250)

    def error(picture: np.ndarray) -> float:
        off = ((picture.astype(np.float32) - colour) ** 2).mean(axis=2)
        return float(np.sqrt((off * share[..., 0])[soft].sum() / share[soft].sum()))

    assert error(found) < error(rgb) / 2.5
    np.testing.assert_array_equal(found[alpha == 255], rgb[alpha == 255])


def test_both_colours_are_pymattings() -> None:
    """The same method, written for one thread."""
    from pymatting import estimate_foreground_ml

    colour, alpha = strands()
    share = alpha.astype(np.float32) / 255
    rgb = np.clip(colour / 255 * share[..., None] + 0.3 * (1 - share[..., None]), 0, 1).astype(np.float32)
    wanted = estimate_foreground_ml(rgb, share, return_background=True)
    for found, one in zip(foreground_and_background(rgb, share), wanted, strict=True):
        assert found.shape == one.shape and np.abs(found - one).max() < 2e-3


def test_outside_is_smooth_and_of_the_person() -> None:
    colour, alpha = strands()
    share = alpha[..., None].astype(np.float32) / 255.0
    random = np.random.default_rng(1)
    rgb = np.rint(colour * share + random.integers(0, 256, colour.shape) * (1 - share)).astype(np.uint8)
    found = estimate_foreground(rgb, alpha).astype(np.float32)
    outside = cv2.erode((alpha == 0).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    step = np.abs(np.diff(found, axis=1)).max(axis=2)[outside[:, 1:] & outside[:, :-1]]
    assert np.percentile(step, 99) < 12, "the noise of the old wall must be gone"
    inside = colour[alpha == 255].mean(axis=0)
    assert np.abs(found[outside].mean(axis=0) - inside).max() < 45


def test_edges_of_the_question() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (31, 17, 3), dtype=np.uint8)
    np.testing.assert_array_equal(estimate_foreground(rgb, np.full((31, 17), 255, np.uint8)), rgb)
    assert (estimate_foreground(rgb, np.zeros((31, 17), np.uint8)) == 128).all()
    lone = np.zeros((31, 17), np.uint8)
    lone[0, 0] = 255
    np.testing.assert_array_equal(estimate_foreground(rgb, lone)[0, 0], rgb[0, 0])
    with pytest.raises(ValueError, match="alpha"):
        estimate_foreground(rgb, lone.T)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (8, 8), (37, 5)])
def test_push_pull_keeps_what_is_known(size: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    colour = random.uniform(0, 255, (*size, 3)).astype(np.float32)
    np.testing.assert_allclose(push_pull(colour, np.ones(size, np.float32)), colour, atol=1e-3)
    flat = np.full((*size, 3), 90, np.float32)
    weight = (random.uniform(0, 1, size) > 0.5).astype(np.float32)
    weight[0, 0] = 1
    np.testing.assert_allclose(push_pull(flat * weight[..., None], weight), flat, atol=1.0)


def test_far_from_the_person_there_is_one_grey_and_no_step_on_the_way() -> None:
    """What changes in every frame costs the encoder most of its time, wherever it lies."""
    random = np.random.default_rng(3)
    rgb = random.integers(0, 256, (300, 420, 3), dtype=np.uint8)
    rgb[130:170, 190:230] = (220, 40, 30)
    alpha = np.zeros((300, 420), np.uint8)
    alpha[130:170, 190:230] = 255
    found = estimate_foreground(rgb, alpha).astype(int)
    far = cv2.distanceTransform((alpha == 0).view(np.uint8), cv2.DIST_L2, 5)
    assert (found[far > 80] == 128).all()
    assert np.abs(found[(far > 0) & (far <= 8)].mean(axis=0) - (220, 40, 30)).max() < 25, (
        "the person's own beside the edge"
    )
    outside = far > 2
    for axis in (0, 1):
        pair = outside[1:] & outside[:-1] if axis == 0 else outside[:, 1:] & outside[:, :-1]
        assert np.abs(np.diff(found, axis=axis))[pair].max() < 14


@pytest.mark.parametrize("wall", [(0, 177, 64), (245, 245, 245), (20, 20, 25)])
def test_a_known_room_mends_a_matte_that_is_a_pixel_too_wide(wall: tuple[int, int, int]) -> None:
    """The usual fault of a matte: pixels that are half wall count as opaque, and fringe every other backdrop."""
    random = np.random.default_rng(0)
    cloth = cv2.GaussianBlur(random.normal(0, 1, (720, 720, 3)).astype(np.float32), (0, 0), 6) * 300
    colour = np.clip(cloth + np.array([150, 100, 90], np.float32), 0, 255)
    alpha = np.zeros((720, 720), np.uint8)
    cv2.ellipse(alpha, (360, 380), (120, 280), 0, 0, 360, 255, -1)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 0.8)
    share = alpha[..., None].astype(np.float32) / 255.0
    room = np.full(colour.shape, wall, np.uint8)
    rgb = np.rint(colour * share + room * (1 - share)).astype(np.uint8)
    wide = cv2.dilate(alpha, np.ones((3, 3), np.uint8))
    part = part_of(wide)
    assert part is not None
    known = np.full(wide[part].shape, 255, np.uint8)
    soft = (alpha > 5) & (alpha < 250)

    def error(picture: np.ndarray) -> float:
        off = ((picture.astype(np.float32) - colour) ** 2).mean(axis=2)
        return float(np.sqrt((off * share[..., 0])[soft].sum() / share[soft].sum()))

    found = estimate_foreground(rgb, wide, room=Room(room[part], known))
    assert error(found) < 0.85 * error(estimate_foreground(rgb, wide))
    deep = cv2.erode(alpha, np.ones((25, 25), np.uint8)) == 255
    np.testing.assert_array_equal(found[deep], rgb[deep])
    other = Room(255 - room[part], known * 0)
    assert error(estimate_foreground(rgb, wide, room=other)) < error(rgb), "what was not seen of the room is not used"
    with pytest.raises(ValueError, match="room"):
        estimate_foreground(rgb, wide, room=Room(room, known))


def test_a_faint_pixel_far_from_the_person_does_not_break_a_known_room() -> None:
    """The blur takes it out, and the room's box still reaches it."""
    alpha = np.zeros((720, 720), np.uint8)
    alpha[500:700, 500:700] = 255
    alpha[3, 3] = 1
    rgb = np.full((720, 720, 3), 90, np.uint8)
    part = part_of(alpha)
    assert part is not None
    room = Room(np.full((*alpha[part].shape, 3), 200, np.uint8), np.full(alpha[part].shape, 255, np.uint8))
    found = estimate_foreground(rgb, alpha, room=room)
    assert found.shape == rgb.shape and (found[600, 600] == 90).all()
