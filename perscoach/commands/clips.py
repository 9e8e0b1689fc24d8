"""``process``, ``matte``, ``pose`` and ``grade``: the commands that take a clip."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.commands.advice import advised
from perscoach.commands.options import recipe_from
from perscoach.commands.shell import Shell
from perscoach.core.errors import ClipError, JobError, SettingsError
from perscoach.core.files import atomic, held, key_of, shown_name, sweep, write_json
from perscoach.core.names import safe_name
from perscoach.core.settings import Settings, load_settings
from perscoach.pose.options import files_named

if TYPE_CHECKING:
    from perscoach.pipeline import Result
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
def _run(arguments: argparse.Namespace, shell: Shell, wanted: Sequence[str]) -> Iterator[tuple[Result, Recipe]]:
    """Run the stages; the work folder is held until the block has taken what it needs."""
    from perscoach.pipeline import run_stages

    settings = load_settings()
    with files_named(arguments), _work_folder(arguments, settings) as work:
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
    """The movement alone, and how another engine sees the same clip where that is asked for."""
    from perscoach.bundles.bodies import write_bodies
    from perscoach.bundles.notice import write_notice

    compared = None
    with _run(arguments, shell, ("pose",)) as (run, recipe):
        motion = run.motion
        assert motion is not None
        made = run.folder / "made"
        shutil.rmtree(made, ignore_errors=True)
        _, figures = write_bodies(made, motion, recipe.pose.detail, shell)
        write_notice(made, motion.engine)
        if arguments.compare:
            compared = _compare(run, recipe, arguments.compare, made, shell)
        files = [_place(path, arguments.output / path.name) for path in sorted(made.iterdir())]
        shutil.rmtree(made, ignore_errors=True)
    for path in files:
        shell.say(str(path))
    shell.result(
        {
            "ok": True,
            "files": [str(p) for p in files],
            "frames": len(motion),
            "found": run.found,
            "engine": motion.engine,
            "vertices": figures["vertices"],
            "measures": dict(motion.measures),
            **({"comparison": compared} if compared else {}),
        }
    )
    return 0


def _compare(run: Result, recipe: Recipe, engine: str, made: Path, shell: Shell) -> dict[str, Any]:
    """Run the second engine on the same clip, in the same folder; write and tell how alike the two are."""
    from perscoach.pose.agreement import compare
    from perscoach.pose.stage import run_pose as run_engine

    assert run.motion is not None
    other = run_engine(run.clip, dataclasses.replace(recipe.pose, engine=engine), run.folder, shell)
    found = compare(run.motion, other)
    write_json(made / "comparison.json", found.to_json())
    russian = shell.language == "ru"
    rows = [[a.name, _figure(a.offset_deg), _figure(a.median_deg), _figure(a.correlation)] for a in found.angles]
    columns = (
        ["угол", "сдвиг, °", "разница, °", "корреляция"] if russian else ["angle", "offset °", "apart °", "correlation"]
    )
    shell.table(columns, rows)
    share = [j.median_share for j in found.joints if j.median_share is not None]
    apart = f"{100 * sum(share) / len(share):.1f}" if share else "–"
    shell.say(
        f"{found.engines[0]} and {found.engines[1]} see the joints {apart} % of the body's height apart, in {found.both} frames.",
        f"{found.engines[0]} и {found.engines[1]} видят суставы на расстоянии {apart} % роста, кадров: {found.both}.",
    )
    return found.to_json()


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def run_grade(arguments: argparse.Namespace, shell: Shell) -> int:
    """One graded frame, the ``.cube`` and the numbers."""
    import cv2
    import numpy as np

    from perscoach.grade import look, presets

    with _run(arguments, shell, ("clip",)) as (run, recipe):
        last = run.clip.frames - 1
        if not 0 <= arguments.frame <= last:
            raise ClipError(
                f"--frame {arguments.frame}: the clip has frames 0 to {last}.",
                f"--frame {arguments.frame}: в клипе кадры от 0 до {last}.",
            )
        recipe, told = advised(arguments, run, recipe, shell)
        finish = look.finish(recipe.grade, recipe.look, run.folder)
        kept = look.path_of(run.folder, recipe.look) if recipe.look.id else None
        picture = finish.apply(run.clip.frame(arguments.frame))
    _, png = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    with atomic(arguments.output / "frame.png") as part:
        part.write_bytes(png.tobytes())
    finish.write(arguments.output / "grade.cube")
    presets.save(arguments.output / "grade.json", recipe.grade)
    names = ["frame.png", "grade.cube", "grade.json"]
    if kept is not None:
        _place(kept, arguments.output / "look.cube")
        names.append("look.cube")
    files = [str(arguments.output / name) for name in names]
    shell.say("\n".join(files))
    shell.result({"ok": True, "files": files, **told})
    return 0
