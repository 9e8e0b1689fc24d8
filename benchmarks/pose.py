"""How fast the pose engines are here, and what the stage adds: ``python benchmarks/pose.py CLIP [--frames N]``.

Each MediaPipe size whose weights are there sees the same decoded frames; decoding is timed apart. Then the whole stage
(decoding, engine, storing, cleaning, smoothing) runs once over the same frames, and once more with the observations
already stored. The last line is JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from perscoach.core.errors import ModelError
from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.media.types import Clip, IngestSettings
from perscoach.models import path_of
from perscoach.motion import Motion
from perscoach.people.follow import Follower
from perscoach.pose.base import PoseSettings
from perscoach.pose.smoothing import bone_tree
from perscoach.pose.stage import run_pose


def engine_rate(model: Path, frames: list[np.ndarray], clip: Clip, repeats: int) -> dict[str, float]:
    """Frames a second of the engine alone (median of ``repeats``), start-up apart, and the share of frames with a body."""
    rates, starts, found = [], [], 0
    for _ in range(repeats):
        engine = Follower(model, None, float(clip.fps), masks=False)
        begin = time.perf_counter()
        found = int(engine.look(frames[0]).world is not None)
        starts.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        found += sum(engine.look(frame).world is not None for frame in frames[1:])
        rates.append((len(frames) - 1) / (time.perf_counter() - begin))
        engine.close()
    return {
        "fps": round(statistics.median(rates), 2),
        "start_s": round(statistics.median(starts), 2),
        "found": round(found / len(frames), 4),
    }


def shake(motion: Motion) -> float:
    """Median acceleration of all joints, m/s²: noise, as a person's own stays near 1 in slow exercises."""
    joints = motion.joints_3d[motion.valid]
    second = np.diff(joints, 2, axis=0) * float(motion.fps) ** 2
    return round(float(np.median(np.linalg.norm(second, axis=2))), 2)


def bone_spread(motion: Motion) -> float:
    """Median over the limbs of the standard deviation of their length, per cent."""
    joints = motion.joints_3d[motion.valid]
    spreads = []
    for parent, child, _ in bone_tree(motion.skeleton):
        if parent >= 0 and any(w in motion.skeleton.joints[child] for w in ("knee", "ankle", "elbow", "wrist")):
            length = np.linalg.norm(joints[:, child] - joints[:, parent], axis=1)
            spreads.append(100 * length.std() / length.mean())
    return round(float(np.median(spreads)), 2)


def stage_figures(clip: Clip, model: str) -> dict[str, float]:
    """The whole stage, and what cleaning and smoothing change."""
    with tempfile.TemporaryDirectory() as folder:
        settings = PoseSettings(engine="mediapipe", model=model)
        begin = time.perf_counter()
        smooth = run_pose(clip, settings, Path(folder), Quiet())
        whole = time.perf_counter() - begin
        begin = time.perf_counter()
        raw = run_pose(clip, dataclasses.replace(settings, smoothing=0.0), Path(folder), Quiet())
        again = time.perf_counter() - begin
    return {
        "stage_fps": round(clip.frames / whole, 2),
        "restart_s": round(again, 3),
        "valid": round(float(smooth.valid.mean()), 4),
        "shake_raw": shake(raw),
        "shake_smooth": shake(smooth),
        "bone_spread_raw_percent": bone_spread(raw),
        "bone_spread_smooth_percent": bone_spread(smooth),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, default=150, help="how many frames of the clip")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each engine; the median counts")
    arguments = parser.parse_args()
    from perscoach.media.ingest import ingest

    with tempfile.TemporaryDirectory() as folder:
        clip = ingest(arguments.clip, Path(folder) / "clip.mp4", IngestSettings(), load_settings(), Quiet())
        clip = dataclasses.replace(clip, frames=min(clip.frames, arguments.frames))
        begin = time.perf_counter()
        frames = list(clip.read())
        decode = clip.frames / (time.perf_counter() - begin)
        out: dict[str, object] = {
            "clip": arguments.clip.name,
            "size": f"{clip.width}x{clip.height}",
            "frames": clip.frames,
            "decode_fps": round(decode, 1),
        }
        for size in ("lite", "full", "heavy"):
            try:
                model = path_of(f"pose_landmarker_{size}")
            except ModelError as error:
                out[size] = None
                print(f"{size:<6} {error}", file=sys.stderr)
                continue
            figures = engine_rate(model, frames, clip, arguments.repeats) | stage_figures(clip, size)
            out[size] = figures
            print(f"{size:<6} {figures}")
    print(json.dumps(out))


if __name__ == "__main__":
    main()
