"""``trainer.bvh``, read back by three.js."""

import numpy as np
import pytest

from perscoach.avatar.bvh import _angles, _smooth, skeleton, write_bvh
from perscoach.avatar.mannequin import Mannequin
from perscoach.avatar.rotations import about
from perscoach.core.errors import PerscoachError
from tests.avatar.bodies import FLIP, mannequin, standin, world
from tests.avatar.poses import exercise, motion_of
from tests.avatar.second_reader import by_three


@pytest.fixture(scope="module", params=["mannequin", "mhr"])
def written(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    body, motion = mannequin() if request.param == "mannequin" else standin(folder)
    return folder / "trainer.bvh", write_bvh(folder / "trainer.bvh", body, motion), body, motion


def test_three_has_the_joints_where_the_body_has_its_bones(written):
    path, figures, body, motion = written
    found = by_three(path, np.arange(len(motion)) * float(1 / motion.fps))
    common = [name for name in found["names"] if name in body.bones.names]
    assert len(common) >= figures["joints"] - 2 and not found["warnings"]
    there = found["frames"][:, [found["names"].index(n) for n in common]][body.valid] / 100
    wanted = world(body, motion, body.posed(0, len(body)).places)[body.valid][:, [body.bones.at(n) for n in common]]
    off = there - wanted
    shift = off[:, :1] if not figures["travels"] else off[:1, :1]
    assert np.abs(off - shift).max() < 0.0002
    assert figures["max_error_mm"] < 0.2


def test_the_rest_pose_is_the_bodys(written):
    """With all angles 0 the joints stand as the rest body's pivots do."""
    _, _, body, _ = written
    joints = skeleton(body)
    assert joints[0].name in ("pelvis", "root")
    for joint in joints:
        if joint.name in body.bones.names and joint.hold == joint.turn:
            np.testing.assert_allclose(joint.point, body.pivots[body.bones.at(joint.name)], atol=1e-6)
        assert joint.parent < joints.index(joint)
    ends = [end for joint in joints for end in joint.ends]
    assert ends and np.isfinite(ends).all()


def test_the_light_skeleton(written):
    _, _, body, _ = written
    names = {joint.name for joint in skeleton(body)}
    assert not any(n.endswith(("_proc", "_null", "_mid", "_end")) or "tongue" in n for n in names)
    if body.name == "mhr":
        assert len(names) == 68 and "body_world" not in names
    else:
        assert {"left_forearm", "right_foot", "torso", "shoulders", "head"} <= names and len(names) == 17


def test_the_text(written):
    path, figures, body, motion = written
    text = path.read_text(encoding="ascii")
    assert text.startswith("HIERARCHY\nROOT ") and "nan" not in text and "inf" not in text and "-0.0000 " not in text
    head, rows = text.split("MOTION\n")
    assert head.count("{") == head.count("}") and head.count("CHANNELS") == figures["joints"]
    lines = rows.splitlines()
    assert lines[0] == f"Frames: {len(motion)}" and len(lines) == 2 + len(motion)
    assert float(lines[1].split(":")[1]) == pytest.approx(float(1 / motion.fps), rel=1e-8)
    values = np.array([[float(w) for w in line.split()] for line in lines[2:]])
    assert values.shape == (len(motion), 3 + 3 * figures["joints"])
    held = np.flatnonzero(~body.valid)[-1]
    np.testing.assert_array_equal(values[held], values[held - 1])
    assert values[:, 1].min() > 20  # centimetres: the hips are above the floor


def test_angles_of_any_turn():
    rng = np.random.default_rng(0)
    axis = rng.normal(size=(400, 3))
    turns = about(axis / np.linalg.norm(axis, axis=1, keepdims=True), rng.uniform(-np.pi, np.pi, 400))
    quarter = about(np.array([1.0, 0, 0]), np.array([np.pi / 2, -np.pi / 2])) @ about(
        np.array([0.0, 1, 0]), np.array([0.7, -2.0])
    )
    for given in (turns, quarter):
        z, x, y = np.moveaxis(_angles(given), -1, 0)
        made = about(np.array([0.0, 0, 1]), z) @ about(np.array([1.0, 0, 0]), x) @ about(np.array([0.0, 1, 0]), y)
        np.testing.assert_allclose(made, given, atol=1e-9)


def test_a_slow_turn_has_no_jumps():
    angle = np.linspace(0, 4 * np.pi, 200)
    turns = about(np.array([0.0, 1, 0]), angle)[:, None] @ about(np.array([1.0, 0, 0]), np.array(0.4))
    smooth = _smooth(_angles(turns))
    assert np.abs(np.diff(smooth, axis=0)).max() < 0.1
    assert np.ptp(smooth[:, 0], axis=0).max() == pytest.approx(4 * np.pi, abs=0.2)


def test_no_body_is_a_sentence(tmp_path):
    body, motion = mannequin(3, gaps=(0, 1, 2))
    with pytest.raises(PerscoachError, match="No body"):
        write_bvh(tmp_path / "t.bvh", body, motion)
    with pytest.raises(ValueError, match="3 frames"):
        write_bvh(tmp_path / "t.bvh", Mannequin(motion_of(exercise(2))), motion)
    assert not list(tmp_path.iterdir())


def test_one_frame(tmp_path):
    motion = motion_of(exercise(1))
    assert write_bvh(tmp_path / "t.bvh", Mannequin(motion), motion)["frames"] == 1
    found = by_three(tmp_path / "t.bvh", np.zeros(1))
    wanted = Mannequin(motion).posed(0, 1).places[0] * FLIP
    left, right = (found["frames"][0, found["names"].index(f"{s}_hand")] / 100 for s in ("left", "right"))
    np.testing.assert_allclose(
        left - right,
        wanted[Mannequin(motion).bones.at("left_hand")] - wanted[Mannequin(motion).bones.at("right_hand")],
        atol=1e-3,
    )
