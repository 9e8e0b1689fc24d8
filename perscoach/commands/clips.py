"""``process``, ``matte``, ``pose`` and ``grade``: the commands that take a clip."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from perscoach.commands.options import recipe_from
from perscoach.commands.shell import Shell
from perscoach.errors import ClipError
from perscoach.files import key_of
from perscoach.settings import Settings, load_settings


@contextlib.contextmanager
def _work_folder(arguments: argparse.Namespace, settings: Settings) -> Iterator[Path]:
    """Where this clip's finished pieces are kept; marked busy while in use, so that cleaning leaves it alone."""
    clip: Path = arguments.clip
    if not clip.is_file():
        raise ClipError(f"{clip.name}: no such file.", f"{clip.name}: такого файла нет.")
    folder = arguments.work or settings.workspace / "cli" / key_of(str(clip.resolve()))
    folder.mkdir(parents=True, exist_ok=True)
    busy = folder / "busy"
    busy.write_text(str(os.getpid()), encoding="utf-8")
    try:
        yield folder
    finally:
        busy.unlink(missing_ok=True)


def _run(arguments: argparse.Namespace, shell: Shell, wanted: Sequence[str]) -> tuple:  # type: ignore[type-arg]
    from perscoach.pipeline import run_stages

    settings = load_settings()
    with _work_folder(arguments, settings) as work:
        recipe = recipe_from(arguments, work)
        name = arguments.name or arguments.clip.stem
        return run_stages(arguments.clip, work, recipe, name, shell, wanted, settings), recipe


def _place(source: Path, target: Path) -> Path:
    """Copy a finished file or folder next to its final place, then swap it in."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.unlink(missing_ok=True)
    if source.is_dir():
        shutil.copytree(source, part)
        if target.exists():
            shutil.rmtree(target)
    else:
        shutil.copyfile(source, part)
    part.replace(target)
    return target


def run_process(arguments: argparse.Namespace, shell: Shell) -> int:
    """Everything, and the bundle at ``<output>/<clip name>/``."""
    run, recipe = _run(arguments, shell, ("bundle",))
    assert run.bundle is not None and run.zip is not None
    folder = _place(run.bundle, arguments.output / run.bundle.name)
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
    run, _ = _run(arguments, shell, ("encode",))
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

    run, _ = _run(arguments, shell, ("pose",))
    motion = run.motion
    assert motion is not None
    arguments.output.mkdir(parents=True, exist_ok=True)
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

    from perscoach.files import atomic
    from perscoach.grade import cube, lut, presets

    run, recipe = _run(arguments, shell, ("clip",))
    if not 0 <= arguments.frame < run.clip.frames:
        raise ClipError(f"--frame {arguments.frame}: the clip has frames 0 to {run.clip.frames - 1}.")
    picture = lut.apply(run.clip.frame(arguments.frame), lut.bake(recipe.grade))
    with atomic(arguments.output / "frame.png") as part:
        cv2.imwrite(str(part), np.ascontiguousarray(picture[..., ::-1]))
    cube.write(arguments.output / "grade.cube", recipe.grade)
    presets.save(arguments.output / "grade.json", recipe.grade)
    files = [str(arguments.output / name) for name in ("frame.png", "grade.cube", "grade.json")]
    shell.say("\n".join(files))
    shell.result({"ok": True, "files": files})
    return 0
