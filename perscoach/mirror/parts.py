"""Every name that a mirror's folder may hold, and where each comes from: the server's whitelist and the export's list."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from perscoach.bundles import layout
from perscoach.core.files import read_json
from perscoach.media.types import MOV, WEBM
from perscoach.mirror.vendor import NAMES as VENDOR_NAMES
from perscoach.mirror.vendor import Vendor
from perscoach.score.rules import PATH as RULES

PAGE = Path(__file__).resolve().with_name("page")
INDEX = "index.html"
BESIDE = {"rules.json": RULES}
"""What the page shares with other rooms: the comparison's numbers."""
MODELS = ("pose_landmarker_full.task", "pose_landmarker_lite.task")
MODEL_LIST = "models.json"
"""Beside the models: which of them are there. A page that just tried would leave an error on the console."""
IN_BUNDLE = (
    *(layout.MANIFEST, WEBM, MOV, layout.MIRROR_TRACK, layout.MIRROR_BODY, layout.SCORE_JSON),
    *(layout.NOTICE, layout.SAM_LICENSE),
)
"""What the page needs of a bundle, and the licences that go with it; nothing else of a bundle is shown."""
_TITLED = {layout.MANIFEST: "name", layout.SCORE_JSON: "title"}
"""Where the page finds the title."""
_MOST_TITLED = 4 << 20

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
    ".bin": "application/octet-stream",
    ".task": "application/octet-stream",
}
_PAGE_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}(\.worker)?\.(html|css|mjs|svg|png)")


@dataclass(frozen=True)
class Part:
    """One file of the mirror: either bytes in memory or a file on the disk.

    Attributes:
        name: below the page's address.
        data: its bytes, where it is small or made; path: where it lies, where it is sent as it is.
    """

    name: str
    data: bytes | None = None
    path: Path | None = None

    @property
    def kind(self) -> str:
        """The media type."""
        return TYPES[Path(self.name).suffix]


@dataclass(frozen=True)
class Places:
    """Where the parts lie that all bundles share.

    Attributes:
        models: the checkpoints folder.
    """

    vendor: Vendor
    models: Path
    page: Path = PAGE


def page_names(places: Places) -> list[str]:
    """The page's own files."""
    found = sorted(path.name for path in places.page.iterdir() if _PAGE_NAME.fullmatch(path.name) and path.is_file())
    return [*found, *BESIDE]


def shared_part(places: Places, name: str) -> Part | None:
    """The page, its rules, libraries and models; ``None`` for every other name and where a file is not there."""
    room, _, rest = name.partition("/")
    if not rest:
        return _of_page(places, name)
    if room == "vendor" and rest in VENDOR_NAMES and places.vendor.problem() is None:
        path = places.vendor.path(rest)
        return Part(name, path=path) if path is not None else Part(name, data=places.vendor.read(rest))
    if name == f"models/{MODEL_LIST}":
        return Part(name, data=json.dumps([m for m in MODELS if (places.models / m).is_file()]).encode())
    if room == "models" and rest in MODELS:
        path = places.models / rest
        return Part(name, path=path) if path.is_file() else None
    return None


def _of_page(places: Places, name: str) -> Part | None:
    if name in BESIDE:
        return Part(name, data=BESIDE[name].read_bytes())
    if not _PAGE_NAME.fullmatch(name):
        return None
    path = places.page / name
    return Part(name, data=path.read_bytes()) if path.is_file() and not path.is_symlink() else None


def bundle_part(bundle: Path, name: str, title: str = "") -> Part | None:
    """One of ``IN_BUNDLE``; ``None`` for another name, a missing file, and one that leads out of the bundle.

    Args:
        title: what clients see as the name; empty: the bundle's own.
    """
    path = bundle / name
    if name not in IN_BUNDLE or not path.is_file() or not _inside(path, bundle):
        return None
    if title and name in _TITLED:
        with contextlib.suppress(OSError, ValueError, RecursionError):
            value = read_json(path, _MOST_TITLED)
            if isinstance(value, dict):
                return Part(f"bundle/{name}", data=json.dumps({**value, _TITLED[name]: title}).encode())
    return Part(f"bundle/{name}", path=path)


def _inside(path: Path, folder: Path) -> bool:
    """Whether a file lies in a folder without any link on the way: a stranger's bundle may hold some."""
    return path.resolve() == folder.resolve() / path.relative_to(folder)


def places_here() -> Places:
    """This installation's places."""
    from perscoach.core.settings import load_settings

    return Places(Vendor(), load_settings().checkpoints)
