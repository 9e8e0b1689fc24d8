"""The app as a user starts it: a process of its own on a free port of the loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_REPOSITORY = Path(__file__).resolve().parents[2]
_PATIENCE = 120.0
CALM = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Chromium's words for a quiet headless browser."""


def free_port() -> int:
    """A port of the loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Served:
    """One running app; ``seconds`` is how long it took until it answered."""

    url: str
    port: int
    workspace: Path
    seconds: float
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> int:
        """Ask it to stop, as a terminal or a container does; its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(5)


def serve(workspace: Path, port: int | None = None, **environment: str) -> Served:
    """Start the app (on a free port, or on ``port`` again) and wait until it answers."""
    port = port or free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PERSCOACH_", "GRADIO_"))}
    own |= {"PERSCOACH_PORT": str(port), "PERSCOACH_WORKSPACE": str(workspace), **environment}
    if "PERSCOACH_CHECKPOINTS" in os.environ:
        own["PERSCOACH_CHECKPOINTS"] = os.environ["PERSCOACH_CHECKPOINTS"]
    log = workspace.parent / f"{workspace.name}.log"
    start = time.monotonic()
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, str(_REPOSITORY / "app.py")], env=own, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL
        )
    url = f"http://127.0.0.1:{port}/"
    served = Served(url, port, workspace, 0.0, process, log)
    while not _answers(url):
        if process.poll() is not None or time.monotonic() - start > _PATIENCE:
            served.stop()
            raise RuntimeError(f"the app did not start: {log.read_text()[-2000:]}")
        time.sleep(0.1)
    served.seconds = time.monotonic() - start
    return served


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def short_example(folder: Path, name: str, start: float, seconds: float, height: int) -> Path:
    """A piece of the example clip, small; skips where the example is not beside the checkout."""
    import imageio_ffmpeg
    import pytest

    from perscoach.ui.clip.panel import EXAMPLE

    if not EXAMPLE.exists():
        pytest.skip("the example clip is not beside this checkout")
    out = folder / name
    words = ["-v", "error", "-ss", str(start), "-t", str(seconds), "-i", str(EXAMPLE)]
    words += ["-vf", f"scale=-2:{height}", "-pix_fmt", "yuv420p", str(out)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], check=True, timeout=60)
    return out


def status_text(page: Any) -> str:
    """The line under the steps."""
    return str(page.locator("#pc-state").inner_text())
