"""``process``, ``matte``, ``pose`` and ``grade``: the commands that take a clip."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import shutil
from pathlib import Path
from typing import Any

import perscoach.api as api
from perscoach.api.clips import write_pose
from perscoach.api.work import Job, write_files
from perscoach.commands.advice import advised
from perscoach.commands.options import recipe_from, settings_of
from perscoach.commands.shell import Shell
from perscoach.core.errors import SettingsError
from perscoach.core.files import atomic, write_json
from perscoach.core.messages import message
from perscoach.pipeline import Result
from perscoach.recipe import Recipe


def _common(arguments: argparse.Namespace, shell: Shell) -> dict[str, Any]:
    """What every command passes on to the public function."""
    return {
        "work": arguments.work,
        "replace": arguments.replace,
        "monitor": shell,
        "settings": settings_of(arguments),
    }


class _Kept:
    """Makes the recipe once the work folder is known, and keeps it for the answer."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self.recipe = Recipe()

    def __call__(self, work: Path) -> Recipe:
        self.recipe = recipe_from(self._arguments, work)
        return self.recipe


def run_process(arguments: argparse.Namespace, shell: Shell) -> int:
    """Everything: the bundle at ``<output>/<name>/`` and its zip."""
    kept = _Kept(arguments)
    result = api.process(arguments.clip, arguments.output, kept, name=arguments.name, **_common(arguments, shell))
    shell.say(message("cli.bundle", folder=str(result.bundle), zip=str(result.zip)))
    shell.result(
        {
            "ok": True,
            "bundle": str(result.bundle),
            "zip": str(result.zip),
            "frames": result.clip.frames,
            "fps": float(result.clip.fps),
            "found": result.found,
            "timings": result.timings,
            "recipe": kept.recipe.to_json(),
            "notes": shell.notes,
            "check": result.report,
        }
    )
    return 0


def run_matte(arguments: argparse.Namespace, shell: Shell) -> int:
    """The transparent video alone."""
    made = api.matte(arguments.clip, arguments.output, _Kept(arguments), **_common(arguments, shell))
    files = [str(path) for path in made.files]
    shell.print("\n".join(files))
    shell.result({"ok": True, "files": files, "frames": made.result.clip.frames, "timings": made.result.timings})
    return 0


def run_pose(arguments: argparse.Namespace, shell: Shell) -> int:
    """The movement alone, and how another engine sees the same clip where that is asked for."""
    common = _common(arguments, shell)
    more = functools.partial(_compare, arguments.compare, shell, common["settings"]) if arguments.compare else None
    extra = ("comparison.json",) if arguments.compare else ()
    made = write_pose(arguments.clip, arguments.output, _Kept(arguments), more=more, extra=extra, **common)
    motion = made.result.motion
    assert motion is not None
    files = [str(path) for path in made.files]
    shell.print("\n".join(files))
    shell.result(
        {
            "ok": True,
            "files": files,
            "frames": len(motion),
            "found": made.result.found,
            "engine": motion.engine,
            "vertices": made.details["vertices"],
            "measures": dict(motion.measures),
            **({"comparison": made.details["comparison"]} if arguments.compare else {}),
        }
    )
    return 0


def _compare(
    engine: str, shell: Shell, settings: Any, result: Result, recipe: Recipe, made: Path
) -> dict[str, dict[str, Any]]:
    """Run the second engine on the same clip, in the same folder; write and print how alike the two are."""
    from perscoach.pose.engine_comparison import compare_engines
    from perscoach.pose.stage import run_pose as run_engine

    assert result.motion is not None
    wanted = dataclasses.replace(recipe.pose, engine=engine)
    found = compare_engines(result.motion, run_engine(result.clip, wanted, result.folder, shell, files=settings.files))
    write_json(made / "comparison.json", found.to_json())
    rows = [[a.name, _figure(a.offset_deg), _figure(a.median_deg), _figure(a.correlation)] for a in found.angles]
    columns = ("cli.angle", "cli.offset_deg", "cli.apart_deg", "cli.correlation")
    shell.table([message(id) for id in columns], rows)
    share = [j.median_share for j in found.joints if j.median_share is not None]
    apart = f"{100 * sum(share) / len(share):.1f}" if share else "–"
    a, b = found.engines
    shell.say(message("cli.engines_apart", a=a, b=b, apart=apart, frames=found.both))
    return {"comparison": found.to_json()}


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def run_grade(arguments: argparse.Namespace, shell: Shell) -> int:
    """One graded frame, the ``.cube`` and the numbers."""

    def write(job: Job, folder: Path) -> dict[str, Any]:
        result = job.run(arguments.clip.stem, ("clip",))
        last = result.clip.frames - 1
        if not 0 <= arguments.frame <= last:
            raise SettingsError("cli.frame", frame=arguments.frame, last=last)
        recipe, facts = advised(arguments, result, job.recipe, shell)
        _write_grade(recipe, result, arguments.frame, folder)
        return facts

    names = ("frame.png", "grade.cube", "grade.json", "look.cube")
    common = _common(arguments, shell)
    files, facts = write_files("grade", arguments.clip, arguments.output, _Kept(arguments), names, write, **common)
    paths = [str(path) for path in files]
    shell.print("\n".join(paths))
    shell.result({"ok": True, "files": paths, **facts})
    return 0


def _write_grade(recipe: Recipe, result: Result, frame: int, folder: Path) -> None:
    import cv2
    import numpy as np

    from perscoach.grade import look, presets

    finish = look.finish(recipe.grade, recipe.look, result.folder)
    picture = finish.apply(result.clip.frame(frame))
    _, png = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    with atomic(folder / "frame.png") as part:
        part.write_bytes(png.tobytes())
    finish.write(folder / "grade.cube")
    presets.save(folder / "grade.json", recipe.grade)
    if recipe.look.id:
        shutil.copyfile(look.path_of(result.folder, recipe.look), folder / "look.cube")
