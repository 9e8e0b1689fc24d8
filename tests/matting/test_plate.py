"""The clean plate: the room without the person, what differs from it, and when it must not be used."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from perscoach.core.errors import SettingsError
from perscoach.core.messages import Message
from perscoach.matting.base import MattingSettings
from perscoach.matting.medians import medians
from perscoach.matting.plate import Difference, PlateCue, PlateEngine, plate_of
from perscoach.matting.plate_build import Plate, median_plate, picture_plate, read_picture
from tests.matting.conftest import HEIGHT, WIDTH, Scene, body_alpha


class Heard:
    """A monitor that remembers the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def report(self, stage: str, done: int, total: int) -> None: ...

    def note(self, message: Message) -> None:
        self.notes.append(message.en)

    def check(self) -> None: ...


def plate(rgb: np.ndarray) -> Plate:
    shape = rgb.shape[:2]
    return Plate(rgb, np.ones(shape, np.float32), np.full(shape, 1.5, np.float32), True, None, "median")


def iou(alpha: np.ndarray, truth: np.ndarray) -> float:
    a, b = alpha > 127, truth > 127
    return float((a & b).sum() / (a | b).sum())


def test_medians_are_those_of_the_unmasked_samples() -> None:
    random = np.random.default_rng(0)
    values = random.integers(0, 256, (31, 6, 7, 3), dtype=np.uint8)
    valid = random.uniform(size=values.shape[:3]) > 0.4
    valid[:, 0, 0] = False
    middle, spread, restless, shaken, seen = medians(values, ~valid)
    off = np.abs(values.astype(int) - middle).max(axis=3)
    for y in range(6):
        for x in range(7):
            if not valid[:, y, x].any():
                assert (middle[y, x] == 255).all() and spread[y, x] == 0
                continue
            kept = np.sort(values[:, y, x][valid[:, y, x]], axis=0)
            assert (middle[y, x] == kept[(len(kept) - 1) // 2]).all()
            far = np.sort(off[:, y, x][valid[:, y, x]])
            assert spread[y, x] == pytest.approx(1.4826 * far[(len(far) - 1) // 2])
            assert restless[y, x] == (far[(len(far) - 1) * 3 // 4] > 20)
    assert (shaken, seen) == (int(((off > 20) & valid).sum()), int(valid.sum()))


def test_median_shows_the_room(scene: Scene) -> None:
    frames = np.stack(list(scene.clip.read(0, None, 3)))
    built = median_plate(frames, np.zeros(frames.shape[:3], bool))
    assert built.usable
    off = np.abs(built.rgb.astype(int) - scene.wall).max(axis=2)
    assert np.median(off) <= 4
    assert (off > 25).mean() < 0.12


def test_a_still_person_is_not_the_room() -> None:
    """The mask keeps out who never moves; the place behind stays unknown and is not used against the person."""
    random = np.random.default_rng(0)
    wall = np.full((HEIGHT, WIDTH, 3), 150.0)
    alpha = body_alpha(60, bar=False)
    share = alpha[..., None] / 255.0
    still = np.array([40, 60, 150]) * share + wall * (1 - share)
    frames = np.clip(still + random.normal(0, 2, (12, *still.shape)), 0, 255).astype(np.uint8)
    mask = np.broadcast_to(cv2.dilate(alpha, np.ones((5, 5), np.uint8)) > 0, frames.shape[:3])
    built = median_plate(frames, mask)
    assert built.usable
    assert built.known[80, 60] == 0 and built.known[10, 10] == 1
    assert np.abs(built.rgb[80, 60].astype(int) - 150).max() < 15
    cued = PlateCue(built).correct(frames[0], alpha)
    assert np.abs(cued.astype(int) - alpha)[alpha == 255].max() == 0, "a false plate must not eat the person"


def test_a_moving_camera_is_noticed(scene: Scene) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH * 2, 3), dtype=np.uint8)
    frames = np.stack([noise[:, i * 5 : i * 5 + WIDTH] for i in range(20)])
    built = median_plate(frames, np.zeros(frames.shape[:3], bool))
    assert not built.usable and built.note is not None
    alpha = body_alpha(60)
    assert PlateCue(built).correct(frames[3], alpha) is alpha


def test_cue_brings_back_the_bar_and_drops_the_rim(scene: Scene) -> None:
    cue = PlateCue(plate(scene.wall))
    for i in (5, 35, 60):
        truth = scene.alphas[i]
        bare = body_alpha(38 + 52 * i / 69, bar=False)
        fat = cv2.GaussianBlur(cv2.dilate(bare, np.ones((5, 5), np.uint8)), (0, 0), 1.2)
        found = cue.correct(scene.clip.frame(i), fat)
        bar = (truth > 250) & (bare == 0)
        assert (found[bar] > 127).mean() > 0.9 > (fat[bar] > 127).mean()
        assert np.abs(found.astype(int) - truth).mean() < 0.6 * np.abs(fat.astype(int) - truth).mean()


def test_what_is_not_joined_stays_out(scene: Scene) -> None:
    rgb = scene.clip.frame(5).copy()
    cv2.circle(rgb, (115, 20), 8, (20, 200, 30), -1)
    found = PlateCue(plate(scene.wall)).correct(rgb, body_alpha(42, bar=False))
    assert found[20, 115] == 0


def test_shadow_and_exposure_are_the_room(scene: Scene) -> None:
    difference = Difference(plate(scene.wall))
    darker = np.clip(scene.wall * 0.94, 0, 255).astype(np.uint8)
    assert difference.matte(darker).mean() < 0.02, "automatic exposure"
    shadow = scene.wall.astype(np.float32)
    shadow[100:150, 20:70] *= 0.8
    assert difference.matte(shadow.astype(np.uint8))[105:145, 25:65].mean() < 0.25
    person = scene.wall.copy()
    person[100:150, 20:70] = (30, 30, 34)
    assert difference.matte(person)[105:145, 25:65].mean() > 0.95, "black clothes are no shadow"


def test_engine_alone_finds_person_and_bar(scene: Scene, tmp_path: Path) -> None:
    heard = Heard()
    built = plate_of(scene.clip, MattingSettings(engine="plate", plate="median"), tmp_path, heard)
    again = plate_of(scene.clip, MattingSettings(engine="plate", plate="median"), tmp_path, heard)
    np.testing.assert_array_equal(built.rgb, again.rgb)
    engine = PlateEngine(built, MattingSettings())
    mattes = list(engine.mattes(scene.clip.read()))
    engine.close()
    assert len(mattes) == scene.clip.frames and heard.notes == []
    scores = [iou(m, t) for m, t in zip(mattes, scene.alphas, strict=True)]
    assert np.median(scores) > 0.88 and min(scores) > 0.8


def test_picture_is_brought_to_the_clips_exposure(scene: Scene, tmp_path: Path) -> None:
    dull = np.clip(scene.wall.astype(np.float32) * 0.8 - 10, 0, 255).astype(np.uint8)
    path = tmp_path / "room.png"
    cv2.imwrite(str(path), cv2.resize(dull, (WIDTH * 2, HEIGHT * 2))[..., ::-1])
    matched = picture_plate(read_picture(path, WIDTH, HEIGHT), plate(scene.wall))
    assert matched.usable
    assert np.abs(matched.rgb.astype(int) - scene.wall).mean() < 3
    other = np.random.default_rng(5).integers(0, 256, scene.wall.shape, dtype=np.uint8)
    other[:, ::2] = 0
    refused = picture_plate(cv2.blur(other, (9, 9)) * np.uint8(1) // 3, plate(scene.wall[::-1, ::-1] ^ 255))
    assert refused.kind == "picture"


def test_bad_pictures_get_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"not a picture")
    with pytest.raises(SettingsError):
        read_picture(tmp_path / "a.jpg", 128, 160)
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((100, 300, 3), np.uint8))
    with pytest.raises(SettingsError, match="300x100"):
        read_picture(tmp_path / "b.png", 128, 160)
