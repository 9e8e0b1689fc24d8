"""``batch``: every clip of a folder or a list becomes a package."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.commands.shell import Shell
from perscoach.core.errors import SettingsError
from perscoach.core.files import read_json, regular_file, shown_name
from perscoach.core.messages import message
from perscoach.core.settings import RAY, Settings, load_settings
from perscoach.recipe import Recipe

if TYPE_CHECKING:
    from perscoach.jobs.runners import Runner

_MAX_RECIPE = 16 << 20
FAILED = 6
"""Exit code: the batch ran to its end, and some of its clips failed."""


def run_batch(arguments: argparse.Namespace, shell: Shell) -> int:
    """Make the packages, and the report over all of them."""
    from perscoach.jobs import batch
    from perscoach.jobs.runners.task import check_files

    settings = load_settings()
    recipe, files = _recipe(arguments.recipe)
    check_files(recipe, files)
    order = batch.Order(
        clips=batch.find_clips([path.expanduser() for path in arguments.clips]),
        output=arguments.output.expanduser().absolute(),
        recipe=recipe.to_json(),
        files=files,
        work=(arguments.work or settings.workspace / "cli").expanduser().absolute(),
        deliver=arguments.deliver,
        replace=arguments.replace,
        language=shell.language,
    )
    after = (lambda: None) if arguments.work else _make_room(settings)
    record = batch.run_batch(order, _runner(arguments, settings), shell, after)
    counts, report = record.counts, str(order.output / batch.HTML)
    failed = counts["failed"] + counts["cancelled"]
    shell.say(message("batch.summary", done=counts["done"], kept=counts["kept"], failed=failed, report=report))
    answer: dict[str, Any] = {"ok": not failed, "report": report, "counts": counts}
    answer["clips"] = [
        {"source": e.source, "name": e.name, "status": e.status, "error": e.error and e.error.text(shell.language)}
        for e in record.entries
    ]
    shell.result({**answer, "code": FAILED} if failed else answer)
    return FAILED if failed else 0


def _runner(arguments: argparse.Namespace, settings: Settings) -> Runner:
    """Where the clips are worked on.

    Raises:
        SettingsError: a number or address cannot be used, or the cluster cannot be reached.
    """
    for name, low, high in (("at_once", 1, 64), ("cpus", 1, 1024), ("gpus", 0, 64), ("memory", 0, 4096)):
        value = getattr(arguments, name)
        if value is not None and not low <= value <= high:
            raise SettingsError("checks.number", name=f"--{name.replace('_', '-')}", low=low, high=high, value=value)
    address = _address(arguments.on, settings)
    if address:
        from perscoach.jobs.runners.ray import RayRunner, Share

        return RayRunner(address, Share(arguments.cpus, arguments.gpus, arguments.memory))
    from perscoach.jobs.runners import LocalRunner

    settings.workspace.mkdir(parents=True, exist_ok=True)
    return LocalRunner(arguments.at_once, settings.workspace / "batch.log")


def _address(on: str | None, settings: Settings) -> str:
    """The cluster's address; empty for this machine's own processes."""
    if on is None:
        return settings.ray
    if on == "here":
        return ""
    if on == "ray":
        return settings.ray or "local"
    if not RAY.fullmatch(on):
        raise SettingsError("settings.ray", name="--on", found=repr(on[:60]))
    return on


def _recipe(path: Path | None) -> tuple[Recipe, Path | None]:
    """The recipe, and the folder of the files that it names.

    Raises:
        SettingsError: not a recipe.
    """
    if path is None:
        return Recipe(), None
    regular_file(path, SettingsError)
    try:
        value = read_json(path, _MAX_RECIPE)
    except (OSError, ValueError) as error:
        raise SettingsError("batch.recipe", name=shown_name(path), reason=str(error)[:100]) from error
    if isinstance(value, dict) and isinstance(value.get("recipe"), dict):
        value = value["recipe"]
    return Recipe.from_json(value), path.absolute().parent


def _make_room(settings: Settings) -> Any:
    """What removes the oldest work folders once the disk budget is used up, as the app's own cleaning does."""
    from perscoach.jobs import Workspace
    from perscoach.jobs.keeping import Keeper, policy_of

    return Keeper(Workspace(settings.workspace), policy_of(settings)).clean_work
