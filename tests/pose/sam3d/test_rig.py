"""``Rig`` against upstream's own forward kinematics, against the plan of the skeleton, and against damaged files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import ModelError
from perscoach.motion import FLIP
from perscoach.pose.sam3d import rig as rig_module
from perscoach.pose.sam3d import upstream
from perscoach.pose.sam3d.joints import BONES, KEYPOINT_JOINTS, ROOT, ROOT_HEIGHT
from perscoach.pose.sam3d.parameters import BodyParameters
from perscoach.pose.sam3d.rig import Rig, centre, keypoints_2d, project, turns_from_rest
from tests.standin import skeleton
from tests.standin.movement import FEET, squat
from tests.standin.rig import StandInFiles, read_buffers, write_standin


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> StandInFiles:
    return write_standin(tmp_path_factory.mktemp("standin"))


@pytest.fixture(scope="module")
def rig(files: StandInFiles) -> Rig:
    return Rig.open(files.mhr, read_buffers(files))


@pytest.fixture(scope="module")
def wild() -> BodyParameters:
    """Forty frames of any parameters: every number counts, none is near the neutral pose."""
    rng = np.random.default_rng(3)
    sizes = {"global_rot": 1.0, "body_pose": 0.7, "hand_pose": 0.6, "scale": 0.6, "shape": 1.0, "cam_t": 1.0}
    shapes = (3, 133, 108, 28, 45, 3)
    parts = [rng.normal(0, s, (40, n)).astype(np.float32) for s, n in zip(sizes.values(), shapes, strict=True)]
    return BodyParameters(*parts)


def _upstream_head(files: StandInFiles) -> object:
    """Upstream's head with the stand-in's file and buffers; sizes that it takes for given are set to the stand-in's."""
    import torch

    now = upstream.state()
    if not now.ok:
        pytest.skip(now.message.en)
    upstream.load()
    from sam_3d_body.models.heads.mhr_head import MHRHead

    head = MHRHead(input_dim=64, mhr_model_path=str(files.mhr))
    for name, value in read_buffers(files).items():
        setattr(head, name.removeprefix("head_pose."), torch.nn.Parameter(torch.from_numpy(value), requires_grad=False))
    return head.cpu().eval()


def test_equals_upstreams_own_forward(files: StandInFiles, rig: Rig, wild: BodyParameters) -> None:
    import torch

    head = _upstream_head(files)
    named = {
        "global_rot": wild.global_rot,
        "body_pose_params": wild.body_pose,
        "hand_pose_params": wild.hand_pose,
        "scale_params": wild.scale,
        "shape_params": wild.shape,
        "expr_params": np.zeros((len(wild), 72), np.float32),
        "global_trans": np.zeros((len(wild), 3), np.float32),
    }
    with torch.no_grad():
        vertices, keypoints, joints, params, rotations = head.mhr_forward(  # type: ignore[attr-defined]
            **{name: torch.from_numpy(value) for name, value in named.items()},
            return_keypoints=True,
            return_joint_coords=True,
            return_model_params=True,
            return_joint_rotations=True,
        )
    ours = rig.forward(wild)
    assert np.abs(ours.model_params - params.numpy()).max() < 1e-6
    assert np.abs(ours.vertices - vertices.numpy() * FLIP).max() < 1e-6
    assert np.abs(ours.keypoints - keypoints[:, :70].numpy() * FLIP).max() < 1e-6
    assert np.abs(ours.joints - joints.numpy() * FLIP).max() < 1e-6
    assert np.abs(ours.rotations - rotations.numpy()).max() < 1e-6


def test_joints_follow_the_skeletons_plan(rig: Rig, wild: BodyParameters) -> None:
    posed = rig.forward(wild)
    places, turns = skeleton.forward(posed.model_params)
    assert np.abs(posed.joints * FLIP * 100 - places).max() < 1e-3
    assert np.abs(posed.rotations - turns).max() < 1e-5
    assert np.allclose(posed.joints[:, ROOT], [0, -ROOT_HEIGHT, 0], atol=1e-6)
    for keypoint, joint in KEYPOINT_JOINTS.items():
        assert np.abs(posed.keypoints[:, keypoint] - posed.joints[:, joint]).max() < 1e-6


def test_one_by_one_equals_all_at_once(rig: Rig, wild: BodyParameters) -> None:
    whole = rig.forward(wild)
    single = [rig.forward(wild.part(i, i + 1)) for i in (0, 7, 39)]
    for at, one in zip((0, 7, 39), single, strict=True):
        assert np.abs(one.vertices[0] - whole.vertices[at]).max() < 1e-6
    batches = list(rig.stream(wild))
    assert [start for start, _ in batches] == [0, rig_module.BATCH]
    assert np.array_equal(np.concatenate([posed.keypoints for _, posed in batches]), whole.keypoints)
    lean = rig.forward(wild, vertices=False)
    assert lean.vertices.shape == (40, 0, 3)
    assert np.array_equal(lean.keypoints, whole.keypoints)


def test_out_of_memory_halves_the_batch(rig: Rig, wild: BodyParameters, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    sizes, run = [], rig._batch

    def tight(part: BodyParameters, *rest: bool) -> rig_module.Posed:
        sizes.append(len(part))
        if len(part) > 10:
            raise torch.OutOfMemoryError("too much")
        return run(part, *rest)

    expected = rig.forward(wild)
    monkeypatch.setattr(rig, "_batch", tight)
    assert np.abs(rig.forward(wild).vertices - expected.vertices).max() < 1e-6
    assert sizes == [32, 16, 8, 8, 8, 8, 8]


def test_correctives_are_left_out_when_asked(rig: Rig) -> None:
    p = squat(40)
    full, plain = rig.forward(p), rig.forward(p, correctives=False)
    assert np.array_equal(full.joints, plain.joints)
    assert 0.001 < np.abs(full.vertices - plain.vertices).max() < 0.03
    assert np.array_equal(rig.keypoints(p), plain.keypoints)


def test_missed_frames_stay_missing(rig: Rig) -> None:
    p = squat(10)
    holes = p.pack()
    holes[[0, 4, 5]] = np.nan
    posed = rig.forward(BodyParameters.unpack(holes))
    missing = np.isnan(posed.vertices).all((1, 2))
    assert missing.tolist() == [i in (0, 4, 5) for i in range(10)]
    assert np.isfinite(posed.vertices[~missing]).all()
    assert np.abs(posed.vertices[1] - rig.forward(p).vertices[1]).max() < 1e-6
    assert np.isnan(rig.forward(BodyParameters.missing(3)).joints).all()
    assert rig.forward(BodyParameters.missing(0)).vertices.shape == (0, rig.vertex_count, 3)


def test_parameters_mean_what_they_say(rig: Rig) -> None:
    names = skeleton.parameter_names()
    body = np.zeros((4, 133), np.float32)
    body[1, names.index("l_knee_bend") - 6] = 1.2
    body[2, names.index("r_upleg_rz") - 6] = -1.2
    scale = np.zeros((4, 28), np.float32)
    scale[3, names.index("scale_uplegs") - 136] = 1
    zero = [np.zeros((4, n), np.float32) for n in (3, 108, 45, 3)]
    joints = rig.forward(BodyParameters(zero[0], body, zero[1], scale, zero[2], zero[3])).joints

    def at(name: str) -> np.ndarray:
        return joints[:, BONES.at(name)]

    shin = np.linalg.norm(at("l_foot") - at("l_lowleg"), axis=1)
    assert np.allclose(shin[:3], shin[0], atol=1e-5)
    assert at("l_foot")[1, 2] > at("l_foot")[0, 2] + 0.3, "a bent knee takes the foot to the back: away from the camera"
    assert at("r_lowleg")[2, 2] < at("r_lowleg")[0, 2] - 0.3, "a bent hip takes the knee to the front: to the camera"
    thigh = np.linalg.norm(at("l_lowleg") - at("l_upleg"), axis=1)
    assert np.allclose(thigh[3] - thigh[0], 0.03, atol=1e-4), "0.3 of a scale at 10 cm each"
    assert at("l_upleg")[0, 0] > 0 > at("r_upleg")[0, 0], "facing the camera, the left is on the picture's right"
    assert at("c_head")[0, 1] < at("root")[0, 1], "y points down"


def test_neutral_pose_and_weights(rig: Rig) -> None:
    p = squat(30)
    rest = rig.rest(p.shape[0], p.scale[0])
    weights = rig.weights()
    assert weights.shape == (rig.vertex_count, 127)
    assert np.allclose(weights.sum(1), 1, atol=1e-6)
    a, b, c = (rest.vertices[rig.faces[:, i]].astype(float) for i in range(3))
    assert np.einsum("ij,ij->", a, np.cross(b, c)) / 6 > 0.03, "faces look outwards"
    assert rest.joints[BONES.at("l_foot"), 1] > rest.joints[BONES.at("root"), 1]
    posed = rig.forward(p, correctives=False)
    turns = turns_from_rest(posed.rotations, rest.rotations)
    held = np.einsum("nbij,vbj->nvbi", turns, rest.vertices[:, None] - rest.joints) + posed.joints[:, None]
    skinned = np.einsum("vb,nvbi->nvi", weights, held)
    gap = np.linalg.norm(skinned - posed.vertices, axis=-1)
    assert gap.max() < 0.01 and gap.mean() < 0.001, "bones, weights and rest pose give the body again"
    alone = weights.max(1) > 0.9999
    assert alone.sum() > 50 and gap[:, alone].max() < 1e-5


def test_centre_and_projection(rig: Rig) -> None:
    p = squat(20, turn=0.0, travel=0.0)
    posed = rig.forward(p)
    placed = centre(posed, p.cam_t)
    assert np.abs(placed.joints_3d[:, [9, 10]].mean(1)).max() < 1e-6
    for part, source in (
        (placed.joints_3d, posed.keypoints),
        (placed.vertices, posed.vertices),
        (placed.places, posed.joints),
    ):
        assert np.abs(part + placed.root[:, None] - source - p.cam_t[:, None]).max() < 1e-5
    pixels = keypoints_2d(posed, p.cam_t, 900.0, 720, 1280)
    assert np.abs(pixels - project(placed.joints_3d + placed.root[:, None], 900.0, 720, 1280)).max() < 1e-2
    assert np.allclose(project(np.array([[0.5, -1.0, 2.0]]), 100.0, 640, 480), [[345.0, 190.0]])
    assert np.isnan(project(np.array([[0.5, -1.0, -2.0]]), 100.0, 640, 480)).all()


def test_squats_feet_stand_still(rig: Rig) -> None:
    p = squat(75, turn=0.0, travel=0.0)
    posed = rig.forward(p)
    places, balls = posed.joints + p.cam_t[:, None], list(FEET)
    assert np.ptp(places[:, balls], axis=0).max() < 2e-4
    assert np.abs(posed.rotations[:, balls] - posed.rotations[0, balls]).max() < 1e-3
    assert np.ptp(places[:, [BONES.at("l_foot"), BONES.at("r_foot")]], axis=0).max() < 0.02
    assert np.ptp(places[:, ROOT, 1]) > 0.3, "and the hips go down"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scale_comps", np.zeros((28, 67), np.float32)),
        ("hand_pose_mean", np.full(54, np.nan, np.float32)),
        ("hand_joint_idxs_left", np.full(27, 136)),
        ("faces", np.array([[0, 1, 10**6]])),
        ("keypoint_mapping", np.zeros((69, 800), np.float32)),
        ("scale_mean", None),
    ],
)
def test_other_buffers_are_refused(files: StandInFiles, name: str, value: np.ndarray | None) -> None:
    buffers = read_buffers(files)
    if value is None:
        del buffers[f"head_pose.{name}"]
    else:
        buffers[f"head_pose.{name}"] = value
    with pytest.raises(ModelError, match=name) as failure:
        Rig.open(files.mhr, buffers)
    assert "файле весов" in failure.value.ru


def test_other_files_are_refused(files: StandInFiles, tmp_path: Path) -> None:
    import torch

    buffers = read_buffers(files)
    with pytest.raises(ModelError, match="was not found"):
        Rig.open(tmp_path / "mhr_model.pt", buffers)
    half = tmp_path / "half.pt"
    half.write_bytes(files.mhr.read_bytes()[:100_000])
    with pytest.raises(ModelError, match="cannot be read as a TorchScript file"):
        Rig.open(half, buffers)
    other = tmp_path / "other.pt"
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), str(other))
    with pytest.raises(ModelError, match="not MHR's rig"):
        Rig.open(other, buffers)
    more = np.concatenate([buffers["head_pose.keypoint_mapping"], np.zeros((308, 5), np.float32)], 1)
    with pytest.raises(ModelError, match="vertices"):
        Rig.open(files.mhr, buffers | {"head_pose.keypoint_mapping": more}).forward(squat(2))


def test_a_loaded_module_and_plain_tensors_serve_too(files: StandInFiles, rig: Rig, wild: BodyParameters) -> None:
    import torch

    tensors = {name.removeprefix("head_pose."): torch.from_numpy(value) for name, value in read_buffers(files).items()}
    other = Rig(torch.jit.load(str(files.mhr)), tensors)
    assert np.array_equal(other.keypoints(wild.part(0, 4)), rig.keypoints(wild.part(0, 4)))
