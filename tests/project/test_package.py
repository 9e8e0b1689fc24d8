"""What ``pip install .`` gives: a package that runs from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.project.repository import ROOT, tracked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as in a site-packages."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    for name in tracked():
        if name.startswith("perscoach/") or name in {"pyproject.toml", "README.md", "LICENSE"}:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        place,
        source,
    ]
    done = subprocess.run(pip, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (built,) = place.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(place / "site-packages")
    return place / "site-packages"


def test_every_file_of_the_package_is_in_it(wheel: Path) -> None:
    packed = {path.relative_to(wheel).as_posix() for path in (wheel / "perscoach").rglob("*") if path.is_file()}
    types = (".d.ts", ".d.mts")  # for the checks of the pages' modules, not for a browser
    assert packed == {name for name in tracked() if name.startswith("perscoach/") and not name.endswith(types)}
    assert (wheel / "perscoach" / "py.typed").is_file()
    assert list(wheel.glob("perscoach-*.dist-info/licenses/LICENSE"))


def _run(wheel: Path, folder: Path, *words: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PERSCOACH_", "XDG_"))}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**clean, "PYTHONPATH": str(wheel), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_it_runs_from_another_folder_and_writes_in_the_users_own(wheel: Path, tmp_path: Path) -> None:
    assert "usage: perscoach" in _run(wheel, tmp_path, "-m", "perscoach.cli", "--help")
    assert "pose_landmarker_full" in _run(wheel, tmp_path, "-m", "perscoach.cli", "models")
    script = (
        "import perscoach; from perscoach.core.settings import load_settings; from perscoach.core import places;"
        "from perscoach.mirror.vendor import Vendor; s = load_settings();"
        "print(perscoach.__file__); print(s.workspace); print(s.checkpoints); print(Vendor().folder); print(places.EXAMPLE.is_file())"
    )
    code, workspace, checkpoints, libraries, example = _run(wheel, tmp_path, "-c", script).splitlines()
    assert Path(code).is_relative_to(wheel) and example == "True"
    for place in (workspace, checkpoints, libraries):
        assert Path(place).is_relative_to(tmp_path.resolve()) and not Path(place).is_relative_to(wheel)
