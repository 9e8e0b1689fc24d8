"""Installs torch before everything else: the CPU build where there is no NVIDIA GPU, else the ordinary one.

On Linux the ordinary wheel on PyPI brings gigabytes of CUDA. The CPU build is asked of the indexes that pip is set up
with, then of PyTorch's own; where neither has it the ordinary wheel is installed, which runs on a CPU too.
``TORCH_INDEX`` names another index; ``--cpu-only`` ends with code 1 where there is no CPU build.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def has_nvidia() -> bool:
    """Whether the driver of an NVIDIA GPU is loaded, or its tool lists one."""
    if Path("/proc/driver/nvidia/version").exists():
        return True
    tool = shutil.which("nvidia-smi")
    return tool is not None and subprocess.run([tool, "-L"], capture_output=True, check=False).returncode == 0


def version() -> str:
    """The version that constraints.txt holds."""
    found = re.search(r"^torch==(\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit("constraints.txt names no version of torch; run: make lock")
    return found[1]


def attempts(wanted: str, gpu: bool, system: str, index: str | None) -> list[list[str]]:
    """The arguments for pip to try one after the other."""
    ordinary = [f"torch=={wanted}"]
    if gpu or system != "Linux":  # elsewhere PyPI's wheel is the CPU build
        return [ordinary]
    named = ["--retries", "1", "--timeout", "20", "--extra-index-url", index or CPU_INDEX]
    cpu = f"torch=={wanted}+cpu"
    return [[*named, cpu], ordinary] if index else [[cpu], [*named, cpu], ordinary]


def main() -> int:
    cpu_only = sys.argv[1:] == ["--cpu-only"]
    wanted = version()
    tries = attempts(wanted, has_nvidia() and not cpu_only, platform.system(), os.environ.get("TORCH_INDEX"))
    if cpu_only and len(tries) > 1:
        tries.pop()
    for number, words in enumerate(tries):
        if number and number == len(tries) - 1 and not cpu_only:
            print(
                "torch: the CPU build was not reachable; taking PyPI's wheel, which is larger and runs on a CPU too.",
                flush=True,
            )
        quiet = {"stderr": subprocess.DEVNULL} if number < len(tries) - 1 else {}
        if (
            subprocess.run(
                [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", *words], check=False, **quiet
            ).returncode
            == 0
        ):
            return 0
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
