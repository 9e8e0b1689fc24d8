"""A mirror without a film: a drawn trainer, a test picture as their video, and a client who follows."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np

from perscoach.bundles.mirror import write_mirror
from perscoach.media.ffmpeg import exe
from perscoach.motion import Motion
from tests.bundles.factories import Blob
from tests.score.people import trainer

FRAMES = 150
LATE = 0.3


def recording(motion: Motion, file: Path, share: float = 1.0) -> Path:
    """The trainer's own landmarks as a client who follows a little late and goes ``share`` of the way."""
    frames = []
    fps = float(motion.fps)
    for i in range(len(motion.valid) + 60):
        j = min(max(i - round(LATE * fps), 0), len(motion.valid) - 1)
        start = motion.joints_3d[0].astype(np.float64)
        world = start + share * (motion.joints_3d[j].astype(np.float64) - start)
        image = world[:, :2] * 0.4 + 0.5
        frames.append({"t": round(i / fps, 4), "world": world.round(4).ravel().tolist(), "visibility": [0.95] * 33,
                       "image": image.round(4).ravel().tolist()})  # fmt: skip
    file.write_text(json.dumps({"schema": "perscoach.landmarks.1", "width": 480, "height": 640, "frames": frames}))
    return file


def drawn_bundle(folder: Path) -> Path:
    """A bundle with a short trainer; what the mirror needs of one."""
    motion, _, _ = trainer(FRAMES)
    write_mirror(folder, motion, Blob(motion))
    about = {"schema": "perscoach.bundle.1", "name": "squat", "files": {"trainer_transparent.webm": {}}}
    (folder / "bundle.json").write_text(json.dumps(about))
    size = f"testsrc2=size=150x200:rate=30:duration={FRAMES / 30}"
    command = [exe(), "-v", "error", "-f", "lavfi", "-i", size, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "15",
               str(folder / "trainer_transparent.webm")]  # fmt: skip
    subprocess.run(command, check=True, timeout=60)
    return folder
