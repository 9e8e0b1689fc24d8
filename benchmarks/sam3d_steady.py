"""Smoothing of SAM 3D Body's movement against a known truth.

    python benchmarks/sam3d_steady.py [--seeds 3] [--frames 240] [--fps 30] [--level 1.0]

The stand-in's skeleton squats, punches, spins, jumps, walks and lies on the floor; single-frame noise, slow wander of the
depth, a flickering identity, gaps, and frames that show something else (left and right exchanged, another pose, depth or
person) are added; what ``steady`` makes of it is compared with the truth. "before" leaves the strange frames out; lag and
the share of the wrists' peak speed that is kept are measured with a tenth of the noise. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from perscoach.pose.sam3d.parameters import BodyParameters
from perscoach.pose.sam3d.steady import steady
from tests.pose.sam3d.steady_scores import cut_is_a_wall, scores
from tests.pose.sam3d.steady_truth import MOVEMENTS, joints_of, seen_as

STRENGTHS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--fps", type=float, default=30.0)
    parser.add_argument("--level", type=float, default=1.0, help="times the usual noise")
    parser.add_argument("--movement", choices=sorted(MOVEMENTS), action="append")
    asked = parser.parse_args()
    result: dict[str, Any] = {"fps": asked.fps, "frames": asked.frames, "seeds": asked.seeds, "level": asked.level}
    rows = result["movements"] = {
        name: {str(s): _mean(name, s, asked) for s in STRENGTHS} for name in asked.movement or MOVEMENTS
    }
    print(
        f"{'movement':14} {'s':>4}  hip-centred mm   camera mm        jitter m/s²   slide cm/s    peak  lag   dropped"
    )
    for name, by in rows.items():
        for strength, r in by.items():
            print(
                f"{name:14} {strength:>4}  {r['hip_before']:5.1f} -> {r['hip_after']:5.1f}   {r['camera_before']:5.1f} -> {r['camera_after']:5.1f}"
                f"   {r['jitter_before']:5.1f} -> {r['jitter_after']:4.1f} ({r['jitter_truth']:3.1f})  "
                f"{100 * r['slide_before']:5.1f} -> {100 * r['slide_after']:4.1f}  {r['peak_kept']:.2f}  {r['lag']:+.2f}  "
                f"{r['odd_dropped']:.2f} {r['good_dropped']:.3f}  {r['picture_before']:.1f} -> {r['picture_after']:.1f}"
            )
    default = [r for by in rows.values() for s, r in by.items() if float(s) <= 0.4]
    result["error_below_before_up_to_default"] = all(
        r["hip_after"] < r["hip_before"] and r["camera_after"] < r["camera_before"] for r in default
    )
    result["jitter_below_before_up_to_default"] = all(r["jitter_after"] < r["jitter_before"] for r in default)
    result["slide_below_before_up_to_default"] = all(r["slide_after"] <= r["slide_before"] for r in default)
    result["largest_lag_frames"] = max(abs(r["lag"]) for r in default)
    result["least_peak_kept"] = min(r["peak_kept"] for r in default)
    result["cut_is_a_wall"] = all(cut_is_a_wall(seed, asked.fps) for seed in range(asked.seeds))
    print(json.dumps(result))


def _mean(name: str, strength: float, asked: argparse.Namespace) -> dict[str, float]:
    found = []
    for seed in range(asked.seeds):
        truth: BodyParameters = MOVEMENTS[name](asked.frames, asked.fps, seed)
        seen = seen_as(truth, asked.fps, seed, level=asked.level)
        done = steady(seen.p, seen.valid, asked.fps, strength, joints_of, 1500.0)
        found.append(scores(truth, seen, done, asked.fps))
    mean = {key: float(np.mean([f[key] for f in found])) for key in found[0]}
    truth = MOVEMENTS[name](
        asked.frames, asked.fps, 0
    )  # noise has speeds of its own: lag and peaks are told without it
    seen = seen_as(truth, asked.fps, 0, level=0.1, odd=False, gaps=False)
    clean = scores(truth, seen, steady(seen.p, seen.valid, asked.fps, strength, joints_of, 1500.0), asked.fps)
    mean |= {key: clean[key] for key in ("lag", "peak_kept")}
    return {key: round(value, 4) for key, value in mean.items()}


if __name__ == "__main__":
    main()
