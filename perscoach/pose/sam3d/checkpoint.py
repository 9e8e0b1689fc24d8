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
                raise _not_this(path, f"it has no {HEAD}{missing[0]}", f"нет {HEAD}{missing[0]}")
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
            f"{target} cannot be written ({error.strerror or error}); it needs {stat.st_size / 1e9:.1f} GB.",
            f"Не удаётся записать {target} ({error.strerror or error}); нужно {stat.st_size / 1e9:.1f} ГБ.",
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
        raise ModelError(
            f"{source.name} holds more than weights, which could run as code, so it was not read. Take the file "
            "published by facebook/sam-3d-body-dinov3.",
            f"В {source.name} есть не только веса (это может быть код), поэтому он не прочитан. Возьмите файл из "
            "facebook/sam-3d-body-dinov3.",
        ) from error
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, AssertionError, zipfile.BadZipFile) as error:
        raise _half(source) from error
    nested = found.get("state_dict") if isinstance(found, Mapping) else None
    table = nested if isinstance(nested, Mapping) else found
    if not isinstance(table, Mapping) or not all(isinstance(v, torch.Tensor) for v in table.values()):
        raise _not_this(source, "it holds no table of tensors", "в нём нет таблицы тензоров")
    missing = [name for name in _NEEDED if name not in table]
    if missing:
        raise _not_this(source, f"it has no {missing[0]}", f"нет {missing[0]}")
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
        raise _not_this(path, "it is no TorchScript file", "это не файл TorchScript")


def check_whole(path: Path) -> None:
    """Read a zip archive (a pickle or TorchScript of torch's) to its end against its own checksums; torch does not.

    A download tool that reserves the whole file first leaves one with the right length and holes in it.

    Raises:
        ModelError: a part is damaged.
    """
    stat = path.stat()
    damaged = _damaged(path.resolve(), stat.st_size, stat.st_mtime_ns)
    if damaged is not None:
        raise ModelError(
            f"{path.name} is damaged inside ({damaged}): delete it and fetch it again.",
            f"{path.name} повреждён внутри ({damaged}): удалите и скачайте снова.",
        )


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
        raise ModelError(f"{path.name} is empty; fetch it again.", f"{path.name} пуст; скачайте его снова.")
    text = start.lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise ModelError(
            f"{path.name} is a web page, not weights: the download was answered with a sign-in or error page. Fetch it "
            "again with a token that has access.",
            f"{path.name} это веб-страница, а не веса: вместо файла пришла страница входа или ошибки. Скачайте его "
            "снова с токеном, у которого есть доступ.",
        )
    if text.startswith(b"version https://git-lfs"):
        raise ModelError(
            f"{path.name} is a Git LFS pointer, not the weights; fetch it with: perscoach models fetch sam3d_body.",
            f"{path.name} это указатель Git LFS, а не веса; скачайте: perscoach models fetch sam3d_body.",
        )


def _half(path: Path) -> ModelError:
    size = path.stat().st_size
    return ModelError(
        f"{path.name} is half-downloaded or damaged ({size:,} bytes, and its end is not there). Delete it and fetch it "
        "again.",
        f"{path.name} скачан не полностью или повреждён ({size:,} байт, конца файла нет). Удалите и скачайте снова.",
    )


def _not_this(path: Path, en: str, ru: str) -> ModelError:
    return ModelError(
        f"{path.name} is not what SAM 3D Body publishes under that name: {en}.",
        f"{path.name} не тот файл, который публикует SAM 3D Body: {ru}.",
    )


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
        raise _not_this(place, "expected model.ckpt or model.safetensors", "нужен model.ckpt или model.safetensors")
    return place


def _missing(path: Path) -> Path:
    raise ModelError(
        f"SAM 3D Body's {path.name} is missing ({path.parent.name}/). Ask for access at "
        "https://huggingface.co/facebook/sam-3d-body-dinov3, set HF_TOKEN, then: perscoach models fetch sam3d_body. Or "
        "name the files: --checkpoint, --mhr.",
        f"Нет файла SAM 3D Body {path.name} ({path.parent.name}/). Запросите доступ на "
        "https://huggingface.co/facebook/sam-3d-body-dinov3, задайте HF_TOKEN, затем: perscoach models fetch "
        "sam3d_body. Или укажите файлы: --checkpoint, --mhr.",
    )


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
