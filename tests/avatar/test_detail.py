"""Levels of detail stay closed, outward and close to the mesh, on a sphere, the mannequin and the real topology."""

from types import SimpleNamespace

import numpy as np
import pytest
import trimesh

from perscoach.avatar.detail import LEVELS, level
from perscoach.avatar.rig import rig
from tests.avatar.surfaces import distances, is_closed, turns, volume


@pytest.fixture(scope="module")
def real(sam3d_folder):
    ply = trimesh.load(sam3d_folder / "mhr_lod1_topology.ply", process=False)
    rest, faces = np.asarray(ply.vertices) / 100, np.asarray(ply.faces)
    levels = {name: level(rest, faces, count) for name, count in LEVELS.items() if count}
    return SimpleNamespace(rest=rest, faces=faces, levels=levels, folder=sam3d_folder)


def test_a_sphere_keeps_its_shape():
    ball = trimesh.creation.icosphere(5)
    points, faces = np.asarray(ball.vertices), np.asarray(ball.faces)
    found = level(points, faces, 400)
    assert len(found) == 400 and is_closed(found.faces)
    assert len(found.faces) == 2 * 400 - 4  # Euler: still a sphere
    assert volume(found.apply(points), found.faces) == pytest.approx(4 / 3 * np.pi, rel=0.04)
    assert turns(found.apply(points), found.faces, points, faces).min() > 0.85


def test_it_is_the_same_every_time():
    body = rig()
    a, b = (level(body.vertices, body.faces, 900) for _ in range(2))
    np.testing.assert_array_equal(a.faces, b.faces)
    np.testing.assert_array_equal(a.triangles, b.triangles)


@pytest.mark.parametrize("count", [400, 1000, 2500])
def test_the_mannequin_stays_closed_and_outward(count):
    body = rig()
    found = level(body.vertices, body.faces, count)
    points = found.apply(body.vertices)
    assert len(found) == count and is_closed(found.faces)
    assert volume(points, found.faces) == pytest.approx(volume(body.vertices, body.faces), rel=0.08)
    assert found.faces.dtype == np.int32 and found.triangles.dtype == np.int32 and found.shares.dtype == np.float32


def test_all_is_the_mesh_itself():
    body = rig()
    for count in (None, len(body.vertices), 10**6):
        found = level(body.vertices, body.faces, count)
        np.testing.assert_array_equal(found.faces, body.faces)
        np.testing.assert_array_equal(found.apply(body.vertices), body.vertices)


def test_mixed_shares_are_applied():
    body = rig()
    found = level(body.vertices, body.faces, 500)
    mixed = type(found)(body.faces[:10], np.full((10, 3), 1 / 3, np.float32), found.faces[:0])
    np.testing.assert_allclose(mixed.apply(body.vertices), body.vertices[body.faces[:10]].mean(1), atol=1e-7)
    track = np.stack([body.vertices, 2 * body.vertices]).astype(np.float32)
    assert mixed.apply(track).shape == (2, 10, 3) and mixed.apply(track).dtype == np.float32


def test_a_rim_stays_where_it_is():
    sheet = trimesh.creation.icosphere(4)
    points = np.asarray(sheet.vertices)
    faces = np.asarray(sheet.faces)[points[sheet.faces].mean(1)[:, 2] > 0]
    found = level(points, faces, 300)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    unique, times = np.unique(edges, axis=0, return_counts=True)
    rim = points[np.unique(unique[times == 1])]
    assert distances(rim, found.apply(points), found.faces).max() < 1e-6


def test_a_shape_that_cannot_be_coarser_is_left():
    solid = trimesh.creation.box()
    found = level(np.asarray(solid.vertices), np.asarray(solid.faces), 4)
    assert is_closed(found.faces) and volume(found.apply(np.asarray(solid.vertices)), found.faces) > 0
    with pytest.raises(ValueError, match="at least 4"):
        level(np.asarray(solid.vertices), np.asarray(solid.faces), 3)


@pytest.mark.parametrize(
    ("name", "mean", "most"), [("large", 0.0008, 0.010), ("medium", 0.0014, 0.020), ("small", 0.0030, 0.030)]
)
def test_real_bodies_stay_close_to_the_full_mesh(real, name, mean, most):
    """The mean over the vertices is 0.5, 0.9 and 1.8 mm here."""
    found = real.levels[name]
    assert len(found) == LEVELS[name] and is_closed(found.faces)
    folded = (turns(real.rest, real.faces, real.rest, real.faces) < 0).sum()  # at the corners of the eyes and the mouth
    assert (turns(found.apply(real.rest), found.faces, real.rest, real.faces) < 0).sum() <= folded / 2
    for path in sorted(real.folder.glob("img_subj*.npz")):
        with np.load(path) as data:
            full = data["pred_vertices"].astype(float)
        coarse = found.apply(full)
        area = np.linalg.norm(
            np.cross(*(coarse[found.faces[:, i]] - coarse[found.faces[:, 0]] for i in (1, 2))), axis=1
        )
        assert area.min() > 0
        assert volume(coarse, found.faces) == pytest.approx(volume(full, real.faces), rel=0.06)
        away = distances(full[::7], coarse, found.faces)
        assert away.mean() < mean and away.max() < most, (path.name, away.mean(), away.max())


def test_hands_face_and_feet_are_still_there(real):
    """The extremes of the body (fingers, toes, nose, crown) stay within millimetres in every level."""
    for found in real.levels.values():
        coarse = found.apply(real.rest)
        np.testing.assert_allclose(coarse.min(0), real.rest.min(0), atol=0.006)
        np.testing.assert_allclose(coarse.max(0), real.rest.max(0), atol=0.006)
        hand = real.rest[:, 0] > 0.52
        assert (found.apply(real.rest)[:, 0] > 0.52).sum() > 40
        assert distances(real.rest[hand], coarse, found.faces).mean() < 0.0025
