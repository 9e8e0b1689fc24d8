"""Tasks on a Ray cluster: each on one node, done again elsewhere when the node is lost.

Clips, work folders and the output folder lie where every node sees them under the same path. A task that is done twice does
only what the store does not hold yet. Ray is imported when a runner is made (extra ``cluster``), never before its usage
statistics are switched off.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perscoach.core.errors import Cancelled, SettingsError
from perscoach.core.files import held, read_json, write_json
from perscoach.core.messages import Message, message
from perscoach.core.version import VERSION
from perscoach.jobs.runners.base import Progress
from perscoach.jobs.runners.task import Outcome, Task, perform

LOCAL = "local"
"""In place of an address: nodes of this machine alone, for this run."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_CONNECT = 10.0  # seconds for a cluster to answer
_GRACE = 5.0  # seconds for a task to stop by itself
_LOOK_EVERY = 3.0  # seconds between two looks at which nodes there are
_TRIES = 3  # further tries of a task whose node was lost
_PATIENCE = 120.0  # seconds until the lock of a lost node's worker is free: NFS waits 90
_PROGRESS = "progress.json"
_STORE_BYTES = 80 << 20  # of Ray's own object store: only small values travel through it
_PASSED = (
    "MAX_MINUTES",
    "MAX_MEGAPIXELS",
    "MAX_MB",
    "OFFLINE",
    "CHECKPOINTS",
    "MODNET_WEIGHTS",
    "SAM3D_CHECKPOINT",
    "SAM3D_MHR",
)


@dataclass(frozen=True)
class Share:
    """What one task needs of a node; it never gets more cores than that.

    Attributes:
        cpus: cores; ``None`` takes two, or one where a node has no more.
        gpus: of a node's GPUs, 0.25 lets four tasks share one.
        memory: gigabytes that Ray keeps free for it.
    """

    cpus: int | None = None
    gpus: float = 0.0
    memory: float = 2.0


class RayRunner:
    """Tasks on the nodes of a cluster.

    Args:
        address: ``ray://host:port`` (from a machine outside the cluster), ``host:port`` or ``auto`` (on one of its nodes),
            or ``local``: nodes on this machine alone, for as long as the runner lives.
        share: what a task needs.

    Raises:
        SettingsError: Ray is not installed, the cluster does not answer, or no node has what a task needs.
    """

    def __init__(self, address: str, share: Share | None = None) -> None:
        self._ray = load_ray(loopback=address == LOCAL or _host_of(address) in _LOOPBACK)
        _connect(self._ray, address)
        share = share or Share()
        cpus = share.cpus or min([2, *(int(node.get("CPU", 0)) or 2 for node in self._nodes())])
        self._need = {"CPU": float(cpus), "GPU": share.gpus, "memory": share.memory * 2**30}
        self._looked = float("-inf")
        self._places = 0
        self._runs: list[RayRun] = []
        if not self.places:
            self.close()
            raise SettingsError("batch.no_node", cpus=cpus, gpus=share.gpus, memory=share.memory)
        self._work = self._ray.remote(
            num_cpus=cpus,
            num_gpus=share.gpus,
            memory=int(self._need["memory"]),
            max_retries=_TRIES,
            runtime_env={"env_vars": _environment()},
        )(work)

    @property
    def places(self) -> int:
        """How many tasks the nodes that are there now take at once."""
        now = time.monotonic()
        if now - self._looked > _LOOK_EVERY:
            self._looked = now
            self._places = sum(_fits(node, self._need) for node in self._nodes())
        return self._places

    def start(self, task: Task) -> RayRun:
        self._runs = [run for run in self._runs if run.poll() is None]
        reference = self._work.remote(json.dumps(task.to_json()), int(self._need["CPU"]), VERSION)
        run = RayRun(self._ray, reference, task.work / _PROGRESS)
        self._runs.append(run)
        return run

    def close(self) -> None:
        for run in self._runs:
            run.kill()
        self._runs.clear()
        self._ray.shutdown()

    def _nodes(self) -> list[Mapping[str, float]]:
        return [node["Resources"] for node in self._ray.nodes() if node["Alive"]]


class RayRun:
    """A task on the cluster."""

    def __init__(self, ray: Any, reference: Any, progress: Path) -> None:
        self._ray, self._reference, self._progress = ray, reference, progress
        self._outcome: Outcome | None = None
        self._asked: float | None = None
        self._started = time.time()

    @property
    def progress(self) -> Progress:
        with contextlib.suppress(OSError, ValueError, TypeError):
            if self._progress.stat().st_mtime >= self._started - 1:
                return Progress(*read_json(self._progress, 1 << 16))
        return Progress()

    def poll(self) -> Outcome | None:
        if self._outcome is None:
            ready, _ = self._ray.wait([self._reference], timeout=0)
            if ready:
                self._outcome = self._result()
            elif self._asked is not None and time.monotonic() - self._asked > _GRACE:
                self.kill()
                self._outcome = Outcome("cancelled", Cancelled().message)
        return self._outcome

    def _result(self) -> Outcome:
        try:
            return Outcome.from_json(json.loads(self._ray.get(self._reference)))
        except self._ray.exceptions.TaskCancelledError:
            return Outcome("cancelled", Cancelled().message)
        except (self._ray.exceptions.RayError, ConnectionError) as error:  # lost more often than it is tried again
            return Outcome("failed", message("batch.node_lost", reason=type(error).__name__))

    def cancel(self) -> None:
        if self._outcome is None and self._asked is None:
            self._asked = time.monotonic()
            self._ray.cancel(self._reference, force=False)

    def kill(self) -> None:
        """Stop it at once."""
        with contextlib.suppress(Exception):  # the cluster may be gone already
            self._ray.cancel(self._reference, force=True)


def load_ray(*, loopback: bool = False) -> Any:
    """Ray's module, its usage statistics switched off before anything of it runs.

    Args:
        loopback: nodes are on 127.0.0.1. Ray then must not replace that address by one that others can reach, which it reads
            from this variable when it is first imported.

    Raises:
        SettingsError: it is not installed.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if loopback:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise SettingsError("batch.no_ray") from error


def _connect(ray: Any, address: str) -> None:
    options: dict[str, Any] = {"log_to_driver": False, "namespace": "perscoach", "logging_level": "warning"}
    if address == LOCAL:
        # on the loopback alone: whoever reaches a node of Ray can run code on it
        options |= {"_node_ip_address": "127.0.0.1", "include_dashboard": False, "object_store_memory": _STORE_BYTES}
    try:
        if _host_of(address):  # Ray itself tries for six minutes
            socket.create_connection((_host_of(address), int(address.rpartition(":")[2])), _CONNECT).close()
        ray.init(address=address, **options)
    except Exception as error:  # Ray raises errors of a dozen kinds here, its own and gRPC's
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise SettingsError("batch.no_cluster", address=address, reason=reason) from error


def _host_of(address: str) -> str:
    """The host that an address names; empty for ``local`` and ``auto``."""
    return address.removeprefix("ray://").rpartition(":")[0].strip("[]")


def _fits(node: Mapping[str, float], need: Mapping[str, float]) -> int:
    """How many tasks fit on a node."""
    return min(int(node.get(name, 0.0) // amount) for name, amount in need.items() if amount > 0)


def _environment() -> dict[str, str]:
    """What a node's worker must know of this installation's settings: what decides results, and no secret."""
    from perscoach.people.sizes import AUTO, size_of

    names = [f"PERSCOACH_{name}" for name in _PASSED]
    passed = {name: os.environ[name] for name in names if name in os.environ}
    # decided once: a size that each node measures for itself would give packages that differ from node to node
    return {**passed, "PERSCOACH_LANDMARKER": size_of(AUTO), "RAY_USAGE_STATS_ENABLED": "0"}


# on a node --------------------------------------------------------------------------------------------------------------


def work(task: str, cpus: int, version: str) -> str:
    """What a node does: one task, on as many cores as Ray counts for it.

    Args:
        task: ``Task.to_json`` as text.
        version: the driver's; a node of another version would make other packages.

    Returns:
        ``Outcome.to_json`` as text.
    """
    order = Task.from_json(json.loads(task))
    if version != VERSION:
        outcome = Outcome(
            "failed", message("batch.other_version", node=os.uname().nodename, here=VERSION, there=version)
        )
    else:
        _take_cores(cpus)
        outcome = perform(order, FileMonitor(order.work / _PROGRESS), patience=_PATIENCE)
        if outcome.status == "failed" and not order.source.exists() and not order.source.parent.exists():
            outcome = Outcome(
                "failed", message("batch.not_shared", node=os.uname().nodename, folder=str(order.source.parent))
            )
    return json.dumps(outcome.to_json())


_cores = contextlib.ExitStack()  # held as long as this worker process lives
_taken = False


def _take_cores(count: int) -> None:
    """Run on ``count`` cores that no other worker on this machine has taken, so that tasks side by side do not fight for
    them. Every part of perscoach counts the cores that its process may use."""
    global _taken
    if _taken or not hasattr(os, "sched_setaffinity"):
        return
    own: list[int] = []
    folder = Path(tempfile.gettempdir()) / f"perscoach-cores-{os.getuid()}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        for core in sorted(os.sched_getaffinity(0)):
            if len(own) < count:
                with contextlib.suppress(BlockingIOError):
                    _cores.enter_context(held(folder / str(core), patience=0.0))
                    own.append(core)
        if len(own) == count:
            for thread in Path("/proc/self/task").iterdir():  # those that are there; later ones inherit it
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setaffinity(int(thread.name), own)
            _taken = True


class FileMonitor:
    """Writes progress into a file beside the work, which the driver reads. Ray stops a task by ``KeyboardInterrupt``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._last = ("", 0.0)

    def report(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        with self._lock:
            if stage == self._last[0] and now - self._last[1] < 1.0:
                return
            self._last = (stage, now)
            with contextlib.suppress(OSError):
                write_json(self._path, [stage, done, total], indent=None)

    def note(self, message: Message) -> None: ...

    def check(self) -> None: ...
