"""Rest poses, bone names and travel of the files for 3D programs, read back by three.js and Khronos' validator."""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from perscoach.avatar.bvh import write_bvh
from perscoach.avatar.gltf import write_glb
from perscoach.avatar.mannequin import Mannequin
from perscoach.avatar.options import RESTS
from perscoach.avatar.rigging import RigSettings
from perscoach.core.errors import SettingsError
from perscoach.recipe import Recipe
from tests.avatar.bodies import mannequin, standin, world
from tests.avatar.poses import exercise, motion_of
from tests.avatar.second_reader import by_three, issues

LIMBS = {
    ("mannequin", "own"): ("left_upper_arm", "left_forearm", "left_hand", "left_thigh", "left_shin", "left_foot"),
    ("mhr", "own"): ("l_uparm", "l_lowarm", "l_wrist", "l_upleg", "l_lowleg", "l_foot"),
    "blender": ("upper_arm.L", "forearm.L", "hand.L", "thigh.L", "shin.L", "foot.L"),
    "mixamo": tuple(f"mixamorig:Left{part}" for part in ("Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot")),
}
CENTRE = {
    "blender": ("spine", "spine.001", "spine.006"),
    "mixamo": ("mixamorig:Hips", "mixamorig:Spine", "mixamorig:Head"),
}


@pytest.fixture(scope="module", params=["mannequin", "mhr"])
def moving(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return mannequin(24, gaps=()) if request.param == "mannequin" else standin(folder, 24)


def plain(name):
    """three.js takes these signs out of names."""
    return "".join(sign for sign in name if sign not in ".:")


def limbs(body, style):
    return [plain(name) for name in (LIMBS[style] if style in LIMBS else LIMBS[body.name, style])]


def at(found, names, key):
    return found[key][..., [found["names"].index(name) for name in names], :]


@pytest.mark.parametrize(("rest", "names"), [("t", "own"), ("own", "blender"), ("a", "mixamo"), ("filmed", "blender")])
def test_the_skin_moves_as_the_body_does_however_it_is_rigged(moving, tmp_path, rest, names):
    body, motion = moving
    figures = write_glb(tmp_path / "t.glb", body, motion, "small", rig=RigSettings(rest, names))
    found = issues(tmp_path / "t.glb")
    assert found["numErrors"] == found["numWarnings"] == 0, found["messages"]
    read = by_three(tmp_path / "t.glb", np.arange(len(motion)) / float(motion.fps))
    wanted = limbs(body, names)
    own = body.bones.names
    places = body.posed(0, len(body)).places[:, [own.index(n) for n in limbs(body, "own")]]
    off = (at(read, wanted, "frames") - world(body, motion, places))[body.valid]
    shift = off[:, :1] if not figures["travels"] else off[:1, :1]
    assert np.abs(off - shift).max() < 0.0005
    assert figures["mean_error_mm"] < 3, "the skin, bound in another pose"
    assert read["rest"][:, 1].min() > -0.001, "at rest it stands on the floor"
    for name in CENTRE.get(names, ()):
        assert plain(name) in read["names"]


@pytest.mark.parametrize("suffix", [".glb", ".bvh"])
@pytest.mark.parametrize(("rest", "down"), [("t", 0.0), ("a", 45.0)])
def test_limbs_are_straight_at_rest(moving, tmp_path, rest, down, suffix):
    body, motion = moving
    path = tmp_path / f"t{suffix}"
    write = write_glb if suffix == ".glb" else write_bvh
    write(path, body, motion, rig=RigSettings(rest, "mixamo"))
    read = by_three(path, np.zeros(1))
    shoulder, elbow, wrist, hip, knee, ankle = at(read, limbs(body, "mixamo"), "rest")
    arm = [np.cos(np.radians(down)), -np.sin(np.radians(down)), 0.0]
    for start, end, wanted in (
        (shoulder, elbow, arm),
        (elbow, wrist, arm),
        (hip, knee, [0, -1, 0]),
        (knee, ankle, [0, -1, 0]),
    ):
        np.testing.assert_allclose((end - start) / np.linalg.norm(end - start), wanted, atol=2e-3)


def test_a_bvh_moves_the_same_from_any_rest_pose(moving, tmp_path):
    body, motion = moving
    frames = {}
    for rest, names in zip(RESTS, ("own", "mixamo", "blender", "own"), strict=True):
        path = tmp_path / f"{rest}.bvh"
        assert write_bvh(path, body, motion, rig=RigSettings(rest, names))["max_error_mm"] < 0.2
        read = by_three(path, np.arange(len(motion)) / float(motion.fps))
        frames[rest] = at(read, limbs(body, names), "frames")
    for rest in RESTS[1:]:
        np.testing.assert_allclose(frames[rest], frames["own"], atol=0.05)  # centimetres


def test_a_limb_is_a_chain_whose_bones_point_along_it(moving, tmp_path):
    body, motion = moving
    write_glb(tmp_path / "t.glb", body, motion, "small", rig=RigSettings("t", "blender"))
    nodes = scene_of(tmp_path / "t.glb")["nodes"]
    index = {node["name"]: node for node in nodes}
    for upper, lower in itertools.pairwise(("upper_arm.L", "forearm.L", "hand.L")):
        assert lower in [nodes[child]["name"] for child in index[upper]["children"]]
        x, y, z = index[lower]["translation"]
        assert y > 0.1 and np.hypot(x, z) < 0.02 * y, "along the parent's y axis"


@pytest.mark.parametrize("suffix", [".glb", ".bvh"])
def test_the_travel_is_in_the_files_unless_the_body_is_kept_in_place(tmp_path, suffix):
    body, motion = standin(tmp_path, 24)
    write = write_glb if suffix == ".glb" else write_bvh
    hips = {}
    for in_place in (False, True):
        path = tmp_path / f"t{suffix}"
        assert write(path, body, motion, rig=RigSettings(in_place=in_place))["travels"] is not in_place
        read = by_three(path, np.arange(len(motion)) / float(motion.fps))
        hips[in_place] = at(read, ["root"], "frames")[:, 0] / (1 if suffix == ".glb" else 100)
    root = motion.root[body.valid]
    assert np.ptp(hips[False][:, 0]) == pytest.approx(np.ptp(root[:, 0]), abs=0.03) and np.ptp(root[:, 0]) > 0.2
    turning = 0.06  # the hips' middle stays; the bone beside it turns about it
    assert np.ptp(hips[True][:, 0]) < turning and np.ptp(hips[True][:, 2]) < turning
    np.testing.assert_allclose(hips[True][:, 1], hips[False][:, 1], atol=1e-3)


@pytest.mark.parametrize("suffix", [".glb", ".bvh"])
def test_a_known_floor_is_level_under_a_camera_that_looks_down(tmp_path, suffix):
    frames, height = 12, 0.95
    standing = exercise(1).repeat(frames, 0)
    tilt = Rotation.from_euler("x", 20, degrees=True).as_matrix()
    along = np.linspace(0, 0.8, frames)
    root = np.stack([along, np.zeros(frames), 3 + along], 1) @ tilt.T  # walks over the level floor
    up = tilt @ [0.0, -1, 0]
    motion = dataclasses.replace(
        motion_of(standing @ tilt.T),
        root=root.astype(np.float32),
        floor=np.tile([*up, -height], (frames, 1)).astype(np.float32),
    )
    body, path = Mannequin(motion), tmp_path / f"t{suffix}"
    (write_glb if suffix == ".glb" else write_bvh)(path, body, motion)
    read = by_three(path, np.arange(frames) / 30)
    places = at(read, ["pelvis", "left_foot", "right_foot", "head"], "frames") / (1 if suffix == ".glb" else 100)
    np.testing.assert_allclose(places[:, 0, 1], height, atol=2e-3)
    np.testing.assert_allclose(places[:, 1, 1], places[:, 2, 1], atol=0.01)
    lean = places[0, 3] - places[0, 0]
    assert np.hypot(lean[0], lean[2]) < 0.1 * lean[1], "upright, not leaning by 20 degrees"
    np.testing.assert_allclose(places[-1, 0] - places[0, 0], [0.8, 0, -0.8], atol=5e-3)


def test_the_recipe_carries_the_settings():
    recipe = Recipe(rig=RigSettings("t", "mixamo", True))
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_json({}).rig == RigSettings()
    for wrong in ({"rest": "x"}, {"names": "maya"}, {"in_place": 1}):
        with pytest.raises(SettingsError):
            Recipe.from_json({"rig": wrong})


def scene_of(path):
    import json
    import struct

    raw = path.read_bytes()
    return json.loads(raw[20 : 20 + struct.unpack("<I", raw[12:16])[0]])
