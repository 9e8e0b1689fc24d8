"""Upstream's code: where it is, whether it is the pinned one, and how it is imported without network and noise.

Nothing of upstream is part of perscoach. ``make sam3d`` puts two unmodified folders beside each other, ``sam-3d-body``
and ``dinov3``, into the Python environment's own folder ``sam3d``; ``PERSCOACH_SAM3D_SOURCE`` names another place. What
decides is the content: a hash over every ``.py`` file of the package, so a checkout, an archive and a copy are the same.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from perscoach.core.checks import Availability
from perscoach.core.errors import EngineError
from perscoach.core.messages import message
from perscoach.core.settings import load_settings

SOURCE = "PERSCOACH_SAM3D_SOURCE"
PACKAGES = ("roma", "yacs", "omegaconf", "einops", "braceexpand", "safetensors")
"""What the extra ``sam3d`` brings."""


@dataclass(frozen=True)
class Code:
    """One of the two repositories.

    Attributes:
        name: of its folder; repository: on GitHub; package: the Python package in it.
        commit: the pinned one; digest: ``digest_of`` of the package there.
        keep: files and folders of the repository that are installed.
    """

    name: str
    repository: str
    package: str
    commit: str
    digest: str
    keep: tuple[str, ...]


BODY = Code(
    "sam-3d-body",
    "facebookresearch/sam-3d-body",
    "sam_3d_body",
    "b5c765a0d89d789985e186d396315e7590887b94",
    "984227c996729d8092774cd03ef3a2719eb1a180f45f6a660ee0ad4888d5ad90",
    ("sam_3d_body", "tools", "LICENSE"),
)
DINOV3 = Code(
    "dinov3",
    "facebookresearch/dinov3",
    "dinov3",
    "6876159a11b4df116f30f667f8c9888617df0751",
    "2832311e9e6c611a0a2be4e32000ecc2bc37fe3dcd36b073feb2ac53622f39d6",
    ("dinov3", "LICENSE.md"),
)
_IMPORTING = threading.Lock()


def home() -> Path:
    """Where ``make sam3d`` puts the code: a folder of the Python environment that runs."""
    return Path(sys.prefix) / "sam3d"


def folder_of(code: Code) -> Path:
    """The repository's folder here, whether or not it exists.

    ``PERSCOACH_SAM3D_SOURCE`` may be the folder that holds both, or upstream's own (``dinov3`` is then beside it).
    """
    root = load_settings().files.sam3d_source
    if root is None:
        return home() / code.name
    if (root / BODY.package).is_dir():
        return root if code is BODY else root.parent / code.name
    return root / code.name


def digest_of(package: Path) -> str:
    """SHA-256 over the names and contents of all ``.py`` files below ``package``, in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py"), key=lambda path: path.relative_to(package).as_posix()):
        digest.update(file.relative_to(package).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def state() -> Availability:
    """Whether upstream's code and the packages it needs are here; the sentence names what is missing."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    wrong = [(code, _wrong(code)) for code in (BODY, DINOV3)]
    absent = [code for code, why in wrong if why == "absent"]
    if missing or absent:
        what = [code.name for code in absent] + missing
        return Availability(False, message("sam3d.not_installed", what=", ".join(what)))
    for code, why in wrong:
        if why:
            where = folder_of(code)
            return Availability(
                False,
                message("sam3d.other_code", folder=str(where), repository=code.repository, commit=code.commit[:12]),
            )
    return Availability(True, message("sam3d.code", commit=BODY.commit[:12]))


def _wrong(code: Code) -> str | None:
    package = folder_of(code) / code.package
    if not (package / "__init__.py").is_file():
        return "absent"
    newest = max(file.stat().st_mtime_ns for file in package.rglob("*.py"))
    return None if _digest_then(package.resolve(), newest) == code.digest else "changed"


@lru_cache(maxsize=8)
def _digest_then(package: Path, newest: int) -> str:
    """``newest`` is there so that a changed file is looked at again."""
    return digest_of(package)


def load() -> ModuleType:
    """The package ``sam_3d_body``, imported once, with the local DINOv3 in its backbone factory.

    Raises:
        EngineError: something is missing, changed or cannot be imported; the sentence says what and what to do.
    """
    now = state()
    if not now.ok:
        raise EngineError(now.message)
    with _IMPORTING:
        there = sys.modules.get(BODY.package)
        if there is not None and getattr(there, "_perscoach_ready", False):
            return there
        try:
            return _import()
        except ImportError as error:
            raise EngineError("sam3d.not_importable", reason=str(error)) from error


def _import() -> ModuleType:
    from perscoach.pose.sam3d import substitutes

    for name in [n for n in sys.modules if n.split(".")[0] in (BODY.package, DINOV3.package)]:
        del sys.modules[name]  # another copy, or half of an import that failed
    with substitutes.in_place(), _environment("MOMENTUM_ENABLED", "0"), warnings.catch_warnings():
        # Unset, that variable makes upstream take its rig from a package ``mhr`` if one happens to be installed.
        warnings.simplefilter("ignore")  # "Momentum is not enabled", which is what we want
        _root_package(DINOV3)
        _root_package(BODY)
        backbones = importlib.import_module(f"{DINOV3.package}.hub.backbones")
        upstream = importlib.import_module(BODY.package)
        factory = importlib.import_module(f"{BODY.package}.models.backbones.dinov3")
    # The factory's one use of the name ``torch`` is torch.hub.load, which asks GitHub even when the code is cached.
    factory.torch = SimpleNamespace(hub=SimpleNamespace(load=_local_hub(backbones)))  # type: ignore[attr-defined]
    upstream._perscoach_ready = True  # type: ignore[attr-defined]
    return upstream


def _root_package(code: Code) -> None:
    """Register the package by its place, so that nothing else of the checkout becomes importable."""
    folder = folder_of(code) / code.package
    spec = importlib.util.spec_from_file_location(
        code.package, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[code.package] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(code.package, None)
        raise


def _local_hub(backbones: ModuleType) -> Any:
    def load(repository: str, name: str, **_: Any) -> Any:
        """The backbone without weights. The drop-path rate is for training; DINOv3 ignores it, with a warning."""
        maker = getattr(backbones, name, None)
        if repository != DINOV3.repository or maker is None:
            raise EngineError("sam3d.no_backbone", name=f"{name!r:.40}")
        return maker(pretrained=False)

    return load


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
