"""Makes sure that there is a Chromium for the browser tests; says what it did and never stops the tests from running.

Looked for in this order: ``PERSCOACH_CHROMIUM``, one on the PATH, Playwright's own. Where there is none: Debian's package
for an administrator, else Playwright's download. Without any the browser tests are skipped and say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PATIENCE = 600


def find() -> str | None:
    """The Chromium that the tests will use, or ``None``."""
    named = os.environ.get("PERSCOACH_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next((path for path in map(shutil.which, NAMES) if path), None) or _of_playwright()


def _of_playwright() -> str | None:
    try:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
    except Exception as error:  # whatever playwright's driver lacks here, the tests run without a browser
        print(f"browser: playwright cannot be asked ({type(error).__name__})")
        return None
    return path if Path(path).is_file() else None


def install() -> None:
    """Get one, in the way that suits this machine."""
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if _run(["apt-get", "update", "-q"], quiet):
            _run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"], quiet)
        if find():
            return
    _run([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))


def _run(command: list[str], environment: dict[str, str]) -> bool:
    print("browser:", " ".join(command), flush=True)
    try:
        done = subprocess.run(command, env=environment, timeout=_PATIENCE, stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"browser: {command[0]} did not work ({error})")
        return False
    return done.returncode == 0


def main() -> int:
    """Always 0: a machine without a browser still runs every other test."""
    found = find()
    if found is None and not os.environ.get("PERSCOACH_CHROMIUM"):
        install()
        found = find()
    print(f"browser: {found}" if found else "browser: none; the browser tests will be skipped")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
