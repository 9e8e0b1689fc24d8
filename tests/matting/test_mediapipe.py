"""The embedded engine on real people, and what it does when nobody is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import EngineError, ModelError
from perscoach.matting.base import MattingSettings
from perscoach.matting.mediapipe import HOLD_FRAMES, MediaPipeEngine, PeopleMask
from perscoach.models import path_of
from perscoach.people.landmarker import MODEL


def model() -> Path:
    try:
        return path_of(MODEL)
    except ModelError as error:
        pytest.skip(error.en)


def first_frames(path: Path, count: int) -> Iterator[np.ndarray]:
    import av

    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index == count:
                return
            yield frame.to_ndarray(format="rgb24")


def test_the_person_is_found_held_and_then_let_go(studio_clip: Path) -> None:
    frames = list(first_frames(studio_clip, 4))
    empty = np.full_like(frames[0], 235)
    engine = MediaPipeEngine(model(), MattingSettings(), 30.0)
    mattes = list(engine.mattes(iter(frames + [empty] * 12)))
    engine.close()
    assert len(mattes) == len(frames) + 12
    for alpha in mattes[:4]:
        assert alpha.shape == frames[0].shape[:2] and alpha.dtype == np.uint8
        assert 0.05 < (alpha > 127).mean() < 0.5
        assert (alpha[:, :20] < 30).all() and (alpha == 255).any()
    assert not mattes[-1].any(), "nobody there: an empty matte, not an old one"
    assert HOLD_FRAMES < 12


def side_by_side(frame: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.hstack([frame, frame[:, ::-1]]))


@pytest.mark.parametrize("wish", [(0.25, 0.5), (0.75, 0.5)])
def test_the_wished_person_of_two(studio_clip: Path, wish: tuple[float, float]) -> None:
    pairs = [side_by_side(f) for f in first_frames(studio_clip, 3)]
    engine = MediaPipeEngine(model(), MattingSettings(trainer=wish), 30.0)
    try:
        for alpha in engine.mattes(iter(pairs)):
            columns = np.flatnonzero((alpha > 127).any(axis=0)) / alpha.shape[1]
            assert len(columns)
            assert (columns.mean() < 0.5) == (wish[0] < 0.5)
    finally:
        engine.close()


def test_a_broken_bundle_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "pose.task"
    path.write_bytes(b"not a bundle")
    with pytest.raises(EngineError) as caught:
        MediaPipeEngine(path, MattingSettings())
    assert "pose.task" in caught.value.en and str(tmp_path) not in caught.value.en


def test_after_a_restart_nothing_of_the_last_place_is_left(studio_clip: Path) -> None:
    frames = list(first_frames(studio_clip, 2))
    pairs = [np.ascontiguousarray(np.hstack([f, np.full_like(f, 235)])) for f in frames]
    mirrored = [np.ascontiguousarray(p[:, ::-1]) for p in pairs]
    engine, fresh = (MediaPipeEngine(model(), MattingSettings(), 30.0) for _ in range(2))
    try:
        list(engine.mattes(iter(pairs)))
        engine.restart()
        (found,) = engine.mattes(iter(mirrored[:1]))
        (expected,) = fresh.mattes(iter(mirrored[:1]))
        np.testing.assert_array_equal(found, expected)
        assert (found > 127)[:, found.shape[1] // 2 :].sum() > 0.95 * (found > 127).sum() > 0
    finally:
        engine.close()
        fresh.close()


def test_people_mask_shows_everybody(studio_clip: Path) -> None:
    pair = side_by_side(next(first_frames(studio_clip, 1)))
    people = PeopleMask(model())
    try:
        mask = people(pair) > 127
        assert min(half.mean() for half in np.hsplit(mask, 2)) > 0.05
        assert not people(np.full_like(pair, 235)).any()
    finally:
        people.close()
