"""Finding a person's pixels and skin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perscoach.core.errors import ClipError, SettingsError
from perscoach.grade.advice.picture import read_reference
from perscoach.grade.advice.skin import join, skin_of
from perscoach.grade.advice.subject import PIXELS, frames_to_see, subject_of_frames, subject_of_picture
from tests.grade.advice.people import BLACK, BROWN_SKIN, DEGRADED, LIGHT_SKIN, NAVY, RED, codes, person, worse


def test_frames_are_spread_and_exist() -> None:
    assert frames_to_see(254) == [25, 76, 127, 177, 228]
    assert frames_to_see(1) == [0]
    assert frames_to_see(3) == [0, 1, 2]


@pytest.mark.parametrize("kind", ["plain", *DEGRADED])
@pytest.mark.parametrize("skin", [LIGHT_SKIN, BROWN_SKIN], ids=["light", "brown"])
def test_skin_is_found_in_any_light(kind: str, skin: tuple[float, float, float]) -> None:
    for clothes in (BLACK, NAVY):
        subject = person(skin, clothes)
        subject = subject if kind == "plain" else worse(subject, kind)
        face = subject.rgb[subject.skin][:80]
        found = skin_of(subject.rgb, {"face": face, "left leg": subject.rgb[~subject.skin][:80]})
        assert found[subject.skin].mean() > 0.7
        assert found[~subject.skin].mean() < 0.1


def test_a_face_that_is_turned_away_is_hair_and_the_arm_counts() -> None:
    subject = person()
    seeds = {"face": codes(np.full((60, 3), 0.02)), "left arm": subject.rgb[subject.skin][:60]}
    assert skin_of(subject.rgb, seeds)[subject.skin].mean() > 0.7
    covered = {"face": codes(np.full((60, 3), 0.02)), "left arm": codes(np.full((60, 3), 0.3))}
    assert not skin_of(person(None).rgb, covered).any(), "gloves and a hood"


def test_without_landmarks_skin_in_white_light_is_found() -> None:
    subject = person(LIGHT_SKIN, NAVY)
    found = skin_of(subject.rgb, {})
    assert found[subject.skin].mean() > 0.5
    assert found[~subject.skin].mean() < 0.05
    assert not skin_of(person(None, RED).rgb, {}).any(), "a red shirt is none"
    assert join([{}, {"face": np.zeros((2, 3))}, {"face": np.ones((1, 3))}])["face"].shape == (3, 3)


def test_nobody_is_said() -> None:
    blank = np.zeros((60, 80, 3), np.uint8), np.zeros((60, 80), np.uint8)
    with pytest.raises(ClipError, match="No person was found"):
        subject_of_frames(iter([blank, blank]))
    with pytest.raises(ClipError, match="hardly any visible"):
        subject_of_picture(*blank)


def test_a_picture_without_a_person_is_taken_whole() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (70, 90, 3), dtype=np.uint8)
    subject = subject_of_picture(rgb)
    assert subject.whole
    assert not subject.has_skin
    assert len(subject.rgb) == PIXELS
    assert np.array_equal(subject.rgb, subject_of_picture(rgb).rgb)


def test_only_what_is_solid_is_the_person() -> None:
    rgb = np.full((80, 60, 3), 10, np.uint8)
    rgb[20:60, 20:40] = 200
    alpha = np.zeros((80, 60), np.uint8)
    alpha[18:62, 18:42] = 128
    alpha[20:60, 20:40] = 255
    subject = subject_of_picture(rgb, alpha)
    assert not subject.whole
    assert np.allclose(subject.rgb, 200 / 255)


def test_a_reference_is_read_small_upright_and_hostile_files_are_refused(tmp_path: Path) -> None:
    picture = np.zeros((600, 900, 4), np.uint8)
    picture[:, :450] = (200, 40, 10, 255)
    image = Image.fromarray(picture, "RGBA")
    image.save(tmp_path / "cut out.png")
    rgb, alpha = read_reference(tmp_path / "cut out.png")
    assert rgb.shape == (267, 400, 3)
    assert alpha is not None
    assert tuple(rgb[100, 50]) == (200, 40, 10)
    assert (alpha[100, 50], alpha[100, 350]) == (255, 0)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    image.convert("RGB").save(tmp_path / "turned.jpg", exif=exif)
    assert read_reference(tmp_path / "turned.jpg")[0].shape == (400, 267, 3)
    assert read_reference(tmp_path / "turned.jpg")[1] is None
    (tmp_path / "no.png").write_bytes(b"<svg/>")
    for name in ("no.png", "missing.png"):
        with pytest.raises(SettingsError, match=name):
            read_reference(tmp_path / name)
