"""How many cores this process may really use."""

from __future__ import annotations

import os
from pathlib import Path

_TOPOLOGY = Path("/sys/devices/system/cpu")


def physical_cores() -> int:
    """Physical cores open to this process: hyper-threads counted once, affinity and a container's quota respected.

    A second hyper-thread of a core adds nothing to convolutions and makes them wait for one another.
    """
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    cores = {_core(cpu) for cpu in allowed}
    return max(1, min(len(cores), _quota() or len(cores)))


def processor() -> str:
    """The processor's name, to tell one machine's measurements from another's."""
    import platform

    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        wanted = ("vendor_id", "cpu family", "model", "model name", "flags", "CPU part", "Features")
        # of the first processor
        found = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in reversed(lines))}
        return " ".join(found.get(key, "") for key in wanted)
    except OSError:
        return f"{platform.machine()} {platform.processor()}"


def _core(cpu: int) -> tuple[str, str]:
    folder = _TOPOLOGY / f"cpu{cpu}" / "topology"
    try:
        return (folder / "physical_package_id").read_text().strip(), (folder / "core_id").read_text().strip()
    except OSError:
        return "cpu", str(cpu)


def _quota() -> int | None:
    """Whole CPUs of the control group (version 2), or ``None`` where there is no limit."""
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if limit == "max" else max(1, round(int(limit) / int(period)))
    except (OSError, ValueError):
        return None
