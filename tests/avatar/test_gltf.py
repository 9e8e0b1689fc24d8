"""``trainer.glb``, read back by three.js, Khronos' validator, trimesh and by hand."""

import json
import struct

import numpy as np
import pytest
import trimesh

from perscoach.avatar.detail import level
from perscoach.avatar.gltf import write_glb
from perscoach.avatar.mannequin import Mannequin
from perscoach.core.errors import PerscoachError
from tests.avatar.bodies import FLIP, mannequin, standin, world
from tests.avatar.poses import exercise, motion_of
from tests.avatar.second_reader import by_three, issues


@pytest.fixture(scope="module", params=["mannequin", "mhr"])
def written(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    body, motion = mannequin() if request.param == "mannequin" else standin(folder)
    figures = write_glb(folder / "trainer.glb", body, motion, "small")
    return folder / "trainer.glb", figures, body, motion


def parts(path):
    raw = path.read_bytes()
    length = struct.unpack("<I", raw[12:16])[0]
    return json.loads(raw[20 : 20 + length]), raw[28 + length :]


def array(scene, data, index):
    accessor = scene["accessors"][index]
    view = scene["bufferViews"][accessor["bufferView"]]
    kind = {5126: "<f4", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4"}[accessor["componentType"]]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor["type"]]
    return np.frombuffer(data, kind, accessor["count"] * width, view["byteOffset"]).reshape(-1, width)


def times(motion):
    return np.arange(len(motion)) * float(1 / motion.fps)


def test_three_has_the_bones_and_the_skin_where_the_body_has_them(written):
    path, figures, body, motion = written
    found = by_three(path, times(motion))
    assert found["names"] == list(body.bones.names) and not found["warnings"]
    assert found["duration"] == pytest.approx(times(motion)[-1], abs=1e-4)
    valid, pose = body.valid, body.posed(0, len(body))
    wanted = world(body, motion, pose.places)
    off = (found["frames"] - wanted)[valid]
    shift = off[:, :1] if not figures["travels"] else off[:1, :1]
    assert np.abs(off - shift).max() < 0.0005  # 2 mm are promised
    coarse = level(body.rest, body.faces, 1000).apply(body.vertices(0, len(body)))[:, :: found["step"]]
    skin = found["vertices"][valid] - (world(body, motion, coarse)[valid] + shift)
    assert np.linalg.norm(skin, axis=-1).max() * 1000 < figures["max_error_mm"] + 3  # three takes four of eight bones


def test_it_stands_on_the_floor_and_travels(written):
    path, figures, body, motion = written
    found = by_three(path, times(motion))
    lowest = found["vertices"][body.valid][..., 1].min(1)
    assert lowest.min() > -0.03 and np.median(lowest) < 0.1
    if figures["travels"]:
        root, moved = motion.root[body.valid] * FLIP, found["frames"][body.valid][:, body.bones.at("root")]
        np.testing.assert_allclose(np.ptp(moved[:, 0]), np.ptp(root[:, 0]), atol=0.03)
        assert np.ptp(moved[:, 1]) > 0.2  # a squat goes down
    nose_to_toe = found["vertices"][body.valid][..., 1].max(1) - lowest
    assert (nose_to_toe > 0.8).all()  # right way up: the feet are below


def test_it_faces_the_viewer(written):
    path, _, body, _ = written
    scene, data = parts(path)
    attributes = scene["meshes"][0]["primitives"][0]["attributes"]
    points = array(scene, data, attributes["POSITION"])
    left = next(i for i, n in enumerate(body.bones.names) if n in ("left_hand", "l_wrist"))
    foot = [i for i, n in enumerate(body.bones.names) if n.startswith(("left_foot", "l_foot", "l_ball", "l_trans"))]
    holds = array(scene, data, attributes["JOINTS_0"])[:, 0]
    assert points[holds == left][:, 0].mean() > 0.2  # the person's left is at the viewer's right
    assert points[np.isin(holds, foot)][:, 2].max() > points[:, 2].mean() + 0.05  # toes point at the viewer
    assert np.ptp(points[:, 1]) > np.ptp(points[:, 2]) * 2


def test_frames_without_a_body_hold_the_one_before(written):
    path, _, body, motion = written
    found = by_three(path, times(motion))["frames"]
    for frame in np.flatnonzero(~body.valid):
        earlier = np.flatnonzero(body.valid[:frame])
        same = earlier[-1] if len(earlier) else np.flatnonzero(body.valid)[0]
        np.testing.assert_allclose(found[frame], found[same], atol=2e-5)


def test_khronos_has_nothing_to_say(written):
    found = issues(written[0])
    assert found["numErrors"] == found["numWarnings"] == 0, found["messages"]


def test_trimesh_reads_the_same_closed_surface(written):
    path, figures, body, _ = written
    mesh = next(iter(trimesh.load(path, process=False).geometry.values()))
    assert len(mesh.vertices) == figures["vertices"] and len(mesh.faces) == figures["faces"]
    assert mesh.is_watertight and mesh.volume == pytest.approx(
        trimesh.Trimesh(body.rest, body.faces, process=False).volume, rel=0.06
    )
    assert (
        mesh.vertex_normals * np.asarray(trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).vertex_normals)
    ).sum(1).mean() > 0.9


def test_quaternions_do_not_jump_and_numbers_are_clean(written):
    scene, data = parts(written[0])
    for accessor in range(len(scene["accessors"])):
        assert np.isfinite(array(scene, data, accessor)).all()
    clip = scene["animations"][0]
    for channel in clip["channels"]:
        if channel["target"]["path"] == "rotation":
            turn = array(scene, data, clip["samplers"][channel["sampler"]]["output"]) / 32767
            assert ((turn[1:] * turn[:-1]).sum(1) > 0).all()
            np.testing.assert_allclose(np.linalg.norm(turn, axis=1), 1, atol=1e-4)
    attributes = scene["meshes"][0]["primitives"][0]["attributes"]
    weights = [
        array(scene, data, attributes[f"WEIGHTS_{i}"]).astype(int) for i in (0, 1) if f"WEIGHTS_{i}" in attributes
    ]
    assert (np.concatenate(weights, 1).sum(1) == 65535).all()


def test_standing_still_is_an_animation_of_its_length_with_little_in_it(tmp_path):
    motion = motion_of(np.repeat(exercise(1), 30, 0))
    assert write_glb(tmp_path / "t.glb", Mannequin(motion), motion, "small")["tracks"] == 2
    assert by_three(tmp_path / "t.glb", np.zeros(1))["duration"] == pytest.approx(29 / 30, abs=1e-4)


@pytest.mark.parametrize("frames", [1, 2])
def test_the_shortest_movements(tmp_path, frames):
    motion = motion_of(exercise(frames))
    figures = write_glb(tmp_path / "t.glb", Mannequin(motion), motion, "small")
    assert figures["frames"] == frames and figures["bytes"] == (tmp_path / "t.glb").stat().st_size
    assert issues(tmp_path / "t.glb")["numErrors"] == 0
    assert len(parts(tmp_path / "t.glb")[0]["animations"]) == 1
    there = by_three(tmp_path / "t.glb", np.zeros(1))
    own = Mannequin(motion).posed(0, 1).places[0] * FLIP
    np.testing.assert_allclose(there["frames"][0] - there["frames"][0, :1], own - own[:1], atol=1e-4)


def test_refusals(tmp_path):
    body, motion = mannequin(4, gaps=(0, 1, 2, 3))
    with pytest.raises(PerscoachError, match="No body"):
        write_glb(tmp_path / "t.glb", body, motion)
    good, _ = mannequin(5, gaps=(1,))
    with pytest.raises(ValueError, match="4 frames"):
        write_glb(tmp_path / "t.glb", good, motion)
    with pytest.raises(ValueError, match="small, medium"):
        write_glb(tmp_path / "t.glb", body, motion, "huge")
    assert not list(tmp_path.iterdir())
