"""Replaying stored outputs: what was recorded comes out, at its time, with its body; hostile files become sentences."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perscoach.core.errors import EngineError, PerscoachError
from perscoach.core.messages import Message
from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.media.types import Clip
from perscoach.motion import FLIP, Motion
from perscoach.pose import registry
from perscoach.pose.base import PoseSettings, Take
from perscoach.pose.recorded import RecordedEngine
from perscoach.pose.recording import Recording
from perscoach.pose.rotation import matrix_of
from perscoach.pose.sam3d.joints import KEYPOINT_JOINTS
from perscoach.pose.store import pack
from perscoach.pose.topology import read_topology
from perscoach.skeleton import MHR70
from tests.standin.recording import recorded, rig, write_recording

SIZE = (320, 400)


class Notes(Quiet):
    """Keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: Message) -> None:
        assert message.ru
        self.notes.append(message.en)


def take(frames: int, size: tuple[int, int] = SIZE, **changes: Any) -> Take:
    clip = Clip(Path("clip.mp4"), Fraction(30), *size, frames, False)
    return Take(clip, PoseSettings(engine="recorded", **changes), Path("job"), None, Notes())


def replay(path: Path, folder: Path, wish: Take) -> Motion:
    engine = RecordedEngine(path, wish)
    skip = wish.settings.skip
    count = -(-wish.clip.frames // skip)
    blank = np.zeros((wish.clip.height, wish.clip.width, 3), np.uint8)
    seen = list(engine.observe((blank for _ in range(count)), 30 / skip))
    motion = engine.finish(pack(seen, len(engine.skeleton), engine.parameters), folder)
    engine.close()
    return motion


@pytest.fixture(scope="module")
def squat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("recording") / "squat.npz", 20, *SIZE)


def test_what_was_recorded_comes_out_centred_with_its_body(squat: Path, tmp_path: Path) -> None:
    wish = take(20)
    motion = replay(squat, tmp_path, wish)
    truth = np.load(squat)
    middle = truth["pred_keypoints_3d"][:, list(MHR70.hips)].mean(1, keepdims=True)
    np.testing.assert_allclose(motion.joints_3d, truth["pred_keypoints_3d"] - middle, atol=1e-6)
    np.testing.assert_allclose(motion.keypoints_2d, truth["pred_keypoints_2d"], atol=1e-3)
    np.testing.assert_allclose(motion.root, truth["pred_cam_t"] + middle[:, 0], atol=1e-5)
    np.testing.assert_array_equal(motion.global_rot, truth["global_rot"])
    np.testing.assert_array_equal(motion.extras["mhr_model_params"], truth["mhr_model_params"])
    assert motion.engine == "recorded" and motion.valid.all() and motion.body is not None
    body = motion.body
    assert body.name == "mhr" and len(body.bones) == 127
    np.testing.assert_allclose(body.vertices(0, 20), truth["pred_vertices"] - middle, atol=5e-5)
    pose = body.posed(0, 20)
    for keypoint, joint in KEYPOINT_JOINTS.items():
        np.testing.assert_allclose(pose.places[:, joint], motion.joints_3d[:, keypoint], atol=1e-5)
    assert any("nothing is smoothed" in note for note in wish.monitor.notes)  # type: ignore[attr-defined]


def test_the_bones_carry_the_skin_as_recorded(squat: Path, tmp_path: Path) -> None:
    """Blending the body at rest by the bones gives the recorded vertices, but for what the weights cannot say."""
    from perscoach.avatar.weights import skin_error

    body = replay(squat, tmp_path, take(20)).body
    assert body is not None
    mean, _ = skin_error(body.weights, body.rest, body.pivots, body.posed(0, 20), body.vertices(0, 20))
    assert mean < 0.006
    root = body.bones.at("root")
    turns = np.load(squat)["global_rot"]
    yup = FLIP[:, None] * body.posed(0, 20).rotations[:, root] * FLIP  # at rest the body faces the camera
    np.testing.assert_allclose(yup, matrix_of(turns), atol=1e-5)


def test_the_real_outputs_stand_upright_and_face_outward(sam3d_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    for path in sorted(sam3d_folder.glob("img_subj*.npz")):
        (folder / path.name).symlink_to(path)
    (folder / "topology.ply").symlink_to(sam3d_folder / "mhr_lod1_topology.ply")
    motion = replay(folder, tmp_path / "pose", take(4, (1920, 890)))
    body = motion.body
    assert body is not None and motion.valid.all() and body.faces.shape == (36874, 3)
    a, b, c = (body.rest[body.faces[:, i]].astype(float) for i in range(3))
    assert 0.04 < float((a * np.cross(b, c)).sum()) / 6 < 0.09  # cubic metres of a person
    up = {name: body.pivots[body.bones.at(name), 1] for name in ("c_head", "root", "l_foot", "r_foot")}
    assert up["c_head"] < up["root"] < min(up["l_foot"], up["r_foot"])  # y runs down
    pose = body.posed(0, 4)
    for keypoint, joint in KEYPOINT_JOINTS.items():
        np.testing.assert_allclose(pose.places[:, joint], motion.joints_3d[:, keypoint], atol=3e-4)


def test_a_short_gap_is_filled_and_a_long_one_stays(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "gaps.npz", 30, *SIZE, misses=(5, 6, 15, 16, 17, 18, 19, 20, 21, 22, 23))
    motion = replay(path, tmp_path / "pose", take(30))
    assert motion.valid[5:7].all() and not motion.valid[15:24].any()
    body = motion.body
    assert body is not None
    np.testing.assert_array_equal(body.valid, motion.valid)
    truth = recorded(30, *SIZE, 30.0)
    middle = truth["pred_keypoints_3d"][:, list(MHR70.hips)].mean(1, keepdims=True)
    away = np.linalg.norm(body.vertices(5, 7) - (truth["pred_vertices"] - middle)[5:7], axis=-1)
    assert away.max() < 0.01
    turns = body.posed(5, 7).rotations.astype(float)
    np.testing.assert_allclose(turns @ np.swapaxes(turns, -1, -2), np.broadcast_to(np.eye(3), turns.shape), atol=1e-5)
    pose = body.posed(5, 7)
    for keypoint, joint in KEYPOINT_JOINTS.items():  # one curve fills both
        np.testing.assert_allclose(pose.places[:, joint], motion.joints_3d[5:7, keypoint], atol=1e-4)


def test_one_file_per_frame_in_the_order_of_their_numbers(squat: Path, tmp_path: Path) -> None:
    folder = write_recording(tmp_path / "frames", 20, *SIZE, misses=(4,))
    motion = replay(folder, tmp_path / "pose", take(20))
    one = replay(squat, tmp_path / "other", take(20))
    known = np.arange(20) != 4
    np.testing.assert_array_equal(motion.joints_3d[known], one.joints_3d[known])  # frame_10 comes after frame_9
    assert motion.valid[4] and motion.confidence[4].max() < motion.confidence[5].max()


def test_frames_without_anybody_may_come_first(squat: Path, tmp_path: Path) -> None:
    for index in range(4):
        if index in (0, 3):  # as the documentation saves them
            np.savez(tmp_path / f"{index}.npz", pred_keypoints_3d=np.zeros((0, 70, 3)))
        else:
            np.savez(
                tmp_path / f"{index}.npz", **{n: v[index : index + 1] for n, v in recorded(4, *SIZE, 30.0).items()}
            )
    assert replay(tmp_path, tmp_path / "pose", take(4)).valid.tolist() == [False, True, True, False]
    np.savez(tmp_path / "none.npz", pred_keypoints_3d=np.zeros((0, 70, 3)))
    (tmp_path / "empty").mkdir()
    (tmp_path / "none.npz").rename(tmp_path / "empty" / "0.npz")
    with pytest.raises(EngineError, match="nobody in any frame"):
        Recording(tmp_path / "empty")


def test_the_trainer_is_followed_among_several_people(squat: Path, tmp_path: Path) -> None:
    truth = recorded(6, *SIZE, 30.0)
    other = {name: value.copy() for name, value in truth.items()}
    other["pred_cam_t"] = truth["pred_cam_t"] + np.float32([2.4, -2.4, 5])  # behind, small, in the upper right corner
    at = other["pred_keypoints_3d"] + other["pred_cam_t"][:, None]
    other["pred_keypoints_2d"] = truth["focal_length"][0] * at[..., :2] / at[..., 2:] + np.float32(SIZE) / 2
    folder = tmp_path / "two"
    folder.mkdir()
    for i in range(6):  # upstream sorts by box, so the order changes
        pair = (truth, other) if i % 2 else (other, truth)
        np.savez(folder / f"{i}.npz", **{name: np.stack([p[name][i] for p in pair]) for name in truth})
    for trainer, wanted in ((None, truth), ((0.85, 0.1), other)):
        engine = RecordedEngine(folder, take(6, trainer=trainer))
        seen = list(engine.observe((np.zeros((400, 320, 3), np.uint8) for _ in range(6)), 30.0))
        for i, one in enumerate(seen):
            assert one is not None
            np.testing.assert_allclose(one.keypoints_2d, wanted["pred_keypoints_2d"][i], atol=1e-3)


def test_other_counts_keep_their_place_in_time(squat: Path, tmp_path: Path) -> None:
    truth = np.load(squat)["pred_keypoints_2d"]
    longer = replay(squat, tmp_path / "a", wish := take(30))
    assert longer.valid[:20].all() and not longer.valid[20:].any()
    assert any("20 frames, the clip 30. 10 poses at the end are missing" in n for n in wish.monitor.notes)  # type: ignore[attr-defined]
    skipped = replay(squat, tmp_path / "b", take(20, skip=3))
    np.testing.assert_allclose(skipped.keypoints_2d, truth[::3], atol=1e-3)
    every_third = replay(squat, tmp_path / "c", take(60, skip=3))  # as many recorded as poses are wanted
    np.testing.assert_allclose(every_third.keypoints_2d, truth, atol=1e-3)
    half = dict(np.load(squat)) | {"fps": np.float64(15)}
    np.savez(tmp_path / "half.npz", **half)
    by_time = replay(tmp_path / "half.npz", tmp_path / "d", take(20))
    np.testing.assert_allclose(by_time.keypoints_2d[[0, 2, 4]], truth[[0, 1, 2]], atol=1e-3)


def test_a_smaller_copy_of_the_clip_is_scaled_and_another_picture_refused(squat: Path, tmp_path: Path) -> None:
    motion = replay(squat, tmp_path / "a", take(20, (640, 800)))
    np.testing.assert_allclose(motion.keypoints_2d, np.load(squat)["pred_keypoints_2d"] * 2, rtol=1e-3, atol=0.5)
    with pytest.raises(EngineError, match="made from a picture of 320x400; the clip is 640x480"):
        replay(squat, tmp_path / "b", take(20, (640, 480)))


def test_with_the_rig_it_goes_the_whole_way(squat: Path, tmp_path: Path) -> None:
    engine = RecordedEngine(squat, wish := take(20, smoothing=0.0), lambda: rig())
    blank = np.zeros((400, 320, 3), np.uint8)
    raw = pack(list(engine.observe([blank] * 20, 30.0)), 70, engine.parameters)
    motion = engine.finish(raw, tmp_path)
    engine.close()
    truth = np.load(squat)
    assert motion.engine == "recorded" and engine.parameters == 320 and engine.describe()["way"] == "steadied"
    np.testing.assert_allclose(motion.keypoints_2d, truth["pred_keypoints_2d"], atol=0.2)  # by the recorded lens
    middle = truth["pred_keypoints_3d"][:, list(MHR70.hips)].mean(1, keepdims=True)
    np.testing.assert_allclose(motion.joints_3d, truth["pred_keypoints_3d"] - middle, atol=1e-3)
    assert motion.body is not None and motion.body.name == "mhr" and "focal_px" in motion.extras
    assert any("makes the body anew" in note for note in wish.monitor.notes)  # type: ignore[attr-defined]
    bare = write_recording(tmp_path / "bare.npz", 4, *SIZE, parameters=False)
    assert RecordedEngine(bare, take(4), lambda: rig()).parameters == 2  # nothing to pose: as recorded


def test_without_a_mesh_the_mannequin_is_left_to_show(tmp_path: Path) -> None:
    whole = recorded(8, *SIZE, 30.0)
    bare = {name: whole[name] for name in ("pred_keypoints_3d", "pred_keypoints_2d", "pred_cam_t")}
    np.savez(tmp_path / "bare.npz", **bare)
    motion = replay(tmp_path / "bare.npz", tmp_path / "pose", wish := take(8))
    assert motion.body is None and motion.valid.all() and np.isfinite(motion.global_rot).all()
    assert any("mannequin" in note for note in wish.monitor.notes)  # type: ignore[attr-defined]
    write_recording(tmp_path / "no_faces.npz", 8, *SIZE, faces=False)
    assert replay(tmp_path / "no_faces.npz", tmp_path / "pose", take(8)).body is None


def test_the_stored_body_is_made_once(squat: Path, tmp_path: Path) -> None:
    replay(squat, tmp_path, take(20))
    stamps = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.i16")}
    replay(squat, tmp_path, take(20))
    assert stamps and {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.i16")} == stamps


def test_auto_never_takes_a_recording(squat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PERSCOACH_RECORDING", raising=False)
    assert "recorded" not in registry.availability()
    with pytest.raises(EngineError, match="PERSCOACH_RECORDING"):
        registry.choose(PoseSettings(engine="recorded"))
    monkeypatch.setenv("PERSCOACH_RECORDING", str(squat))
    assert registry.availability()["recorded"].ok
    assert registry.choose(PoseSettings())[0] != "recorded"
    assert registry.choose(PoseSettings(engine="recorded"))[0] == "recorded"
    named = take(20)._replace(files=load_settings().files)
    engine = registry.open_engine("recorded", named)
    assert engine.describe()["recording"] == squat.name and str(squat.parent) not in json.dumps(engine.describe())
    engine.close()
    monkeypatch.setenv("PERSCOACH_RECORDING", str(squat) + "no")
    with pytest.raises(EngineError, match="does not exist"):
        registry.open_engine("recorded", take(20)._replace(files=load_settings().files))


# -- hostile ----------------------------------------------------------------------------------------------------------


def _small(**changes: Any) -> dict[str, Any]:
    return {
        "pred_keypoints_3d": np.zeros((2, 70, 3), np.float32),
        "pred_keypoints_2d": np.zeros((2, 70, 2), np.float32),
        "pred_cam_t": np.ones((2, 3), np.float32),
    } | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pred_cam_t": np.ones((2, 4), np.float32)}, "pred_cam_t: expected numbers of shape"),
        ({"pred_cam_t": np.ones((3, 3), np.float32)}, "pred_cam_t: expected numbers of shape"),
        ({"pred_keypoints_3d": np.array([{"a": 1}] * 2, object)}, "expected a plain array"),
        ({"pred_keypoints_3d": np.zeros((2, 33, 3))}, "pred_keypoints_3d"),
        ({"pred_keypoints_3d": np.zeros((70, 3))}, "one frame belongs into a folder"),
        ({"pred_keypoints_3d": np.zeros((0, 70, 3)), "pred_keypoints_2d": np.zeros((0, 70, 2)), "pred_cam_t": np.ones((0, 3))}, "1 to"),
        ({"pred_keypoints_2d": np.full((2, 70, 2), "x")}, "pred_keypoints_2d"),
        ({"pred_vertices": np.zeros((2, 0, 3))}, "pred_vertices"),
        ({"pred_joint_coords": np.zeros((2, 5, 3)), "pred_global_rots": np.zeros((2, 6, 3, 3))}, "pred_global_rots|joint_coords"),
    ],
)  # fmt: skip
def test_a_wrong_recording_is_a_sentence(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "bad.npz", **_small(**changes))
    with pytest.raises(EngineError, match=words) as error:
        Recording(tmp_path / "bad.npz")
    assert "bad.npz" in error.value.en and str(tmp_path) not in error.value.en


def test_a_pickled_member_that_nobody_reads_does_no_harm(tmp_path: Path) -> None:
    np.savez(tmp_path / "mask.npz", **_small(mask=np.array(None, object)))  # upstream's dicts hold mask: None
    assert Recording(tmp_path / "mask.npz").entries == 2


def test_missing_things_are_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no such recording"):
        Recording(tmp_path / "gone.npz")
    with pytest.raises(EngineError, match="no such recording"):
        Recording(tmp_path)
    np.savez(tmp_path / "half.npz", pred_keypoints_3d=np.zeros((2, 70, 3)))
    with pytest.raises(EngineError, match="pred_keypoints_2d is missing"):
        Recording(tmp_path / "half.npz")
    (tmp_path / "pickle.npz").write_bytes(b"\x80\x04N.")
    with pytest.raises(EngineError, match="cannot be read"):
        Recording(tmp_path / "pickle.npz")


def test_numbers_beyond_sense_are_misses(tmp_path: Path) -> None:
    points = np.zeros((3, 70, 3), np.float32)
    points[0, 3], points[2, 5] = np.nan, 1e9
    np.savez(
        tmp_path / "a.npz", pred_keypoints_3d=points, pred_keypoints_2d=np.zeros((3, 70, 2)), pred_cam_t=np.ones((3, 3))
    )
    made = Recording(tmp_path / "a.npz")
    assert [made.person(i, 0) is None for i in range(3)] == [True, False, True]


def test_a_frame_that_differs_from_the_first_is_named(tmp_path: Path) -> None:
    whole = recorded(2, *SIZE, 30.0)
    np.savez(tmp_path / "0.npz", **{name: value[0] for name, value in whole.items()})
    np.savez(tmp_path / "1.npz", **{n: v[1][:5] if n == "pred_vertices" else v[1] for n, v in whole.items()})
    with pytest.raises(EngineError, match=r"1\.npz: pred_vertices: expected numbers of shape"):
        Recording(tmp_path).person(1, 0)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("fuzz") / "a.npz"
    np.savez(path, **_small())
    return path.read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_bytes_only_ever_give_a_sentence(data: st.DataObject, packed: bytes, tmp_path: Path) -> None:
    broken = bytearray(packed)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "a.npz"
    path.write_bytes(bytes(broken[: data.draw(st.integers(0, len(broken)))]))
    made = None
    try:
        made = Recording(path)
        for index in range(made.entries):
            made.person(index, 0)
        made.faces(), made.bones(), made.fps()
    except EngineError as error:
        assert error.en and error.ru
    finally:
        if made is not None:
            made.close()


# -- topology ---------------------------------------------------------------------------------------------------------


def _ply(vertices: int = 4, faces: int = 2, body: bytes | None = None, words: str = "binary_little_endian") -> bytes:
    head = f"ply\nformat {words} 1.0\nelement vertex {vertices}\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\n"
    head += f"element face {faces}\nproperty list uchar int vertex_indices\nend_header\n"
    row = np.zeros(2, [("n", "<u1"), ("i", "<i4", (3,))])
    row["n"], row["i"] = 3, [[0, 1, 2], [1, 2, 3]]
    return head.encode() + (b"\0" * 13 * 4 + row.tobytes() if body is None else body)


def test_mhrs_topology_is_read(tmp_path: Path, sam3d_folder: Path) -> None:
    faces = read_topology(sam3d_folder / "mhr_lod1_topology.ply", 18439)
    assert faces.shape == (36874, 3) and faces.dtype == np.int32
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()  # closed
    (tmp_path / "a.ply").write_bytes(_ply())
    np.testing.assert_array_equal(read_topology(tmp_path / "a.ply", 4), [[0, 1, 2], [1, 2, 3]])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ply\n",
        _ply(vertices=5),
        _ply(faces=10**8),
        _ply(words="ascii"),
        _ply(body=b""),
        _ply() + b"x",
        _ply(faces=1),
    ],
)
def test_another_topology_is_a_sentence(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_bytes(data)
    with pytest.raises(EngineError, match="not MHR's topology"):
        read_topology(tmp_path / "a.ply", 4)


def test_faces_that_point_nowhere_are_refused(tmp_path: Path) -> None:
    whole = recorded(2, *SIZE, 30.0) | {"faces": np.full((5, 3), 10**6)}
    np.savez(tmp_path / "a.npz", **whole)
    with pytest.raises(PerscoachError, match="faces: expected indices"):
        Recording(tmp_path / "a.npz").faces()
