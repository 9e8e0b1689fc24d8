"""The page's libraries: three.js and MediaPipe's tasks-vision, as npm puts them beside the program.

``package-lock.json`` fixes both. tasks-vision stays at 0.10.35: later ones send usage figures to ``LOG_HOST``.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

from perscoach.core.messages import Message, message
from perscoach.core.places import CHECKOUT, home

LOG_HOST = b"odml.pa.googleapis.com"
VERSIONS = {"three": "0.187.0", "@mediapipe/tasks-vision": "0.10.35"}
LICENCES = "LICENSES.txt"
_VISION = "@mediapipe/tasks-vision"
FILES = {
    "vision_bundle.mjs": f"{_VISION}/vision_bundle.mjs",
    "wasm/vision_wasm_module_internal.js": f"{_VISION}/wasm/vision_wasm_module_internal.js",
    "wasm/vision_wasm_module_internal.wasm": f"{_VISION}/wasm/vision_wasm_module_internal.wasm",
    "three.module.js": "three/build/three.module.js",
    "three.core.js": "three/build/three.core.js",
    "OrbitControls.js": "three/examples/jsm/controls/OrbitControls.js",
}
"""Name below ``vendor/`` to the file below ``node_modules``."""

NAMES = (*FILES, LICENCES)

_BARE = re.compile(rb"""(\bfrom\s*|\bimport\s*)(["'])three\2""")
_SOURCE_MAP = re.compile(rb"\n//# sourceMappingURL=\S*\s*$")
_MODULES = (".js", ".mjs")


class Vendor:
    """The libraries below one ``node_modules``.

    Args:
        folder: the ``node_modules``; the program's own where left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or home() / "node_modules"

    def problem(self) -> Message | None:
        """What is missing or of another version, and what to do; ``None`` where everything is there."""
        for package, version in VERSIONS.items():
            found = _version(self.folder / package / "package.json")
            if found is None:
                return message("mirror.no_library", what=package, command=install_command())
            if found != version:
                values = {"package": package, "wanted": version, "found": found[:40]}
                return message("mirror.other_version", **values, command=install_command())
        for name, place in FILES.items():
            if not (self.folder / place).is_file():
                return message("mirror.no_library", what=name, command=install_command())
        if not self._reports():
            return None
        return message("mirror.reporting", host=LOG_HOST.decode(), command=install_command())

    def _reports(self) -> bool:
        places = [self.folder / place for name, place in FILES.items() if place.startswith(_VISION)]
        return any(_has_log_host(path, path.stat().st_mtime_ns) for path in places)

    def path(self, name: str) -> Path | None:
        """The file of one of ``FILES`` that may be sent as it is; ``None`` where it is not there, or must go through ``read``."""
        place = FILES.get(name)
        path = self.folder / place if place and not name.endswith(_MODULES) else None
        return path if path is not None and path.is_file() else None

    def read(self, name: str) -> bytes | None:
        """One of ``NAMES`` as the page needs it, ``None`` where it is not there.

        Modules get relative imports, since a bare name would need an import map, which is an inline script; and no
        address of a source map, which nobody serves.
        """
        if name == LICENCES:
            return self.licences()
        place = FILES.get(name)
        path = self.folder / place if place else None
        if path is None or not path.is_file():
            return None
        return _relative(path, path.stat().st_mtime_ns) if name.endswith(_MODULES) else path.read_bytes()

    def licences(self) -> bytes:
        """Under whose terms the libraries are passed on."""
        from perscoach.mirror.licences import licences_text

        return licences_text(self.folder).encode()


def install_command() -> str:
    """The command that puts the libraries where ``Vendor`` looks for them."""
    if CHECKOUT:
        return "make vendor"
    packages = " ".join(f"{name}@{version}" for name, version in VERSIONS.items())
    return f'npm install --ignore-scripts --prefix "{home()}" {packages}'


def _version(path: Path) -> str | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    version = value.get("version") if isinstance(value, dict) else None
    return version if isinstance(version, str) else None


@lru_cache(maxsize=16)
def _relative(path: Path, _changed: int) -> bytes:
    return _BARE.sub(rb"\1\2./three.module.js\2", _SOURCE_MAP.sub(b"\n", path.read_bytes()))


@lru_cache(maxsize=8)
def _has_log_host(path: Path, _changed: int) -> bool:
    return LOG_HOST in path.read_bytes()
