"""``bench``: what this computer does with a clip, stage by stage."""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path

from perscoach.commands.shell import Shell
from perscoach.core.device import check_device
from perscoach.core.errors import ClipError
from perscoach.core.files import regular_file
from perscoach.core.messages import message
from perscoach.core.places import EXAMPLE
from perscoach.core.settings import load_settings
from perscoach.media import IngestSettings
from perscoach.recipe import Recipe


def run_bench(arguments: argparse.Namespace, shell: Shell) -> int:
    """Process some seconds of a clip in a temporary folder and print frames per second of each stage."""
    from perscoach.pipeline import run_stages

    clip = arguments.clip or EXAMPLE
    regular_file(clip, ClipError)
    device = check_device("--device", arguments.device)
    recipe = Recipe(ingest=IngestSettings(trim_end=arguments.seconds))
    recipe = dataclasses.replace(
        recipe,
        matting=dataclasses.replace(recipe.matting, device=device),
        pose=dataclasses.replace(recipe.pose, device=device),
    )
    with tempfile.TemporaryDirectory() as folder:
        run = run_stages(clip, Path(folder), recipe, "bench", shell, ("bundle",), load_settings())
    rates = {stage: round(run.clip.frames / s, 2) for stage, s in run.timings.items() if s > 0}
    size = f"{run.clip.width}x{run.clip.height}"
    columns = [message(f"cli.{name}_column") for name in ("stage", "rate", "seconds")]
    shell.table(columns, [[k, f"{v:.1f}", f"{run.timings[k]:.1f}"] for k, v in rates.items()])
    shell.result({"ok": True, "size": size, "frames": run.clip.frames, "fps": rates, "timings": run.timings})
    return 0
