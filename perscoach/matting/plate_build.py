"""The empty room behind the trainer: the clip's own per-pixel median, or a picture taken without anybody in it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import PerscoachError, SettingsError
from perscoach.core.files import atomic, key_of, known_sha256
from perscoach.core.messages import Message, message
from perscoach.core.progress import Monitor
from perscoach.core.store import Store, store_of
from perscoach.matting.base import MattingSettings
from perscoach.matting.inputs import job_file
from perscoach.matting.medians import SHAKE, medians

if TYPE_CHECKING:
    from perscoach.media import Clip

KIND = "plate"
VERSION = 3
"""Raise when the same clip and settings give another plate than before."""

_FILE = "plate.npz"

SAMPLES = 32
"""Frames that the median is taken over: enough that a quarter of them without the person shows the room."""

_BUDGET = 256 * 2**20
"""Bytes of sampled frames held at once; a 4K clip is sampled more thinly."""

_ENOUGH = 3  # samples without the person that a pixel needs to be known
_NOISE_FLOOR = 1.0  # grey levels; below it sits the rounding of 8 bits
_SHAKY_SHARE = 0.2

RoughMatte = Callable[[Array], Array]


@dataclass(frozen=True)
class Plate:
    """The room.

    Attributes:
        rgb: (H, W, 3) uint8; a smooth guess where it is not known.
        known: (H, W) float32 0..1, how far the room was seen there.
        sigma: (H, W) float32, noise of the clip in grey levels.
        usable: false where the camera moved or the picture shows another view; then nothing may be decided by it.
        note: what the user should know, or ``None``.
        kind: ``median`` or ``picture``.
    """

    rgb: Array
    known: Array
    sigma: Array
    usable: bool
    note: Message | None
    kind: str


def build_plate(
    clip: Clip,
    settings: MattingSettings,
    folder: Path,
    monitor: Monitor,
    rough: RoughMatte | None,
    store: Store | None = None,
) -> Plate:
    """Make or read the plate of a clip; kept in the store under the kind ``plate``.

    Args:
        folder: the job's; the picture of the empty room is read from there.
        rough: gives a rough matte (H, W) uint8 of a frame, to leave the person out of the median. Without it the feet of
            somebody who never steps would become part of the room.
        store: the folder's own unless given.

    Raises:
        SettingsError: the picture is missing, cannot be read or has another shape than the clip.
    """
    picture = settings.plate_picture if settings.plate == "picture" else None
    kind = "picture" if picture else "median"
    source = job_file(folder, picture) if picture else None
    marks = [clip.path.stem, clip.frames, clip.width, clip.height, rough is not None]
    key = key_of(KIND, VERSION, kind, marks, known_sha256(source) if source is not None else None)
    store = store or store_of(folder)

    def build(place: Path) -> dict[str, Any]:
        plate = median_plate(*_sample(clip, monitor, rough))
        if source is not None:
            plate = picture_plate(read_picture(source, clip.width, clip.height), plate)
        with atomic(place / _FILE) as part, part.open("wb") as file:
            np.savez(file, rgb=plate.rgb, known=np.rint(plate.known * 255).astype(np.uint8), sigma=plate.sigma,
                     usable=plate.usable, note=np.array(plate.note.id if plate.note else ""), kind=plate.kind)  # fmt: skip
        return {"usable": plate.usable, "kind": plate.kind}

    for _ in range(2):
        plate = _load(store.make(KIND, key, build, monitor) / _FILE, clip)
        if plate is not None:
            return plate
        store.reopen(KIND, key)  # the file was damaged
    raise SettingsError("matting.plate_unreadable")


def _load(path: Path, clip: Clip) -> Plate | None:
    try:
        with np.load(path, allow_pickle=False) as kept:
            note = str(kept["note"])
            plate = Plate(
                kept["rgb"],
                kept["known"].astype(np.float32) / 255.0,
                kept["sigma"],
                bool(kept["usable"]),
                message(note) if note else None,
                str(kept["kind"]),
            )
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile):
        return None
    return plate if plate.rgb.shape == (clip.height, clip.width, 3) else None


def _sample(clip: Clip, monitor: Monitor, rough: RoughMatte | None) -> tuple[Array, Array]:
    """Frames spread over the clip (n, H, W, 3) and where the person is in them (n, H, W) bool."""
    import cv2

    size = clip.width * clip.height * 3
    count = max(1, min(clip.frames, SAMPLES, max(9, _BUDGET // size)))
    frames = np.empty((count, clip.height, clip.width, 3), np.uint8)
    masks = np.zeros(frames.shape[:3], bool)
    grow = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_odd(clip.height * 0.02),) * 2)
    step = max(1, clip.frames // count)
    for index, frame in enumerate(clip.read(0, clip.frames, step)):
        if index >= count:
            break
        monitor.check()
        frames[index] = frame
        if rough is not None:
            masks[index] = cv2.dilate((rough(frame) > 25).astype(np.uint8), grow) > 0
    return frames, masks


def _odd(value: float) -> int:
    return 2 * max(1, round(value / 2)) + 1


def median_plate(frames: Array, masks: Array) -> Plate:
    """The per-pixel median of the unmasked samples, and the clip's noise around it.

    Args:
        frames: (n, H, W, 3) uint8.
        masks: (n, H, W) bool, true where the person is.
    """
    import cv2

    rgb, sigma, restless, shaken, seen = medians(frames, masks)
    known = np.clip(((~masks).sum(axis=0) - 1) / (_ENOUGH - 1), 0.0, 1.0).astype(np.float32)
    rgb = _filled_in(rgb, known, restless)
    usual = float(np.median(sigma[known > 0.99])) if (known > 0.99).any() else _NOISE_FLOOR
    sigma = np.where(known > 0.99, np.minimum(sigma, 3.0 * usual), usual)  # more than that is something that moved
    sigma = cv2.blur(np.maximum(sigma, _NOISE_FLOOR).astype(np.float32), (5, 5))
    if seen == 0 or shaken > _SHAKY_SHARE * seen:
        return Plate(rgb, known, sigma, False, message("matting.plate_moving"), "median")
    return Plate(rgb, known, sigma, True, None, "median")


def _filled_in(rgb: Array, known: Array, restless: Array) -> Array:
    """The plate with unknown pixels guessed from around, and those that a moving thing covered more often than not.

    The plates of a barbell pass the same place in most frames of a squat, so the median there is the barbell: something
    moves there (``restless``), and the value is far from what stands around.
    """
    from perscoach.matting.foreground import push_pull

    if not restless.any() and (known >= 1).all():
        return rgb
    trust = known * ~restless
    filled = push_pull(rgb.astype(np.float32), trust)
    keep = known.copy()
    keep[restless & (np.abs(filled - rgb).max(axis=2) > 2 * SHAKE)] = 0.0
    result: Array = np.rint(np.clip(filled + keep[..., None] * (rgb - filled), 0, 255)).astype(np.uint8)
    return result


def read_picture(path: Path, width: int, height: int) -> Array:
    """A picture of the empty room (H, W, 3) uint8 RGB at the clip's size.

    Raises:
        SettingsError: not a JPEG, PNG or WebP picture, or of another shape than the clip (by over 5 %).
    """
    import warnings

    import cv2
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["JPEG", "PNG", "WEBP"]) as image:
                picture = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise SettingsError("matting.plate_picture_unreadable", name=path.name, error=str(error)[:80]) from error
    rows, columns = picture.shape[:2]
    if abs(columns * height - rows * width) > 0.05 * rows * width:
        raise SettingsError("matting.plate_picture_shape", picture=f"{columns}x{rows}", clip=f"{width}x{height}")
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def picture_plate(picture: Array, median: Plate) -> Plate:
    """The picture as a plate, its exposure brought to the clip's by a gain and an offset per channel.

    The clip's median tells both, and whether the picture shows the same view at all.
    """
    import cv2

    seen = median.known > 0.99
    matched = np.empty_like(picture)
    for c in range(3):
        x, y = picture[..., c][seen].astype(np.float32), median.rgb[..., c][seen].astype(np.float32)
        gain, offset = _line(x, y)
        matched[..., c] = np.clip(picture[..., c] * gain + offset, 0, 255)
    off = cv2.absdiff(cv2.blur(matched, (5, 5)), cv2.blur(median.rgb, (5, 5))).max(axis=2)
    strange = float((off[seen] > 30).mean()) if seen.any() else 1.0
    usable = median.usable and strange < 0.4
    note = median.note
    if median.usable and not usable:
        note = message("matting.plate_other_view")
    return Plate(matched, np.ones(picture.shape[:2], np.float32), median.sigma, usable, note, "picture")


def _line(x: Array, y: Array) -> tuple[float, float]:
    """Gain (0.5 .. 2) and offset that bring ``x`` to ``y``, twice fitted with the worst fifth left out."""
    gain, offset = 1.0, 0.0
    if len(x) < 100:
        return gain, offset
    pick = slice(None, None, max(1, len(x) // 20000))
    x, y = x[pick], y[pick]
    for _ in range(3):
        off = np.abs(y - gain * x - offset)
        good = off <= np.quantile(off, 0.8)
        spread = float(x[good].var())
        if spread > 1.0:
            gain = float(np.clip(((x[good] - x[good].mean()) * (y[good] - y[good].mean())).mean() / spread, 0.5, 2.0))
        offset = float(np.median(y[good] - gain * x[good]))
    return gain, offset


def rough_matte() -> tuple[RoughMatte | None, Callable[[], None]]:
    """The embedded engine as a rough matte, or ``None`` where it cannot run, and what closes it.

    All people are left out of the plate, not only the trainer: any of them would stay in the room as a ghost.
    """
    from importlib.util import find_spec

    from perscoach.matting.mediapipe import PeopleMask
    from perscoach.models import path_of
    from perscoach.people.watch import PeopleSettings

    try:
        if find_spec("mediapipe") is None:
            return None, lambda: None
        everybody = PeopleMask(path_of(PeopleSettings().weights))
    except PerscoachError:
        return None, lambda: None
    return everybody, everybody.close
