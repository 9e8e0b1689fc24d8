"""The licences of the page's libraries, which go with every copy of them."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

_APACHE = "https://www.apache.org/licenses/LICENSE-2.0"


def licences_text(folder: Path) -> str:
    """Both licences as one text.

    Args:
        folder: the ``node_modules`` with the libraries; three.js brings its licence, tasks-vision only names it
            (Apache-2.0), so its text is taken from the mediapipe package.
    """
    try:
        three = (folder / "three" / "LICENSE").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        three = "MIT License"
    try:
        apache = importlib.metadata.distribution("mediapipe").read_text("LICENSE")
    except importlib.metadata.PackageNotFoundError:
        apache = None
    return (
        f"three.js (three.module.js, three.core.js, OrbitControls.js)\n\n{three}\n\n{'-' * 78}\n\n"
        "@mediapipe/tasks-vision (vision_bundle.mjs, wasm/)\n"
        f"Copyright The MediaPipe Authors. Licensed under the Apache License, Version 2.0: {_APACHE}\n\n"
        f"{(apache or '').strip()}\n"
    )
