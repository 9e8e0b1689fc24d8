"""``extract_3d_pose.py``: the published command line of the pose stage, over the same stage as ``perscoach pose``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from perscoach.pose.options import add_pose_options, engine_of, files_named, pose_words

EXIT = """exit codes:
  0 done   1 something broke inside   2 wrong command line
  3 SAM 3D Body is asked for and cannot run (not installed, no or wrong checkpoint): try --engine mediapipe; or the clip or a setting cannot be used
  4 weights or an engine are missing   130 stopped by you
"""

_NO_SAM = 3


def build_parser() -> argparse.ArgumentParser:
    """The flags of the published script, and ours after them."""
    parser = argparse.ArgumentParser(
        prog="extract_3d_pose.py",
        description="The movement of the person in a video: trainer_poses.json and trainer_poses.npz.",
        epilog=EXIT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--video", type=Path, required=True, help="the coach's video")
    parser.add_argument("--output", type=Path, required=True, help="folder for the two files")
    add_pose_options(parser, "--engine", "--model")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--trainer", metavar="X,Y", help="a point on the trainer, 0..1, where several people are in it")
    parser.add_argument("--work", type=Path, help="where finished pieces are kept (default: inside the workspace)")
    parser.add_argument("--language", choices=("en", "ru"), default=None, help="language of messages (default: LANG)")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else on standard output")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script.

    Returns:
        The exit code, as listed under ``--help``.
    """
    arguments = build_parser().parse_args(sys.argv[1:] if argv is None else list(argv))
    with files_named(arguments):
        refusal = sam_refusal(arguments)
        if refusal is not None:
            russian = (arguments.language or os.environ.get("LANG", ""))[:2] == "ru"
            _refuse(refusal[russian], arguments.json)
            return _NO_SAM
        from perscoach.cli import main as perscoach

        return perscoach(_as_perscoach(arguments))


def sam_refusal(arguments: argparse.Namespace) -> tuple[str, str] | None:
    """Why SAM 3D Body, where it is asked for by name or by its files, cannot run (English, Russian); else ``None``."""
    named = [(flag, path) for flag, path in (("--checkpoint", arguments.checkpoint), ("--mhr", arguments.mhr)) if path]
    if engine_of(arguments) != "sam3d":
        return None
    for flag, path in named:
        if not path.is_file() and not (flag == "--checkpoint" and path.is_dir()):
            return (
                f"{flag} {path}: no such file. Without it SAM 3D Body cannot run; add --engine mediapipe to go on without it.",
                f"{flag} {path}: такого файла нет. Без него SAM 3D Body не работает; добавьте --engine mediapipe.",
            )
    from perscoach.pose.registry import availability

    state = availability()["sam3d"]
    if state.ok:
        return None
    return (
        f"{state.en} Add --engine mediapipe to go on without it.",
        f"{state.ru} Добавьте --engine mediapipe, чтобы продолжить без него.",
    )


def _as_perscoach(arguments: argparse.Namespace) -> list[str]:
    """The same wish in the words of ``perscoach pose``."""
    words = ["pose", f"--output={arguments.output}", f"--device={arguments.device}", *pose_words(arguments)]
    for flag in ("trainer", "work", "language"):
        value = getattr(arguments, flag)
        words += [f"--{flag}={value}"] if value is not None else []
    words += [f"--{flag}" for flag in ("json", "quiet") if getattr(arguments, flag)]
    return [*words, "--", str(arguments.video)]


def _refuse(text: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"ok": False, "error": text, "code": _NO_SAM}, ensure_ascii=False))
    else:
        print(text, file=sys.stderr)
