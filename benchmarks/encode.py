"""The encoder's presets against one default libvpx-vp9 call: speed, size, and PSNR of colour and alpha.

    python benchmarks/encode.py [--frames 500] [--size 602x722] [--repeat 3]

The subject is synthetic: a textured figure with sensor noise that squats and turns, its colours grown smoothly over
everything outside, as the export hands them over. Every file is decoded and compared with the frames handed in. The
last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from perscoach.core.progress import Quiet
from perscoach.media import encoders, ffmpeg, segments
from perscoach.media.export import export_video
from perscoach.media.types import ExportSettings
from perscoach.media.verify import verify_alpha

FPS = Fraction(30)


def figure(width: int, height: int, index: int) -> tuple[np.ndarray, np.ndarray]:
    """(alpha, bones' shading) of frame ``index``: a squatting figure of capsules, (H, W) float 0..1 each."""
    t = index / 30
    bend = 0.5 - 0.5 * np.cos(2 * np.pi * t / 3)
    hip = np.array([0.5 + 0.03 * np.sin(t), 0.52 + 0.14 * bend])

    def off(dx: float, dy: float) -> np.ndarray:
        return hip + np.array([dx, dy])

    parts = [(hip, off(0.02 * np.sin(t), -0.25), 0.085), (off(0, -0.33), off(0, -0.36), 0.055)]
    for side in (-1, 1):
        knee = np.array([0.5 + side * (0.09 + 0.07 * bend), 0.74 + 0.02 * bend])
        ankle = np.array([0.5 + side * 0.1, 0.94])
        hand = off(side * (0.16 + 0.1 * bend), 0.02 - 0.28 * bend)
        parts += [(off(side * 0.05, 0), knee, 0.05), (knee, ankle, 0.038), (off(side * 0.11, -0.23), hand, 0.03)]
    y, x = np.mgrid[:height, :width].astype(np.float32) / height
    x += 0.5 - width / height / 2
    near = np.full((height, width), 9.0, np.float32)
    for a, b, radius in parts:
        d = b - a
        s = np.clip(((x - a[0]) * d[0] + (y - a[1]) * d[1]) / (d @ d), 0, 1)
        near = np.minimum(near, np.hypot(x - a[0] - s * d[0], y - a[1] - s * d[1]) - radius)
    return np.clip(0.5 - near * height / 3, 0, 1), np.clip(-near * 14, 0, 1)


def rgba(width: int, height: int, index: int) -> np.ndarray:
    """Frame ``index`` as (H, W, 4) uint8: cloth-like texture that moves with the body, noise, a smooth fill outside."""
    alpha, depth = figure(width, height, index)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    shift = 40 * np.sin(index / 15)
    cloth = 18 * np.sin((x + shift) / 5) * np.sin((y - shift) / 6) + 30 * np.sin((x + y + shift) / 37)
    colour = np.stack([150 + 60 * depth, 105 + 50 * depth, 90 + 40 * depth], -1) + cloth[..., None]
    colour += np.random.default_rng(index).normal(0, 2.5, colour.shape)
    small = (max(8, width // 16), max(8, height // 16))
    weight = cv2.GaussianBlur(cv2.resize(alpha, small, interpolation=cv2.INTER_AREA), (0, 0), 6) + 1e-6
    near = cv2.GaussianBlur(cv2.resize(colour * alpha[..., None], small, interpolation=cv2.INTER_AREA), (0, 0), 6)
    fill = cv2.resize(near / weight[..., None], (width, height), interpolation=cv2.INTER_CUBIC)
    inside = cv2.GaussianBlur(cv2.dilate(alpha, np.ones((9, 9))), (9, 9), 0)[..., None]
    full = np.clip(colour * inside + fill * (1 - inside), 0, 255)
    return np.dstack([full, alpha * 255]).round().astype(np.uint8)


@dataclass
class Frames:
    """An ``RgbaSource`` over frames in memory."""

    data: np.ndarray
    fps: Fraction = FPS
    ready: bool = True

    def __post_init__(self) -> None:
        self.frames, self.height, self.width = self.data.shape[:3]

    def rgba(self, start: int, stop: int) -> Iterator[np.ndarray]:
        yield from self.data[start:stop]


def default_call(source: Frames, out: Path, extra: list[str]) -> None:
    """One libvpx-vp9 call with nothing chosen but the quality."""
    picture = encoders.Picture(source.width, source.height, source.fps)
    args = [*encoders.rgba_input(picture), "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", *extra, "-y", str(out)]
    with ffmpeg.pipe_writer(args) as writer:
        for frame in source.data:
            writer.write(frame)


def measured(name: str, source: Frames, repeat: int, make: Any) -> dict[str, Any]:
    """Run ``make(folder) -> Path`` ``repeat`` times; the medians and the quality of the last file."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(repeat):
            place = Path(folder) / str(turn)
            place.mkdir()
            begun = time.perf_counter()
            path = make(place)
            seconds.append(time.perf_counter() - begun)
        report = verify_alpha(path, source.frames, source.fps, source.data)
        size = path.stat().st_size
    row = {
        "name": name,
        "fps": round(source.frames / statistics.median(seconds), 2),
        "kB": round(size / 1e3, 1),
        "kB_per_Mpixel": round(size / 1e3 / (source.frames * source.width * source.height / 1e6), 3),
        "alpha_psnr": round(report.alpha_psnr or 0, 2),
        "alpha_worst": round(report.alpha_worst or 0, 2),
        "colour_psnr": round(report.colour_psnr or 0, 2),
        "ok": report.ok,
    }
    print(
        "{name:34} {fps:7.2f} fps {kB:9.1f} kB  alpha {alpha_psnr:6.2f} dB  colour {colour_psnr:6.2f} dB".format(**row)
    )
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--size", default="602x722")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--presets", nargs="+", default=["draft", "standard", "archive"])
    parser.add_argument("--mov", action="store_true", help="also the Safari file")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    source = Frames(np.stack([rgba(width, height, i) for i in range(options.frames)]))
    rows = []

    def ours(quality: str, ready: bool, mov: bool = False) -> Any:
        def make(folder: Path) -> Path:
            given = Frames(source.data, ready=ready)
            settings = ExportSettings(quality=quality, mov=mov)
            export_video(given, folder / "work", folder / "out", settings, None, Quiet())
            return folder / "out" / ("trainer_transparent.mov" if mov else "trainer_transparent.webm")

        return make

    def plain(extra: list[str]) -> Any:
        def make(folder: Path) -> Path:
            default_call(source, folder / "default.webm", extra)
            return folder / "default.webm"

        return make

    repeat = options.repeat
    rows.append(measured("libvpx default, crf 30", source, repeat, plain(["-b:v", "0", "-crf", "30"])))
    for quality in options.presets:
        rows.append(measured(f"{quality}, one pass in order", source, repeat, ours(quality, False)))
        rows.append(measured(f"{quality}, side by side", source, repeat, ours(quality, True)))
        if options.mov:
            rows.append(measured(f"{quality}, HEVC and VP9 together", source, repeat, ours(quality, True, True)))
    summary = {"frames": source.frames, "size": options.size, "cores": segments.cores(), "repeat": repeat, "rows": rows}
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
