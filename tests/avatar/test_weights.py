"""Skin weights from a body's shape, and fitted to recorded frames."""

import numpy as np
import pytest
import trimesh

from perscoach.avatar.rotations import about
from perscoach.avatar.skinning import Skin
from perscoach.avatar.weights import MOST, fit_weights, segments, skin_error, skin_weights
from perscoach.body import Bones, Pose
from perscoach.pose.recorded_body import centred_shape
from perscoach.pose.sam3d.joints import BONES

ARM = Bones(("world", "upper", "lower", "tip_null"), (-1, 0, 1, 2))
PIVOTS = np.array([[-1.0, 0, 0], [0, 0, 0], [0.3, 0, 0], [0.6, 0, 0]])


@pytest.fixture(scope="module")
def tube() -> tuple[np.ndarray, np.ndarray]:
    """A spindle 16 cm thick along x, from -0.06 to 0.66."""
    ball = trimesh.creation.icosphere(4)
    return np.asarray(ball.vertices) * [0.36, 0.08, 0.08] + [0.3, 0, 0], np.asarray(ball.faces)


def bent(frames: int) -> Pose:
    angles = np.linspace(0, 1.6, frames)
    turn = about(np.array([0.0, 0, 1]), angles)
    rotations = np.repeat(np.eye(3)[None, None], 4, 1).repeat(frames, 0)
    rotations[:, 2] = rotations[:, 3] = turn
    places = np.repeat(PIVOTS[None], frames, 0)
    places[:, 3] = places[:, 2] + turn @ (PIVOTS[3] - PIVOTS[2])
    return Pose(rotations.astype(np.float32), places.astype(np.float32))


def test_a_bent_tube(tube):
    rest, faces = tube
    weights = skin_weights(rest, faces, ARM, PIVOTS)
    assert weights.dtype == np.float32 and weights.shape == (len(rest), 4)
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-6)
    assert (weights[:, [0, 3]] == 0).all()  # the world and the tip hold nothing
    x = rest[:, 0]
    assert weights[x < 0.15, 1].min() > 0.75 and weights[x > 0.45, 2].min() > 0.75
    middle = np.abs(x - 0.3) < 0.01
    assert np.abs(weights[middle, 1] - 0.5).max() < 0.15
    assert np.corrcoef(x, weights[:, 2])[0, 1] > 0.9


def test_fitting_finds_the_weights_that_moved_the_skin(tube):
    rest, faces = tube
    start = skin_weights(rest, faces, ARM, PIVOTS)
    true = np.zeros_like(start)
    true[:, 2] = np.clip((rest[:, 0] - 0.2) / 0.2, 0.02, 0.98)
    true[:, 1] = 1 - true[:, 2]
    pose = bent(12)
    seen = Skin(rest, PIVOTS, true).pose(pose.rotations, pose.places)
    fitted = fit_weights(start, rest, PIVOTS, pose, seen)
    mean, most = skin_error(fitted, rest, PIVOTS, pose, seen)
    assert mean < skin_error(start, rest, PIVOTS, pose, seen)[0] / 3 and mean < 0.002 and most < 0.02
    np.testing.assert_allclose(fitted.sum(1), 1, atol=1e-6)


def test_fitting_to_the_rest_pose_changes_nothing(tube):
    rest, faces = tube
    start = skin_weights(rest, faces, ARM, PIVOTS)
    fitted = fit_weights(start, rest, PIVOTS, bent(1), rest[None].astype(np.float32))
    np.testing.assert_allclose(fitted, start, atol=1e-3)


def test_helpers_hold_the_piece_they_lie_at():
    bones = Bones(("root", "arm", "end", "a_proc", "b_proc"), (-1, 0, 1, 1, 1))
    pivots = np.array([[0.0, 1, 0], [0, 0, 0], [1, 0, 0], [0.25, 0, 0], [0.75, 0, 0]])
    pieces = [(s.bone, s.start[0], s.end[0]) for s in segments(bones, pivots) if s.bone != 0 and s.end[1] == 0]
    assert pieces[:3] == [(1, 0, 0.125), (3, 0.125, 0.5), (4, 0.5, 1)]


def test_one_bone_holds_everything(tube):
    rest, faces = tube
    weights = skin_weights(rest, faces, Bones(("only",), (-1,)), PIVOTS[:1])
    assert (weights == 1).all()


def test_real_bodies(sam3d_folder):
    faces = np.asarray(trimesh.load(sam3d_folder / "mhr_lod1_topology.ply", process=False).faces)
    path = min(sam3d_folder.glob("img_subj*.npz"))  # the hardest: knees bent, hands near the head
    with np.load(path) as data:
        shape = centred_shape({k: data[k] for k in data.files})
    weights = skin_weights(shape.vertices, faces, BONES, shape.places)
    assert ((weights > 0).sum(1) <= MOST).all()
    held = {side: np.array([n.startswith(f"{side}_") for n in BONES.names]) for side in "lr"}
    for side, other in ("lr", "rl"):
        hand = np.linalg.norm(shape.vertices - shape.places[BONES.at(f"{side}_middle2")], axis=1) < 0.05
        foot = np.linalg.norm(shape.vertices - shape.places[BONES.at(f"{side}_ball")], axis=1) < 0.05
        for part in (hand, foot):
            assert part.sum() > 50
            assert weights[part][:, held[side]].sum(1).min() > 0.999
            assert weights[part][:, held[other]].max() == 0
    skull = shape.vertices[:, 1] < shape.places[BONES.at("c_head"), 1] - 0.12
    skull &= np.linalg.norm(shape.vertices - shape.places[BONES.at("c_head_null")], axis=1) < 0.1
    assert weights[skull][:, BONES.at("c_head")].mean() > 0.85
