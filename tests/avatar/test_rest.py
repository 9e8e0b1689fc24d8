"""The body at rest: one closed, outward, symmetric surface."""

import numpy as np

from assets.make_mannequin import made, rest_mesh
from assets.mannequin import figure
from perscoach.avatar.normals import vertex_normals
from perscoach.avatar.rig import MESH, rig


def edges(faces: np.ndarray) -> np.ndarray:
    return np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])


def test_every_edge_has_two_faces_that_turn_alike():
    directed = edges(rest_mesh().faces)
    assert len(np.unique(directed, axis=0)) == len(directed)
    known = {tuple(e) for e in directed.tolist()}
    assert all((b, a) in known for a, b in known)


def test_one_piece_of_the_promised_size():
    mesh = rest_mesh()
    assert 2000 <= len(mesh.vertices) <= 5500
    label = np.arange(len(mesh.vertices))
    a, b = edges(mesh.faces).T
    while True:
        low = label.copy()
        np.minimum.at(low, a, label[b])
        np.minimum.at(low, b, label[a])
        low = low[low]
        if (low == label).all():
            break
        label = low
    assert (label == 0).all()
    assert len(mesh.vertices) - len(edges(mesh.faces)) // 2 + len(mesh.faces) == 2  # a sphere: no tunnels


def test_faces_look_outwards():
    mesh = rest_mesh()
    normals = vertex_normals(mesh.vertices, mesh.faces)
    rise = figure.distance(mesh.vertices + 2e-3 * normals) - figure.distance(mesh.vertices - 2e-3 * normals)
    assert (rise > 0).mean() > 0.995
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    assert 0.055 < np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6 < 0.085  # m3: an adult of 1.75 m


def test_both_sides_are_mirror_images():
    mesh = rest_mesh()
    assert (mesh.mirror[mesh.mirror] == np.arange(len(mesh.vertices))).all()
    np.testing.assert_allclose(mesh.vertices[mesh.mirror] * [-1, 1, 1], mesh.vertices, atol=1e-9)


def test_the_shipped_file_is_what_the_generator_makes():
    """Within 10 µm and a thousandth of a weight: the last bits differ between processors."""
    with np.load(MESH, allow_pickle=False) as shipped:
        for name, array in made().items():
            assert shipped[name].dtype == array.dtype and shipped[name].shape == array.shape, name
        np.testing.assert_allclose(shipped["vertices"], made()["vertices"], atol=1e-5)
        np.testing.assert_array_equal(shipped["faces"], made()["faces"])
        shares = [np.zeros((len(shipped["bones"]), 64)) for _ in range(2)]
        for dense, file in zip(shares, (shipped, made()), strict=True):
            np.put_along_axis(dense, file["bones"].astype(int), file["shares"] / 65535, 1)
        np.testing.assert_allclose(*shares, atol=1e-3)
    assert MESH.stat().st_size < 200_000


def test_weights_are_shares_and_mirror():
    r, mirror = rig(), rest_mesh().mirror
    assert (r.weights >= 0).all()
    np.testing.assert_allclose(r.weights.sum(1), 1)
    other = [r.at(n.replace("left_", "@").replace("right_", "left_").replace("@", "right_")) for n in r.bones]
    np.testing.assert_allclose(r.weights[mirror][:, other], r.weights, atol=5e-5)
    assert all(parent < i for i, parent in enumerate(r.parents))
