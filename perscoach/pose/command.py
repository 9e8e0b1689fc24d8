"""``extract_3d_pose.py``: the published command line of the pose stage, over the same stage as ``perscoach pose``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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
    parser.add_argument("--checkpoint", type=Path, help="SAM 3D Body: model.ckpt, model.safetensors or their folder")
    parser.add_argument("--mhr", type=Path, help="SAM 3D Body: mhr_model.pt (default: assets/ beside the checkpoint)")
    parser.add_argument("--skip", type=int, default=1, metavar="N", help="every N-th frame; poses get fps / N")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument(
        "--engine",
        choices=("auto", "sam3d", "mediapipe"),
        default="auto",
        help="auto takes SAM 3D Body where a checkpoint is named or fetched",
    )
    parser.add_argument("--model", choices=("lite", "full", "heavy"), default="full", help="MediaPipe's size")
    parser.add_argument("--smoothing", type=float, default=0.4, metavar="0..1", help="0 as measured, 1 very steady")
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
    with _files_named(arguments):
        refusal = sam_refusal(arguments)
        if refusal is not None:
            russian = (arguments.language or os.environ.get("LANG", ""))[:2] == "ru"
            _refuse(refusal[russian], arguments.json)
            return _NO_SAM
        from perscoach.cli import main as perscoach

        return perscoach(_as_perscoach(arguments))


@contextmanager
def _files_named(arguments: argparse.Namespace) -> Iterator[None]:
    """The two files reach the engine, which lives in another room, through the environment; until the block ends."""
    named = {"PERSCOACH_SAM3D_CHECKPOINT": arguments.checkpoint, "PERSCOACH_SAM3D_MHR": arguments.mhr}
    before = {name: os.environ.get(name) for name in named}
    os.environ.update({name: str(path.absolute()) for name, path in named.items() if path})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def sam_refusal(arguments: argparse.Namespace) -> tuple[str, str] | None:
    """Why SAM 3D Body, where it is asked for by name or by its files, cannot run (English, Russian); else ``None``."""
    named = [(flag, path) for flag, path in (("--checkpoint", arguments.checkpoint), ("--mhr", arguments.mhr)) if path]
    if arguments.engine == "mediapipe" or (arguments.engine == "auto" and not named):
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
    engine = arguments.engine
    if engine == "auto" and (arguments.checkpoint or arguments.mhr):
        engine = "sam3d"  # who names its files wants it, and not silently another
    words = ["pose", "--output", str(arguments.output), "--pose", engine, "--pose-model", arguments.model]
    words += ["--skip", str(arguments.skip), "--smoothing", str(arguments.smoothing), "--device", arguments.device]
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
