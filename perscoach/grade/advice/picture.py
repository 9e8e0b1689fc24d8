"""A reference picture from a file, small: what ``subject.subject_of_picture`` takes."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import SettingsError
from perscoach.core.files import regular_file, shown_name

SIDE = 400
"""Pixels of the longer side: enough to find the person and more than enough for colours."""

_MAX_BYTES = 64 << 20


def read_reference(path: Path) -> tuple[Array, Array | None]:
    """A JPEG, PNG or WebP picture, upright, in sRGB, at most ``SIDE`` pixels long.

    Returns:
        (H, W, 3) uint8, and alpha (H, W) uint8 where the picture has one.

    Raises:
        SettingsError: missing, too large, or not such a picture.
    """
    from PIL import Image, ImageOps

    name = shown_name(path)
    status = regular_file(path, SettingsError)
    try:
        if status.st_size > _MAX_BYTES:
            raise ValueError("larger than 64 MB")
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["JPEG", "PNG", "WEBP"]) as image:
                profile = image.info.get("icc_profile")
                shown = ImageOps.exif_transpose(image)
                clear = shown.mode in ("RGBA", "LA", "PA") or "transparency" in shown.info
                rgb = _srgb(shown.convert("RGBA" if clear else "RGB"), profile)
                rgb.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise SettingsError("grade.picture", name=name) from error
    values = np.asarray(rgb)
    return np.ascontiguousarray(values[..., :3]), np.ascontiguousarray(values[..., 3]) if clear else None


def _srgb(image: Any, profile: bytes | None) -> Any:
    """The picture in sRGB: phones store theirs in a wider space and say so in a profile."""
    from PIL import ImageCms

    if not profile:
        return image
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"))
    except ImageCms.PyCMSError:
        return image
