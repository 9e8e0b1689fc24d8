"""SAM 3D Body's files: finding them, telling a wrong or half one, and one safe form of the weights.

``model.ckpt`` is a pickle. It is read once by torch's restricted reader (``weights_only=True``: tensors and plain
containers, no code) and written as ``model.safetensors`` beside it; from then on only that is read. ``mhr_model.pt`` is
TorchScript, which is code: it is loaded as it is, so it must come from the publisher.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.arrays import Array
from perscoach.core.errors import ModelError
from perscoach.core.files import atomic, key_of, sha256_of
from perscoach.core.messages import message
from perscoach.core.settings import load_settings
from perscoach.pose.sam3d import config

if TYPE_CHECKING:
    from torch import Tensor

FOLDER = "sam-3d-body-dinov3"
PICKLE, SAFE, RIG = "model.ckpt", "model.safetensors", "mhr_model.pt"
HEAD = "head_pose."
RANDOM_MARK = "perscoach random weights"
"""Stands in the metadata of files that ``random_weights`` writes."""
_NEEDED = ("head_pose.keypoint_mapping", "head_pose.faces", "init_pose.weight", "decoder.norm_final.weight")
_HEAD_BUFFERS = (
    "scale_mean",
    "scale_comps",
    "hand_pose_mean",
    "hand_pose_comps",
    "hand_joint_idxs_left",
    "hand_joint_idxs_right",
    "keypoint_mapping",
    "faces",
)


@dataclass(frozen=True)
class Weights:
    """The three published files of one checkpoint, found and in form.

    Attributes:
        source: ``model.ckpt`` or a safetensors file.
        mhr: the rig, TorchScript.
        settings: ``model_config.yaml``.
        random: made for measuring; such a network finds nobody, and ``auto`` never takes it.
    """

    source: Path
    mhr: Path
    settings: Path
    random: bool = False

    @classmethod
    def find(cls, checkpoint: Path | None = None, mhr: Path | None = None) -> Weights:
        """The weights of this installation.

        Args:
            checkpoint: ``model.ckpt``, a safetensors file or the folder of either; else what
                ``PERSCOACH_SAM3D_CHECKPOINT`` names, else ``sam-3d-body-dinov3`` among the checkpoints.
            mhr: ``mhr_model.pt``; else ``PERSCOACH_SAM3D_MHR``, else ``assets/`` beside the checkpoint, else the
                public release among the checkpoints.

        Raises:
            ModelError: a file is missing, or is not what its name says; the sentence says which and what to do.
        """
        source = _source(checkpoint or load_settings().files.checkpoint or _checkpoints() / FOLDER)
        rig = _rig(source, mhr or load_settings().files.mhr)
        settings = _settings(source)
        look(source)
        look_at_rig(rig)
        return cls(source, rig, settings, is_random(source))

    def values(self) -> dict[str, Any]:
        """The configuration (see ``config.read``)."""
        return config.read(self.settings)

    def safe(self) -> Path:
        """The safetensors file; made on the first call: some seconds, and 2.1 GB on the disk."""
        return self.source if self.source.suffix == ".safetensors" else convert(self.source)

    def head_buffers(self) -> dict[str, Array]:
        """The tensors of ``head_pose`` that the rig needs, by their names without that prefix, as float32 or int64.

        Only these are read (about 24 MB). Upstream starts ``hand_pose_comps`` as the identity, and the checkpoint's
        values then take its place, so these count.

        Raises:
            ModelError: one is missing.
        """
        from safetensors import safe_open

        path = self.safe()
        with safe_open(str(path), framework="pt") as file:
            have = set(file.keys())
            missing = [name for name in _HEAD_BUFFERS if HEAD + name not in have]
            if missing:
                raise _not_this(path, "sam3d.lacks", name=f"{HEAD}{missing[0]}")
            return {name: _array(file.get_tensor(HEAD + name)) for name in _HEAD_BUFFERS}

    def describe(self) -> dict[str, str]:
        """For ``bundle.json`` and the screen."""
        start = "random weights, for measuring only: " if self.random else ""
        record = _read_record(self.safe())
        return {
            "checkpoint": f"{start}{self.source.name}" + (f" (sha256 {record[:12]})" if record else ""),
            "rig": self.mhr.name,
        }


def convert(source: Path) -> Path:
    """``model.ckpt`` as safetensors, with the hash of both written down; nothing is done when that is there already.

    The file goes beside the checkpoint, or among the checkpoints where that folder cannot be written.

    Raises:
        ModelError: the file is not SAM 3D Body's checkpoint, half of one, or the disk refused.
    """
    from safetensors.torch import save_file

    stat = source.stat()
    stamp = {"source": source.name, "size": str(stat.st_size), "changed": str(stat.st_mtime_ns)}
    target = _target(source)
    if target.is_file() and _metadata(target).items() >= stamp.items():
        return target
    tensors = read_pickle(source)
    try:
        with atomic(target) as part:
            save_file(tensors, str(part), metadata={**stamp, "sha256": sha256_of(source)})
            part.chmod(0o644)  # as every other file here; the writer makes it readable to its owner alone
            digest = sha256_of(part)
        target.with_name(target.name + ".sha256").write_text(f"{digest}  {target.name}\n", encoding="utf-8")
    except OSError as error:
        raise ModelError(
            "sam3d.not_written", file=str(target), reason=error.strerror or str(error), gigabytes=stat.st_size / 1e9
        ) from error
    return target


def read_pickle(source: Path) -> dict[str, Tensor]:
    """The tensors of ``model.ckpt`` by name, each with memory of its own (the two heads share some in the file).

    Raises:
        ModelError: not that file, damaged, or with anything in it but tensors and plain containers.
    """
    import pickle

    import torch

    look(source)
    check_whole(source)
    try:
        found = torch.load(source, map_location="cpu", weights_only=True, mmap=True)
    except pickle.UnpicklingError as error:
        raise ModelError("sam3d.code_in_weights", file=source.name) from error
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, AssertionError, zipfile.BadZipFile) as error:
        raise _half(source) from error
    nested = found.get("state_dict") if isinstance(found, Mapping) else None
    table = nested if isinstance(nested, Mapping) else found
    if not isinstance(table, Mapping) or not all(isinstance(v, torch.Tensor) for v in table.values()):
        raise _not_this(source, "sam3d.no_tensors")
    missing = [name for name in _NEEDED if name not in table]
    if missing:
        raise _not_this(source, "sam3d.lacks", name=missing[0])
    seen: set[int] = set()
    own: dict[str, Tensor] = {}
    for name, tensor in table.items():
        place = tensor.untyped_storage().data_ptr()
        own[str(name)] = tensor.clone() if place in seen else tensor.contiguous()
        seen.add(place)
    return own


def look(path: Path) -> None:
    """Whether ``path`` can be a checkpoint, by its first bytes and its length.

    Raises:
        ModelError: empty, half, a web page or something else.
    """
    _look_at_start(path)
    if path.suffix == ".safetensors":
        try:
            _metadata(path)
        except Exception as error:
            raise _half(path) from error
    elif not zipfile.is_zipfile(path):
        raise _half(path)


def look_at_rig(path: Path) -> None:
    """Whether ``path`` can be the rig: a whole TorchScript archive.

    Raises:
        ModelError: it is not.
    """
    _look_at_start(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise _half(path) from error
    if not any(name.endswith("/constants.pkl") for name in names) or not any("/code/" in name for name in names):
        raise _not_this(path, "sam3d.no_torchscript")


def check_whole(path: Path) -> None:
    """Read a zip archive (a pickle or TorchScript of torch's) to its end against its own checksums; torch does not.

    A download tool that reserves the whole file first leaves one with the right length and holes in it.

    Raises:
        ModelError: a part is damaged.
    """
    stat = path.stat()
    damaged = _damaged(path.resolve(), stat.st_size, stat.st_mtime_ns)
    if damaged is not None:
        raise ModelError("sam3d.damaged", file=path.name, reason=damaged)


@lru_cache(maxsize=8)
def _damaged(path: Path, size: int, changed: int) -> str | None:
    """``size`` and ``changed`` are there so that a replaced file is looked at again."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.CRC == 0:  # torch can be told to write none
                continue
            try:
                with archive.open(member) as content:
                    while content.read(1 << 20):
                        pass
            except (zipfile.BadZipFile, zlib.error, EOFError):
                return member.filename[-60:]
    return None


def is_random(path: Path) -> bool:
    """Whether the file was made for measuring."""
    if "random" in path.name.lower():
        return True
    return path.suffix == ".safetensors" and _metadata(path).get("made") == RANDOM_MARK


def _look_at_start(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise ModelError("sam3d.empty", file=path.name)
    text = start.lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise ModelError("sam3d.web_page", file=path.name)
    if text.startswith(b"version https://git-lfs"):
        raise ModelError("sam3d.lfs_pointer", file=path.name)


def _half(path: Path) -> ModelError:
    size = path.stat().st_size
    return ModelError("sam3d.half", file=path.name, size=size)


def _not_this(path: Path, id: str, **values: object) -> ModelError:
    return ModelError("sam3d.other_file", file=path.name, reason=message(id, **values))


def _checkpoints() -> Path:
    return load_settings().checkpoints


def _source(place: Path) -> Path:
    if place.is_dir():
        for name in (PICKLE, SAFE):  # a newer model.ckpt is converted again, so it counts first
            if (place / name).is_file():
                return place / name
        return _missing(place / PICKLE)
    if not place.is_file():
        return _missing(place if place.suffix else place / PICKLE)
    if place.suffix not in (".ckpt", ".safetensors", ".pt", ".pth"):
        raise _not_this(place, "sam3d.file_names")
    return place


def _missing(path: Path) -> Path:
    raise ModelError("sam3d.weights_missing", file=path.name, folder=path.parent.name)


def _rig(source: Path, named: Path | None) -> Path:
    if named is not None:
        return named if named.is_file() else _missing(named)
    places = (source.parent / "assets" / RIG, source.parent / RIG, _checkpoints() / "mhr" / RIG)
    return next((place for place in places if place.is_file()), None) or _missing(places[0])


def _settings(source: Path) -> Path:
    for folder in (source.parent, source.parent.parent):  # where upstream looks
        if (folder / config.NAME).is_file():
            return folder / config.NAME
    return _missing(source.parent / config.NAME)


def _target(source: Path) -> Path:
    if os.access(source.parent, os.W_OK):
        return source.with_suffix(".safetensors")
    return _checkpoints() / "converted" / key_of(str(source.resolve())) / SAFE


def _metadata(path: Path) -> dict[str, str]:
    stat = path.stat()
    return _metadata_then(path.resolve(), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=8)
def _metadata_then(path: Path, size: int, changed: int) -> dict[str, str]:
    """``size`` and ``changed`` are there so that a replaced file is looked at again."""
    from safetensors import safe_open

    with safe_open(str(path), framework="numpy") as file:  # checks that the file is as long as its header says
        return dict(file.metadata() or {})


def _read_record(path: Path) -> str | None:
    known = _metadata(path).get("sha256")
    note = path.with_name(path.name + ".sha256")
    return known or (note.read_text(encoding="utf-8", errors="replace")[:64] if note.is_file() else None)


def _array(tensor: Tensor) -> Array:
    import torch

    return tensor.to(torch.float32 if tensor.is_floating_point() else torch.int64).numpy()
