"""Clients made of clips: files for Chromium's fake camera, a clapperboard in them, and bundles of the same clips."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.matting.base import MattingSettings
from perscoach.media.types import ExportSettings
from perscoach.pipeline import run_stages
from perscoach.pose.base import PoseSettings
from perscoach.recipe import Recipe
from tests.get_browser import find
from tests.ui.served import CALM

HOLD = 12.0
"""Seconds for which the fake client stands in the first pose: framing, calibration and the wait for the start."""
LEAD = 0.45
"""Seconds before the movement at which the clapperboard is seen; so much later than the trainer the client begins."""
RECIPE = Recipe(
    matting=MattingSettings(engine="mediapipe", refine=False),
    pose=PoseSettings(engine="mediapipe"),
    export=ExportSettings(quality="draft", mov=False, audio=False),
)
SLATE = """async (patience) => {
  const video = document.querySelector('.pane.client video');
  const canvas = new OffscreenCanvas(1, 1);
  const ctx = canvas.getContext('2d', { willReadFrequently: true });
  const began = performance.now();
  let dark = false;
  for (;;) {
    await new Promise((next) => video.requestVideoFrameCallback(next));
    ctx.drawImage(video, 4, 4, 8, 8, 0, 0, 1, 1);
    const bright = ctx.getImageData(0, 0, 1, 1).data[1] > 200;
    if (bright && dark) return performance.now();
    dark = !bright;
    if (performance.now() - began > patience * 1000) return null;
  }
}"""


def launch(playwright: Any, camera: Path | None, *more: str) -> Any:
    """A headless Chromium; its camera, if it has one, shows the file again and again from the moment it is opened."""
    path = find()
    if path is None:
        pytest.skip("no Chromium: install one or set PERSCOACH_CHROMIUM")
    args = [*CALM, "--use-angle=swiftshader", "--enable-unsafe-swiftshader", *more]
    if camera is not None:
        args += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={camera}"]
    return playwright.chromium.launch(executable_path=path, headless=True, args=args)


def ffmpeg(*words: str) -> None:
    """Run the packaged ffmpeg."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def camera_of(
    clip: Path, target: Path, begin: float = 0.0, seconds: float = 60.0, hold: float = HOLD, stand: float | None = None
) -> Path:
    """A clip from ``begin`` on as a camera's pictures of 640x480.

    Before it the picture of second ``stand`` (else the first) is held for ``hold`` seconds: there the client stands.

    A white square in the corner, ``LEAD`` seconds before the movement, is what a test starts the trainer by: a machine
    under load shows the file more slowly than it should, so that a stopwatch would be wrong.
    """
    slate = f"drawbox=x=0:y=0:w=24:h=24:color=white:t=fill:enable='between(t,{hold - LEAD},{hold - LEAD + 1})'"
    picture = "scale=640:480:force_original_aspect_ratio=decrease,pad=640:480:(ow-iw)/2:(oh-ih)/2:color=0x707070"
    held = f"[0:v]fps=30,{picture},trim=end_frame=1,tpad=stop_mode=clone:stop_duration={hold}[held]"
    graph = f"{held};[1:v]fps=30,{picture}[moves];[held][moves]concat=n=2:v=1:a=0,{slate}"
    sources = ("-ss", f"{begin if stand is None else stand}", "-t", "0.5", "-i", str(clip),
               "-ss", f"{begin}", "-t", f"{seconds}", "-i", str(clip))  # fmt: skip
    form = ("-pix_fmt", "yuvj420p", "-q:v", "4", "-f", "mjpeg")
    ffmpeg(*sources, "-an", "-filter_complex", graph, *form, str(target))
    return target


def bundle_of(clip: Path, folder: Path, name: str) -> Path:
    """A bundle by the whole pipeline, from a copy of the clip, 270 pixels wide at most and of 15 frames a second, to save time."""
    small = folder / "small.mp4"
    picture = ("-an", "-vf", "fps=15,scale='min(270,iw)':-2", "-c:v", "libx264", "-crf", "16")
    ffmpeg("-i", str(clip), *picture, str(small))
    run = run_stages(small, folder / "work", RECIPE, name, Quiet(), ("bundle",), load_settings())
    assert run.bundle is not None
    return Path(run.bundle)
