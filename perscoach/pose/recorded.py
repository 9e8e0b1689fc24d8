"""The engine that replays stored outputs of SAM 3D Body: the real body without its weights.

Which recording is the operator's choice (``PERSCOACH_RECORDING`` or ``--recording``), never the browser's, and ``auto``
never takes it. What a recording looks like: ``perscoach.pose.recording``.

Where the rig is at hand the recording's parameters go the whole way of SAM 3D Body: steadied, and made into a body anew.
Without it the movement is shown as it was recorded: short gaps are filled, nothing is smoothed, and that is said.
"""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import Availability
from perscoach.core.errors import EngineError, PerscoachError
from perscoach.core.messages import joined, message
from perscoach.motion import Motion
from perscoach.people.tracking import TrainerTracker, box_of_points
from perscoach.pose.base import Observation, PoseSettings, Raw, Take
from perscoach.pose.camera import DIAGONAL_35MM
from perscoach.pose.recording import Recording
from perscoach.pose.sam3d.parameters import BODY_SIZE
from perscoach.skeleton import MHR70

if TYPE_CHECKING:
    from perscoach.pose.sam3d.rig import Rig

_PARAMETERS = ("global_rot", "body_pose_params", "hand_pose_params", "scale_params", "shape_params", "pred_cam_t")
"""A recording's names of what ``BodyParameters.pack`` packs, in its order."""
_SIZE_OFF = 0.02
"""Part of a picture's side by which the recorded one may differ from the clip's and still be the same."""
_FIT = 2.0
"""Pixels: where the 2D points fit the projected 3D ones no better than this, they do not tell the picture's size."""


def availability(path: Path | None) -> Availability:
    """Whether the operator has named a recording, and it exists."""
    if path is None:
        return Availability(False, message("recorded.not_named", variable="PERSCOACH_RECORDING"))
    id = "recorded.ready" if path.exists() else "recorded.missing"
    return Availability(path.exists(), message(id, name=path.name))


def open_engine(take: Take) -> RecordedEngine:
    """The engine over the recording that the operator has named (``take.files.recording``).

    Raises:
        EngineError: no such recording, or one that cannot be read.
    """
    path = take.files.recording
    state = availability(path)
    if path is None or not state.ok:
        raise EngineError(state.message)
    return RecordedEngine(path, take, rig_at_hand(take))


def rig_at_hand(take: Take) -> Callable[[], Rig] | None:
    """How to open the rig with SAM 3D Body's own weights, where they are here."""
    from perscoach.pose.sam3d.checkpoint import Weights

    try:
        if Weights.find(take.files.checkpoint, take.files.mhr).random or importlib.util.find_spec("torch") is None:
            return None
    except (PerscoachError, ImportError):
        return None

    def opened() -> Rig:
        from perscoach.pose.sam3d.finish import installed_rig

        return installed_rig(take)

    return opened


class RecordedEngine:
    """Replays one recording for one clip; see the module."""

    name = "recorded"
    skeleton = MHR70
    warm_up = 0
    pictures = False
    keeps_body = True

    def __init__(self, path: Path, take: Take, open_rig: Callable[[], Rig] | None = None) -> None:
        """
        Args:
            path: the recording.
            take: of the settings ``skip``, ``trainer``, ``smoothing`` and ``detail`` are read.
            open_rig: gives the rig; without it, or without parameters in the recording, it is shown as recorded.
        """
        self.recording = Recording(path)
        self._take = take
        self._open_rig = open_rig if self.recording.fields >= set(_PARAMETERS) else None
        self.parameters = 2 if self._open_rig is None else BODY_SIZE
        """A frame's own numbers: those of the rig, or which frame of the recording it is and which person in it."""
        self.count = -(-take.clip.frames // take.settings.skip)
        self._choices: Array | None = None
        self._scale: float | None = None

    def describe(self) -> dict[str, str]:
        way = "as recorded" if self._open_rig is None else "steadied"
        return {"engine": self.name, "recording": self.recording.path.name, "key": self.recording.key, "way": way}

    def entry(self, index: int) -> int:
        """The recording's frame for output frame ``index``; it may lie past the end.

        By time where the recording says its rate; else one recorded frame per output frame where there are just as
        many, and one per frame of the clip otherwise.
        """
        clip, skip = self._take.clip, self._take.settings.skip
        rate = self.recording.fps()
        if rate is not None:
            return round(index * skip / float(clip.fps) * rate)
        return index if self.recording.entries == self.count else index * skip

    def observe(self, frames: Iterable[Array], fps: float, first: int = 0) -> Iterator[Observation | None]:
        """What was recorded for each frame, ``None`` where nothing was.

        Raises:
            EngineError: the recording cannot be read, or is of another picture than the clip's.
        """
        self._tell()
        for index, frame in enumerate(frames, first):
            height, width = frame.shape[:2]
            entry = self.entry(index)
            person = self._choice(entry, width, height)
            found = None if person is None else self.recording.person(entry, person)
            if found is None or person is None:
                yield None
                continue
            if self._scale is None:
                self._scale = _scale_to(found, width, height, self.recording.path.name)
            points = found["pred_keypoints_2d"] * self._scale
            yield Observation(
                joints_3d=found["pred_keypoints_3d"],
                keypoints_2d=points.astype(np.float32),
                confidence=_confidence(points, width, height),
                root=found["pred_cam_t"],
                parameters=self._numbers(found, entry, person),
            )

    def finish(self, raw: Raw, folder: Path) -> Motion:
        """The movement with the recorded body; see the module."""
        if self._open_rig is None:
            from perscoach.pose.recorded_body import as_recorded

            return as_recorded(self.recording, raw, self._take, folder)
        from perscoach.pose.sam3d.finish import finish

        self._take.monitor.note(message("recorded.steadied"))
        motion = finish(raw, self._take._replace(settings=self._recorded_lens(raw)), folder, self._open_rig)
        return dataclasses.replace(motion, engine=self.name)

    def close(self) -> None:
        """Close the file that is open."""
        self.recording.close()

    def _numbers(self, found: dict[str, Array], entry: int, person: int) -> Array:
        if self._open_rig is None:
            return np.array([entry, person], np.float32)
        return np.concatenate([found[name] for name in _PARAMETERS])

    def _recorded_lens(self, raw: Raw) -> PoseSettings:
        """The settings with the lens that the recorded points were projected with: u - W/2 = f X/Z."""
        clip, settings = self._take.clip, self._take.settings
        at = (raw.joints + raw.root[:, None])[raw.found].astype(np.float64)
        if not len(at) or not (at[..., 2] > 0.05).all():
            return settings
        slope = at[..., :2] / at[..., 2:]
        shown = raw.keypoints[raw.found] - np.array([clip.width, clip.height]) / 2
        focal = float(np.median((slope * shown).sum((1, 2)) / np.maximum((slope * slope).sum((1, 2)), 1e-9)))
        mm = focal / float(np.hypot(clip.width, clip.height)) * DIAGONAL_35MM
        return dataclasses.replace(settings, lens="custom", lens_mm=mm) if 8 <= mm <= 400 else settings

    def _tell(self) -> None:
        entries, clip = self.recording.entries, self._take.clip
        last = self.entry(self.count - 1)
        missing = sum(1 for i in range(self.count) if self.entry(i) >= entries) if last >= entries else 0
        rate = self.recording.fps()
        id = "recorded.length" if rate is None else "recorded.length_rate"
        found = message(id, entries=entries, frames=clip.frames, rate=rate or 0.0)
        short = [message("recorded.short", missing=missing)] if missing else []
        self._take.monitor.note(joined([found, *short]))

    def _choice(self, entry: int, width: int, height: int) -> int | None:
        """Which person of a frame is the trainer; every frame is looked at once, in order, so that a resumed pass chooses
        as an unbroken one does."""
        if entry >= self.recording.entries:
            return None
        if self._choices is None:
            self._choices = self._choose(width, height)
        return int(self._choices[entry]) if self._choices[entry] >= 0 else None

    def _choose(self, width: int, height: int) -> Array:
        recording = self.recording
        counts = np.array([recording.people(i) for i in range(recording.entries)])
        chosen = np.where(counts > 0, 0, -1)
        if counts.max(initial=0) <= 1:
            return chosen
        tracker = TrainerTracker(self._take.settings.trainer)
        for entry, count in enumerate(counts):
            self._take.monitor.check()
            seen = [(p, self._points(entry, p)) for p in range(count)]
            people = [(p, box_of_points(at / (width, height))) for p, at in seen if at is not None]
            best = tracker.update([box for _, box in people])
            chosen[entry] = people[best][0] if best is not None else -1
        return chosen

    def _points(self, entry: int, person: int) -> Array | None:
        found = self.recording.person(entry, person, frozenset(("pred_keypoints_2d",)))
        return None if found is None else found["pred_keypoints_2d"]


def _confidence(points: Array, width: int, height: int) -> Array:
    """(70,) float32: upstream gives none. Full within the picture; a joint outside was made up: half."""
    inside = ((points >= 0) & (points <= (width, height))).all(axis=1)
    return np.where(inside, 1.0, 0.5).astype(np.float32)


def _scale_to(person: dict[str, Array], width: int, height: int, name: str) -> float:
    """The factor from the recorded picture's pixels to the clip's.

    The picture's size is not stored. It follows from u = f·X/Z + W/2 and v = f·Y/Z + H/2 over all joints (upstream keeps
    the principal point in the middle).

    Raises:
        EngineError: the recorded picture has another shape than the clip's.
    """
    at = person["pred_keypoints_3d"].astype(np.float64) + person["pred_cam_t"]
    if not (at[:, 2] > 0.05).all():
        return 1.0
    slope = at[:, :2] / at[:, 2:]
    left = np.zeros((2 * len(at), 3))
    left[: len(at), 0], left[: len(at), 1] = slope[:, 0], 1
    left[len(at) :, 0], left[len(at) :, 2] = slope[:, 1], 1
    right = person["pred_keypoints_2d"].astype(np.float64).T.ravel()
    solved, _, rank, _ = np.linalg.lstsq(left, right, rcond=None)
    if rank < 3 or np.abs(left @ solved - right).max() > _FIT or solved[1:].min() < 1:
        return 1.0
    seen = 2 * solved[1:]
    scales = np.array([width, height]) / seen
    if abs(scales[0] / scales[1] - 1) > _SIZE_OFF:
        was, now = f"{seen[0]:.0f}x{seen[1]:.0f}", f"{width}x{height}"
        raise EngineError("recorded.other_picture", name=name, recorded=was, clip=now)
    scale = float(scales.mean())
    return 1.0 if abs(scale - 1) < _SIZE_OFF / 2 else scale
