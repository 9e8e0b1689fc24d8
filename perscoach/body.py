"""``MovingBody``: bones, a rest mesh held by them, and where both are in every frame.

Space: ``Motion``'s axes (x to the image's right, y down, z away from the camera), metres, centred on the hips' middle in
every frame. At rest the figure faces the camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from perscoach.core.arrays import Array


@dataclass(frozen=True)
class Bones:
    """A tree of bones.

    Attributes:
        names: one name per bone, no two the same.
        parents: index of each bone's parent; a parent stands before its children, -1 is a root.

    Raises:
        ValueError: another length, a parent that does not stand before its child, or a name that stands twice.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.parents):
            raise ValueError(f"bones: expected one parent per name, got {len(self.parents)} for {len(self.names)}")
        if len(set(self.names)) != len(self.names):
            raise ValueError("bones: expected names that differ")
        for index, parent in enumerate(self.parents):
            if not -1 <= parent < index:
                raise ValueError(f"bones: expected the parent of bone {index} at -1..{index - 1}, got {parent}")

    def __len__(self) -> int:
        return len(self.names)

    def at(self, name: str) -> int:
        """The index of a bone."""
        return self.names.index(name)


@dataclass(frozen=True)
class Pose:
    """The bones of every frame: a point p of the rest body that is held by bone b alone lies at
    ``rotations[f, b] @ (p - pivots[b]) + places[f, b]``.

    Attributes:
        rotations: (F, B, 3, 3) float32. places: (F, B, 3) float32 metres. NaN in frames without a body.
    """

    rotations: Array
    places: Array


class MovingBody(Protocol):
    """What exporters and the viewer read: a ``Mannequin`` or a ``StoredBody``."""

    @property
    def name(self) -> str:
        """``mannequin`` or ``mhr``."""

    @property
    def faces(self) -> Array:
        """(N, 3) int32, counter-clockwise seen from outside."""

    @property
    def bones(self) -> Bones:
        """B bones."""

    @property
    def rest(self) -> Array:
        """(V, 3) float32, the vertices at rest."""

    @property
    def pivots(self) -> Array:
        """(B, 3) float32, where each bone turns at rest."""

    @property
    def weights(self) -> Array:
        """(V, B) float32, how far each vertex follows each bone; rows sum to 1."""

    @property
    def valid(self) -> Array:
        """(F,) bool, frames with a body."""

    def __len__(self) -> int:
        """F."""

    def vertices(self, start: int, stop: int) -> Array:
        """(n, V, 3) float32, the true vertices of frames ``start`` to ``stop`` (not included); NaN where there is no
        body. Ask for a few hundred frames at a time."""

    def posed(self, start: int, stop: int) -> Pose:
        """The bones of these frames."""
