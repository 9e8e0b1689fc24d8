"""The old way against perscoach, same MODNet weights, same clip, one run.

    python benchmarks/pipeline.py [--clip FILE] [--frames 254] [--runs 3] [--size 602x722]

The old way is what coaches' scripts do today: MODNet frame by frame in eager torch with upstream's image
pre-processing, V11 in float with OpenCV's Lab, a PNG file per frame, then one default libvpx-vp9 call. perscoach runs
its own stages up to the same file (matte, foreground, grade, encode), once with the same network and once with its
default; ``ran`` in the result says what each really ran.
The weights are random (of the true architecture, with a steep last layer so that alpha is nearly black and white as a
real matte's): speed is real, the picture is not. Figures are medians; the runs of
the ways alternate, so that a noisy machine hurts all of them. The last line is one JSON object.

    python benchmarks/pipeline.py --default [--clip FILE] [--code CHECKOUT]

measures the whole default path alone (``perscoach process`` with the embedded engines, a bundle at the end): processor time
per frame of the process with its encoders, and the most threads at once. ``--code`` measures another checkout.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import psutil
from PIL import Image

from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.grade import Grade
from perscoach.grade.video import GradedFrames
from perscoach.matting.base import MattingSettings
from perscoach.matting.modnet.random_weights import write_random
from perscoach.media import Clip
from perscoach.media.types import ExportSettings
from perscoach.media.verify import decode_rgba
from perscoach.pipeline import run_stages
from perscoach.recipe import Recipe

ROOT = Path(__file__).resolve().parent.parent


def prepare(clip: Path, out: Path, frames: int, size: str) -> None:
    """The first ``frames`` of ``clip`` (repeated where shorter) at exactly ``size``."""
    width, height = size.split("x")
    fit = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height},fps=30"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-stream_loop", "-1", "-i", str(clip), "-vf", fit]
    command += ["-frames:v", str(frames), "-an", "-c:v", "libx264", "-crf", "14", "-pix_fmt", "yuv420p", str(out)]
    subprocess.run(command, check=True)


def matte_like(folder: Path, clip: Path) -> tuple[Path, Path]:
    """Random weights whose alpha on this clip is nearly black and white, a fifth of it white."""
    import torch

    capture = cv2.VideoCapture(str(clip))
    _, bgr = capture.read()
    capture.release()
    small = cv2.resize(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), (512, 608), interpolation=cv2.INTER_AREA)
    picture = torch.from_numpy(small).permute(2, 0, 1)[None].float() / 127.5 - 1
    return write_random(folder, sharpness=40.0, share=0.2, picture=picture)


def old_grade(rgb: np.ndarray, grade: Grade) -> np.ndarray:
    """V11 as the scripts have it: float RGB and OpenCV's float Lab; (H, W, 3) uint8 in and out."""
    x = rgb.astype(np.float32) / 255 + np.float32(grade.brightness_boost)
    x = np.clip((x - 0.5) * np.float32(grade.contrast) + 0.5, 0, 1)
    lab = cv2.cvtColor(x, cv2.COLOR_RGB2LAB)
    dark = 1 - lab[..., 0] / 100
    lab[..., 0] = np.clip(lab[..., 0] + grade.lab_lift * 0.2 * dark * (lab[..., 0] / 100), 0, 100)
    x = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    x[..., 0] *= grade.red_boost
    x[..., 2] *= grade.blue_reduce
    return (np.clip(x, 0, 1) * 255).astype(np.uint8)


def old_way(clip: Path, checkpoint: Path, out: Path, grade: Grade) -> dict[str, float]:
    """Frame by frame; returns seconds of each step. ``out`` is the WebM, its PNG files lie in ``out.parent/png``."""
    import torch
    import torch.nn.functional as F

    from perscoach.matting.modnet.weights import load_network, weights_at

    png = out.parent / "png"
    png.mkdir()
    spent = dict.fromkeys(("decode", "matte", "grade", "png", "encode"), 0.0)
    network = load_network(weights_at(checkpoint))
    capture = cv2.VideoCapture(str(clip))
    index = 0
    while True:
        t0 = time.perf_counter()
        good, bgr = capture.read()
        if not good:
            break
        rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
        t1 = time.perf_counter()
        height, width = rgb.shape[:2]
        scale = 512 / min(height, width)
        inner = (int(height * scale) // 32 * 32, int(width * scale) // 32 * 32)
        with torch.no_grad():
            x = (torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255 - 0.5) / 0.5
            alpha = network(F.interpolate(x, size=inner, mode="area"))
            alpha = F.interpolate(alpha, size=(height, width), mode="area")
        matte = (alpha[0, 0].numpy() * 255).astype(np.uint8)
        t2 = time.perf_counter()
        colour = old_grade(rgb, grade)
        t3 = time.perf_counter()
        Image.fromarray(np.dstack((colour, matte))).save(png / f"{index:06d}.png")
        t4 = time.perf_counter()
        for step, seconds in zip(spent, (t1 - t0, t2 - t1, t3 - t2, t4 - t3), strict=False):
            spent[step] += seconds
        index += 1
    capture.release()
    t5 = time.perf_counter()
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-framerate", "30", "-i", str(png / "%06d.png")]
    subprocess.run([*command, "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", str(out)], check=True)
    spent["encode"] = time.perf_counter() - t5
    return spent


def psnr(decoded: Iterator[np.ndarray], handed: Iterator[np.ndarray]) -> dict[str, float]:
    """PSNR in dB of the alpha plane, and of the colour weighted by the handed alpha; over all frames."""
    sums = np.zeros(4)
    for got, want in zip_longest(decoded, handed):
        if got is None or want is None:
            raise SystemExit("the file and the frames handed to the encoder differ in number")
        weight = want[..., 3:].astype(np.float64) / 255
        colour = ((got[..., :3].astype(np.float64) - want[..., :3]) ** 2 * weight).sum()
        alpha = ((got[..., 3].astype(np.float64) - want[..., 3]) ** 2).sum()
        sums += (colour, weight.sum() * 3, alpha, want[..., 3].size)
    ratio = [sums[0] / max(sums[1], 1), sums[2] / sums[3]]
    return {
        k: round(float(10 * np.log10(255**2 / max(v, 1e-9))), 2)
        for k, v in zip(("colour", "alpha"), ratio, strict=True)
    }


def handed_old(png: Path) -> Iterator[np.ndarray]:
    for path in sorted(png.glob("*.png")):
        yield cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)


def new_recipe(engine: str) -> Recipe:
    return Recipe(matting=MattingSettings(engine=engine, device="cpu"), export=ExportSettings(mov=False))


def new_way(
    clip: Path, folder: Path, recipe: Recipe, wanted: tuple[str, ...] = ("encode",)
) -> tuple[float, dict, Clip]:
    """Seconds of the wanted stages, their shares, the normalised clip."""
    start = time.perf_counter()
    run = run_stages(clip, folder, recipe, "bench", Quiet(), wanted, load_settings())
    return time.perf_counter() - start, run.timings, run.clip


def what_ran(clip: Clip, folder: Path, recipe: Recipe) -> dict[str, object]:
    """Runtime and precision that made the stored matte."""
    from perscoach.matting.stage import MatteJob

    told = MatteJob(clip, recipe.matting, folder).describe()
    return {key: told[key] for key in ("engine", "runtime", "precision") if key in told}


def quality_of_new(clip: Clip, folder: Path, recipe: Recipe) -> dict[str, float]:
    """Decoded against handed frames; the matte is stored, so the handed frames are made again exactly."""
    from perscoach.matting.stage import MatteJob

    matte = MatteJob(clip, recipe.matting, folder)
    frames = GradedFrames(matte, recipe.grade, recipe.look, recipe.export.quality, Quiet())
    webm = next((folder / "store" / "video").glob("*/trainer_transparent.webm"))
    return psnr(decode_rgba(webm), frames.rgba(0, clip.frames)) | {"bytes": webm.stat().st_size}


def stage_costs(clip: Clip, folder: Path, recipe: Recipe) -> dict[str, float]:
    """Milliseconds a frame of each step alone, one after the other, over a stored matte."""
    from perscoach.grade import lut
    from perscoach.matting.foreground import estimate_foreground
    from perscoach.matting.stage import MatteJob
    from perscoach.media.export import export_video

    count = min(clip.frames, 48)
    times: dict[str, list[float]] = {"decode": [], "foreground": [], "grade": []}
    baked = lut.bake(recipe.grade)
    made = []
    pairs = MatteJob(clip, recipe.matting, folder).frames(Quiet(), 0, count)
    for rgb, alpha in pairs:
        t0 = time.perf_counter()
        colour = estimate_foreground(rgb, alpha, recipe.export.quality)
        t1 = time.perf_counter()
        graded = lut.apply(colour, baked)
        times["foreground"].append(t1 - t0)
        times["grade"].append(time.perf_counter() - t1)
        made.append(np.dstack((graded, alpha)))
    start = time.perf_counter()
    for _ in clip.read(0, count):
        pass
    costs = {k: statistics.median(v) * 1000 for k, v in times.items() if v}
    costs["decode"] = (time.perf_counter() - start) / count * 1000
    source = _Made(clip, made)
    with tempfile.TemporaryDirectory() as work:
        start = time.perf_counter()
        export_video(source, Path(work) / "work", Path(work), recipe.export, None, Quiet())
        costs["encode"] = (time.perf_counter() - start) / count * 1000
    return {k: round(v, 1) for k, v in costs.items()}


class _Made:
    """An ``RgbaSource`` over frames in memory."""

    def __init__(self, clip: Clip, made: list[np.ndarray]) -> None:
        self.frames, self.width, self.height, self.fps, self.ready = len(made), clip.width, clip.height, clip.fps, True
        self._made = made

    def rgba(self, start: int, stop: int) -> Iterator[np.ndarray]:
        yield from self._made[start:stop]


def whole_default(clip: Path, code: Path, root: Path) -> dict[str, object]:
    """Processor time and threads of ``perscoach process`` with the embedded engines.

    Args:
        clip: any clip.
        code: the checkout that runs.
        root: an empty folder.
    """
    words = "--matting mediapipe --pose mediapipe --no-mov --json".split()
    command = [
        sys.executable,
        "-m",
        "perscoach.cli",
        "process",
        str(clip),
        "-o",
        str(root / "out"),
        "--work",
        str(root / "work"),
    ]
    before, start = os.times(), time.perf_counter()
    with (root / "answer.json").open("wb") as answer:
        child = subprocess.Popen([*command, *words], cwd=code, stdout=answer, stderr=subprocess.DEVNULL)
        watched, most = psutil.Process(child.pid), 0
        while child.poll() is None:
            with contextlib.suppress(psutil.Error):
                most = max(most, watched.num_threads())
            time.sleep(0.1)
    seconds, after = time.perf_counter() - start, os.times()
    told = json.loads((root / "answer.json").read_text())
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {
        "frames": told["frames"],
        "cpu_ms_per_frame": round(1000 * cpu / told["frames"], 1),
        "cpu_s": round(cpu, 1),
        "seconds": round(seconds, 1),
        "threads": most,
        "timings": told["timings"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--default", action="store_true", help="the whole default path alone, in processor time")
    parser.add_argument("--code", type=Path, default=ROOT, help="with --default: the checkout that runs")
    parser.add_argument("--clip", type=Path, default=ROOT / "perscoach" / "media" / "example.mp4")
    parser.add_argument("--frames", type=int, default=254)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--size", default="602x722")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if arguments.default:
            print(
                json.dumps({"benchmark": "pipeline", **whole_default(arguments.clip.resolve(), arguments.code, root)})
            )
            return
        clip = root / "clip.mp4"
        prepare(arguments.clip, clip, arguments.frames, arguments.size)
        onnx, checkpoint = matte_like(root / "checkpoints", clip)
        os.environ["PERSCOACH_CHECKPOINTS"] = str(root / "checkpoints")
        os.environ["PERSCOACH_MODNET_WEIGHTS"] = str(onnx)
        embedded = ROOT / "checkpoints" / "pose_landmarker_full.task"
        if embedded.exists():
            shutil.copyfile(embedded, root / "checkpoints" / embedded.name)
        print(json.dumps(measure(clip, checkpoint, root, arguments.frames, arguments.runs)))


def measure(clip: Path, checkpoint: Path, root: Path, frames: int, runs: int) -> dict[str, object]:
    """All ways in turn, ``runs`` times, then quality and shares once."""
    ways = {
        "modnet": new_recipe("modnet"),
        "embedded": new_recipe("mediapipe"),
    }
    seconds: dict[str, list[float]] = {"old": [], **{w: [] for w in ways}}
    old_steps: list[dict[str, float]] = []
    quality: dict[str, dict[str, float]] = {}
    shares: dict[str, object] = {}
    ran: dict[str, object] = {}
    new_way(clip, root / "warm", ways["modnet"])  # once per installation: compiling
    for run in range(runs):
        folder = root / f"old{run}"
        folder.mkdir()
        start = time.perf_counter()
        old_steps.append(old_way(clip, checkpoint, folder / "out.webm", Grade()))
        seconds["old"].append(time.perf_counter() - start)
        if run == 0:
            handed = handed_old(folder / "png")
            quality["old"] = psnr(decode_rgba(folder / "out.webm"), handed) | {
                "bytes": (folder / "out.webm").stat().st_size
            }
        shutil.rmtree(folder)
        for name, recipe in ways.items():
            folder = root / f"{name}{run}"
            spent, timings, normal = new_way(clip, folder, recipe)
            seconds[name].append(spent)
            if run == 0:
                quality[name] = quality_of_new(normal, folder, recipe)
                ran[name] = what_ran(normal, folder, recipe)
                shares[name] = {"seconds": timings, "ms_alone": stage_costs(normal, folder, recipe)}
            shutil.rmtree(folder)
        print(f"run {run + 1}:", {k: round(v[-1], 1) for k, v in seconds.items()}, flush=True)
    whole, timings, _ = new_way(clip, root / "whole", dataclasses.replace(ways["modnet"]), ("bundle",))
    middle = {k: statistics.median(v) for k, v in seconds.items()}
    rate: Callable[[float], float] = lambda s: round(frames / s, 3)  # noqa: E731
    return {
        "benchmark": "pipeline",
        "frames": frames,
        "runs": runs,
        "cores": os.cpu_count(),
        "fps": {k: rate(v) for k, v in middle.items()},
        "ratio_to_old": {k: round(middle["old"] / v, 2) for k, v in middle.items()},
        "ran": ran,
        "old_seconds": {k: round(statistics.median(s[k] for s in old_steps), 2) for k in old_steps[0]},
        "new": shares,
        "whole_process_modnet": {"fps": rate(whole), "seconds": timings},
        "quality": quality,
    }


if __name__ == "__main__":
    main()
