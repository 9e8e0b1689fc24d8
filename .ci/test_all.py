"""Runs the tests that need no browser on each supported Python that is here (``make test-all``).

    python .ci/test_all.py [--python PATH …]

Each Python gets an environment of its own, ``.venv-3.x``. Where no CPU build of torch is at hand for it, the packages are
installed without torch and what needs torch is left out; the last lines say which Pythons ran and with what result.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.10", "3.11", "3.12")
NEEDS_TORCH = (
    "tests/pose/sam3d",
    "tests/matting",
    "tests/standin",
    "tests/test_pipeline_recorded.py",
    "tests/avatar/test_weights.py",
)
NEEDS_BROWSER = ("tests/ui", "tests/mirror")


def interpreters() -> Iterator[str]:
    """Each supported Python on the PATH or under pyenv."""
    for version in PYTHONS:
        under_pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python3"))
        for path in (shutil.which(f"python{version}"), *map(str, under_pyenv)):
            if path and _version(path) == version:
                yield path
                break


def _version(python: str) -> str:
    words = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def prepare(python: str, folder: Path) -> bool:
    """Make an environment; whether torch is in it."""
    own = str(folder / "bin" / "python")
    pip = [own, "-m", "pip", "install", "--quiet", "-c", "constraints.txt"]
    if not folder.exists():
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
    torch = subprocess.run([own, ".ci/torch_build.py", "--cpu-only"], cwd=ROOT, check=False).returncode == 0
    if torch:
        subprocess.run([*pip, "-e", ".[dev]"], cwd=ROOT, check=True)
        return True
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["sam3d"], *extras["dev"]]
    subprocess.run(
        [*pip, *(line for line in lines if not line.startswith(("torch", "roma", "perscoach")))], cwd=ROOT, check=True
    )
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", help="an interpreter; may be repeated")
    results = {}
    for python in parser.parse_args().python or interpreters():
        version = _version(python)
        folder = ROOT / f".venv-{version}"
        torch = prepare(python, folder)
        left = [f"--ignore={place}" for place in NEEDS_BROWSER + (() if torch else NEEDS_TORCH)]
        words = [str(folder / "bin" / "python"), "-m", "pytest", "-n", "2", "-m", "not browser and not realtime", *left]
        code = subprocess.run(words, cwd=ROOT, env={**os.environ, "COVERAGE": "0"}, check=False).returncode
        results[version] = f"{'passed' if code == 0 else f'failed ({code})'}{'' if torch else ', without torch'}"
    for version, result in results.items():
        print(f"Python {version}: {result}")
    print("not here:", ", ".join(v for v in PYTHONS if v not in results) or "none")
    return int(not results or any(result.startswith("failed") for result in results.values()))


if __name__ == "__main__":
    raise SystemExit(main())
