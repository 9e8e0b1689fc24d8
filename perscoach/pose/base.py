"""The pose protocol and its settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from perscoach.core.arrays import Array
from perscoach.core.checks import check_choice, check_flag, check_number, check_point
from perscoach.core.device import check_device
from perscoach.core.progress import Monitor
from perscoach.core.settings import EngineFiles
from perscoach.core.store import Store, store_of
from perscoach.people.watch import People, PeopleSettings, watch
from perscoach.pose import options
from perscoach.skeleton import Skeleton

if TYPE_CHECKING:
    from perscoach.media.types import Clip
    from perscoach.motion import Motion

ENGINE_NAMES = options.ENGINES
LENSES = (*options.LENSES, "custom")
DETAILS, PERSONS = options.DETAILS, options.PERSONS


@dataclass(frozen=True)
class PoseSettings:
    """Everything that decides the movement.

    Attributes:
        engine: which engine; ``auto`` takes the first that can run here.
        model: MediaPipe's size: ``lite``, ``full`` or ``heavy``; ``auto`` as ``perscoach.people.sizes`` finds.
        skip: every N-th frame is processed and the result has ``fps / N``.
        smoothing: 0 (as measured) .. 1 (very steady); zero phase, never across a gap.
        device: ``auto``, ``cpu`` or ``cuda`` (``cuda:N``).
        trainer: (x, y) in 0..1 of the picture, a point on the trainer where several people are in it, or ``None``.
        hands: SAM 3D Body's full mode: fingers too, at several times the work.
        lens: which camera filmed: a phone's main camera, a webcam, upstream's own assumption (SAM 3D Body's; for MediaPipe
            a phone's), or ``custom`` with ``lens_mm``.
        lens_mm: focal length, millimetres of a 35 mm camera's.
        detail: how many vertices ``trainer_poses.npz`` gets; see ``perscoach.avatar.detail``.
        person: where SAM 3D Body's box and mask come from; ``auto`` takes the matte where there is one.
    """

    engine: str = "auto"
    model: str = "auto"
    skip: int = 1
    smoothing: float = 0.4
    device: str = "auto"
    trainer: tuple[float, float] | None = None
    hands: bool = False
    lens: str = "phone"
    lens_mm: float = 26.0
    detail: str = "small"
    person: str = "auto"

    def __post_init__(self) -> None:
        check_choice("pose engine", self.engine, ENGINE_NAMES)
        check_choice("pose model", self.model, options.MODELS)
        object.__setattr__(self, "skip", int(check_number("skip", self.skip, 1, 60)))
        check_number("smoothing", self.smoothing, 0, 1)
        check_choice("lens", self.lens, LENSES)
        check_number("lens_mm", self.lens_mm, 8, 400)
        check_choice("detail", self.detail, DETAILS)
        check_choice("person", self.person, PERSONS)
        check_device("device", self.device)
        check_flag("hands", self.hands)
        if self.trainer is not None:
            object.__setattr__(self, "trainer", check_point("trainer", self.trainer))


@dataclass(frozen=True)
class Observation:
    """What an engine saw of the trainer in one frame.

    Attributes:
        joints_3d: (J, 3) float32 metres, the axes of ``Motion``, any origin (the stage centres it).
        keypoints_2d: (J, 2) float32 pixels.
        confidence: (J,) float32 0..1.
        root: (3,) float32 metres, where the joints' origin stands in camera space, or ``None``.
        parameters: (P,) float32, the engine's own numbers (a rig's parameters), or ``None``.
    """

    joints_3d: Array
    keypoints_2d: Array
    confidence: Array
    root: Array | None = None
    parameters: Array | None = None


@dataclass
class Raw:
    """What the engine saw, before any cleaning; NaN (confidence 0) where ``found`` is false.

    Attributes:
        found: (F,) bool; joints: (F, J, 3); keypoints: (F, J, 2); confidence: (F, J); root: (F, 3); all float32.
        parameters: (F, P) float32, the engine's own numbers.
    """

    found: Array
    joints: Array
    keypoints: Array
    confidence: Array
    root: Array
    parameters: Array


class PersonCue(Protocol):
    """Where the trainer is known to be: the matte, as a cue for an engine that wants a box or a mask.

    Attributes:
        key: changes when the alphas do.
    """

    key: str

    def alpha(self, index: int) -> Array:
        """(H, W) uint8 of the clip's frame ``index``."""


class Take(NamedTuple):
    """What an engine is opened for.

    Attributes:
        clip: the normalised clip.
        settings: of the pose stage.
        folder: the job's.
        cue: where the trainer is, where that is known already.
        monitor: receives notes; asked whether to go on.
        people: the landmarker's pass; one for the landmarks alone unless given.
        store: where results lie; the folder's own unless given.
        files: the engine's own files, where they are named.
    """

    clip: Clip
    settings: PoseSettings
    folder: Path
    cue: PersonCue | None
    monitor: Monitor
    people: PeopleSettings | None = None
    store: Store | None = None
    files: EngineFiles = EngineFiles()

    def watched(self, masks: bool = False) -> People:
        """The one pass of the landmarker over this clip.

        Args:
            masks: whether masks are needed whatever ``people`` says.

        Raises:
            ModelError: its model is missing or damaged.
        """
        settings = self.people or PeopleSettings(
            self.settings.model, self.settings.trainer, self.settings.skip, masks=False
        )
        if masks and not settings.masks:
            settings = replace(settings, step=1, masks=True)
        return watch(self.clip, settings, self.store or store_of(self.folder))


class PoseEngine(Protocol):
    """One way to find the body. State (a tracker) lives in the object: one object per pass.

    A frame here is an output frame: every ``skip``-th of the clip.

    Attributes:
        parameters: how many numbers of its own each observation carries; 0 for none.
        warm_up: observations that are made again, and dropped, where a stopped pass resumes, until a tracker has settled;
            0 where nothing is carried from frame to frame.
        pictures: whether it looks at the frames. Otherwise it gets black ones, nothing is decoded for it, and its
            observations are not stored a second time.
        keeps_body: whether ``finish`` stores a body.
    """

    name: str
    skeleton: Skeleton
    parameters: int
    warm_up: int
    pictures: bool
    keeps_body: bool

    def describe(self) -> dict[str, str]:
        """What runs, for the manifest and for the keys of stored results: model, runtime, weights."""

    def observe(self, frames: Iterable[Array], fps: float, first: int = 0) -> Iterator[Observation | None]:
        """One observation of the trainer, or ``None`` for a miss, for each (H, W, 3) uint8 RGB frame, in order.

        Args:
            frames: output frames; fps: how many of them make a second.
            first: the index of the first one.
        """

    def finish(self, raw: Raw, folder: Path) -> Motion:
        """Everything after observing: cleaning, smoothing, forward kinematics. Also called where nothing had to be
        observed; what is heavy is opened when it is needed.

        Args:
            raw: what was observed in all frames.
            folder: holds the body, where ``keeps_body``; one that is there is read.
        """

    def close(self) -> None:
        """Release memory and threads."""
