"""The notices that go with a body of SAM 3D Body's: whose model made it, and under which terms."""

from __future__ import annotations

import shutil
from pathlib import Path

from perscoach.bundles import layout
from perscoach.core.files import atomic

MADE_BY_SAM = ("sam3d", "recorded")
"""Engines whose numbers come from SAM 3D Body."""

_MAX_LICENCE = 1 << 20

_TEXT = """\
About the movement and the body in this folder

The files under poses/ were computed with SAM 3D Body, a model by Meta ("SAM Materials" in its licence).
Whoever receives them receives them under the SAM License; using or passing them on means keeping to it.
  The model:    https://github.com/facebookresearch/sam-3d-body
  Its licence:  {licence}
In short, and not in place of reading it: the licence allows use, also commercial, changes and passing on, together with a
copy of the licence; it asks to name SAM 3D Body in research that is published, to keep to privacy, data protection and
trade control laws, and it rules out military, weapons, nuclear and espionage uses. Results come without any warranty.

The body's shape, bones and triangles are those of MHR (Momentum Human Rig) by Meta, under the Apache License 2.0.
  The rig:      https://github.com/facebookresearch/MHR
  Its licence:  https://www.apache.org/licenses/LICENSE-2.0

What was changed: the model's frame-by-frame results were steadied in time, gaps were filled, the mesh was made coarser,
and all of it was written as JSON, NumPy, glTF and BVH files by perscoach.
"""
_HERE = f"{layout.SAM_LICENSE} in this folder"
_THERE = "https://github.com/facebookresearch/sam-3d-body/blob/main/LICENSE"


def write_notice(folder: Path, engine: str) -> None:
    """Write ``NOTICE.txt`` where SAM 3D Body made the movement, with its licence beside it where upstream is installed.

    Args:
        folder: the bundle.
        engine: of the movement.
    """
    if engine not in MADE_BY_SAM:
        return
    licence = _licence()
    if licence is not None:
        with atomic(folder / layout.SAM_LICENSE) as part:
            shutil.copyfile(licence, part)
    with atomic(folder / layout.NOTICE) as part:
        part.write_text(_TEXT.format(licence=_THERE if licence is None else _HERE), encoding="utf-8")


def _licence() -> Path | None:
    """Upstream's own licence file, where upstream is here."""
    from perscoach.pose.sam3d import upstream

    path = upstream.folder_of(upstream.BODY) / "LICENSE"
    return path if path.is_file() and path.stat().st_size <= _MAX_LICENCE else None
