"""The z-buffer."""

import numpy as np

from assets.mannequin.raster import rasterise

POINTS = np.array([[2.0, 2], [2, 18], [18, 2], [18, 18]])
FACES = np.array([[0, 1, 2], [2, 1, 3]])


def test_a_square_is_filled_once_and_weights_are_places():
    face, bary = rasterise(POINTS, np.ones(4), FACES, 20, 20)
    assert (face >= 0).sum() == 16 * 16
    assert face[2, 2] == 0 and face[17, 17] == 1
    y, x = np.argwhere(face >= 0).T
    corners = POINTS[FACES[face[y, x]]]
    np.testing.assert_allclose((corners * bary[y, x][..., None]).sum(1), np.stack([x, y], 1) + 0.5, atol=1e-4)


def test_back_faces_and_places_outside_are_left_out():
    assert (rasterise(POINTS, np.ones(4), FACES[:, ::-1], 20, 20)[0] == -1).all()
    assert (rasterise(POINTS - 100, np.ones(4), FACES, 20, 20)[0] == -1).all()


def test_the_nearer_one_is_seen_whatever_the_order_and_size():
    points = np.concatenate([POINTS, POINTS * 0.4 + 5])
    depth = np.array([5.0] * 4 + [2.0] * 4)
    faces = np.concatenate([FACES, FACES + 4])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
        face, _ = rasterise(points, depth, faces[order], 20, 20)
        assert order[face[9, 9]] >= 2 and order[face[3, 3]] < 2
