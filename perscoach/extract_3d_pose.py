"""``extract_3d_pose.py``: the published command line of the pose stage, over the same stage as ``perscoach pose``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from perscoach.cli import run
from perscoach.commands.table import CLIP, COMMON, EXIT, POSE, RIG, WORK, new_parser
from perscoach.core.messages import Message, message

_NO_SAM = 3
_NAMES = {"--pose": "--engine", "--pose-model": "--model"}
"""Flags of ``perscoach pose`` that are called otherwise here."""


def build_parser() -> argparse.ArgumentParser:
    """The flags of the published script; those of ``perscoach pose`` come from the same table."""
    parser = new_parser(
        "extract_3d_pose.py",
        "The movement of the person in a video: trainer_poses.json and trainer_poses.npz.",
        EXIT.replace(
            "  4 weights",
            "    (3 also where SAM 3D Body is asked for and cannot run: try --engine mediapipe)\n  4 weights",
        ),
    )
    parser.add_argument("--video", dest="clip", type=Path, required=True, help="the coach's video")
    parser.add_argument("--output", type=Path, required=True, help="folder for the files")
    replace = next(option for option in CLIP if option.name == "--replace")
    for option in (*POSE, *RIG, *WORK, replace, *COMMON):
        option.add(parser, _NAMES.get(option.name))
    parser.set_defaults(command="pose", name=None, trim=None, crop=None, compare=None)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script.

    Returns:
        The exit code, as listed under ``--help``.
    """
    arguments = build_parser().parse_args(sys.argv[1:] if argv is None else list(argv))
    refusal = sam_refusal(arguments)
    if refusal is not None:
        language = arguments.language or ("ru" if os.environ.get("LANG", "").startswith("ru") else "en")
        _refuse(refusal.text(language), arguments.json)
        return _NO_SAM
    return run(arguments)


def sam_refusal(arguments: argparse.Namespace) -> Message | None:
    """Why SAM 3D Body cannot run, where it is named or its files are; else ``None``."""
    from perscoach.commands.options import engine_of, settings_of
    from perscoach.core.errors import PerscoachError
    from perscoach.pose.registry import availability

    if engine_of(arguments) != "sam3d":
        return None
    try:
        state = availability(files=settings_of(arguments).files)["sam3d"]
    except PerscoachError as error:
        return message("cli.without_sam", why=error.message)
    return None if state.ok else message("cli.without_sam", why=state.message)


def _refuse(text: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"ok": False, "error": text, "code": _NO_SAM}, ensure_ascii=False))
    else:
        print(text, file=sys.stderr)
