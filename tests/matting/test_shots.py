"""The plate of each shot: where it comes from, what it may change, and how the band around the edge is solved."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from perscoach.core.progress import Quiet
from perscoach.core.store import store_of
from perscoach.matting.boxes import part_of
from perscoach.matting.camera import Camera, travel
from perscoach.matting.raw import absences
from perscoach.matting.refine.band import solved
from perscoach.matting.rooms import Rooms
from perscoach.matting.shot_cue import SOFT, limited, soft, without_gaps
from perscoach.matting.shot_plate import ShotPlates
from perscoach.people.landmarks import Landmarks
from tests.matting.conftest import FRAMES, HEIGHT, WIDTH, Scene, body_alpha, texture, write_clip

H, W = 160, 128


class Masks:
    """Stored masks, as ``AlphaStore`` gives them."""

    def __init__(self, alphas: list[np.ndarray]) -> None:
        self.alphas = alphas

    def alpha(self, index: int) -> np.ndarray:
        return self.alphas[index]


def plates(scene: Scene, folder: Path, cuts: tuple[int, ...] = ()) -> ShotPlates:
    where = np.zeros(scene.clip.frames, bool)
    where[list(cuts)] = True
    return ShotPlates(scene.clip, Masks(scene.alphas), "masks", where, store_of(folder), Quiet())  # type: ignore[arg-type]


def test_a_plate_shows_the_room_behind_the_person_and_is_made_once(scene: Scene, tmp_path: Path) -> None:
    made = plates(scene, tmp_path).of(0)
    assert made is not None and made.camera is None
    known = made.known > 250
    assert np.abs(made.rgb.astype(int) - scene.wall)[known].mean() < 4
    assert known[cv2.dilate(np.max(scene.alphas, axis=0), np.ones((9, 9))) > 0].mean() > 0.9
    again = plates(scene, tmp_path).of(30)
    assert again is not None and np.array_equal(again.rgb, made.rgb)
    assert len(list((tmp_path / "store" / "plate").glob("*/made.json"))) == 1


def test_each_shot_has_a_plate_of_its_own_and_a_short_one_has_none(scene: Scene, tmp_path: Path) -> None:
    found = plates(scene, tmp_path, (30, 36))
    assert [found.shot(i) for i in (0, 29, 30, 35, 36, FRAMES - 1)] == [
        *[(0, 30)] * 2,
        *[(30, 36)] * 2,
        *[(36, FRAMES)] * 2,
    ]
    assert found.of(0) is not None and found.of(33) is None and found.of(40) is not None


def test_the_room_behind_a_frame_is_the_room(scene: Scene, tmp_path: Path) -> None:
    """What colours are unmixed with: the part of the plate that lies behind the matte; nothing where there is no plate."""
    rooms, index = Rooms(lambda: plates(scene, tmp_path)), 30
    frame, alpha = scene.clip.frame(index), scene.alphas[index]
    part = part_of(alpha)
    assert part is not None
    room = rooms.behind(index, frame, alpha)
    assert room is not None
    seen = room.known == 255
    assert seen.mean() > 0.9 and np.abs(room.rgb.astype(int) - scene.wall[part])[seen].mean() < 4
    assert rooms.behind(index, frame, np.zeros_like(alpha)) is None
    assert Rooms(None).behind(index, frame, alpha) is None
    short = Rooms(lambda: plates(scene, tmp_path, (28, 34)))
    assert short.behind(index, frame, alpha) is None and short.behind(50, frame, scene.alphas[50]) is not None


def test_an_edge_is_as_soft_as_a_lens_and_no_softer() -> None:
    alpha = np.zeros((40, 40), np.uint8)
    alpha[:, 20:] = 255
    row = soft(alpha, SOFT)[20].astype(int)
    assert 40 < row[19] < 110 and row[17] < 3 and row[22] > 252 and row.sum() == pytest.approx(20 * 255, rel=0.01)
    assert soft(alpha, 0.2) is alpha


@pytest.fixture(scope="module")
def shaken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, list[np.ndarray]]:
    """The room from a hand-held camera: each frame is moved by up to 3 pixels."""
    random = np.random.default_rng(5)
    wall = texture(2, (150, 145, 135), 25)
    for _ in range(40):
        x, y = random.integers(4, WIDTH - 12), random.integers(4, HEIGHT - 12)
        wall[y : y + 8, x : x + 8] = random.integers(30, 230, 3)
    cloth = texture(3, (40, 60, 150), 25)
    frames, alphas, moves = [], [], []
    for i in range(40):
        move = np.float64([[1, 0, 3 * np.sin(0.7 * i)], [0, 1, 2 * np.cos(0.4 * i)]])
        alpha = body_alpha(38 + 52 * i / 39)
        share = alpha[..., None].astype(np.float32) / 255.0
        seen = cv2.warpAffine(wall, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        picture = cloth * share + seen * (1 - share) + random.normal(0, 1.5, wall.shape)
        frames.append(np.rint(np.clip(picture, 0, 255)).astype(np.uint8))
        alphas.append(alpha)
        moves.append(move)
    clip = write_clip(tmp_path_factory.mktemp("shaken") / "clip.mp4", frames)
    return Scene(clip, alphas, np.rint(wall).astype(np.uint8)), moves


def test_the_room_is_followed_where_the_camera_shakes(shaken: tuple[Scene, list[np.ndarray]], tmp_path: Path) -> None:
    scene, moves = shaken
    plate = plates(scene, tmp_path).of(0)
    assert plate is not None and plate.camera is not None
    whole = (slice(0, HEIGHT), slice(0, WIDTH))
    for index in (3, 21, 37):
        frame = scene.clip.frame(index)
        seen = plate.at(frame, whole)
        assert seen is not None
        truth = cv2.warpAffine(scene.wall, moves[index], (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        free = (seen[1] > 250) & (cv2.dilate(scene.alphas[index], np.ones((9, 9))) == 0)
        assert np.abs(seen[0].astype(int) - truth)[free].mean() < 6


def test_a_camera_that_sees_another_room_is_told() -> None:
    random = np.random.default_rng(0)
    one, other = (random.integers(0, 255, (20, 16, 3)).astype(np.uint8) for _ in range(2))
    one, other = (cv2.resize(p, (W, H), interpolation=cv2.INTER_NEAREST) for p in (one, other))
    camera = Camera.of(one, np.zeros((H, W), bool))
    assert camera is not None
    same = camera.move(one)
    assert same is not None and travel(same, W, H) < 0.1
    assert camera.move(other) is None
    assert Camera.of(np.full((H, W, 3), 90, np.uint8), np.zeros((H, W), bool)) is None


def disc(x: float, y: float, radius: float, soft: float = 1.5) -> np.ndarray:
    ys, xs = np.mgrid[0:H, 0:W]
    return np.clip((radius - np.hypot(xs - x, ys - y)) / soft + 0.5, 0, 1).astype(np.float32)


def mixed(alpha: np.ndarray, person: tuple[int, int, int], room: np.ndarray) -> np.ndarray:
    share = alpha[..., None]
    picture = np.array(person, np.float32) * share + room * (1 - share)
    return np.clip(picture + np.random.default_rng(1).normal(0, 1, picture.shape), 0, 255).astype(np.uint8)


ROOM = np.clip(texture(2, (150, 145, 135), 15), 0, 255).astype(np.uint8)
KNOWN, SIGMA = np.full((H, W), 255, np.uint8), np.full((H, W), 2.0, np.float32)


def off(alpha: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(alpha / 255.0 - truth).sum())


def test_the_band_is_solved_where_person_and_room_differ() -> None:
    truth, guess = disc(64, 80, 40), (disc(65.5, 79, 40, 7) * 255).astype(np.uint8)
    apart, alike = mixed(truth, (40, 50, 160), ROOM), mixed(truth, (150, 145, 135), ROOM)
    found = solved(apart, guess, ROOM, KNOWN, SIGMA, 3.5)
    assert off(found, truth) < 0.4 * off(guess, truth)
    left = solved(alike, guess, ROOM, KNOWN, SIGMA, 3.5)
    assert off(found, truth) < 0.3 * off(left, truth), "equal colours tell nothing"
    unseen = solved(apart, guess, ROOM, np.zeros_like(KNOWN), SIGMA, 3.5)
    assert off(unseen, truth) > 0.6 * off(guess, truth)


def test_a_gap_that_the_mask_filled_is_opened_and_clothes_of_the_room_s_colour_stay() -> None:
    body = np.maximum(disc(64, 80, 45) * (1 - disc(24, 80, 26)), 0)
    mask = (disc(64, 80, 45) * 255).astype(np.uint8)
    picture = mixed(body, (40, 50, 160), ROOM)
    moved = np.where(body > 0.5, 1.0, 0.0).astype(np.float32)
    opened = without_gaps(mask, picture, ROOM, moved, KNOWN, SIGMA, 3.5)
    assert off(opened, body) < 0.5 * off(mask, body)
    camouflaged = mixed(body, (150, 145, 135), ROOM)
    kept = without_gaps(mask, camouflaged, ROOM, moved, KNOWN, SIGMA, 3.5)
    assert off(kept, mask / 255.0) < 0.1 * off(mask, body)


def test_the_plate_adds_only_where_it_may() -> None:
    alpha = (disc(64, 90, 30) * 255).astype(np.uint8)
    moved = np.maximum(disc(64, 90, 30), 0)
    moved[86:94, 64:120] = 1.0  # a bar in the hand
    moved[118:124, 20:110] = 1.0  # a shadow
    known, allowed = np.ones((H, W), np.float32), np.zeros((H, W), np.uint8)
    assert off(limited(alpha, moved, known, allowed, 1.0), alpha / 255.0) < 60
    allowed[80:100, 90:] = 255
    found = limited(alpha, moved, known, allowed, 1.0)
    assert found[90, 110] > 229 and found[121, 25] == 0


@pytest.mark.parametrize(
    ("missing", "cut", "expected"),
    [
        ((4, 5), None, ()),  # a lapse
        ((4, 5, 6, 7), None, (4, 5, 6, 7)),  # longer than a lapse
        ((8, 9), None, (8, 9)),  # they have left
        ((0, 1), None, (0, 1)),  # they are not there yet
        ((4, 5), 4, (4, 5)),  # another shot
        ((4, 5), 6, (4, 5)),  # another shot begins after it
    ],
)
def test_nobody_is_nothing_from_the_first_frame(
    missing: tuple[int, ...], cut: int | None, expected: tuple[int, ...]
) -> None:
    marks = Landmarks.missing(10)
    marks.found[:] = True
    marks.found[list(missing)] = False
    if cut is not None:
        marks.cut[cut] = True
    assert tuple(np.flatnonzero(absences(marks))) == expected
