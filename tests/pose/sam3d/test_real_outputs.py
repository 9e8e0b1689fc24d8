"""What is believed about SAM 3D Body's numbers, on four real outputs (one 1920x890 picture, four people, ``full`` mode)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perscoach.motion import FLIP
from perscoach.pose.sam3d.joints import BONES, KEYPOINT_JOINTS, ROOT, ROOT_HEIGHT
from perscoach.pose.sam3d.parameters import (
    HAND_ENTRIES,
    POSE_SLOTS,
    BodyParameters,
    from_continuous,
    network_angles,
    rotation_matrix,
    to_continuous,
)
from perscoach.pose.sam3d.rig import Posed, Rig, centre, keypoints_2d, turns_from_rest
from tests.standin import skeleton, surface
from tests.standin.rig import read_buffers, write_standin

WIDTH, HEIGHT = 1920, 890
FOCAL = 2535.27
FINGERS = ("thumb", "index", "middle", "ring", "pinky")


@pytest.fixture(scope="module")
def people(sam3d_folder: Path) -> dict[str, np.ndarray]:
    """The four outputs on top of each other."""
    files = [np.load(sam3d_folder / f"img_subj0{i}.npz", allow_pickle=False) for i in range(4)]
    stacked = {name: np.stack([f[name] for f in files]) for name in files[0].files}
    for file in files:
        file.close()
    return stacked


@pytest.fixture(scope="module")
def posed(people: dict[str, np.ndarray]) -> Posed:
    names = ("pred_vertices", "pred_keypoints_3d", "pred_joint_coords", "pred_global_rots", "mhr_model_params")
    return Posed(*(people[name] for name in names))


@pytest.fixture(scope="module")
def parameters(people: dict[str, np.ndarray]) -> BodyParameters:
    names = ("global_rot", "body_pose_params", "hand_pose_params", "scale_params", "shape_params", "pred_cam_t")
    return BodyParameters(*(people[name] for name in names))


def test_projection(people: dict[str, np.ndarray], posed: Posed) -> None:
    pixels = keypoints_2d(posed, people["pred_cam_t"], FOCAL, WIDTH, HEIGHT)
    assert np.abs(pixels - people["pred_keypoints_2d"]).max() < 0.01


def test_projection_after_centring(people: dict[str, np.ndarray], posed: Posed) -> None:
    placed = centre(posed, people["pred_cam_t"])
    space = (placed.joints_3d + placed.root[:, None]).astype(np.float64)
    pixels = FOCAL * space[..., :2] / space[..., 2:] + [WIDTH / 2, HEIGHT / 2]
    assert np.abs(pixels - people["pred_keypoints_2d"]).max() < 0.01
    assert np.abs(placed.joints_3d[:, [9, 10]].mean(1)).max() < 1e-6
    assert ((placed.root[:, 2] > 7) & (placed.root[:, 2] < 9)).all()


def test_root(people: dict[str, np.ndarray], posed: Posed) -> None:
    assert np.abs(posed.joints[:, ROOT] - [0, -ROOT_HEIGHT, 0]).max() < 1e-4
    turned = rotation_matrix(people["global_rot"])
    assert np.abs(turned - posed.rotations[:, ROOT]).max() < 1e-4
    assert np.abs(network_angles(turned) - people["global_rot"]).max() < 1e-6


def test_keypoints_that_are_joints(posed: Posed) -> None:
    keypoints, joints = list(KEYPOINT_JOINTS), list(KEYPOINT_JOINTS.values())
    assert len(keypoints) == 48
    assert np.linalg.norm(posed.keypoints[:, keypoints] - posed.joints[:, joints], axis=-1).max() < 1e-4
    others = sorted(set(range(70)) - set(keypoints))
    nearest = np.linalg.norm(posed.keypoints[:, others, None] - posed.joints[:, None], axis=-1).min(-1)
    assert nearest.max(0).min() > 1e-3, "no other keypoint is a joint"


def test_faces_look_outwards(sam3d_folder: Path, posed: Posed) -> None:
    _, faces = surface.read_topology(sam3d_folder)
    a, b, c = (posed.vertices[:, faces[:, i]].astype(np.float64) for i in range(3))
    volumes = np.einsum("nij,nij->n", a, np.cross(b, c)) / 6
    assert ((volumes > 0.04) & (volumes < 0.09)).all()


def test_bones_keep_their_direction_in_their_parents_axes(posed: Posed) -> None:
    """Only so when positions are turned y up first: rotations are told in the rig's axes, positions are not."""
    worst = {}
    for flip in (FLIP, np.ones(3)):
        places = posed.joints * flip
        spread = []
        for name in ("lowleg", "foot", "lowarm"):
            for side in "lr":
                joint = BONES.at(f"{side}_{name}")
                parent = BONES.parents[joint]
                local = np.einsum("nji,nj->ni", posed.rotations[:, parent], places[:, joint] - places[:, parent])
                local /= np.linalg.norm(local, axis=1, keepdims=True)
                cosine = np.clip((local[:, None] * local[None]).sum(-1), -1, 1)
                spread.append(np.degrees(np.arccos(cosine)).max())
                along = 1.0 if side == "l" else -1.0
                if flip is FLIP:
                    assert (local[:, 0] * along > 0.99).all(), "left bones lie along +x, right ones along -x"
        worst[flip[1]] = max(spread)
    assert worst[-1.0] < 0.2
    assert worst[1.0] > 10


def test_what_the_parameters_hold(people: dict[str, np.ndarray]) -> None:
    params, pose = people["mhr_model_params"], people["body_pose_params"]
    assert np.abs(params[:, :3]).max() == 0
    assert np.array_equal(params[:, 3:6], people["global_rot"])
    body = np.ones(POSE_SLOTS, bool)
    body[HAND_ENTRIES] = False
    assert np.abs(params[:, 6:136][:, body] - pose[:, :POSE_SLOTS][:, body]).max() == 0
    assert np.abs(pose[:, HAND_ENTRIES]).max() == 0
    assert np.abs(params[:, 6:136][:, ~body]).max() > 0.5
    assert np.abs(people["expr_params"]).max() == 0


def test_continuous_form_of_real_poses_comes_back(people: dict[str, np.ndarray]) -> None:
    pose = people["body_pose_params"]
    assert np.abs(from_continuous(to_continuous(pose)) - pose).max() < 1e-6
    wide = pose.astype(np.float64)
    assert np.abs(from_continuous(to_continuous(wide)) - wide).max() < 3e-8


def test_parameters_move_the_standins_joints_as_the_real_ones(people: dict[str, np.ndarray], posed: Posed) -> None:
    """The stand-in's skeleton is MHR's: names, order, axes and signs of the parameters are those of the real file."""
    places, turns = skeleton.forward(people["mhr_model_params"])
    gap = np.linalg.norm(places / 100 * FLIP - posed.joints, axis=-1)
    assert gap.mean() < 0.0003
    assert gap.max() < 0.002
    body = [j for j, name in enumerate(BONES.names) if not any(f in name for f in (*FINGERS, "wrist", "lowarm_twist"))]
    angle = np.arccos(np.clip((np.einsum("nbij,nbij->nb", turns, posed.rotations) - 1) / 2, -1, 1))
    assert np.degrees(angle[:, body]).max() < 0.3


def test_rotations_of_replaced_hands_are_old(people: dict[str, np.ndarray], posed: Posed) -> None:
    """Upstream leaves wrists' and fingers' rotations as they were before its hand pass: why all is posed again here."""
    _, turns = skeleton.forward(people["mhr_model_params"])
    for side, replaced in (("l", [1]), ("r", [0, 2])):
        hand = [
            j for j, name in enumerate(BONES.names) if name.startswith(f"{side}_") and any(f in name for f in FINGERS)
        ]
        cosine = (np.einsum("nbij,nbij->nb", turns[:, hand], posed.rotations[:, hand]) - 1) / 2
        angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
        for person in range(4):
            assert (angle[person].max() > 10) == (person in replaced)


def test_full_topology(
    sam3d_folder: Path, tmp_path: Path, people: dict[str, np.ndarray], posed: Posed, parameters: BodyParameters
) -> None:
    """A body of the real size goes through the rig, near enough to the real one to be told apart from any mix-up."""
    files = write_standin(tmp_path, "real", topology=sam3d_folder)
    rig = Rig.open(files.mhr, read_buffers(files))
    assert rig.faces.shape == (36874, 3) and rig.vertex_count == 18439
    ours = rig._run(parameters.shape * 0, people["mhr_model_params"], False, True)
    gap = np.linalg.norm(ours.vertices - posed.vertices, axis=-1)
    assert gap.mean() < 0.015, "distance-based skinning of the mean person"
    assert np.linalg.norm(ours.joints - posed.joints, axis=-1).max() < 0.002
    a, b, c = (ours.vertices[0][rig.faces[:, i]].astype(np.float64) for i in range(3))
    assert np.einsum("ij,ij->", a, np.cross(b, c)) / 6 > 0.04
    rest = rig.rest(parameters.shape[0], parameters.scale[0])
    assert turns_from_rest(posed.rotations, rest.rotations).shape == (4, 127, 3, 3)
