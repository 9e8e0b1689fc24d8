"""A body on disk comes back as it was, and damaged ones are refused in words."""

import json
import shutil

import numpy as np
import pytest

from perscoach.avatar.mannequin import Mannequin
from perscoach.avatar.stored import BodyWriter, StoredBody
from perscoach.body import MovingBody
from perscoach.core.errors import PerscoachError
from tests.avatar.poses import exercise, motion_of

FRAMES = 60


@pytest.fixture(scope="module")
def source() -> Mannequin:
    valid = np.ones(FRAMES, bool)
    valid[[0, 30, 31]] = False
    return Mannequin(motion_of(exercise(FRAMES), valid=valid))


def write(folder, body: MovingBody, step=25):
    with BodyWriter(folder, body.name, body.bones, body.rest, body.pivots, body.weights, body.faces, len(body)) as out:
        for start in range(0, len(body), step):
            pose = body.posed(start, start + step)
            out.write(
                start, body.vertices(start, start + step), pose.rotations, pose.places, body.valid[start : start + step]
            )
    return folder


@pytest.fixture(scope="module")
def folder(source, tmp_path_factory):
    return write(tmp_path_factory.mktemp("stored") / "body", source)


def test_it_comes_back(source, folder):
    back: MovingBody = StoredBody(folder)
    assert (back.name, back.bones, len(back)) == (source.name, source.bones, FRAMES)
    for key in ("rest", "pivots", "weights", "faces", "valid"):
        np.testing.assert_array_equal(getattr(back, key), getattr(source, key))
    assert np.abs(np.nan_to_num(back.vertices(0, FRAMES) - source.vertices(0, FRAMES))).max() < 2.5e-5
    np.testing.assert_array_equal(np.isnan(back.vertices(0, FRAMES)), np.isnan(source.vertices(0, FRAMES)))
    np.testing.assert_array_equal(back.vertices(20, 35), back.vertices(0, FRAMES)[20:35])
    np.testing.assert_array_equal(back.posed(10, 40).rotations, source.posed(10, 40).rotations)
    np.testing.assert_array_equal(back.posed(10, 40).places, source.posed(10, 40).places)
    assert back.vertices(50, 999).shape[0] == 10 and back.vertices(7, 7).shape == (0, len(back.rest), 3)


def test_frames_in_any_order_and_frames_left_out(source, tmp_path):
    with BodyWriter(tmp_path, "mhr", source.bones, source.rest, source.pivots, source.weights, source.faces, 9) as out:
        for start in (6, 2):
            pose = source.posed(start, start + 2)
            out.write(start, source.vertices(start, start + 2), pose.rotations, pose.places, np.ones(2, bool))
    back = StoredBody(tmp_path)
    np.testing.assert_array_equal(np.flatnonzero(back.valid), [2, 3, 6, 7])
    assert np.isnan(back.vertices(0, 2)).all() and np.isfinite(back.vertices(6, 8)).all()


def test_an_unfinished_body_is_none(source, tmp_path):
    out = BodyWriter(tmp_path, "mhr", source.bones, source.rest, source.pivots, source.weights, source.faces, 9)
    with pytest.raises(PerscoachError, match=r"body\.json"):
        StoredBody(tmp_path)
    out.close()
    StoredBody(tmp_path)
    with (
        pytest.raises(KeyboardInterrupt),
        BodyWriter(tmp_path, "mhr", source.bones, source.rest, source.pivots, source.weights, source.faces, 9),
    ):
        raise KeyboardInterrupt
    with pytest.raises(PerscoachError):
        StoredBody(tmp_path)


def test_numbers_that_are_no_body_are_not_written(source, tmp_path):
    pose, ok = source.posed(1, 2), np.ones(1, bool)
    good = source.vertices(1, 2)
    with BodyWriter(tmp_path, "mhr", source.bones, source.rest, source.pivots, source.weights, source.faces, 9) as out:
        for vertices in (good * np.nan, good * 1e6):
            with pytest.raises(ValueError, match="vertices"):
                out.write(0, vertices, pose.rotations, pose.places, ok)
        with pytest.raises(ValueError, match="rotations"):
            out.write(0, good, pose.rotations * 3, pose.places, ok)
        with pytest.raises(ValueError, match="outside"):
            out.write(9, good, pose.rotations, pose.places, ok)
        with pytest.raises(ValueError, match="expected shape"):
            out.write(0, good[:, 1:], pose.rotations, pose.places, ok)


def _json(**change):
    def apply(folder):
        path = folder / "body.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | change))

    return apply


def _cut(name):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-8])


def _array(name, value):
    return lambda folder: np.save(folder / name, value)


@pytest.mark.parametrize(
    "damage",
    [
        _json(frames=10**12), _json(frames=-1), _json(frames="9"), _json(vertices=3), _json(bones=["a"]),
        _json(parents=[5] * 37), _json(version=2), _json(bones=None),
        _cut("vertices.i16"), _cut("rotations.f32"), _cut("faces.npy"), _cut("body.json"),
        _array("faces.npy", np.zeros((3, 3), np.int32)), _array("weights.npy", np.array([{}], dtype=object)),
        _array("steps.npy", np.full(FRAMES, np.nan, np.float32)),
        lambda folder: (folder / "rest.npy").unlink(),
        lambda folder: (folder / "body.json").write_text("[" * 100_000),
    ],
)  # fmt: skip
def test_damaged_bodies_are_refused_in_words(folder, tmp_path, damage):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    damage(copy)
    with pytest.raises(PerscoachError, match="pose stage") as caught:
        StoredBody(copy)
    assert str(tmp_path) not in caught.value.en and "тело" in caught.value.ru


def test_tracks_are_checked_when_they_are_read(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    body = StoredBody(copy)
    track = copy / "rotations.f32"
    track.write_bytes(b"\xff" * track.stat().st_size)
    with pytest.raises(PerscoachError, match="no rotation"):
        body.posed(0, 5)
    (copy / "vertices.i16").write_bytes(b"")
    with pytest.raises(PerscoachError, match="shorter"):
        body.vertices(0, 5)
