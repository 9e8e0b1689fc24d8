"""Makes the mannequin's mesh: ``perscoach/avatar/mannequin.npz``.

    python assets/make_mannequin.py [--out FILE]

The shape is a signed distance field (``mannequin/figure.py``), polygonised by naive surface nets and evened out; the skin
weights follow from where a vertex lies at rest. The same code gives the same file, but for the last bits of the
processor's arithmetic.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assets.mannequin import figure
from assets.mannequin.surface import grid_points, project, relax, surface_nets, triangles
from perscoach.avatar.rig import MESH, bone_names
from perscoach.core.arrays import Array
from perscoach.core.files import atomic
from perscoach.motion import FLIP

# Where along a limb each bone holds the skin: metres from the body's middle (arms) or below the hips (legs); between
# two rows the hold passes evenly from one to the other. ``None`` is the torso.
_ARM = (
    (0.100, None), (0.165, "shoulder"), (0.235, "upper_arm"), (0.320, "upper_arm_mid"), (0.400, "upper_arm_end"),
    (0.420, "upper_arm_end"), (0.463, "elbow"), (0.506, "forearm"), (0.540, "forearm"), (0.610, "forearm_mid"),
    (0.685, "forearm_end"), (0.735, "hand"),
)  # fmt: skip
_LEG = (
    (-0.080, None), (0.000, "hip"), (0.085, "thigh"), (0.340, "thigh_end"), (0.370, "thigh_end"), (0.430, "knee"),
    (0.490, "shin"), (0.775, "shin"), (0.825, "ankle"), (0.868, "foot"),
)  # fmt: skip
_TORSO = ((0.030, "pelvis"), (0.140, "spine"), (0.300, "chest"), (0.525, "chest"), (0.570, "neck"), (0.595, "neck"), (0.645, "head"))  # fmt: skip


@dataclass(frozen=True)
class RestMesh:
    """The body at rest, in the body's own axes (``body``).

    Attributes:
        vertices: (V, 3) float64 metres.
        faces: (N, 3) int32, counter-clockwise seen from outside.
        mirror: (V,) the vertex on the other side.
    """

    vertices: Array
    faces: Array
    mirror: Array


@lru_cache(maxsize=1)
def rest_mesh() -> RestMesh:
    """The one rest mesh (about a second the first time)."""
    axes = figure.grid()
    shape = tuple(len(a) for a in axes)
    values = figure.distance(grid_points(axes)).reshape(shape)
    values = 0.5 * (values + values[::-1])  # exactly symmetric, so that cells pair up
    points, quads, cells = surface_nets(values, axes)
    mirror = _mirror(cells, shape[0] - 1)
    for _ in range(4):
        points = _even(relax(points, quads, 2, 0.4), mirror)
        points = _even(project(figure.distance, points, 2, 0.008), mirror)
    points = _even(relax(points, quads, 1, 0.25), mirror)  # takes the last roughness off thin parts
    return RestMesh(points, triangles(points, quads), mirror)


def _mirror(cells: Array, width: int) -> Array:
    key = {tuple(c): i for i, c in enumerate(cells.tolist())}
    return np.array([key[(width - 1 - x, y, z)] for x, y, z in cells.tolist()])


def _even(points: Array, mirror: Array) -> Array:
    """Make both sides equal to their mean."""
    return 0.5 * (points + points[mirror] * np.array([-1.0, 1, 1]))


def _spread(at: Array, table: tuple[tuple[float, str | None], ...]) -> list[tuple[str | None, Array]]:
    """The hold of every row of a table at the given places; adds up to 1."""
    stops = np.array([t for t, _ in table])
    return [(name, np.interp(at, stops, np.eye(len(table))[i])) for i, (_, name) in enumerate(table)]


def skin_weights(v: Array, names: list[str]) -> Array:
    """(V, B) from where a vertex lies at rest (body axes: x to the person's left, y up, z to the front)."""
    w = np.zeros((len(v), len(names)))
    x, y, z = v.T
    left = np.clip(0.5 + x / 0.07, 0, 1)
    left = left * left * (3 - 2 * left)
    rest = np.ones(len(v))
    # The arm pits slope: below the shoulder the flank stays with the torso.
    reach = np.abs(x) - 0.8 * np.maximum(0, 0.45 - y) * (np.abs(x) < 0.26)
    # Between the legs the skin stays with the pelvis; there is no leg skin near the middle further down.
    depth = -y - 1.6 * np.maximum(0, 0.05 - np.abs(x))
    for place, table, among in ((reach, _ARM, y > 0.25), (depth, _LEG, y < 0.15)):
        for bone, hold in _spread(np.where(among, place, -1.0), table):
            if bone is None:
                torso = hold
                continue
            w[:, names.index(f"left_{bone}")] += hold * left
            w[:, names.index(f"right_{bone}")] += hold * (1 - left)
        rest = rest * torso
    for bone, hold in _spread(y + 0.5 * np.maximum(0, z - 0.035) * (y > 0.55), _TORSO):
        w[:, names.index(str(bone))] += hold * rest
    return w / w.sum(1, keepdims=True)


def made() -> dict[str, Array]:
    """The arrays of the file; see ``perscoach.avatar.rig.MESH``."""
    mesh = rest_mesh()
    weights = skin_weights(mesh.vertices, bone_names()[0])
    shares = np.round(weights * 65535)
    most = int((shares > 0).sum(1).max())
    bones = np.argsort(-shares, axis=1, kind="stable")[:, :most]
    return {
        "vertices": (mesh.vertices * FLIP).astype("<f4"),
        "faces": mesh.faces.astype("<u2"),
        "bones": bones.astype("u1"),
        "shares": np.take_along_axis(shares, bones, 1).astype("<u2"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=MESH)
    out = parser.parse_args().out
    with atomic(out) as part, part.open("wb") as file:
        np.savez_compressed(file, **made())
    print(f"{out.name}: {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
