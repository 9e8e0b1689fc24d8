"""Kill the worker or the server at random moments and right before every rename and commit; nothing may be lost.

    python benchmarks/kill.py [--rounds 20] [--frames 30] [--seed 1] [--skip-steps]

A server process (the queue alone, as the app runs it) works on small jobs in a workspace of its own. The script kills, with
SIGKILL and only its own children:

* *steps*: on a job with a finished package, which is made anew with other settings, the process that is about to rename a
  file or folder, exchange two folders, or commit to the database, once for every kind of such a step;
* *moments*: two kills a round at random moments, the first while a package is made, the second while it is made anew.

After every kill: every job is still listed with its name, and a finished package is whole, the old one or the new one.
After the restart the job ends, and its video has the same decoded RGBA frames, and its other files the same bytes, as
those of a run that nobody disturbed. The last line is one JSON object; the exit code is 1 where anything differed.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import hashlib
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from perscoach.core.errors import PerscoachError
from perscoach.core.places import EXAMPLE
from perscoach.grade import Grade
from perscoach.jobs import Job, JobQueue, Workspace
from perscoach.jobs.runner import LocalRunner, LocalWork
from perscoach.jobs.runs import Claim
from perscoach.matting.base import MattingSettings
from perscoach.media import IngestSettings
from perscoach.media.types import ExportSettings
from perscoach.pose.base import PoseSettings
from perscoach.recipe import Recipe

_PATIENCE = 300.0
FIRST = Recipe(
    ingest=IngestSettings(),
    matting=MattingSettings(engine="mediapipe"),
    pose=PoseSettings(engine="mediapipe"),
    export=ExportSettings("draft", mov=False),
)
SECOND = dataclasses.replace(
    FIRST,
    grade=Grade(contrast=1.3),
    matting=dataclasses.replace(FIRST.matting, edge_shift=1.0),
    pose=dataclasses.replace(FIRST.pose, smoothing=0.9),
)
_OURS = "bundle.json"  # holds times; what it says of the files is checked with the package

# in the processes that are killed -----------------------------------------------------------------------------------------


class Steps:
    """Ends this process right before the first step whose label is not in the file yet."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._statement = ""

    def before(self, label: str) -> None:
        with self.file.open("a+", encoding="utf-8") as file:
            file.seek(0)
            if label in file.read().splitlines():
                return
            file.write(label + "\n")
            file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Watch renames, exchanges and commits."""
        from perscoach.core import files

        for name in ("rename", "replace"):
            setattr(os, name, self._renaming(name, getattr(os, name)))
        exchange = files._exchange

        def exchanging(a: Path, b: Path) -> bool:
            self.before(f"exchange {_plain(b)}")
            return exchange(a, b)

        files._exchange = exchanging  # type: ignore[assignment]
        steps = self

        class Connection(sqlite3.Connection):
            def execute(self, statement: str, *rest: Any) -> sqlite3.Cursor:
                if statement == "COMMIT":
                    steps.before(f"commit {steps._statement}")
                elif not statement.startswith(("PRAGMA", "SELECT", "BEGIN")):
                    steps._statement = f"{_room()}: {statement[:60]}"
                return super().execute(statement, *rest)

        sqlite3.connect = functools.partial(sqlite3.connect, factory=Connection)  # type: ignore[assignment]

    def _renaming(self, name: str, real: Callable[..., None]) -> Callable[..., None]:
        def renaming(source: Any, target: Any, *rest: Any, **more: Any) -> None:
            self.before(f"{name} {_plain(Path(target))}")
            real(source, target, *rest, **more)

        return renaming


def _room() -> str:
    return "worker" if "--work" in sys.argv else "server"


def _plain(path: Path) -> str:
    """A path's last three parts without what is random or counts up."""
    return re.sub(r"[0-9a-f]{8,}|\d+", "*", "/".join(path.parts[-3:]))


class Runner(LocalRunner):
    """Starts the worker through this script, which watches its steps."""

    def __init__(self, steps: Path) -> None:
        self.steps = steps

    def start(self, claim: Claim) -> LocalWork:
        job = claim.job
        words = [sys.executable, __file__, "--work", str(job.workspace.root), job.token, str(self.steps)]
        with (job.folder / "log.txt").open("ab") as log:
            child = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(claim.lock.fileno(),),
            )
        return LocalWork(child)


def serve(root: Path, steps: Path | None) -> int:
    """The app's queue until no job is left to do; a job that broke off is resumed, as a coach would."""
    if steps is not None:
        Steps(steps).install()
    workspace = Workspace(root)
    queue = JobQueue(workspace, runner=Runner(steps) if steps is not None else None)
    queue.start()
    while True:
        jobs = workspace.all_jobs()
        for job in jobs:
            if job.state.status in ("failed", "interrupted") and job.state.tries:
                with suppress(PerscoachError):
                    queue.resume(job)
        if all(job.state.status in ("new", "done", "cancelled", "failed") and not job.state.tries for job in jobs):
            queue.stop()
            return 0
        time.sleep(0.1)


def work(root: Path, token: str, steps: Path) -> int:
    from perscoach.jobs import worker

    Steps(steps).install()
    return worker.main([str(root), token])


# in the script itself -----------------------------------------------------------------------------------------------------


@contextmanager
def server(root: Path, steps: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A running server; it is killed at the end of the block if it still runs, and its worker has ended then."""
    words = [sys.executable, __file__, "--serve", str(root), *([str(steps)] if steps is not None else [])]
    with (root / "server.log").open("ab") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        _until(lambda: not any(job.state.status == "running" for job in Workspace(root).all_jobs()))


def _until(true: Callable[[], bool], seconds: float = _PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.05)


def submit(job: Job, recipe: Recipe) -> None:
    from perscoach.jobs import runs

    runs.submit(job, change=lambda _: recipe)


def finish(root: Path) -> float:
    """Let an undisturbed server do what is left; seconds."""
    begun = time.monotonic()
    with server(root) as process:
        _until(lambda: process.poll() is not None)
    return time.monotonic() - begun


def contents(job: Job) -> dict[str, str]:
    """The finished package: file to hash; of the video the hash of its decoded frames."""
    from perscoach.media.verify import decode_rgba

    job = job.refresh()
    folder = job.bundle()
    if job.state.status != "done" or folder is None or job.zip() is None:
        return {"state": f"{job.state.status} {job.state.error}"}
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != _OURS:
            digest = hashlib.sha256()
            if path.suffix == ".webm":
                for frame in decode_rgba(path):
                    digest.update(frame.tobytes())
            else:
                digest.update(path.read_bytes())
            found[path.relative_to(folder).as_posix()] = digest.hexdigest()[:16]
    return found


class Findings:
    """What went wrong, in sentences."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.kills = 0

    def after_kill(self, root: Path, names: dict[str, str], whole: list[str], where: str) -> None:
        """Every job is listed, and those in ``whole`` have a sound package."""
        from perscoach.bundles.check import check_bundle

        self.kills += 1
        workspace = Workspace(root)
        listed = {job.token: job.name for job in workspace.all_jobs()}
        if listed != names:
            self.problems.append(f"{where}: jobs {sorted(set(names) - set(listed))} are lost")
        for token in whole:
            folder = workspace.open(token).bundle()
            if folder is None:
                self.problems.append(f"{where}: the finished package of {token} is lost")
            elif not check_bundle(folder, deep=False).ok:
                self.problems.append(f"{where}: the finished package of {token} is damaged")

    def compare(self, job: Job, expected: dict[str, str], where: str) -> None:
        """The job's package is that of an undisturbed run."""
        found = contents(job)
        if found != expected:
            names = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
            self.problems.append(f"{where}: differs in {names} {found.get('state', '')}")


def small_clip(folder: Path, frames: int) -> Path:
    """The beginning of the example, small."""
    out = folder / "squat.mp4"
    words = ["-v", "error", "-ss", "1", "-i", str(EXAMPLE), "-frames:v", str(frames), "-vf", "scale=-2:320"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words, "-pix_fmt", "yuv420p", str(out)], check=True, timeout=60)
    return out


def references(root: Path, clip: Path) -> tuple[list[dict[str, str]], float]:
    """The packages of both recipes without a disturbance, the second made anew on the first; seconds of one run."""
    job = Workspace(root).create("reference", "squat", clip)
    found = []
    for recipe in (FIRST, SECOND):
        submit(job, recipe)
        seconds = finish(root)
        found.append(contents(job))
        if "state" in found[-1]:
            raise RuntimeError(found[-1]["state"])
    return found, seconds


def kill_at_steps(root: Path, clip: Path, expected: list[dict[str, str]], findings: Findings) -> list[str]:
    """One kill before every kind of rename and commit; the labels of the steps are returned."""
    workspace = Workspace(root)
    job = workspace.create("coach", "squat", clip)
    submit(job, FIRST)
    finish(root)
    findings.compare(job, expected[0], "before the steps")
    submit(job, SECOND)
    steps = root / "steps.txt"
    steps.touch()
    names = {each.token: each.name for each in workspace.all_jobs()}
    while True:
        before = steps.read_text()
        with server(root, steps) as process:
            _until(functools.partial(_has_ended_or_grown, process, steps, before))
        labels = steps.read_text().splitlines()
        if steps.read_text() == before:
            break
        findings.after_kill(root, names, [job.token], labels[-1])
    findings.compare(job, expected[1], "after the steps")
    return labels


def _has_ended_or_grown(process: subprocess.Popen[bytes], file: Path, before: str) -> bool:
    return process.poll() is not None or file.read_text() != before


def kill_at_moments(
    root: Path, clip: Path, expected: list[dict[str, str]], findings: Findings, rounds: int, seconds: float
) -> None:
    """Two kills a round: of the server, or of its worker alone."""
    for number in range(rounds):
        workspace = Workspace(root)
        job = workspace.create("coach", "squat", clip)
        names = {each.token: each.name for each in workspace.all_jobs()}
        for part, recipe in enumerate((FIRST, SECOND)):
            whole = [token for token in names if part or token != job.token]
            submit(job, recipe)
            victim, moment = random.choice(("server", "worker")), random.uniform(0, seconds)
            where = f"round {number}, part {part}, {victim} at {moment:.2f} s"
            with server(root) as process:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(moment)
                pid = job.refresh().state.pid
                if victim == "worker" and pid:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                    time.sleep(0.3)
            findings.after_kill(root, names, whole, where)
            finish(root)
            findings.compare(job, expected[part], where)
            print(f"{where}: {len(findings.problems)} problems", flush=True)
        workspace.delete(job.refresh())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip-steps", action="store_true")
    options = parser.parse_args()
    random.seed(options.seed)
    findings = Findings()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        root.mkdir()
        clip = small_clip(Path(folder), options.frames)
        expected, seconds = references(root, clip)
        print(f"one run: {seconds:.1f} s, {len(expected[0])} files", flush=True)
        labels = [] if options.skip_steps else kill_at_steps(root, clip, expected, findings)
        print("\n".join([*labels, *findings.problems]), flush=True)
        at_steps = findings.kills
        kill_at_moments(root, clip, expected, findings, options.rounds, seconds)
    report = {"kills": findings.kills, "at_steps": at_steps, "steps": len(labels), "problems": findings.problems}
    print(json.dumps(report | {"run_s": round(seconds, 1), "all_s": round(time.monotonic() - begun)}))
    return 1 if findings.problems else 0


if __name__ == "__main__":
    if "--serve" in sys.argv:
        raise SystemExit(serve(Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None))
    if "--work" in sys.argv:
        raise SystemExit(work(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])))
    raise SystemExit(main())
