"""The person's own pixels: taken from a clip through its matte, or from one picture."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import ClipError, EngineError, ModelError
from perscoach.grade.advice.skin import Seeds, join, seeds_of, skin_of

if TYPE_CHECKING:
    from perscoach.matting.base import MattingSettings
    from perscoach.media import Clip

FRAMES = 5
"""Frames of a clip that are looked at: all of a movement is seen, and the matte of five frames takes about a second."""

PIXELS = 4000
"""The most pixels that are kept."""

SOLID = 250
"""Alpha from which on a pixel is the person alone, of 255."""

_LEAST = 200  # fewer pixels than this are no person
_CONFIDENCE = 0.4  # as in perscoach.matting.mediapipe: a deep squat from the side is found a little less surely


@dataclass(frozen=True, eq=False)
class Subject:
    """A sample of a person's pixels.

    Attributes:
        rgb: (n, 3) float64 sRGB in 0..1, spread evenly over the person.
        skin: (n,) bool.
        whole: the pixels are a whole picture's, because no person was found in it.
    """

    rgb: Array
    skin: Array
    whole: bool = False

    @property
    def has_skin(self) -> bool:
        """Whether enough skin is seen to judge it."""
        return bool(self.skin.sum() >= 30)


def frames_to_see(count: int, frames: int = FRAMES) -> list[int]:
    """Indices spread evenly over a clip of ``count`` frames, its very ends left out."""
    return sorted({(2 * i + 1) * count // (2 * frames) for i in range(frames)})


def subject_of_clip(clip: Clip, settings: MattingSettings, folder: Path, frames: int = FRAMES) -> Subject:
    """The person of a clip: through the job's matte where it is stored, else a preview of it.

    Raises:
        ClipError: nobody is found in it.
        PerscoachError: no matting engine can run here, or the clip cannot be read.
    """
    from perscoach.matting.preview import preview_alpha

    def pairs() -> Iterator[tuple[Array, Array]]:
        for index in frames_to_see(clip.frames, frames):
            yield clip.frame(index), preview_alpha(clip, index, settings, folder)

    return subject_of_frames(pairs(), frames)


def subject_of_frames(pairs: Iterator[tuple[Array, Array]], frames: int = FRAMES) -> Subject:
    """The person of some frames.

    Args:
        pairs: (H, W, 3) uint8 and alpha (H, W) uint8.
        frames: about how many will come.

    Raises:
        ClipError: the mattes are empty.
    """
    pixels, seeds = [], []
    with _Landmarks() as landmarks:
        for rgb, alpha in pairs:
            inside = _solid(alpha)
            if inside.sum() < _LEAST:
                continue
            pixels.append(_spread(rgb, inside, PIXELS // frames))
            points = landmarks.of(rgb, inside)
            if points is not None:
                seeds.append(seeds_of(rgb, inside, points))
    if not pixels:
        raise ClipError("grade.nobody")
    return _subject(np.concatenate(pixels), join(seeds))


def subject_of_picture(rgb: Array, alpha: Array | None = None) -> Subject:
    """The person in one picture, or all of it where nobody is found.

    Args:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) uint8 of a picture without its background; ``None`` or opaque, and the person is looked for.

    Raises:
        ClipError: a picture with hardly any visible pixels.
    """
    with _Landmarks(masks=True) as landmarks:
        inside = None if alpha is None or (alpha >= SOLID).all() else _solid(alpha)
        if inside is not None and inside.sum() < _LEAST:
            raise ClipError("grade.empty_picture")
        points: Array | None
        if inside is None:
            found = landmarks.person(rgb)
            if found is None:
                everything = np.ones(rgb.shape[:2], bool)
                return _subject(_spread(rgb, everything, PIXELS), {}, whole=True)
            inside, points = found
        else:
            points = landmarks.of(rgb, inside)
    return _subject(_spread(rgb, inside, PIXELS), {} if points is None else seeds_of(rgb, inside, points))


def _subject(pixels: Array, seeds: Seeds, whole: bool = False) -> Subject:
    skin = np.zeros(len(pixels), bool) if whole else skin_of(pixels, seeds)  # wood and sand are coloured like skin
    return Subject(pixels, skin, whole)


def _solid(alpha: Array) -> Array:
    """(H, W) bool, the person without the outermost pixel: there the room's colour is mixed in."""
    import cv2

    solid = (alpha >= SOLID).astype(np.uint8)
    inner = cv2.erode(solid, np.ones((3, 3), np.uint8))
    return (inner if inner.sum() >= _LEAST else solid).astype(bool)


def _spread(rgb: Array, inside: Array, most: int) -> Array:
    """(n, 3) of the pixels inside, evenly spread, the same ones every time; 0..1."""
    every = np.flatnonzero(inside)
    chosen = every if len(every) <= most else every[np.linspace(0, len(every) - 1, most).round().astype(np.intp)]
    values: Array = rgb.reshape(-1, 3)[chosen] / 255.0
    return values


class _Landmarks:
    """MediaPipe's landmarker on single pictures, opened with the first one; without it nothing is found."""

    def __init__(self, masks: bool = False) -> None:
        self._masks = masks
        self._open: Any = None
        self._missing = False

    def __enter__(self) -> _Landmarks:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.close()

    def of(self, rgb: Array, inside: Array) -> Array | None:
        """(33, 3) x, y in pixels and visibility, of whom the matte holds; ``None`` where nobody is found."""
        result = self._detect(rgb)
        best: Array | None = None
        share = 0.5  # most of the landmarks must lie on the person
        for pose in result.pose_landmarks if result is not None else ():
            points = _points(pose, rgb.shape)
            part = _share_inside(points, inside)
            if part > share:
                best, share = points, part
        return best

    def person(self, rgb: Array) -> tuple[Array, Array] | None:
        """The largest person's mask (H, W) bool and landmarks (33, 3); ``None`` where nobody is found."""
        result = self._detect(rgb)
        best: tuple[Array, Array] | None = None
        most = _LEAST - 1
        for pose, mask in zip(*_poses_and_masks(result), strict=False):
            inside = np.asarray(mask.numpy_view(), np.float32).reshape(rgb.shape[:2]) >= 0.9
            if inside.sum() > most:
                best, most = (_solid(inside.astype(np.uint8) * 255), _points(pose, rgb.shape)), int(inside.sum())
        return best

    def _detect(self, rgb: Array) -> Any:
        from perscoach.models import path_of
        from perscoach.people.landmarker import MODEL, image_of, open_landmarker

        if self._missing:
            return None
        try:
            if self._open is None:
                self._open = open_landmarker(path_of(MODEL), _CONFIDENCE, video=False, masks=self._masks)
            with contextlib.suppress(RuntimeError, ValueError):
                return self._open.detect(image_of(rgb))
        except (ModelError, EngineError, ImportError):
            self._missing = True
        return None


def _poses_and_masks(result: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    if result is None or not result.segmentation_masks:
        return (), ()
    return result.pose_landmarks, result.segmentation_masks


def _points(pose: Any, shape: tuple[int, ...]) -> Array:
    height, width = shape[:2]
    return np.array([(p.x * width, p.y * height, p.visibility) for p in pose], np.float64)


def _share_inside(points: Array, inside: Array) -> float:
    height, width = inside.shape
    x, y = points[:, 0].round(), points[:, 1].round()
    seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    hit = inside[y[seen].astype(np.intp), x[seen].astype(np.intp)]
    return float(hit.sum() / len(points))
