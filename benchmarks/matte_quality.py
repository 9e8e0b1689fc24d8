"""How good the mattes are, against truth that is exact by construction.

    python benchmarks/matte_quality.py [--frames 48] [--figure NAME] [--background CLIP] [--clip CLIP …] [--engines mediapipe,plate,…]

A drawn trainer (``matte_figure.py``) with a barbell does a squat before a drawn room or before a real clip's empty room,
with fresh sensor noise in every frame, goes through H.264 like any clip, and is matted by every engine, refined and not.
On real clips there is no truth; there the flicker is measured where the picture stands still. The last line is JSON.

Numbers (lower is better):
    MAD    mean |alpha - truth| x 1e3, over all pixels
    Grad   mean squared difference of Gaussian gradients (sigma 1.4), x 1e3
    dtSSD  root mean squared error of alpha's change from frame to frame, x 1e2
    FG     RMSE of the estimated foreground colour on truly soft pixels, 0..255, weighted by both alphas (what is seen)
    still  mean |change of alpha| x 1e3 on pixels near the matte's edge where the true picture does not move
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from perscoach.core.messages import Message

os.environ.setdefault("GLOG_minloglevel", "3")

import cv2
import numpy as np
from matte_figure import LOOKS, Look, Truth, draw, room

from perscoach.core.errors import PerscoachError
from perscoach.matting.base import MattingSettings
from perscoach.matting.foreground import estimate_foreground
from perscoach.matting.plate import PlateCue, plate_of
from perscoach.matting.refine.refiner import Refiner, pixel_of
from perscoach.media.types import Clip

ENGINES = ("simulated", "mediapipe", "plate", "mediapipe+plate", "modnet")
Pair = tuple[np.ndarray, np.ndarray]


def make_scene(
    folder: Path, count: int, background: np.ndarray, look: Look = LOOKS["blue"]
) -> tuple[Clip, list[Truth]]:
    """The drawn clip (H.264) and its truth: stands, goes down, holds, comes up; holds are where nothing moves."""
    height, width = background.shape[:2]
    hold = max(2, count // 8)
    way = max(1, (count - 2 * hold) // 2)
    phases = [0.0] * hold + list(_ease(way)) + [1.0] * hold
    phases += list(_ease(max(1, count - len(phases)))[::-1])
    drawn: dict[float, Truth] = {}
    random = np.random.default_rng(look.seed)
    truths, frames = [], []
    for phase in phases[:count]:
        truth = drawn.setdefault(float(phase), draw(width, height, float(phase), 0.02 * float(phase), look))
        share = truth.alpha[..., None].astype(np.float32) / 255.0
        picture = truth.colour * share + background * (1 - share)
        picture += cv2.GaussianBlur(random.normal(0, 1, picture.shape).astype(np.float32), (0, 0), 0.7) * 5.0
        frames.append(np.rint(np.clip(picture, 0, 255)).astype(np.uint8))
        truths.append(truth)
    path = folder / "scene.mp4"
    write_clip(path, frames)
    return Clip(path, Fraction(30), width, height, len(frames), False), truths


def _ease(count: int) -> np.ndarray:
    """From 0 to 1, slow at both ends, as a body moves."""
    return 0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / count)


def write_clip(path: Path, frames: list[np.ndarray]) -> None:
    """8-bit 4:2:0 H.264 of the quality that a phone writes."""
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=30, options={"crf": "18", "preset": "veryfast"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture = picture.reformat(format="yuv420p", dst_colorspace=1, dst_color_range=1)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def simulated(truths: list[Truth]) -> Iterator[np.ndarray]:
    """The truth as a network gives it: a 256x256 mask around the person, blurred, trembling, without the barbell."""
    random = np.random.default_rng(9)
    for truth in truths:
        x, y, w, h = cv2.boundingRect(truth.body)
        side = 1.25 * max(w, h)
        jitter = random.normal(0, 0.8, 2)
        scale = side / 256.0 * (1 + random.normal(0, 0.002))
        left, top = x + w / 2 - side / 2 + jitter[0], y + h / 2 - side / 2 + jitter[1]
        matrix = np.array([[scale, 0, left], [0, scale, top]], np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        blurred = cv2.GaussianBlur(truth.body, (0, 0), scale * 0.5)
        small = cv2.GaussianBlur(cv2.warpAffine(blurred, matrix, (256, 256), flags=flags), (0, 0), 0.9)
        wobble = cv2.GaussianBlur(random.normal(0, 1, small.shape).astype(np.float32), (0, 0), 4) * 1.2
        edge = (small / 255.0) * (1 - small / 255.0) * 4
        small = np.clip(small / 255.0 + wobble * edge, 0, 1)
        back = np.array([[scale, 0, left - jitter[0]], [0, scale, top - jitter[1]]], np.float32)
        big = cv2.warpAffine(small.astype(np.float32), back, truth.alpha.shape[::-1], flags=cv2.INTER_LINEAR)
        yield np.rint(big * 255).astype(np.uint8)


def raw_mattes(engine: str, clip: Clip, truths: list[Truth] | None, folder: Path) -> list[np.ndarray]:
    """One raw matte per frame.

    Raises:
        PerscoachError: the engine cannot run here.
    """
    from perscoach.matting.registry import choose, open_engine

    if engine == "simulated":
        if truths is None:
            raise PerscoachError(Message("needs the truth", "нужна истинная маска"))
        return list(simulated(truths))
    settings = MattingSettings(engine=engine, plate="median" if engine == "plate" else "off")
    choose(settings)
    opened = open_engine(engine, settings, clip, folder)
    try:
        return list(opened.mattes(clip.read()))
    finally:
        opened.close()


def cue_of(engine: str, clip: Clip, folder: Path) -> PlateCue | None:
    """The clean-plate cue where the engine's name asks for it (``mediapipe+plate``)."""
    if not engine.endswith("+plate"):
        return None
    return PlateCue(plate_of(clip, MattingSettings(plate="median"), folder))


def refined(engine: str, clip: Clip, mattes: list[np.ndarray], cue: PlateCue | None) -> tuple[list[np.ndarray], float]:
    """The refined mattes and the milliseconds per frame that refinement took in one thread."""
    frames = list(clip.read())
    pixel = pixel_of(engine.split("+")[0], clip.width, clip.height)
    start = time.perf_counter()
    refiner = Refiner(pixel, None if cue is None else lambda _, rgb, alpha: cue.correct(rgb, alpha))
    out = [alpha for _, alpha in refiner.run(zip(frames, mattes, strict=True))]
    return out, (time.perf_counter() - start) / len(out) * 1e3


def both(
    engine: str, clip: Clip, truths: list[Truth] | None, folder: Path
) -> tuple[list[np.ndarray], list[np.ndarray], float]:
    """Mattes with refinement off and on, and its cost."""
    raw = raw_mattes(engine.split("+")[0], clip, truths, folder)
    cue = cue_of(engine, clip, folder)
    better, cost = refined(engine, clip, raw, cue)
    if cue is not None:
        raw = [cue.correct(rgb, alpha) for rgb, alpha in zip(clip.read(), raw, strict=True)]
    return raw, better, cost


def _gradient(alpha: np.ndarray) -> np.ndarray:
    smooth = cv2.GaussianBlur(alpha.astype(np.float32) / 255.0, (0, 0), 1.4)
    return np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))


def measure(clip: Clip, mattes: list[np.ndarray], truths: list[Truth]) -> dict[str, float]:
    """MAD, Grad, dtSSD, FG and still; see the module."""
    mad, grad, change, colour, still = [], [], [], [], []
    for i, (rgb, alpha, truth) in enumerate(zip(clip.read(), mattes, truths, strict=True)):
        a, t = alpha.astype(np.float32) / 255.0, truth.alpha.astype(np.float32) / 255.0
        mad.append(np.abs(a - t).mean())
        grad.append(((_gradient(alpha) - _gradient(truth.alpha)) ** 2).mean())
        if i:
            before, was = mattes[i - 1].astype(np.float32) / 255.0, truths[i - 1].alpha.astype(np.float32) / 255.0
            change.append(((a - before - (t - was)) ** 2).mean())
            if truth is truths[i - 1]:
                near = cv2.dilate(((t > 0) & (t < 1)).astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
                still.append(np.abs(a - before)[near].mean())
        if i % 4 == 0:
            soft = (truth.alpha > 5) & (truth.alpha < 250)
            off = (estimate_foreground(rgb, alpha).astype(np.float32) - truth.colour) ** 2
            weight = (t * a)[soft]  # colour under alpha 0 is never seen
            colour.append(float((off.mean(axis=2)[soft] * weight).sum() / max(1e-6, weight.sum())))
    return {
        "MAD": float(np.mean(mad)) * 1e3,
        "Grad": float(np.mean(grad)) * 1e3,
        "dtSSD": float(np.sqrt(np.mean(change))) * 1e2,
        "FG": float(np.sqrt(np.mean(colour))),
        "still": float(np.mean(still)) * 1e3 if still else 0.0,
    }


def flicker(clip: Clip, mattes: list[np.ndarray]) -> float:
    """Mean |change of alpha| x 1e3 near the matte's edge where the picture stands still, on a clip without truth."""
    values, before_rgb, before = [], None, None
    for rgb, alpha in zip(clip.read(), mattes, strict=True):
        smooth = cv2.GaussianBlur(rgb, (0, 0), 1.5)
        if before is not None:
            moved = cv2.absdiff(smooth, before_rgb).max(axis=2) > 4
            still = cv2.dilate(moved.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
            edge = (alpha > 12) & (alpha < 243) | (before > 12) & (before < 243)
            near = cv2.dilate(edge.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
            if (still & near).any():
                values.append(cv2.absdiff(alpha, before)[still & near].mean() / 255.0)
        before_rgb, before = smooth, alpha
    return float(np.mean(values)) * 1e3 if values else 0.0


def bench_truth(engines: list[str], clip: Clip, truths: list[Truth], folder: Path, look: Path | None) -> dict[str, Any]:
    """Every engine on the drawn clip, refinement off and on."""
    table: dict[str, Any] = {}
    print(f"{'engine':18} {'refined':8}" + "".join(f"{n:>9}" for n in ("MAD", "Grad", "dtSSD", "FG", "still", "ms")))
    for engine in engines:
        try:
            raw, better, cost = both(engine, clip, truths, folder)
        except PerscoachError as error:
            print(f"{engine:18} skipped: {error}")
            table[engine] = {"skipped": str(error)}
            continue
        off, on = measure(clip, raw, truths), measure(clip, better, truths)
        for name, row, ms in (("off", off, 0.0), ("on", on, cost)):
            print(f"{engine:18} {name:8}" + "".join(f"{v:9.2f}" for v in row.values()) + f"{ms:9.1f}")
        wins = all(on[k] < off[k] for k in off)
        table[engine] = {"off": off, "on": on, "refine_ms": cost, "refinement_wins": wins}
        if look is not None:
            save_look(look / f"{engine}.png", clip, raw, better, truths)
    return table


def save_look(path: Path, clip: Clip, raw: list[np.ndarray], better: list[np.ndarray], truths: list[Truth]) -> None:
    """Truth, raw and refined at a moving frame, as one picture."""
    i = len(raw) * 3 // 8
    path.parent.mkdir(parents=True, exist_ok=True)
    row = [cv2.cvtColor(clip.frame(i), cv2.COLOR_RGB2BGR)]
    row += [cv2.cvtColor(a, cv2.COLOR_GRAY2BGR) for a in (truths[i].alpha, raw[i], better[i])]
    cv2.imwrite(str(path), np.hstack(row))


def bench_real(engines: list[str], clip: Clip, folder: Path) -> dict[str, Any]:
    """Flicker of every engine on a real clip."""
    table: dict[str, Any] = {}
    for engine in engines:
        if engine == "simulated":
            continue
        try:
            raw, better, _ = both(engine, clip, None, folder)
        except PerscoachError as error:
            table[engine] = {"skipped": str(error)}
            continue
        table[engine] = {"off": flicker(clip, raw), "on": flicker(clip, better)}
        print(f"{clip.path.stem:18} {engine:18} flicker off {table[engine]['off']:.2f}  on {table[engine]['on']:.2f}")
    return table


def _open(path: Path, frames: int) -> Clip:
    """A real clip's first frames; any file that decodes upright at a constant rate."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        count = 0
        for _ in container.decode(stream):
            count += 1
            if count >= frames:
                break
        return Clip(path, Fraction(stream.average_rate or 30), stream.width, stream.height, count, False)


def _background(path: Path | None, width: int, height: int, folder: Path, light: float) -> np.ndarray:
    if path is None:
        return room(width, height, light, 3 if light == 1.0 else 8)
    plate = plate_of(_open(path, 10**9), MattingSettings(engine="plate", plate="median"), folder)
    return cv2.resize(plate.rgb, (width, height), interpolation=cv2.INTER_AREA)


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--width", type=int, default=602)
    parser.add_argument("--height", type=int, default=722)
    parser.add_argument("--background", type=Path, help="a real clip whose empty room stands behind the figure")
    parser.add_argument("--figure", choices=tuple(LOOKS), default="blue", help="who is drawn")
    parser.add_argument("--light", type=float, default=1.0, help="of the drawn room; 0.3 is a dark gym")
    parser.add_argument("--clip", type=Path, action="append", default=[], help="a real clip for the flicker")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--look", type=Path, help="a folder for pictures")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    cv2.setNumThreads(1)
    engines = [e for e in given.engines.split(",") if e]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        back = _background(given.background, given.width, given.height, folder, given.light)
        clip, truths = make_scene(folder, given.frames, back.astype(np.float32), LOOKS[given.figure])
        result = {"truth": bench_truth(engines, clip, truths, folder, given.look), "real": {}}
        for path in given.clip:
            result["real"][path.stem] = bench_real(engines, _open(path, given.frames), folder)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
