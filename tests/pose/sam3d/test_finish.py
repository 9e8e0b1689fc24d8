"""From observations to a Motion with its body: one forward pass, so that joints, vertices, rotations and picture agree."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from perscoach.avatar.skinning import Skin
from perscoach.avatar.stored import StoredBody
from perscoach.core.messages import Message
from perscoach.core.progress import Quiet
from perscoach.motion import Motion
from perscoach.pose.base import PoseSettings, Raw, Take
from perscoach.pose.camera import camera_of
from perscoach.pose.rotation import matrix_of
from perscoach.pose.sam3d.finish import finish, rebuild
from perscoach.pose.sam3d.joints import KEYPOINT_JOINTS
from perscoach.pose.sam3d.parameters import BodyParameters
from perscoach.pose.sam3d.rig import Rig
from tests.pose.sam3d.steady_truth import HIPS, MOVEMENTS, seen_as
from tests.standin.rig import read_buffers, write_standin

FRAMES = 60


class Heard(Quiet):
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.checks = 0

    def note(self, message: Message) -> None:
        assert message.ru
        self.notes.append(message.en)

    def check(self) -> None:
        self.checks += 1


def take_of(folder: Path, **settings: object) -> Take:
    clip = SimpleNamespace(width=720, height=1280, fps=Fraction(60), frames=2 * FRAMES)
    return Take(clip, PoseSettings(skip=2, **settings), folder, None, Heard())  # type: ignore[arg-type]


def raw_of(p: BodyParameters, valid: np.ndarray) -> Raw:
    confidence = np.where(valid[:, None], np.float32(0.8), np.float32(0)) * np.ones((1, 70), np.float32)
    nothing = np.full((len(p), 70, 3), np.nan, np.float32)
    return Raw(valid, nothing, nothing[..., :2].copy(), confidence, nothing[:, 0].copy(), p.pack())


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    files = write_standin(tmp_path_factory.mktemp("rig"))
    return Rig.open(files.mhr, read_buffers(files))


@pytest.fixture(scope="module")
def raw() -> Raw:
    seen = seen_as(MOVEMENTS["punches"](FRAMES, 30.0, 0), 30.0, 0, gaps=False)
    valid = seen.valid.copy()
    valid[30:34] = False
    return raw_of(seen.p, valid)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pass")


@pytest.fixture(scope="module")
def motion(rig: Rig, raw: Raw, place: Path) -> Motion:
    return finish(raw, take_of(place), place, lambda: rig)


def never() -> Rig:
    raise AssertionError("the rig was opened")


def test_joints_picture_root_and_parameters_agree_with_the_rig(motion: Motion, rig: Rig) -> None:
    assert motion.valid.all() and motion.fps == 30 and motion.engine == "sam3d"
    extras = motion.extras
    p = parameters_of(motion)
    posed = rig.forward(p)
    space = posed.keypoints.astype(np.float64) + extras["cam_t"][:, None]
    np.testing.assert_allclose(motion.joints_3d + motion.root[:, None], space, atol=1e-5)
    np.testing.assert_allclose(motion.joints_3d[:, HIPS].mean(1), 0, atol=1e-6)
    camera = camera_of(PoseSettings(), 720, 1280)
    assert extras["focal_px"] == pytest.approx(camera.focal)
    np.testing.assert_allclose(motion.keypoints_2d, camera.project(space), atol=0.01)
    np.testing.assert_allclose(extras["mhr_model_params"], posed.model_params, atol=1e-6)
    np.testing.assert_array_equal(motion.global_rot, extras["mhr_model_params"][:, 3:6])
    root_axes = posed.rotations[:, 1]
    np.testing.assert_allclose(
        matrix_of(motion.global_rot), root_axes @ root_axes[0].T @ matrix_of(motion.global_rot)[0], atol=1e-4
    )


def parameters_of(motion: Motion) -> BodyParameters:
    extras = motion.extras
    repeated = [np.repeat(extras[n][None], len(motion), 0) for n in ("scale_params", "shape_params")]
    return BodyParameters(motion.global_rot, extras["body_pose"], extras["hand_pose"], *repeated, extras["cam_t"])


def test_bones_turn_and_lie_as_the_joints_do(motion: Motion, rig: Rig) -> None:
    body = motion.body
    assert isinstance(body, StoredBody)
    pose = body.posed(0, len(motion))
    for keypoint, joint in KEYPOINT_JOINTS.items():
        np.testing.assert_allclose(pose.places[:, joint], motion.joints_3d[:, keypoint], atol=1e-5)
    posed = rig.forward(parameters_of(motion))
    parents = np.array(body.bones.parents)
    child = np.flatnonzero(parents > 0)
    carried = np.einsum(
        "fbij,bj->fbi", pose.rotations[:, parents[child]], body.pivots[child] - body.pivots[parents[child]]
    )
    np.testing.assert_allclose(carried, (posed.joints[:, child] - posed.joints[:, parents[child]]), atol=2e-4)


def test_skinning_by_the_stored_pose_gives_the_rigs_vertices(motion: Motion, rig: Rig) -> None:
    body = motion.body
    assert isinstance(body, StoredBody)
    pose = body.posed(0, len(motion))
    skinned = Skin(body.rest, body.pivots, body.weights).pose(pose.rotations, pose.places)
    posed = rig.forward(parameters_of(motion), correctives=False)
    plain = posed.vertices - posed.keypoints[:, HIPS].mean(1, keepdims=True)
    true = body.vertices(0, len(motion))
    assert len(body.rest) == rig.vertex_count
    # the person's bones are longer than the rig's own, which a rest mesh can hold but for what two bones share
    for far in (np.linalg.norm(skinned - plain, axis=2), np.linalg.norm(skinned - true, axis=2)):
        assert far.mean() < 1e-3 and np.percentile(far, 99) < 1e-2
    turned = Skin(body.rest, body.pivots, body.weights).pose(np.swapaxes(pose.rotations, -1, -2), pose.places)
    assert np.linalg.norm(turned - true, axis=2).mean() > 0.02


def test_the_full_mesh_is_made_again_from_the_extras(motion: Motion, rig: Rig) -> None:
    body = motion.body
    assert isinstance(body, StoredBody)
    again = rebuild(motion.extras, rig, 20, 40)
    assert again.shape == (20, rig.vertex_count, 3)
    np.testing.assert_allclose(again, body.vertices(20, 40), atol=1e-4)


def test_at_rest_the_body_stands_upright_and_faces_the_camera(motion: Motion) -> None:
    body = motion.body
    assert isinstance(body, StoredBody)
    at = body.bones.at
    assert body.pivots[at("c_head"), 1] < body.pivots[at("root"), 1] < body.pivots[at("l_foot"), 1]  # y down
    assert body.pivots[at("l_ball"), 2] < body.pivots[at("l_foot"), 2]  # toes to the camera
    assert body.pivots[at("l_uparm"), 0] > body.pivots[at("r_uparm"), 0]
    corners = body.rest[body.faces]
    assert np.einsum("fi,fi->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() > 0  # outward


def test_drawn_frames_are_less_sure(motion: Motion, raw: Raw) -> None:
    np.testing.assert_allclose(motion.confidence[30:34], 0.4)
    assert (motion.confidence == np.float32(0.8)).mean() > 0.7


def test_a_second_finish_reads_what_is_there_and_a_new_smoothing_replaces_it(
    motion: Motion, raw: Raw, rig: Rig, tmp_path: Path
) -> None:
    first = finish(raw, take_of(tmp_path), tmp_path, lambda: rig)
    again = finish(raw, take_of(tmp_path), tmp_path, never)
    for name in ("joints_3d", "keypoints_2d", "confidence", "valid", "global_rot", "root"):
        np.testing.assert_array_equal(getattr(again, name), getattr(first, name))
    assert dict(again.measures) == dict(first.measures) and set(again.extras) == set(first.extras)
    before = {path.name for path in tmp_path.glob("body-*")}
    other = finish(raw, take_of(tmp_path, smoothing=0.9), tmp_path, lambda: rig)
    after = {path.name for path in tmp_path.glob("body-*")}
    assert len(before) == len(after) == 1 and before != after
    assert other.measures["jitter_after"] < first.measures["jitter_after"]


@pytest.mark.parametrize("name", ["motion.npz", "vertices.i16"])
def test_a_damaged_result_is_made_again(raw: Raw, rig: Rig, tmp_path: Path, name: str) -> None:
    first = finish(raw, take_of(tmp_path), tmp_path, lambda: rig)
    path = next(tmp_path.glob(f"body-*/{name}"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    again = finish(raw, take_of(tmp_path), tmp_path, lambda: rig)
    np.testing.assert_array_equal(again.joints_3d, first.joints_3d)
    assert isinstance(again.body, StoredBody) and np.isfinite(again.body.vertices(0, FRAMES)).all()


def test_lens_and_fullness_are_part_of_the_name_and_smaller_levels_are_not(raw: Raw, rig: Rig, tmp_path: Path) -> None:
    def name(**settings: object) -> str:
        finish(raw, take_of(tmp_path, **settings), tmp_path, lambda: rig)
        return next(tmp_path.glob("body-*")).name

    usual = name()
    assert name(detail="medium") == usual
    assert len({usual, name(lens="upstream"), name(detail="full"), name(smoothing=0.0)}) == 4


def test_measures_notes_and_being_stopped(raw: Raw, rig: Rig, tmp_path: Path) -> None:
    take = take_of(tmp_path)
    motion = finish(raw, take, tmp_path, lambda: rig)
    heard = take.monitor
    assert isinstance(heard, Heard)
    assert heard.checks >= 3 and any("interpolated" in note for note in heard.notes)
    measures = motion.measures
    assert measures["jitter_after"] < measures["jitter_before"]
    assert measures["bone_spread_after"] < measures["bone_spread_before"]
    assert measures["foot_slide_after"] < measures["foot_slide_before"]

    class Stopped(Exception):
        pass

    class Stopping(Quiet):
        def check(self) -> None:
            raise Stopped

    with pytest.raises(Stopped):
        finish(
            raw,
            take._replace(monitor=Stopping(), settings=dataclasses.replace(take.settings, smoothing=0.7)),
            tmp_path,
            lambda: rig,
        )


def test_floor_exercise_is_told(rig: Rig, tmp_path: Path) -> None:
    take = take_of(tmp_path)
    finish(raw_of(MOVEMENTS["floor"](50, 30.0, 0), np.ones(50, bool)), take, tmp_path, lambda: rig)
    assert any("No foot stands" in note for note in take.monitor.notes)  # type: ignore[attr-defined]


def test_nobody_found_opens_no_rig(tmp_path: Path) -> None:
    empty = raw_of(BodyParameters.missing(12), np.zeros(12, bool))
    motion = finish(empty, take_of(tmp_path), tmp_path, never)
    assert not motion.valid.any() and motion.body is None and len(motion) == 12
