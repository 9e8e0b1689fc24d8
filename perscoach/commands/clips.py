"""``process``, ``matte``, ``pose`` and ``grade``: the commands that take a clip."""

from __future__ import annotations

import argparse
import contextlib
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from perscoach.clip.sniff import shown_name
from perscoach.commands.options import recipe_from
from perscoach.commands.shell import Shell
from perscoach.errors import ClipError, JobError, SettingsError
from perscoach.files import atomic, held, key_of, sweep
from perscoach.settings import Settings, load_settings

if TYPE_CHECKING:
    from perscoach.pipeline import Run
    from perscoach.recipe import Recipe


@contextlib.contextmanager
def _work_folder(arguments: argparse.Namespace, settings: Settings) -> Iterator[Path]:
    """Where this clip's finished pieces are kept; held while in use, against a second run and against cleaning.

    Raises:
        ClipError: there is no such clip.
        SettingsError: ``--work`` names a folder with other things in it, which a run could remove.
        JobError: another run holds the folder.
    """
    clip: Path = arguments.clip
    if not clip.is_file():
        name = shown_name(clip)
        raise ClipError(f"{name}: there is no such file.", f"{name}: такого файла нет.")
    folder = arguments.work or settings.workspace / "cli" / key_of(str(clip.resolve()))
    folder.mkdir(parents=True, exist_ok=True)
    busy = folder / "busy"
    if arguments.work and not busy.exists() and any(folder.iterdir()):
        raise SettingsError(
            f"--work {folder}: this folder holds other things. Name an empty or a new folder.",
            f"--work {folder}: в этой папке лежит другое. Укажите пустую или новую папку.",
        )
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(busy))
        except BlockingIOError as error:
            raise JobError(
                "Another perscoach is working on this clip. Wait until it has finished, or give this run a --work folder.",
                "Этим клипом уже занят другой perscoach. Дождитесь его или задайте этому запуску папку --work.",
            ) from error
        sweep(folder)
        yield folder


def _check_place(target: Path) -> Path:
    """``target``, where a bundle may go there: nothing is there yet, or an earlier bundle.

    Raises:
        SettingsError: a folder or file of somebody else, which must not be replaced.
    """
    ours = (
        target.is_dir()
        and not target.is_symlink()
        and ((target / "bundle.json").is_file() or not any(target.iterdir()))
    )
    if ours or not (target.exists() or target.is_symlink()):
        return target
    raise SettingsError(
        f"{target} is there already and is no bundle, so it is not replaced. Choose another --output or --name.",
        f"{target} уже есть, и это не набор, поэтому не заменяется. Выберите другие --output или --name.",
    )


@contextlib.contextmanager
def _run(arguments: argparse.Namespace, shell: Shell, wanted: Sequence[str]) -> Iterator[tuple[Run, Recipe]]:
    """Run the stages; the work folder is held until the block has taken what it needs."""
    from perscoach.pipeline import run_stages

    settings = load_settings()
    with _work_folder(arguments, settings) as work:
        recipe = recipe_from(arguments, work)
        arguments.output.mkdir(parents=True, exist_ok=True)  # what cannot be written is said before the work, not after
        name = arguments.name or arguments.clip.stem
        yield run_stages(arguments.clip, work, recipe, name, shell, wanted, settings), recipe


def _place(source: Path, target: Path) -> Path:
    """Copy a finished file or folder next to its final place, then swap it in."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not source.is_dir():
        with atomic(target) as part:
            shutil.copyfile(source, part)
        return target
    part = target.with_name(f".{secrets.token_hex(4)}.part")
    try:
        shutil.copytree(source, part)
        if target.exists():
            shutil.rmtree(target)
        part.replace(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def run_process(arguments: argparse.Namespace, shell: Shell) -> int:
    """Everything, and the bundle at ``<output>/<clip name>/``."""
    from perscoach.bundle.archive import safe_name

    target = _check_place(arguments.output / safe_name(arguments.name or arguments.clip.stem))
    with _run(arguments, shell, ("bundle",)) as (run, recipe):
        assert run.bundle is not None and run.zip is not None
        folder = _place(run.bundle, _check_place(target))
        archive = _place(run.zip, arguments.output / run.zip.name)
    shell.say(f"Bundle: {folder}\nZip:    {archive}", f"Набор: {folder}\nАрхив: {archive}")
    shell.result(
        {
            "ok": True,
            "bundle": str(folder),
            "zip": str(archive),
            "frames": run.clip.frames,
            "fps": float(run.clip.fps),
            "found": run.found,
            "timings": run.timings,
            "recipe": recipe.to_json(),
            "notes": shell.notes,
            "check": run.report,
        }
    )
    return 0


def run_matte(arguments: argparse.Namespace, shell: Shell) -> int:
    """The transparent video alone."""
    with _run(arguments, shell, ("encode",)) as (run, _):
        assert run.video is not None
        made = [_place(path, arguments.output / path.name) for path in sorted(run.video.iterdir())]
    for path in made:
        shell.say(str(path))
    shell.result({"ok": True, "files": [str(p) for p in made], "frames": run.clip.frames, "timings": run.timings})
    return 0


def run_pose(arguments: argparse.Namespace, shell: Shell) -> int:
    """The movement alone."""
    from perscoach.bundle import poses
    from perscoach.mesh.mannequin import Mannequin

    with _run(arguments, shell, ("pose",)) as (run, _):
        motion = run.motion
    assert motion is not None
    files = [arguments.output / "trainer_poses.json", arguments.output / "trainer_poses.npz"]
    poses.write_json(files[0], motion)
    poses.write_npz(files[1], motion, Mannequin(motion))
    for path in files:
        shell.say(str(path))
    shell.result(
        {
            "ok": True,
            "files": [str(p) for p in files],
            "frames": len(motion),
            "found": run.found,
            "engine": motion.engine,
        }
    )
    return 0


def run_grade(arguments: argparse.Namespace, shell: Shell) -> int:
    """One graded frame, the ``.cube`` and the numbers."""
    import cv2
    import numpy as np

    from perscoach.grade import cube, lut, presets

    with _run(arguments, shell, ("clip",)) as (run, recipe):
        last = run.clip.frames - 1
        if not 0 <= arguments.frame <= last:
            raise ClipError(
                f"--frame {arguments.frame}: the clip has frames 0 to {last}.",
                f"--frame {arguments.frame}: в клипе кадры от 0 до {last}.",
            )
        picture = lut.apply(run.clip.frame(arguments.frame), lut.bake(recipe.grade))
    _, png = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    with atomic(arguments.output / "frame.png") as part:
        part.write_bytes(png.tobytes())
    cube.write(arguments.output / "grade.cube", recipe.grade)
    presets.save(arguments.output / "grade.json", recipe.grade)
    files = [str(arguments.output / name) for name in ("frame.png", "grade.cube", "grade.json")]
    shell.say("\n".join(files))
    shell.result({"ok": True, "files": files})
    return 0
