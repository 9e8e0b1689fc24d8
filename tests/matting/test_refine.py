"""Refinement: sharper, steadier, cleaner, and never a ghost."""

from __future__ import annotations

import cv2
import numpy as np

from perscoach.matting.refine.components import clean
from perscoach.matting.refine.refiner import Refiner
from perscoach.matting.refine.spatial import confidence, sharpen
from perscoach.matting.refine.temporal import Motion, without_blip

H, W = 240, 180


def figure(x: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """(rgb uint8, exact alpha uint8) of a blue ellipse before a textured wall."""
    big = np.zeros((H * 4, W * 4), np.uint8)
    cv2.ellipse(big, (x * 4, 480), (150, 340), 0, 0, 360, 255, -1)
    alpha = cv2.resize(big, (W, H), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(0).normal(0, 1, (H, W, 1)).astype(np.float32)
    wall = np.array([160, 150, 140], np.float32) + cv2.GaussianBlur(noise, (0, 0), 2)[..., None] * 40
    share = alpha[..., None] / 255.0
    return np.clip(wall * (1 - share) + np.array([40, 60, 150]) * share, 0, 255).astype(np.uint8), alpha


def like_a_network(alpha: np.ndarray, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    small = cv2.resize(alpha, (W // 3, H // 3), interpolation=cv2.INTER_AREA)
    shift = np.float32([[1, 0, random.normal(0, 0.3)], [0, 1, random.normal(0, 0.3)]])
    small = cv2.GaussianBlur(cv2.warpAffine(small, shift, (W // 3, H // 3)), (0, 0), 0.8)
    return cv2.resize(small, (W, H), interpolation=cv2.INTER_LINEAR)


def error(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(np.float32) - b.astype(np.float32)).mean())


def test_the_edge_comes_back() -> None:
    rgb, alpha = figure()
    raw = like_a_network(alpha)
    found = sharpen(rgb, raw, 3.0)
    assert error(found, alpha) < 0.5 * error(raw, alpha)
    np.testing.assert_array_equal(found[110:130, 80:100], 255)
    assert (found[:, :20] == 0).all()


def dark_head() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(rgb, alpha, hair): dark hair before a dark ceiling with beams of its own colour; the face before it is bright."""
    big = np.zeros((H * 4, W * 4), np.uint8)
    cv2.ellipse(big, (360, 480), (200, 260), 0, 0, 360, 255, -1)
    alpha = cv2.resize(big, (W, H), interpolation=cv2.INTER_AREA)
    random = np.random.default_rng(5)
    wall = np.full((H, W, 3), 40, np.float32)
    wall += cv2.GaussianBlur(random.normal(0, 1, (H, W, 1)).astype(np.float32), (0, 0), 2)[..., None] * 60
    body = np.full((H, W, 3), 36, np.float32)
    body += cv2.GaussianBlur(random.normal(0, 1, (H, W, 1)).astype(np.float32), (0, 0), 2)[..., None] * 50
    hair = np.arange(H)[:, None] < np.full((1, W), 120)
    body[~hair[:, 0]] += 140
    share = alpha[..., None] / 255.0
    return np.clip(body * share + wall * (1 - share), 0, 255).astype(np.uint8), alpha, np.broadcast_to(hair, (H, W))


def test_dark_hair_before_a_dark_ceiling_keeps_the_networks_outline() -> None:
    rgb, alpha, hair = dark_head()
    raw = like_a_network(alpha)
    found = sharpen(rgb, raw, 3.0)
    trust = confidence(rgb[::4, ::4], raw[::4, ::4], 3)
    assert trust[15, 19:26].max() < 0.3 and trust[38, [9, 10, 34, 35]].min() > 0.9
    inside = cv2.erode((alpha > 250).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert found[inside & hair].min() > 170, "no hair is eaten"
    assert found[(cv2.dilate(alpha, np.ones((9, 9), np.uint8)) == 0) & hair].max() < 60, "no wisps of the ceiling"
    assert error(found[hair], alpha[hair]) < 0.7 * error(raw[hair], alpha[hair])
    assert error(found[~hair], alpha[~hair]) < 0.5 * error(raw[~hair], alpha[~hair])


def test_a_fine_mask_is_left_alone() -> None:
    rgb, alpha = figure()
    assert sharpen(rgb, alpha, 0.0) is alpha


def test_what_flashes_for_one_frame_where_nothing_moves_goes() -> None:
    rgb, alpha = figure()
    random = np.random.default_rng(3)
    frames = [np.clip(rgb + random.normal(0, 2, rgb.shape), 0, 255).astype(np.uint8) for _ in range(9)]
    flash = cv2.dilate(alpha, np.ones((9, 9), np.uint8))
    pairs = [(frame, flash if i in (4, 7) else alpha) for i, frame in enumerate(frames)]
    out = [a for _, a in Refiner(0.0).run(pairs)]
    assert max(error(found, alpha) for found in out) < 0.2
    lasting = [a for _, a in Refiner(0.0).run([(frame, flash if i > 3 else alpha) for i, frame in enumerate(frames)])]
    assert error(lasting[-1], alpha) > 0.2, "what stays is no flash"


def test_a_moving_body_leaves_no_ghost() -> None:
    pairs, truths = [], []
    for i in range(16):
        rgb, alpha = figure(60 + 4 * i)
        pairs.append((rgb, alpha))
        truths.append(alpha)
    out = [a for _, a in Refiner(0.0).run(pairs)]
    for found, truth in zip(out[2:], truths[2:], strict=True):
        assert np.abs(found.astype(int) - truth).max() <= 12


def test_frames_come_one_for_one_and_in_order() -> None:
    pairs = [(np.full((40, 30, 3), 10 * i, np.uint8), np.full((40, 30), i, np.uint8)) for i in range(5)]
    for count in (0, 1, 2, 5):
        out = list(Refiner(0.0).run(pairs[:count]))
        assert [rgb[0, 0, 0] for rgb, _ in out] == [10 * i for i in range(count)]
        assert all(a.dtype == np.uint8 and a.shape == (40, 30) for _, a in out)


def test_a_cut_starts_anew() -> None:
    rgb, alpha = figure(50)
    other = 255 - figure(130)[0]
    pairs = [(rgb, alpha)] * 5 + [(other, figure(130)[1])] * 3
    out = [a for _, a in Refiner(0.0).run(pairs)]
    np.testing.assert_array_equal(out[5], figure(130)[1])
    np.testing.assert_array_equal(out[4], alpha)


def test_blips_go_only_where_the_picture_stands() -> None:
    base = np.zeros((4, 4), np.uint8)
    flash = base.copy()
    flash[1, 1] = flash[2, 2] = 255
    moving = np.zeros_like(base)
    moving[2, 2] = 255
    fixed = without_blip(base, flash, base, moving, moving)
    assert (fixed[1, 1], fixed[2, 2]) == (0, 255)
    assert flash[1, 1] == 255, "the given matte is not written to"
    step = without_blip(base, flash, flash, base, base)
    assert step[1, 1] == 255, "what stays is not a blip"


def test_motion_sees_movement_and_not_noise() -> None:
    random = np.random.default_rng(0)
    motion = Motion()
    for i in range(10):
        rgb = np.clip(figure(90)[0] + random.normal(0, 3, (H, W, 3)), 0, 255).astype(np.uint8)
        moved = motion.update(rgb)
        assert i == 0 or moved.mean() < 25
    moved = motion.update(figure(100)[0])
    assert moved[120, 130] > 230 and moved[20, 20] < 50


def blob(*spots: tuple[int, int, int]) -> np.ndarray:
    alpha = np.zeros((H, W), np.uint8)
    for x, y, r in spots:
        cv2.circle(alpha, (x, y), r, 255, -1)
    return alpha


def test_islands_and_reflections_go_and_held_things_stay() -> None:
    body, stranger, plate = (60, 120, 40), (150, 60, 20), (106, 120, 5)
    alone = clean(blob(body, stranger), None)
    np.testing.assert_array_equal(alone, blob(body))
    with_plate = blob(body, plate)  # a pixel or two beside the body
    np.testing.assert_array_equal(clean(with_plate, None), with_plate)


def test_the_trainer_stays_the_trainer_when_a_larger_person_comes() -> None:
    before = blob((60, 120, 30))
    now = blob((62, 120, 30), (140, 120, 38))
    np.testing.assert_array_equal(clean(now, before), blob((62, 120, 30)))


def test_a_loose_piece_that_was_there_before_stays() -> None:
    before = blob((60, 120, 30), (95, 120, 8))
    before[118:122, 60:95] = 255
    now = blob((60, 120, 30), (103, 120, 8))
    assert clean(now, before)[120, 103] == 255


def test_tiny_holes_close_and_the_gap_under_the_arm_stays() -> None:
    alpha = blob((80, 120, 60))
    cv2.circle(alpha, (60, 120), 2, 0, -1)
    cv2.circle(alpha, (95, 120), 9, 0, -1)
    cleaned = clean(alpha, None)
    assert cleaned[120, 60] > 229
    assert cleaned[120, 95] == 0


def test_an_empty_matte_is_left_empty() -> None:
    rgb, _ = figure()
    pairs = [(rgb, np.zeros((H, W), np.uint8))] * 3
    assert not any(a.any() for _, a in Refiner().run(pairs))
