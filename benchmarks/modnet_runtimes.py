"""MODNet frame by frame in eager torch, as upstream runs it, against our runtimes: the same random weights, 602x722.

    python benchmarks/modnet_runtimes.py [--count 5] [--clip CLIP] [--size best|fast]

Every variant takes its turn in every round, so that a busy machine is unfair to all of them alike; medians of wall
seconds and of CPU seconds per frame, from RGB frame to 8-bit alpha at the frame's size. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
WIDTH, HEIGHT = 602, 722
Step = Callable[[np.ndarray], np.ndarray]


def frames_of(clip: Path | None, count: int) -> list[np.ndarray]:
    import cv2

    found: list[np.ndarray] = []
    if clip is not None:
        capture = cv2.VideoCapture(str(clip))
        while len(found) < count:
            ok, frame = capture.read()
            if not ok:
                break
            found.append(np.ascontiguousarray(cv2.resize(frame[:, :, ::-1], (WIDTH, HEIGHT))))
        capture.release()
    rng = np.random.default_rng(0)
    while len(found) < count:
        cells = rng.integers(0, 256, (20, 16, 3), np.uint8)
        found.append(cv2.resize(cells, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC))
    return found


def eager(weights: Any, size: tuple[int, int]) -> Step:
    """Upstream's way: torch on the CPU, gradients on, resizing in torch."""
    import torch
    import torch.nn.functional as F

    from perscoach.matting.modnet.weights import load_network

    network = load_network(weights)

    def step(frame: np.ndarray) -> np.ndarray:
        x = (torch.from_numpy(frame).permute(2, 0, 1).contiguous().float().div(255) - 0.5) / 0.5
        alpha = network(F.interpolate(x[None], size=size[::-1], mode="area"))
        full = F.interpolate(alpha, size=frame.shape[:2], mode="area")[0, 0].detach().numpy()
        return (full * 255).astype(np.uint8)

    return step


def ours(runtime: Any, size: tuple[int, int]) -> Step:
    from perscoach.matting.modnet.preprocess import to_bytes, to_network, to_picture

    def step(frame: np.ndarray) -> np.ndarray:
        alpha = runtime.infer(to_network(frame, *size)[None])[0, 0]
        return to_bytes(to_picture(alpha, WIDTH, HEIGHT))

    return step


def variants(folder: Path, size: tuple[int, int]) -> dict[str, Step]:
    from perscoach.matting.modnet.random_weights import write_random
    from perscoach.matting.modnet.runtimes import CPU_RUNTIMES, open_cpu
    from perscoach.matting.modnet.weights import weights_at

    graph, checkpoint = write_random(folder)
    steps = {"eager torch (upstream's way)": eager(weights_at(checkpoint), size)}
    for name in CPU_RUNTIMES:
        steps[name] = ours(open_cpu(weights_at(graph), size, folder, only=name), size)
    return steps


def measure(steps: dict[str, Step], frames: list[np.ndarray]) -> dict[str, dict[str, float]]:
    for step in steps.values():
        step(frames[0])
    wall: dict[str, list[float]] = {name: [] for name in steps}
    cpu: dict[str, list[float]] = {name: [] for name in steps}
    for frame in frames:
        for name, step in steps.items():
            start, used = time.perf_counter(), time.process_time()
            step(frame)
            wall[name].append(time.perf_counter() - start)
            cpu[name].append(time.process_time() - used)
    return {name: {"wall_s": statistics.median(wall[name]), "cpu_s": statistics.median(cpu[name])} for name in steps}


def main() -> int:
    from perscoach.core.cores import physical_cores
    from perscoach.matting.modnet.preprocess import net_size

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=5, help="frames per variant")
    parser.add_argument("--clip", type=Path, help="take the frames from this clip")
    parser.add_argument("--size", choices=("best", "fast"), default="best")
    options = parser.parse_args()
    size = net_size(WIDTH, HEIGHT, options.size)
    frames = frames_of(options.clip, max(1, options.count))
    with tempfile.TemporaryDirectory(prefix="modnet-runtimes-") as folder:
        results = measure(variants(Path(folder), size), frames)
    base = next(iter(results.values()))
    print(f"{WIDTH}x{HEIGHT} -> {size[0]}x{size[1]}, {len(frames)} frames, {physical_cores()} cores, medians")
    for name, one in results.items():
        one["times_faster"], one["times_less_cpu"] = base["wall_s"] / one["wall_s"], base["cpu_s"] / one["cpu_s"]
        print(
            f"{name:40} {one['wall_s'] * 1e3:7.0f} ms wall {one['cpu_s'] * 1e3:7.0f} ms CPU"
            f"   {one['times_faster']:.2f}x wall {one['times_less_cpu']:.2f}x CPU"
        )
    print(json.dumps({"benchmark": "modnet_runtimes", "net": list(size), "frames": len(frames), "results": results}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
