"""SAM 3D Body: upstream frame by frame against our batches, same device, same weights.

    python benchmarks/sam3d_speed.py [--upstream DIR] [--backbone light|dinov3] [--mode body|full] [--frames N]
                                     [--batches 1,4,16] [--device auto]

On a GPU: DINOv3-H+ in bfloat16 (float16 before Ampere), as both would run; frames and batches to suit. On a CPU: float32 and
the light backbone, which measures the decoder and the rig; ``--backbone dinov3`` takes some ten seconds a frame. Ours is
timed with crops and copies to the host, as upstream is. Random weights cost what trained ones cost. The last line is JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import sam3d_standin as standin
from perscoach.core.threads import overlap
from perscoach.pose.base import PoseSettings
from perscoach.pose.camera import Camera, camera_of
from perscoach.pose.sam3d import network
from perscoach.pose.sam3d.crops import crop
from perscoach.pose.sam3d.runner import Look


def timed(work: Callable[[], Any], device: Any) -> tuple[float, float]:
    """Seconds and peak GB: of the GPU's memory, or of the whole process on a CPU (which only ever grows)."""
    import torch

    gc.collect()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
    start = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter() - start, torch.cuda.max_memory_allocated(device) / 1e9
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def ours(model: Any, shots: list[standin.Shot], camera: Camera, hands: bool, batch: int) -> None:
    """As the engine does it: crops ahead in another thread, then batches, then one copy each to the host."""
    runner = standin.our_runner(model, camera, hands, batch)
    looks = (Look(crop(s.rgb, s.box, s.mask), s.rgb) for s in shots)
    try:
        count = sum(found is not None for found in runner.run(overlap(looks, 2 * batch)))
    finally:
        runner.close()
    if count != len(shots) or runner.halvings:
        raise SystemExit(f"batch {batch}: {count} of {len(shots)} frames, {runner.halvings} halvings")


def measure(arguments: argparse.Namespace, device: Any) -> dict[str, Any]:
    import torch

    dtype = network.precision(device) if arguments.backbone == "dinov3" else torch.float32
    hands = arguments.mode == "full"
    shots = standin.shots_of(standin.pictures(arguments.frames))
    camera = camera_of(PoseSettings(), shots[0].rgb.shape[1], shots[0].rgb.shape[0])
    out: dict[str, Any] = {
        "skipped": False,
        "device": torch.cuda.get_device_name(device)
        if device.type == "cuda"
        else f"CPU, {torch.get_num_threads()} threads",
        "backbone": arguments.backbone,
        "dtype": str(dtype).removeprefix("torch."),
        "mode": arguments.mode,
        "frames": len(shots),
        "ours": [],
    }
    with tempfile.TemporaryDirectory() as folder:
        model = standin.build(Path(folder), arguments.backbone, str(device), dtype)
        if hands:
            standin.lead_hands(model, shots[0], camera)
        few = shots[: max(1, min(len(shots), arguments.upstream_frames))]
        standin.upstream_results(model, few[:1], camera, hands)  # warm
        seconds, peak = timed(lambda: standin.upstream_results(model, few, camera, hands), device)
        out["upstream"] = {"frames_per_second": len(few) / seconds, "peak_gb": peak}
        print(f"upstream: {len(few) / seconds:.3f} frames/s, {peak:.2f} GB", flush=True)
        for batch in arguments.batches:
            ours(model, shots[:batch], camera, hands, batch)  # warm
            seconds, peak = timed(lambda b=batch: ours(model, shots, camera, hands, b), device)  # type: ignore[misc]
            rate = len(shots) / seconds
            ratio = rate / out["upstream"]["frames_per_second"]
            out["ours"].append({"batch": batch, "frames_per_second": rate, "peak_gb": peak, "ratio": ratio})
            print(f"ours, batch {batch}: {rate:.3f} frames/s, {ratio:.2f} times, {peak:.2f} GB", flush=True)
    out["best_ratio"] = max(one["ratio"] for one in out["ours"])
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", help="folder that holds sam-3d-body and dinov3")
    parser.add_argument("--backbone", choices=("light", "dinov3"))
    parser.add_argument("--mode", choices=("body", "full"), default="body")
    parser.add_argument("--frames", type=int)
    parser.add_argument("--upstream-frames", type=int, help="how many of them upstream is timed on")
    parser.add_argument("--batches", type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("--device", default="auto")
    arguments = parser.parse_args()
    standin.use_upstream(arguments.upstream)
    reason = standin.why_not()
    if reason:
        print(f"skipped: {reason}")
        print(json.dumps({"skipped": True, "reason": reason}))
        return 0
    import torch

    from perscoach.core.device import resolve_device

    device = torch.device(resolve_device(arguments.device))
    gpu = device.type == "cuda"
    arguments.backbone = arguments.backbone or ("dinov3" if gpu else "light")
    arguments.frames = arguments.frames or (96 if gpu else 8)
    arguments.batches = arguments.batches or ([1, 4, 16, 32] if gpu else [1, 2, 4])
    arguments.upstream_frames = arguments.upstream_frames or (24 if gpu else arguments.frames)
    print(json.dumps(measure(arguments, device)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
