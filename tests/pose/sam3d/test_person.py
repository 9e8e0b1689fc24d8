from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import EngineError, ModelError
from perscoach.core.progress import Quiet
from perscoach.media.types import Clip
from perscoach.pose.base import PoseSettings, Take
from perscoach.pose.sam3d import vitdet
from perscoach.pose.sam3d.boxes import follows, reach_of, steadied, steady_box
from perscoach.pose.sam3d.person import LandmarkerPerson, MattePerson, pack, people, person_of, unpack
from perscoach.pose.sam3d.sources import open_source

SIZE = (200.0, 300.0)


def _box(x: float, y: float, w: float = 60, h: float = 160) -> np.ndarray:
    return np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2])


def _steady(boxes: list[np.ndarray | None], reach: int = 3) -> list[np.ndarray | None]:
    return [box for _, box in steadied([(i, box) for i, box in enumerate(boxes)], SIZE, reach)]


# -- boxes through time -------------------------------------------------------------------------------------------


def test_noise_becomes_less_and_the_box_still_holds_the_person() -> None:
    rng = np.random.default_rng(0)
    noisy = [_box(100, 150) + rng.normal(0, 3, 4) for _ in range(60)]
    smooth = _steady([*noisy])
    sizes = np.array([b[2:] - b[:2] for b in smooth if b is not None])
    own = np.array([b[2:] - b[:2] for b in noisy])
    assert np.abs(np.diff(sizes, axis=0)).mean() < 0.3 * np.abs(np.diff(own, axis=0)).mean()
    for steady, box in zip(smooth, noisy, strict=True):
        assert steady is not None and (steady[:2] <= box[:2] + 1e-9).all() and (steady[2:] >= box[2:] - 1e-9).all()


def test_steady_movement_is_followed_without_lag() -> None:
    boxes = [_box(60 + 2.0 * i, 150) for i in range(30)]
    for steady, box in zip(_steady([*boxes]), boxes, strict=True):
        assert steady is not None
        np.testing.assert_allclose((steady[:2] + steady[2:]) / 2, (box[:2] + box[2:]) / 2, atol=1e-9)
        np.testing.assert_allclose(steady[2:] - steady[:2], (60, 160), atol=1e-9)


def test_one_wild_box_does_not_move_the_place() -> None:
    boxes = [_box(100, 150) for _ in range(21)]
    boxes[10] = _box(112, 141)
    steady = _steady([*boxes])[10]
    assert steady is not None
    np.testing.assert_allclose((steady[:2] + steady[2:]) / 2, (100, 150))


def test_nothing_crosses_a_cut() -> None:
    left, right = [_box(40, 150, 40, 100)] * 10, [_box(160, 150, 60, 240)] * 10
    assert not follows(left[0], right[0], SIZE)
    steady = _steady([*left, *right])
    for before, after in zip(steady, [*left, *right], strict=True):
        np.testing.assert_allclose(before, after)


def test_misses_stay_misses_and_short_ones_do_not_part_a_shot() -> None:
    boxes: list[np.ndarray | None] = [_box(100, 150, 60 + 4 * (i % 2)) for i in range(12)]
    boxes[5] = boxes[6] = None
    steady = _steady(boxes)
    assert [b is None for b in steady] == [b is None for b in boxes]
    assert steady[4] is not None and steady[4][2] - steady[4][0] > 62  # the wider ones around it count


def test_a_stretch_that_goes_on_equals_the_whole() -> None:
    rng = np.random.default_rng(1)
    boxes: list[np.ndarray | None] = [_box(60 + i, 150) + rng.normal(0, 2, 4) for i in range(40)]
    boxes[17] = None
    whole = _steady(boxes)
    part = [b for _, b in steadied([(i, b) for i, b in enumerate(boxes)][15:], SIZE, 3, before=boxes[9:15])]
    for one, other in zip(whole[15:], part, strict=True):
        np.testing.assert_array_equal(one, other)
    direct = [steady_box(boxes[max(0, i - 6) : i + 7], min(i, 6), SIZE, 3) for i in range(40)]
    for one, other in zip(whole, direct, strict=True):
        np.testing.assert_allclose(one, other) if one is not None else None


def test_it_looks_no_further_ahead_than_it_must() -> None:
    taken = []

    def items() -> Iterator[tuple[int, np.ndarray]]:
        for i in range(50):
            taken.append(i)
            yield i, _box(100, 150)

    next(steadied(items(), SIZE, 3))
    assert len(taken) == 7
    assert list(steadied([], SIZE, 3)) == []
    assert [reach_of(fps) for fps in (1, 10, 30, 60)] == [1, 2, 6, 6]


# -- one alpha ----------------------------------------------------------------------------------------------------


def _alpha(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    alpha = np.zeros((300, 200), np.uint8)
    for x0, y0, x1, y1 in boxes:
        alpha[y0:y1, x0:x1] = 255
    return alpha


def test_the_largest_piece_is_the_person() -> None:
    alpha = _alpha((60, 40, 120, 260), (150, 200, 180, 260))
    alpha[148:149, 120:150] = 255  # a hair's breadth between them
    alpha[0:2, :] = 100  # half transparent
    person = person_of(alpha)
    assert person is not None and person.mask is not None
    assert person.box.tolist() == [60, 40, 120, 260]
    assert np.array_equal(unpack(person.mask, 300, 200), _alpha((60, 40, 120, 260)))


@pytest.mark.parametrize("boxes", [[], [(10, 10, 30, 35)], [(10, 10, 11, 290)]])
def test_too_little_is_nobody(boxes: list[tuple[int, int, int, int]]) -> None:
    assert person_of(_alpha(*boxes)) is None


@pytest.mark.parametrize("width", [1, 7, 8, 9, 41])
def test_a_mask_is_packed_without_loss(width: int) -> None:
    part = np.random.default_rng(width).random((30, width)) > 0.5
    full = unpack(pack(part, 3, 5), 50, 60)
    assert np.array_equal(full[5:35, 3 : 3 + width] == 255, part)
    assert full.sum() == 255 * part.sum()


# -- sources ------------------------------------------------------------------------------------------------------


class Cue:
    key = "k1"

    def __init__(self) -> None:
        self.asked: list[int] = []

    def alpha(self, index: int) -> np.ndarray:
        self.asked.append(index)
        return _alpha() if index == 8 else _alpha((60 + index, 40, 120 + index, 260))


def _take(**settings: object) -> Take:
    return Take(None, PoseSettings(**settings), Path(), None, Quiet())  # type: ignore[arg-type]


def test_the_matte_is_read_at_the_clips_frames_and_before_the_stretch() -> None:
    cue = Cue()
    frames = [np.full((300, 200, 3), i, np.uint8) for i in range(6)]
    seen = list(people(frames, MattePerson(cue, 2), 30.0, 2))
    assert [int(rgb[0, 0, 0]) for rgb, _ in seen] == list(range(6))
    assert cue.asked == [0, 2, 4, 6, 8, 10, 12, 14]
    assert [person is None for _, person in seen] == [False, False, True, False, False, False]
    _, first = seen[0]
    assert first is not None and first.mask is not None
    assert unpack(first.mask, 300, 200)[100, 64] == 255 and unpack(first.mask, 300, 200)[100, 63] == 0


def test_a_matte_of_another_size_is_refused() -> None:
    with pytest.raises(EngineError, match=r"200x300.*100x100"):
        MattePerson(Cue(), 1).find(np.zeros((100, 100, 3), np.uint8), 0)


def test_auto_takes_the_matte_where_there_is_one(checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take = _take()
    assert open_source(take._replace(cue=Cue()), "cpu").name == "matte"
    assert open_source(take, "cpu").name == "mediapipe"
    with pytest.raises(EngineError, match="Cut the person out"):
        open_source(_take(person="matte"), "cpu")


def test_without_matte_and_mediapipe_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSCOACH_CHECKPOINTS", str(tmp_path))
    with pytest.raises(ModelError, match=r"cut the person out first.*perscoach models fetch"):
        open_source(_take(), "cpu")


def test_vitdet_must_be_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PERSCOACH_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr(vitdet.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match="detectron2"):
        open_source(_take(person="vitdet"), "cpu")
    monkeypatch.setattr(vitdet.importlib.util, "find_spec", lambda name: object())
    with pytest.raises(ModelError, match=vitdet.WEIGHTS):
        open_source(_take(person="vitdet"), "cpu")


def test_mediapipe_finds_the_trainer_in_a_real_clip(gym: Clip, checkpoints: Path, tmp_path: Path) -> None:
    short = dataclasses.replace(gym, frames=24)
    take = Take(short, PoseSettings(skip=3), tmp_path, None, Quiet())
    source = LandmarkerPerson(take)
    try:
        seen = list(people(gym.read(0, 24, 3), source, 10.0, 0))
    finally:
        source.close()
    assert len(seen) == 8
    found = [person for _, person in seen if person is not None]
    assert len(found) == 8
    boxes = np.array([person.box for person in found])
    assert ((boxes[:, 3] - boxes[:, 1]) > 0.4 * gym.height).all()
    assert np.abs(np.diff(boxes, axis=0)).max() < 0.05 * gym.height
    assert sum(person.mask is not None for person in found) >= 7
