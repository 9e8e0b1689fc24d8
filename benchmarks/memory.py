"""Peak memory of the whole pipeline: a ten-minute clip against a ten-second one.

    python benchmarks/memory.py [--clip perscoach/media/example.mp4] [--minutes 10] [--fps 10] [--height 320]

The clip is looped to length at a small size, so that the long run ends in minutes; what is shown is that memory does
not grow with the number of frames. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg
import psutil

ROOT = Path(__file__).resolve().parent.parent


def looped(clip: Path, out: Path, seconds: float, fps: int, height: int) -> None:
    """``clip`` repeated to ``seconds`` at ``fps`` and ``height`` lines."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-stream_loop", "-1", "-i", str(clip)]
    command += ["-t", str(seconds), "-vf", f"scale=-2:{height},fps={fps}", "-c:v", "libx264", "-preset", "veryfast"]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(out)], check=True)


def tree_memory(process: psutil.Process) -> tuple[int, int]:
    """(bytes of the process, bytes of its children) now."""
    try:
        own = process.memory_info().rss
        children = 0
        for child in process.children(recursive=True):
            try:
                children += child.memory_info().rss
            except psutil.NoSuchProcess:
                continue
    except psutil.NoSuchProcess:
        return 0, 0
    return own, children


def peak(clip: Path, out: Path, extra: list[str]) -> dict[str, float]:
    """Run ``perscoach process`` and watch it."""
    command = [sys.executable, "-m", "perscoach.cli", "process", str(clip), "-o", str(out), "--work", str(out / "work")]
    start = time.monotonic()
    with (out / "log.txt").open("wb") as log:
        child = subprocess.Popen([*command, "--json", *extra], cwd=ROOT, stdout=log, stderr=log)
        watched = psutil.Process(child.pid)
        own = both = 0
        while child.poll() is None:
            mine, others = tree_memory(watched)
            own, both = max(own, mine), max(both, mine + others)
            time.sleep(0.1)
    if child.returncode:
        raise SystemExit((out / "log.txt").read_text())
    return {"own_mb": own / 2**20, "with_ffmpeg_mb": both / 2**20, "seconds": time.monotonic() - start}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clip", type=Path, default=ROOT / "perscoach" / "media" / "example.mp4")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--fps", type=int, default=10)
    parser.add_argument("--height", type=int, default=320)
    parser.add_argument("--arguments", default="--matting mediapipe --pose mediapipe --quality draft --no-mov")
    arguments = parser.parse_args()
    figures: dict[str, dict[str, float]] = {}
    for name, seconds in (("short", 10.0), ("long", arguments.minutes * 60)):
        with tempfile.TemporaryDirectory() as folder:
            clip = Path(folder) / "clip.mp4"
            looped(arguments.clip, clip, seconds, arguments.fps, arguments.height)
            figures[name] = peak(clip, Path(folder), arguments.arguments.split())
        print(name, {k: round(v, 1) for k, v in figures[name].items()})
    ratio = figures["long"]["with_ffmpeg_mb"] / figures["short"]["with_ffmpeg_mb"]
    result = {name: {k: round(v, 1) for k, v in one.items()} for name, one in figures.items()}
    print(json.dumps({"benchmark": "memory", "minutes": arguments.minutes, **result, "ratio": round(ratio, 3)}))


if __name__ == "__main__":
    main()
