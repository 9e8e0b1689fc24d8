"""What lies in the checkpoints folder and whether it is what it should be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from perscoach.core.errors import ModelError
from perscoach.core.files import regular_file, sha256_of
from perscoach.core.messages import Message, message
from perscoach.core.settings import load_settings
from perscoach.models.build import check_task_file
from perscoach.models.registry import MODELS, Model, ModelFile


@dataclass(frozen=True)
class Status:
    """One model in this installation.

    Attributes:
        path: the file, or the folder of a model of several files; whether or not it is there.
        present: every file is there.
        size: bytes on disk.
        ok: the hashes fit; ``None`` where nothing was compared (absent, or no hash known).
        hint: what is wrong and what to do; ``None`` where nothing is.
    """

    model: Model
    path: Path
    present: bool
    size: int
    ok: bool | None
    hint: Message | None = None


def folder() -> Path:
    """Where the weights of this installation lie."""
    return load_settings().checkpoints


def model(name: str) -> Model:
    """The model called ``name``.

    Raises:
        ModelError: there is none.
    """
    if name not in MODELS:
        raise ModelError("models.unknown", name=f"{name!r:.60}", known=", ".join(MODELS))
    return MODELS[name]


def path_of(name: str) -> Path:
    """The file of model ``name`` (its folder where it has several files).

    Only the form is looked at here (there, not empty, a whole bundle), so that an operator's own weights under the
    same name run; ``status`` compares hashes.

    Raises:
        ModelError: not there or not usable; the sentence says what to do.
    """
    wanted = model(name)
    for file in wanted.files:
        path = folder() / file.path
        if not path.exists():
            raise ModelError("models.missing", name=name, file=path.name, what_to_do=_what_to_do(wanted))
        regular_file(path, ModelError)
        wrong = form_error(path)
        if wrong:
            raise ModelError("models.unusable", name=name, file=path.name, reason=wrong)
    return location(wanted)


def location(wanted: Model) -> Path:
    """The file, or the folder that holds all of a model's files."""
    first = folder() / wanted.files[0].path
    return first if len(wanted.files) == 1 else folder() / Path(wanted.files[0].path).parts[0]


def status(verify: bool = True) -> list[Status]:
    """Every known model, in the table's order; ``verify=False`` leaves the hashes out."""
    return [_status_of(m, verify) for m in MODELS.values()]


def expected_hashes(file: ModelFile) -> set[str]:
    """The hashes that ``file`` may have: the published ones and the one written down at its first fetch."""
    known = {h for h in (file.sha256, *file.also) if h}
    note = record(folder() / file.path)
    if note.is_file():
        known.add(note.read_text(encoding="utf-8", errors="replace").split(" ")[0].strip())
    return known


def record(path: Path) -> Path:
    """Where the hash of a fetched or built file is written down."""
    return path.with_name(path.name + ".sha256")


def form_error(path: Path) -> Message | None:
    """What is wrong with the form of a file, ``None`` where nothing is."""
    if path.stat().st_size == 0:
        return message("models.empty")
    return check_task_file(path) if path.suffix == ".task" else None


def _status_of(wanted: Model, verify: bool) -> Status:
    paths = [folder() / f.path for f in wanted.files]
    there = [p for p in paths if p.is_file()]
    size = sum(p.stat().st_size for p in there)
    if len(there) < len(paths):
        return Status(wanted, location(wanted), False, size, None, _what_to_do(wanted))
    for file, path in zip(wanted.files, paths, strict=True):
        wrong = form_error(path)
        known = expected_hashes(file) if verify else set()
        if wrong is None and known and sha256_of(path) not in known:
            wrong = message("models.hash")
        if wrong:
            hint = message("models.wrong", file=path.name, reason=wrong)
            return Status(wanted, location(wanted), True, size, False, hint)
    compared = verify and all(expected_hashes(f) for f in wanted.files)
    return Status(wanted, location(wanted), True, size, True if compared else None)


def _what_to_do(wanted: Model) -> Message:
    if wanted.gated:
        return message("models.ask_access", name=wanted.name, page=wanted.page)
    return message("models.run_fetch", name=wanted.name)
