"""Writes requirements.txt and constraints.txt from pyproject.toml (``make lock``).

    python .ci/lock.py [--python python3.10 --python python3.11 --python python3.12]

``requirements.txt`` repeats the project's own dependencies for hosts that read that file. ``constraints.txt`` holds every
package, the indirect ones too, at the newest version that pyproject.toml allows and pip can resolve. Packages that run in
the product may still move to a later fix of the same version (``~=``), so that a security fix arrives without a change
here; tools that judge the code, and torch, whose builds lie on several indexes, are held exactly (``==``). Versions that
differ between Pythons get a marker. Without ``--python`` every supported interpreter on the PATH is asked.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.10", "3.11", "3.12")
HELD = {
    "ruff",
    "mypy",
    "hypothesis",
    "pytest",
    "pytest-xdist",
    "coverage",
    "playwright",
    "import-linter",
    "pytest-cov",
    "mediapipe",
}
TORCH = {"torch", "roma"}
"""torch's wheel for Linux weighs gigabytes with its CUDA; its version here is the one that is installed and tested."""
HEAD = "# Written by `make lock`; see .ci/lock.py.\n"


def resolve(python: str, requirements: Iterable[str]) -> dict[str, str]:
    """Name to version of everything that ``pip install`` would bring for one interpreter, without installing it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        pip = [str(Path(folder) / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        report = Path(folder) / "report.json"
        subprocess.run(
            [*pip, "install", "--quiet", "--dry-run", "--ignore-installed", "--report", str(report), *requirements],
            check=True,
        )
        items = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {item["metadata"]["name"].lower().replace("_", "-"): item["metadata"]["version"] for item in items}


def pin(name: str, version: str) -> str:
    """One line: ``name~=1.2.3`` lets 1.2.4 in, ``name==1.2.3`` does not."""
    plain = version.split("+")[0]
    if name in HELD | TORCH:
        return f"{name}=={plain}"
    return f"{name}~={plain if '.' in plain else plain + '.0'}"


def merge(found: dict[str, dict[str, str]]) -> list[str]:
    """The lines of constraints.txt from Python version to its packages; a marker where they differ."""
    lines = []
    for name in sorted({name for packages in found.values() for name in packages}):
        versions = {python: packages[name] for python, packages in found.items() if name in packages}
        if len(set(versions.values())) == 1:
            lines.append(pin(name, next(iter(versions.values()))))
        else:
            lines += [f'{pin(name, version)} ; python_version == "{python}"' for python, version in versions.items()]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", help="an interpreter to resolve for; may be repeated")
    pythons = parser.parse_args().python or [path for v in PYTHONS if (path := shutil.which(f"python{v}"))]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own, extras = project["dependencies"], project["optional-dependencies"]
    (ROOT / "requirements.txt").write_text(HEAD + "\n".join(own) + "\n", encoding="utf-8")
    wanted = [line for line in (*own, *extras["sam3d"], *extras["dev"]) if not line.startswith((*TORCH, "perscoach"))]
    found = {}
    for python in pythons:
        version = subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        found[version] = resolve(python, wanted) | {name: importlib.metadata.version(name) for name in TORCH}
        print(f"Python {version}: {len(found[version])} packages")
    (ROOT / "constraints.txt").write_text(HEAD + "\n".join(merge(found)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
