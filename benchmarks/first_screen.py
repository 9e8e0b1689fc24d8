"""The first screen's before and after, from the example clip: ``python -m benchmarks.first_screen``.

Writes ``before.webp`` and ``after.webp`` (a transparent cut-out) into ``perscoach/ui/shell/``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np

from perscoach.core.places import EXAMPLE, PACKAGE
from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.core.store import store_of
from perscoach.grade import reference
from perscoach.jobs.opening import measure
from perscoach.matting.foreground import estimate_foreground
from perscoach.matting.preview import preview_alpha
from perscoach.media.prepared import prepare
from perscoach.media.types import IngestSettings
from perscoach.recipe import Recipe

TARGET = PACKAGE / "ui" / "shell"
HEIGHT, QUALITY = 360, 78
AT = 0.33  # of the clip: deep in the squat


def main() -> None:
    """Write the two pictures."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        clip = prepare(EXAMPLE, IngestSettings(), load_settings(), store_of(folder), Quiet())
        recipe = Recipe()
        opening = measure(clip, recipe, folder)
        index = round(AT * clip.frames)
        frame, alpha = clip.frame(index), preview_alpha(clip, index, recipe.matting, folder)
        person = reference.apply(estimate_foreground(frame, alpha, "draft"), opening.grade or recipe.grade)
    for name, picture in (("before", frame[..., ::-1]), ("after", np.dstack((person[..., ::-1], alpha)))):
        scale = HEIGHT / picture.shape[0]
        small = cv2.resize(np.ascontiguousarray(picture), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(TARGET / f"{name}.webp"), small, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])


if __name__ == "__main__":
    main()
