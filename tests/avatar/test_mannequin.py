"""The mannequin follows the joints, keeps its limbs, and never flips or collapses."""

import numpy as np
import pytest

from assets.make_mannequin import rest_mesh
from perscoach.avatar.mannequin import Mannequin
from perscoach.motion import Motion
from perscoach.skeleton import MEDIAPIPE33, MHR70
from tests.avatar.poses import POSES, exercise, mirrored, motion_of

BONES = {"upper_arm": "shoulder", "forearm": "elbow", "hand": "wrist", "thigh": "hip", "shin": "knee", "foot": "ankle"}


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, i]].astype(float) for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def test_shapes_and_centre():
    mesh = Mannequin(motion_of(exercise(40)))
    v = mesh.vertices(5, 9)
    assert v.dtype == np.float32 and v.shape == (4, len(mesh.rig.vertices), 3)
    assert mesh.faces.dtype == np.int32
    assert np.abs(mesh.pose.places[:, mesh.rig.at("pelvis")]).max() == 0
    np.testing.assert_allclose(mesh.vertices(0, 40)[5:9], v, atol=1e-6)


def test_the_chain_passes_through_the_joints():
    joints = exercise(120)
    keys = np.arange(0, 120, 30)  # the made poses themselves: bones of one length
    mesh = Mannequin(motion_of(joints[keys]))
    for bone, joint in BONES.items():
        for side in ("left", "right"):
            at = mesh.pose.places[:, mesh.rig.at(f"{side}_{bone}")]
            wanted = joints[keys, MEDIAPIPE33.index[f"{side}_{joint}"]]
            assert np.abs(at - wanted).max() < 0.004, (side, bone)


def test_limbs_keep_the_clips_median_length():
    joints = exercise(200, noise=0.02)
    mesh = Mannequin(motion_of(joints))
    place = {b: mesh.pose.places[:, mesh.rig.at(b)] for b in mesh.rig.bones}
    for side in ("left", "right"):
        for a, b, name in (("thigh", "shin", "thigh"), ("shin", "foot", "shin"), ("upper_arm", "forearm", "upper_arm")):
            length = np.linalg.norm(place[f"{side}_{a}"] - place[f"{side}_{b}"], axis=1)
            np.testing.assert_allclose(length, mesh.build.length[name], atol=1e-4)
    found = np.linalg.norm(joints[:, 25] - joints[:, 23], axis=1), np.linalg.norm(joints[:, 26] - joints[:, 24], axis=1)
    assert mesh.build.length["thigh"] == pytest.approx(np.median(np.concatenate(found)), abs=1e-5)


@pytest.mark.parametrize("name", POSES)
def test_no_limb_collapses(name):
    mesh = Mannequin(motion_of(np.repeat(POSES[name][None], 3, 0)))
    rest = volume(mesh.body.vertices, mesh.faces)
    assert 0.90 < volume(mesh.vertices(1, 2)[0], mesh.faces) / rest < 1.10
    for side in ("left", "right"):  # a wrung sleeve would be thin in the middle of the limb
        for bone, axis, at in (("forearm", "hand", 0.5), ("upper_arm", "forearm", 0.5)):
            a, b = (mesh.pose.places[1, mesh.rig.at(f"{side}_{n}")] for n in (bone, axis))
            rest_a, rest_b = (mesh.body.pivots[mesh.rig.at(f"{side}_{n}")] for n in (bone, axis))
            assert girth(mesh.vertices(1, 2)[0], mesh, a, b, at, side) > 0.75 * girth(
                mesh.body.vertices, mesh, rest_a, rest_b, at, side
            )


def girth(v: np.ndarray, mesh: Mannequin, a: np.ndarray, b: np.ndarray, at: float, side: str) -> float:
    """Mean distance from a limb's axis of the arm's skin around a place on it."""
    arm = (
        mesh.rig.weights[:, [i for i, n in enumerate(mesh.rig.bones) if n.startswith(side) and "arm" in n]].sum(1) > 0.9
    )
    along = (b - a) / np.linalg.norm(b - a)
    t = (v - a) @ along / np.linalg.norm(b - a)
    ring = arm & (np.abs(t - at) < 0.12)
    return float(np.linalg.norm((v - a)[ring] - ((v - a)[ring] @ along)[:, None] * along, axis=1).mean())


def test_no_flips_between_frames():
    joints = exercise(420)
    mesh = Mannequin(motion_of(joints))
    v = np.concatenate([mesh.vertices(i, i + 60) for i in range(0, 420, 60)])
    skin = np.linalg.norm(np.diff(v, axis=0), axis=2).max()
    bones = np.linalg.norm(np.diff(joints, axis=0), axis=2).max()
    assert skin < 1.8 * bones


def test_a_straight_trembling_arm_does_not_spin():
    joints = np.repeat(POSES["t"][None], 120, 0) + np.random.default_rng(1).normal(0, 0.004, (120, 33, 3))
    mesh = Mannequin(motion_of(joints))
    turn = mesh.pose.rotations[:, mesh.rig.at("left_upper_arm_end")]
    step = np.einsum("fij,fij->f", turn[1:], turn[:-1])
    assert np.degrees(np.arccos(np.clip((step - 1) / 2, -1, 1))).max() < 6


def test_mirrored_movement_gives_the_mirrored_mesh():
    joints = exercise(60)
    a, b = Mannequin(motion_of(joints)), Mannequin(motion_of(mirrored(joints)))
    np.testing.assert_allclose(b.vertices(0, 60)[:, rest_mesh().mirror] * [-1, 1, 1], a.vertices(0, 60), atol=2e-4)


def test_a_turned_person_is_the_same_person():
    joints = exercise(30)
    c, s = np.cos(2.1), np.sin(2.1)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    a, b = Mannequin(motion_of(joints)), Mannequin(motion_of(joints @ turn.T))
    np.testing.assert_allclose(b.vertices(0, 30), a.vertices(0, 30) @ turn.T, atol=2e-4)


def test_frames_without_a_body_are_nan_and_change_nothing_else():
    joints = exercise(60)
    valid = np.ones(60, bool)
    valid[[0, 20, 21, 59]] = False
    mesh = Mannequin(motion_of(joints, valid=valid))
    v = mesh.vertices(0, 60)
    assert (np.isfinite(v).all((1, 2)) == valid).all()
    assert np.isnan(v[~valid]).all()


def test_a_movement_without_any_body_still_has_faces():
    mesh = Mannequin(motion_of(exercise(5), valid=np.zeros(5, bool)))
    assert np.isnan(mesh.vertices(0, 5)).all() and len(mesh.faces) > 1000


def test_absurd_joints_give_finite_numbers():
    joints = np.zeros((4, 33, 3))
    joints[1] = 1e3 * np.random.default_rng(0).normal(size=(33, 3))
    joints[2] = POSES["t"]
    joints[3] = POSES["t"] * 1e-6
    assert np.isfinite(Mannequin(motion_of(joints)).vertices(0, 4)).all()


def test_sam3d_joints_pose_it_close_to_the_real_mesh(sam3d_folder):
    from scipy.spatial import cKDTree

    for path in sorted(sam3d_folder.glob("img_subj*.npz")):
        with np.load(path) as data:
            joints, real = data["pred_keypoints_3d"], data["pred_vertices"]
        centre = joints[[9, 10]].mean(0)
        motion: Motion = motion_of((joints - centre)[None], skeleton=MHR70)
        ours = Mannequin(motion).vertices(0, 1)[0]
        away = cKDTree(real - centre).query(ours)[0]
        assert np.median(away) < 0.03, (path.name, np.median(away))
        assert np.percentile(away, 95) < 0.09, (path.name, np.percentile(away, 95))
