"""``Motion``: the checked time series that everything after the pose stage reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from perscoach.body import MovingBody
from perscoach.core.arrays import Array
from perscoach.core.checks import check_array
from perscoach.skeleton import Skeleton

FLIP = np.array([1.0, -1.0, -1.0])
"""Factor for a point's coordinates from ``Motion``'s axes to glTF's and three.js' (y up, z to the viewer), and back."""

MEASURED, FILLED, GUESSED = 0, 1, 2
"""Values of ``Motion.seen``: seen in this frame; drawn through from measurements shortly before and after; neither."""

SEEN = ("measured", "filled", "guessed")
"""Their names, by value."""

CONTACTS = (
    *("left_heel", "right_heel", "left_toe", "right_toe", "left_knee", "right_knee"),
    *("left_hand", "right_hand", "left_elbow", "right_elbow", "left_hip", "right_hip"),
)
"""Parts of the body that may rest on the floor, in the order of ``Motion.contacts``."""


@dataclass(frozen=True)
class Motion:
    """A person's movement, one entry per output frame, misses included, so that index ``i`` is the time ``i / fps``.

    Space: metres; x to the image's right, y down, z away from the camera (OpenCV). Joints and vertices are centred on
    the middle of the hips in every frame; ``root`` carries the travel. Where ``valid`` is false the numbers of that
    frame are NaN (confidence 0).

    Attributes:
        fps: output frames per second.
        width, height: size of the picture that ``keypoints_2d`` is measured in, pixels.
        skeleton: names, edges and left/right pairs of the joints.
        joints_3d: (F, J, 3) float32, metres.
        keypoints_2d: (F, J, 2) float32, pixels.
        confidence: (F, J) float32, 0..1.
        valid: (F,) bool; frames with a body, measured or filled across a short gap.
        global_rot: (F, 3) float32, radians [rx, ry, rz]; R = Rz·Ry·Rx in the y-up frame (x right, y up, z towards
            the viewer); zero means upright and facing the camera, [1] is the turn about the vertical.
        root: (F, 3) float32, metres, the hips' middle in camera space; NaN where unknown.
        engine: which engine made it; made_by: what ran, in words: model, runtime, weights.
        seen: (F, J) uint8, ``MEASURED``, ``FILLED`` or ``GUESSED``. A guessed joint has a plausible place and no evidence:
            nothing may be concluded from it. Without it every joint of a valid frame counts as measured.
        contacts: (F, C) bool, which of ``CONTACTS`` rest on the floor. Without it none does.
        floor: (F, 4) float32, the floor under the person in camera space: (n, d) with the unit normal n up and n·p = d
            for its points p, metres; NaN where unknown.
        vertices: optional (F, V, 3) float32 with ``faces`` (N, 3) int32.
        body: the engine's own body, moving as the joints do, where the engine has one.
        extras: further arrays for ``trainer_poses.npz``: the engine's parameters, from which the body can be made again.
        measures: what the cleaning did, in numbers, for the manifest: ``jitter_before`` …

    Raises:
        TypeError, ValueError: from construction, with the expected and the actual shape.
    """

    fps: Fraction
    width: int
    height: int
    skeleton: Skeleton
    joints_3d: Array
    keypoints_2d: Array
    confidence: Array
    valid: Array
    global_rot: Array
    root: Array
    engine: str
    seen: Array = field(default_factory=lambda: np.empty(0))  # empty: as described above
    contacts: Array = field(default_factory=lambda: np.empty(0))
    floor: Array = field(default_factory=lambda: np.empty(0))
    vertices: Array | None = field(default=None)
    faces: Array | None = field(default=None)
    body: MovingBody | None = field(default=None, compare=False)
    extras: Mapping[str, Array] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)
    made_by: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.fps, Fraction) or self.fps <= 0:
            raise ValueError(f"fps: expected a positive Fraction, got {self.fps!r}")
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"size: expected positive pixels, got {self.width}x{self.height}")
        f, j = len(self.valid), len(self.skeleton)
        self._default("seen", lambda: np.where(self.valid, MEASURED, GUESSED)[:, None].repeat(j, 1).astype(np.uint8))
        self._default("contacts", lambda: np.zeros((f, len(CONTACTS)), bool))
        self._default("floor", lambda: np.full((f, 4), np.nan, np.float32))
        check_array("valid", self.valid, (f,), bool)
        check_array("joints_3d", self.joints_3d, (f, j, 3), np.float32)
        check_array("keypoints_2d", self.keypoints_2d, (f, j, 2), np.float32)
        check_array("confidence", self.confidence, (f, j), np.float32)
        check_array("global_rot", self.global_rot, (f, 3), np.float32)
        check_array("root", self.root, (f, 3), np.float32)
        check_array("seen", self.seen, (f, j), np.uint8)
        if self.seen.max(initial=0) > GUESSED:
            raise ValueError(f"seen: expected 0..{GUESSED}, got {self.seen.max()}")
        check_array("contacts", self.contacts, (f, len(CONTACTS)), bool)
        check_array("floor", self.floor, (f, 4), np.float32)
        if self.body is not None and len(self.body) != f:
            raise ValueError(f"body: expected {f} frames, got {len(self.body)}")
        if (self.vertices is None) != (self.faces is None):
            raise ValueError("vertices and faces: expected both or neither")
        if self.vertices is not None and self.faces is not None:
            v = check_array("vertices", self.vertices, (f, "V", 3), np.float32)["V"]
            check_array("faces", self.faces, ("N", 3), np.int32)
            if len(self.faces) and not (0 <= int(self.faces.min()) and int(self.faces.max()) < v):
                raise ValueError(f"faces: expected indices 0..{v - 1}, got {self.faces.min()}..{self.faces.max()}")

    def __len__(self) -> int:
        return len(self.valid)

    def _default(self, name: str, make: Callable[[], Array]) -> None:
        given: Array = getattr(self, name)
        if given.ndim == 1:
            object.__setattr__(self, name, make())
