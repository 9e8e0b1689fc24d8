"""``compare``: a client's recording against the trainer, as the mirror would score it."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from perscoach.commands.shell import Shell
from perscoach.core.errors import BundleError

if TYPE_CHECKING:
    from perscoach.motion import Motion
    from perscoach.score.offline import Client, Scored

_MIRROR = {"auto": None, "yes": True, "no": False}
_LIMBS = {
    "trunk": "туловище",
    "upper_arm": "плечо",
    "forearm": "предплечье",
    "thigh": "бедро",
    "shin": "голень",
}


def run_compare(arguments: argparse.Namespace, shell: Shell) -> int:
    """Three numbers, the limbs, and the report as JSON."""
    from perscoach.core.files import write_json
    from perscoach.score.offline import score

    for path in (arguments.trainer, arguments.client):
        if not path.exists():
            raise BundleError(f"{path.name}: no such file.", f"{path.name}: такого файла нет.")
    trainer = _motion(arguments.trainer)
    client = _client(arguments.client, shell)
    found = score(trainer, client, _MIRROR[arguments.mirror], arguments.offset)
    value = found.report.to_json() | {"offset_s": found.offset, "mirror": found.mirror}
    if arguments.output is not None:
        write_json(arguments.output, value)
    _say(found, shell)
    shell.result({"ok": True, **value})
    return 0


def _motion(path: Path) -> Motion:
    """A bundle's folder, or its ``trainer_poses.json``."""
    from perscoach.bundles import poses
    from perscoach.bundles.layout import POSES_JSON

    return poses.read_json(path / POSES_JSON if path.is_dir() else path)


def _client(path: Path, shell: Shell) -> Client:
    """A bundle, a ``trainer_poses.json``, a recording of the mirror page, or a clip, which MediaPipe looks at."""
    from perscoach.score.offline import SCHEMA, client_of, read_landmarks

    if path.is_dir():
        return client_of(_motion(path))
    if path.suffix.lower() == ".json":
        with path.open("rb") as file:
            recorded = SCHEMA.encode() in file.read(4096)
        return read_landmarks(path) if recorded else client_of(_motion(path))
    from perscoach.core.settings import load_settings
    from perscoach.media.ingest import ingest
    from perscoach.media.types import IngestSettings
    from perscoach.pose.base import PoseSettings
    from perscoach.pose.stage import run_pose

    with tempfile.TemporaryDirectory() as folder:
        clip = ingest(path, Path(folder) / "clip.mp4", IngestSettings(), load_settings(), shell)
        return client_of(run_pose(clip, PoseSettings(engine="mediapipe", smoothing=0), Path(folder), shell))


def _say(found: Scored, shell: Shell) -> None:
    report = found.report
    if report.form is None:
        shell.say("Nothing could be scored.", "Оценить не удалось ничего.")
        return
    late = report.late or 0.0
    shell.say(
        f"Form {report.form:.0f} of 100, timing {report.timing or 0:.0f} ({late:.1f} s late), "
        f"in the picture {report.coverage:.0f} % of the time.",
        f"Форма {report.form:.0f} из 100, ритм {report.timing or 0:.0f} (опоздание {late:.1f} с), "
        f"в кадре {report.coverage:.0f} % времени.",
    )
    if report.reps is not None:
        shell.say(
            f"Repetitions: {report.reps} of {report.trainer_reps}.", f"Повторы: {report.reps} из {report.trainer_reps}."
        )
    rows = [
        [_name(name, shell.language), "—" if form is None else f"{form * 100:.0f}"]
        for name, form in report.limbs.items()
    ]
    shell.table(["Часть тела", "Форма"] if shell.language == "ru" else ["Limb", "Form"], rows)


def _name(limb: str, language: str) -> str:
    side, _, part = limb.partition("_") if limb != "trunk" else ("", "", limb)
    if language != "ru":
        return f"{side} {part.replace('_', ' ')}".strip()
    return f"{_LIMBS[part]}{ {'left': ', левая сторона', 'right': ', правая сторона'}.get(side, '') }"
