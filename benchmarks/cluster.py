"""A batch on two nodes of one core each against one node; then again, with a node killed in the middle.

    python -m benchmarks.cluster CLIP [CLIP ...] [--cuts 12] [--frames 45] [--height 240]

Cuts short pieces out of the clips, makes a package from each on Ray nodes of this machine (bound to 127.0.0.1), and compares
every file whose bytes the clip decides. The last line is one JSON object. Needs the extra ``cluster`` and two free cores.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import psutil

from perscoach.core.progress import Quiet
from perscoach.jobs.batch import Order, Record, run_batch
from perscoach.jobs.runners.ray import RayRunner, Share, load_ray

RECIPE: dict[str, Any] = {
    "matting": {"engine": "mediapipe"},
    "pose": {"engine": "mediapipe", "model": "full"},
    "export": {"quality": "draft", "mov": False, "audio": False},
}
SAME = (
    "trainer_transparent.webm",
    "poses/trainer_poses.json",
    "poses/trainer_poses.npz",
    "mirror/track.json",
)


class Cluster:
    """Nodes of one core each on the loopback."""

    def __init__(self, nodes: int) -> None:
        load_ray(loopback=True)
        utilities = importlib.import_module("ray.cluster_utils")
        node = {"num_cpus": 1, "object_store_memory": 80 << 20, "node_ip_address": "127.0.0.1"}
        self._nodes = utilities.Cluster(
            initialize_head=True, head_node_args={**node, "num_cpus": 0, "include_dashboard": False}
        )
        self.nodes = [self._nodes.add_node(**node) for _ in range(nodes)]
        self.address: str = self._nodes.address

    def workers(self, node: Any) -> list[psutil.Process]:
        """A node's main process, and those that work for it."""
        raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
        return [raylet, *raylet.children(recursive=True)]

    def kill(self, node: Any) -> None:
        """End a node as a power cut would."""
        for process in self.workers(node):
            with contextlib.suppress(psutil.NoSuchProcess):
                os.kill(process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End all nodes."""
        self._nodes.shutdown()


@contextlib.contextmanager
def cluster(nodes: int) -> Iterator[Cluster]:
    """A cluster for the time of a block."""
    made = Cluster(nodes)
    try:
        yield made
    finally:
        made.close()


def cut(clips: list[Path], folder: Path, cuts: int, frames: int, height: int) -> list[Path]:
    """Short pieces of the clips, taken in turn."""
    made = []
    for index in range(cuts):
        source, target = clips[index % len(clips)], folder / f"cut {index + 1}.mp4"
        start = f"{(index // len(clips)) * 0.4:.2f}"
        words = ["-v", "error", "-ss", start, "-i", str(source), "-frames:v", str(frames), "-an"]
        words += ["-vf", f"scale=-2:{height}", "-crf", "12", str(target)]
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], check=True)
        made.append(target)
    return made


def run(clips: list[Path], folder: Path, nodes: int, kill: bool = False) -> tuple[float, Record, dict[str, str]]:
    """Seconds, the record, and a hash of each file, of a batch on some nodes."""
    with cluster(nodes) as here:
        order = Order(clips, folder / "out", RECIPE, None, folder / "work")
        runner = RayRunner(here.address, Share(cpus=1, memory=0.5))
        watcher = threading.Thread(target=_kill_one, args=(here, folder / "out"), daemon=True)
        if kill:
            watcher.start()
        start = time.monotonic()
        record = run_batch(order, runner, Quiet())
        seconds = time.monotonic() - start
    print(f"{nodes} nodes{', one killed' if kill else ''}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return seconds, record, digests(folder / "out")


def _kill_one(here: Cluster, out: Path) -> None:
    """Kill a node once some packages are there."""
    while len(list(out.glob("*.zip"))) < 2:
        time.sleep(0.1)
    here.kill(here.nodes[0])


def digests(out: Path) -> dict[str, str]:
    """File to SHA-256, of those files that a clip decides to the last byte."""
    files = [path for name in SAME for path in sorted(out.glob(f"*/{name}"))]
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--cuts", type=int, default=12)
    parser.add_argument("--frames", type=int, default=45)
    parser.add_argument("--height", type=int, default=240)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = cut(words.clips, folder, words.cuts, words.frames, words.height)
        one, first, wanted = run(clips, folder / "one", 1)
        two, second, found = run(clips, folder / "two", 2)
        killed, third, after = run(clips, folder / "killed", 2, kill=True)
    print(
        f"load {os.getloadavg()[0]:.1f}; one node {one:.1f} s, two nodes {two:.1f} s, two nodes with one killed {killed:.1f} s"
    )
    answer = {
        "cuts": words.cuts,
        "frames": words.frames,
        "load_before": os.getloadavg()[0],
        "seconds": {"one": round(one, 1), "two": round(two, 1), "killed": round(killed, 1)},
        "speed_up": round(one / two, 2),
        "done": [record.counts["done"] for record in (first, second, third)],
        "same_files": {"compared": len(wanted), "two": found == wanted, "killed": after == wanted},
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
