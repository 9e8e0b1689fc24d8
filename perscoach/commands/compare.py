"""``compare``: a client's recording against the trainer, as the mirror would score it."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import perscoach.api as api
from perscoach.commands.shell import Shell
from perscoach.core.files import key_of, sha256_of, write_json
from perscoach.core.messages import Message, message
from perscoach.core.outputs import Owner, check_outputs, place

if TYPE_CHECKING:
    from perscoach.score.offline import Scored

_MIRROR = {"auto": None, "yes": True, "no": False}


def run_compare(arguments: argparse.Namespace, shell: Shell) -> int:
    """Numbers, the groups, what to do first, and the report as JSON."""
    output: Path | None = arguments.output
    read = (arguments.trainer, arguments.client)
    if output is not None:
        sources = [sha256_of(path, shell) if path.is_file() else str(path.resolve()) for path in read]
        owner = Owner("compare", key_of(*sources), read, arguments.replace)
        check_outputs(output.parent, (output.name,), owner)
    mirror = _MIRROR[arguments.mirror]
    found = api.score(arguments.trainer, arguments.client, mirror=mirror, offset=arguments.offset, monitor=shell)
    value = found.report.to_json() | {"offset_s": found.offset, "mirror": found.mirror}
    if output is not None:
        with tempfile.TemporaryDirectory() as folder:
            write_json(Path(folder) / "report.json", value)
            place({output.name: Path(folder) / "report.json"}, output.parent, owner)
    _say(found, shell)
    shell.result({"ok": True, **value})
    return 0


def _say(found: Scored, shell: Shell) -> None:
    report = found.report
    if report.form is None:
        shell.say(message("cli.nothing_scored"))
        return
    numbers = {"timing": report.timing or 0.0, "late": report.late or 0.0, "coverage": report.coverage}
    shell.say(message("cli.score", form=report.form, **numbers))
    shell.say(message("cli.matched_mirrored" if found.mirror else "cli.matched", offset=found.offset))
    if report.reps is not None:
        shell.say(message("cli.reps", mine=report.reps, shallow=report.attempts, theirs=report.trainer_reps))
    groups = [[message(f"mirror.group.{name}").text(shell.language), "—" if form is None else f"{form:.0f}"]
              for name, form in report.groups.items()]  # fmt: skip
    shell.table([message("cli.group"), message("cli.form")], groups)
    for name in report.worst():
        shell.say(_fix(name, report.measures[name]))


def _fix(name: str, found: dict[str, Any]) -> Message:
    """What to do about a measure, in words with a number."""
    if found["cue"]:
        return message("cli.own_words", words=found["cue"])
    step = 5 if found["unit"] == "deg" else 1
    way = "less" if found["amount"] < 0 else "more"
    return message(f"mirror.fix.{name}.{way}", n=max(step, step * round(abs(found["amount"]) / step)))
