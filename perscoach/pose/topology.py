"""Which vertices make the triangles of MHR's body, where a recording does not say it: MHR's own ``.ply``.

Meta publishes it with MHR (Apache-2.0) as ``tools/mhr_smpl_conversion/assets/mhr_face_mask.ply``; its vertices and faces
are in the model's order. perscoach brings no copy: ``PERSCOACH_MHR_TOPOLOGY`` names the file, or a ``.ply`` lies beside the
recording (in its folder, or in the folder of its file).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError
from perscoach.core.files import regular_file
from perscoach.core.npz import UNREADABLE

VARIABLE = "PERSCOACH_MHR_TOPOLOGY"
_MOST_BYTES = 64 << 20
_MOST_FACES = 400_000


def find_topology(recording: Path, named: Path | None = None) -> Path | None:
    """The ``.ply`` that the operator names, or the only one that lies beside ``recording``."""
    if named is not None:
        return named
    folder = recording if recording.is_dir() else recording.parent
    found = sorted(folder.glob("*.ply"))
    return found[0] if len(found) == 1 else None


def read_topology(path: Path, vertices: int) -> Array:
    """(N, 3) int32 faces of a ``.ply`` with ``vertices`` vertices.

    Raises:
        EngineError: not such a file, or of another body.
    """
    import trimesh

    regular_file(path, EngineError)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"over {_MOST_BYTES >> 20} MB")
        with path.open("rb") as file:
            mesh = trimesh.load_mesh(file, file_type="ply", process=False)
        faces = np.asarray(mesh.faces)
        if (
            len(mesh.vertices) != vertices
            or faces.ndim != 2
            or faces.shape[1] != 3
            or not 0 < len(faces) <= _MOST_FACES
        ):
            raise ValueError(f"expected triangles among {vertices} vertices")
        if not (0 <= int(faces.min()) and int(faces.max()) < vertices):
            raise ValueError("expected triangles of existing vertices")
    except UNREADABLE as error:
        reason = error.strerror if isinstance(error, OSError) else f"{error!s:.150}"
        raise EngineError("recorded.topology", name=path.name, reason=reason, variable=VARIABLE) from error
    return faces.astype(np.int32)
