"""``make sam3d``: upstream's two repositories at their pinned commits, unmodified, into the Python environment.

Fetched by git, and only the folders that are used (about 2 MB of the 36). What arrives is checked by content before it
takes its place, so an address that serves something else changes nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from perscoach.core.errors import EngineError
from perscoach.pose.sam3d import upstream
from perscoach.pose.sam3d.upstream import Code

ADDRESS = "https://github.com"
_MINUTES = 10


def install(address: str = ADDRESS, folder: Path | None = None, codes: Sequence[Code] = ()) -> list[Path]:
    """Bring what is not there yet.

    Args:
        address: what stands before ``/facebookresearch/sam-3d-body`` and ``/facebookresearch/dinov3``; also a folder.
        folder: where to; ``upstream.home()`` by default.
        codes: which; both by default.

    Returns:
        The folders, one for each.

    Raises:
        EngineError: no git, no network, or other code than the pinned one.
    """
    root = folder or upstream.home()
    root.mkdir(parents=True, exist_ok=True)
    return [_install(code, address, root) for code in codes or (upstream.BODY, upstream.DINOV3)]


def _install(code: Code, address: str, root: Path) -> Path:
    target = root / code.name
    if (target / code.package).is_dir() and upstream.digest_of(target / code.package) == code.digest:
        return target
    with tempfile.TemporaryDirectory(dir=root, prefix=".fetch-") as made:
        work = Path(made) / code.name
        _fetch(code, f"{address.rstrip('/')}/{code.repository}", work)
        if upstream.digest_of(work / code.package) != code.digest:
            raise EngineError(
                "sam3d.fetched_other_code", address=address, repository=code.repository, commit=code.commit[:12]
            )
        (work / "COMMIT").write_text(f"{code.repository} {code.commit}\n", encoding="utf-8")
        if target.exists():
            target.rename(Path(made) / "before")  # goes with the temporary folder
        work.rename(target)
    return target


def _fetch(code: Code, repository: str, work: Path) -> None:
    """The kept folders of one commit, without history; the other files are not even downloaded where git allows it."""
    work.mkdir()
    _git(code, "init", "--quiet", str(work))
    _git(code, "-C", str(work), "remote", "add", "origin", repository)
    _git(code, "-C", str(work), "fetch", "--quiet", "--depth=1", "--filter=blob:none", "origin", code.commit)
    _git(code, "-C", str(work), "checkout", "--quiet", "FETCH_HEAD", "--", *code.keep)
    shutil.rmtree(work / ".git")


def _git(code: Code, *arguments: str) -> None:
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_ADVICE": "0"}
    bytes_as_they_are = ("-c", "core.autocrlf=false", "-c", "core.symlinks=false")
    try:
        done = subprocess.run(
            ["git", *bytes_as_they_are, *arguments],
            env={**os.environ, **quiet},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_MINUTES * 60,
            check=False,
        )
    except FileNotFoundError as error:
        raise EngineError("sam3d.no_git") from error
    except subprocess.TimeoutExpired as error:
        raise _refused(code, f"no answer within {_MINUTES} minutes") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith(("fatal:", "error:"))]
        raise _refused(code, (lines or done.stderr.splitlines() or ["git failed"])[0][:200])


def _refused(code: Code, why: str) -> EngineError:
    return EngineError("sam3d.not_fetched", repository=code.repository, commit=code.commit[:12], reason=why)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line: 0 when both are there, 4 when not."""
    parser = argparse.ArgumentParser(prog="python -m perscoach.pose.sam3d.install", description=__doc__)
    parser.add_argument("--from", dest="address", default=ADDRESS, help=f"where the repositories are ({ADDRESS})")
    parser.add_argument("--to", dest="folder", type=Path, default=None, help="folder (default: in the environment)")
    arguments = parser.parse_args(argv)
    try:
        for place in install(arguments.address, arguments.folder):
            print(place)
    except (EngineError, OSError) as error:
        russian = os.environ.get("LANG", "")[:2] == "ru"
        print(error.text("ru" if russian else "en") if isinstance(error, EngineError) else error, file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
