"""One pass of the landmarker: stored once, resumed, and equal to the passes that it replaced."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import Cancelled
from perscoach.core.progress import Quiet
from perscoach.core.store import Store
from perscoach.media import Clip
from perscoach.people import watch as module
from perscoach.people.follow import CONFIDENCE, Sight
from perscoach.people.landmarker import TrainerLandmarker
from perscoach.people.watch import KIND, WARM_UP, People, PeopleSettings, watch

WIDTH, HEIGHT, FRAMES = 64, 48, 150


class NumberedClip(Clip):
    """Frames that carry their number, without a file."""

    def read(self, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[np.ndarray]:
        for index in range(start, min(self.frames, self.frames if stop is None else stop), step):
            yield np.full((HEIGHT, WIDTH, 3), index, np.uint8)


class KnownFollower:
    """Returns the frame's number as landmark and mask; nobody is in frames 20 and 21."""

    log: list[int] = []
    opened: list[tuple[float, float] | None] = []

    def __init__(self, model: Path, trainer: tuple[float, float] | None, fps: float, masks: bool) -> None:
        self.masks = masks
        KnownFollower.opened.append(trainer)

    def look(self, rgb: np.ndarray, index: int | None = None) -> Sight:
        number = int(rgb[0, 0, 0])
        KnownFollower.log.append(number)
        mask = np.full(rgb.shape[:2], number, np.uint8) if self.masks else None
        if number in (20, 21):
            return Sight(None, None, mask)
        image, world = np.full((33, 5), number / 255, np.float32), np.full((33, 3), number, np.float32)
        return Sight(image, world, mask)

    def close(self) -> None: ...


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clip:
    monkeypatch.setattr(module, "Follower", KnownFollower)
    monkeypatch.setattr(KnownFollower, "log", [])
    monkeypatch.setattr(KnownFollower, "opened", [])
    weights = tmp_path / "weights" / "pose_landmarker_full.task"
    weights.parent.mkdir()
    weights.write_bytes(b"weights")
    monkeypatch.setattr("perscoach.models.path_of", lambda name: weights)
    return NumberedClip(tmp_path / "clip.mp4", Fraction(30), WIDTH, HEIGHT, FRAMES, False)


def masks_of(people: People, clip: Clip, start: int = 0, stop: int = FRAMES) -> list[int]:
    frames = (rgb for rgb in clip.read(start, stop))
    return [int(mask[0, 0]) for _, mask in people.pairs(frames, start, stop, Quiet())]


def test_landmarks_and_masks_come_from_one_look_at_each_frame(clip: Clip, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    people = watch(clip, PeopleSettings(), store)
    marks = people.landmarks()
    assert KnownFollower.log == list(range(FRAMES)) and people.ready
    assert masks_of(people, clip) == list(range(FRAMES))
    assert list(np.flatnonzero(~marks.found)) == [20, 21] and marks.world[100, 0, 0] == 100
    assert np.isnan(marks.world[20]).all()
    again = watch(clip, PeopleSettings(), Store(tmp_path / "store"))
    np.testing.assert_array_equal(again.landmarks().world, marks.world)
    assert masks_of(again, clip, 40, 70) == list(range(40, 70)) and len(KnownFollower.log) == FRAMES
    assert store.facts(KIND, people.key)["engines"][0]["weights"].startswith("pose_landmarker_full.task sha256:")


def test_the_cut_out_alone_makes_the_landmarks_too(clip: Clip, tmp_path: Path) -> None:
    people = watch(clip, PeopleSettings(), Store(tmp_path / "store"))
    assert masks_of(people, clip) == list(range(FRAMES))
    assert watch(clip, PeopleSettings(), Store(tmp_path / "store")).landmarks().world[149, 0, 0] == 149
    assert KnownFollower.log == list(range(FRAMES))


def test_landmarks_alone_store_no_masks_and_skip(clip: Clip, tmp_path: Path) -> None:
    people = watch(clip, PeopleSettings(step=4, masks=False), Store(tmp_path / "store"))
    assert len(people.landmarks()) == 38 and KnownFollower.log == list(range(0, FRAMES, 4))
    assert not list((tmp_path / "store").rglob("*.alpha"))


def test_landmarks_alone_are_read_from_a_pass_with_masks(clip: Clip, tmp_path: Path) -> None:
    watch(clip, PeopleSettings(), Store(tmp_path / "store")).landmarks()
    plain = watch(clip, PeopleSettings(masks=False), Store(tmp_path / "store"))
    assert len(plain.landmarks()) == FRAMES == len(KnownFollower.log)


def test_a_stopped_pass_resumes_with_the_same_trainer(clip: Clip, tmp_path: Path) -> None:
    class StopAt(Quiet):
        left = 100

        def check(self) -> None:
            self.left -= 1
            if self.left < 0:
                raise Cancelled

    with pytest.raises(Cancelled):
        watch(clip, PeopleSettings(), Store(tmp_path / "store")).landmarks(StopAt())
    KnownFollower.log.clear()
    people = watch(clip, PeopleSettings(), Store(tmp_path / "store"))
    assert not people.ready
    assert people.landmarks().world[149, 0, 0] == 149
    first = people.span(1)[0]
    assert KnownFollower.log == list(range(first - WARM_UP, FRAMES))
    assert KnownFollower.opened[-1] == pytest.approx(((first - WARM_UP) / 255,) * 2)


@pytest.mark.parametrize("ending", ["npz", "alpha"])
def test_a_damaged_chunk_alone_is_made_again(clip: Clip, tmp_path: Path, ending: str) -> None:
    people = watch(clip, PeopleSettings(), Store(tmp_path / "store"))
    people.landmarks()
    chunk = sorted((tmp_path / "store" / KIND / people.key).glob(f"*.{ending}"))[1]
    chunk.write_bytes(chunk.read_bytes()[:100])
    KnownFollower.log.clear()
    again = watch(clip, PeopleSettings(), Store(tmp_path / "store"))
    assert again.landmarks().world[70, 0, 0] == 70
    assert masks_of(again, clip) == list(range(FRAMES))
    start, stop = people.span(1)
    assert KnownFollower.log == list(range(start - WARM_UP, stop))
    assert Store(tmp_path / "store").finished(KIND, people.key) is not None


def test_other_weights_are_another_pass(clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = watch(clip, PeopleSettings(), Store(tmp_path / "store")).key
    other = tmp_path / "weights" / "other.task"
    other.write_bytes(b"other weights")
    monkeypatch.setattr("perscoach.models.path_of", lambda name: other)
    assert watch(clip, PeopleSettings(), Store(tmp_path / "store")).key != first


def test_the_pass_equals_those_that_it_replaced(studio_clip: Path, tmp_path: Path) -> None:
    """The mask equals the former matting pass's bit for bit. The former pose pass differed from it in one setting, a confidence
    of 0.5 in place of 0.4: its detector starts from a slightly other square around the person."""
    from perscoach.core.errors import ModelError
    from perscoach.core.settings import load_settings
    from perscoach.media.prepared import prepare
    from perscoach.media.types import IngestSettings
    from perscoach.models import path_of

    try:
        model = path_of("pose_landmarker_full")
    except ModelError as error:
        pytest.skip(error.en)
    store = Store(tmp_path / "store")
    whole = prepare(studio_clip, IngestSettings(), load_settings(), store, Quiet())
    clip = dataclasses.replace(whole, frames=40)
    people = watch(clip, PeopleSettings(), store)
    marks = people.landmarks()
    matting = TrainerLandmarker(model, None, float(clip.fps), CONFIDENCE, masks=True)
    posing = TrainerLandmarker(model, None, float(clip.fps), CONFIDENCE)
    former = TrainerLandmarker(model, None, float(clip.fps), 0.5)
    apart: list[float] = []
    with contextlib.closing(matting), contextlib.closing(posing), contextlib.closing(former):
        for index, rgb in enumerate(clip.read()):
            mask = matting.follow(rgb).segmentation_masks[0].numpy_view().reshape(rgb.shape[:2])
            np.testing.assert_array_equal(
                people.masks.alpha(index), np.rint(np.clip(mask, 0, 1) * 255).astype(np.uint8)
            )
            world = [(p.x, p.y, p.z) for p in posing.follow(rgb).pose_world_landmarks[0]]
            np.testing.assert_array_equal(marks.world[index], np.array(world, np.float32))
            before = np.array([(p.x, p.y, p.z) for p in former.follow(rgb).pose_world_landmarks[0]])
            apart.append(np.linalg.norm(marks.world[index] - before, axis=1).mean())
    assert np.median(apart) < 0.01 and max(apart) < 0.03  # metres
