"""``perscoach``: everything the app does, as a command line. ``--help`` answers before anything heavy is imported."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from perscoach import __version__
from perscoach.pose.options import add_pose_options

EXIT = """exit codes:
  0 done   1 something broke inside   2 wrong command line   3 the clip or a setting cannot be used
  4 weights or an engine are missing   5 a check found errors   130 stopped by you
"""


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else on standard output")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.add_argument("--language", choices=("en", "ru"), default=None, help="language of messages (default: LANG)")


def _add_clip(parser: argparse.ArgumentParser, out: str) -> None:
    parser.add_argument("clip", type=Path, help="the coach's video")
    parser.add_argument("-o", "--output", type=Path, default=Path("output"), help=out)
    parser.add_argument("--name", help="name of the bundle (default: the file's name)")
    parser.add_argument("--trim", metavar="IN:OUT", help="seconds from the start, either side may be empty: 2:8, :30")
    parser.add_argument("--crop", metavar="X,Y,W,H", help="pixels of the upright picture")
    parser.add_argument("--work", type=Path, help="where finished pieces are kept (default: inside the workspace)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--trainer", metavar="X,Y", help="a point on the trainer, 0..1, where several people are in it")
    _add_common(parser)


def _add_matting(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("matting")
    group.add_argument("--matting", choices=("auto", "modnet", "mediapipe", "plate"), default="auto", help="engine")
    group.add_argument("--modnet-model", choices=("video", "photo"), default="video", help="MODNet's checkpoint")
    group.add_argument("--modnet-size", choices=("best", "fast"), default="best", help="MODNet's input size")
    group.add_argument("--precision", choices=("auto", "fp32", "int8"), default="auto", help="MODNet on a CPU")
    group.add_argument("--plate", metavar="off|median|PICTURE", default="off", help="empty room as a cue")
    group.add_argument("--paint", type=Path, metavar="PNG", help="grey mask: 255 keep, 128 drop, 0 leave")
    group.add_argument("--no-refine", action="store_true", help="the engine's matte as it is")
    group.add_argument("--edge-softness", type=float, default=0.0, metavar="0..1")
    group.add_argument("--edge-shift", type=float, default=0.0, metavar="PX", help="-8..8, negative shrinks")


def _add_pose(parser: argparse.ArgumentParser) -> None:
    add_pose_options(parser.add_argument_group("pose"))


def _add_grade(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("colour (V11)")
    group.add_argument("--preset", help="a preset's name, or a preset file (.json)")
    for name in ("brightness-boost", "contrast", "lab-lift", "red-boost", "blue-reduce"):
        group.add_argument(f"--{name}", type=float, metavar="N")
    group.add_argument("--look", type=Path, metavar="CUBE", help="a look put after V11: a 3D .cube file")
    group.add_argument("--look-amount", type=float, metavar="0..1", help="how much of the look (default: 1)")


def _add_export(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("export")
    group.add_argument("--quality", choices=("draft", "standard", "archive"), default="standard")
    group.add_argument("--frames", action="store_true", help="PNG frames too")
    group.add_argument("--no-mov", action="store_true", help="no HEVC file for Safari")
    group.add_argument("--no-audio", action="store_true", help="without sound")


def _add_clip_commands(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """The commands that take a clip."""
    process = command("process", "Everything: from a clip to a finished bundle.")
    _add_clip(process, "folder that gets <clip name>/ and <clip name>.zip")
    for add in (_add_matting, _add_pose, _add_grade, _add_export):
        add(process)

    matte = command("matte", "Cut the coach out: transparent video, neutral colour unless asked otherwise.")
    _add_clip(matte, "folder for the video")
    for add in (_add_matting, _add_grade, _add_export):
        add(matte)

    pose = command("pose", "Only the movement: trainer_poses.json, trainer_poses.npz, trainer.glb and trainer.bvh.")
    _add_clip(pose, "folder for the files")
    _add_pose(pose)
    pose.add_argument("--compare", choices=("mediapipe",), help="also run this engine, and write comparison.json")

    grade = command("grade", "Colour: one graded frame as PNG, and the colour as .cube and .json.")
    _add_clip(grade, "folder for frame.png, grade.cube and grade.json")
    _add_grade(grade)
    grade.add_argument("--frame", type=int, default=0, metavar="N", help="which frame")
    grade.add_argument("--suggest", action="store_true", help="numbers from the person in the clip, with the reasons")
    grade.add_argument(
        "--match", type=Path, metavar="PICTURE", help="numbers that bring the person to a picture's colours"
    )


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="perscoach",
        description="From a coach's clip to a trainer bundle: cut-out video, colour, movement in 3D.",
        epilog=EXIT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"perscoach {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=text, description=text, epilog=EXIT, formatter_class=argparse.RawDescriptionHelpFormatter
        )

    _add_clip_commands(command)
    check = command("check", "Prove a bundle (folder or zip).")
    check.add_argument("bundle", type=Path)
    check.add_argument("--fast", action="store_true", help="do not decode the video")
    _add_common(check)

    compare = command(
        "compare", "Score a client's recording against the trainer: form, timing, coverage, limb by limb."
    )
    compare.add_argument("trainer", type=Path, help="a bundle's folder, or its trainer_poses.json")
    compare.add_argument("client", type=Path, help="a clip, a recording saved in the mirror, or a trainer_poses.json")
    compare.add_argument(
        "--mirror", choices=("auto", "yes", "no"), default="auto", help="the client mirrors the trainer"
    )
    compare.add_argument("--offset", type=float, metavar="S", help="where the trainer's start lies in the recording")
    compare.add_argument("-o", "--output", type=Path, help="write the report here, as JSON")
    _add_common(compare)

    models = command("models", "List every model; fetch the ones this computer lacks.")
    models.add_argument("action", nargs="?", choices=("list", "fetch"), default="list")
    models.add_argument("names", nargs="*", help="models to fetch (default: the embedded ones)")
    models.add_argument("--embedded", action="store_true", help="fetch what the app needs at least")
    _add_common(models)

    jobs = command("jobs", "List the app's jobs, resume or delete one, clean old ones.")
    jobs.add_argument("action", nargs="?", choices=("list", "resume", "delete", "clean"), default="list")
    jobs.add_argument("token", nargs="?", help="the job, for resume and delete")
    _add_common(jobs)

    mirror = command("mirror", "Write a bundle's mirror, the page for clients, as a folder for any static host.")
    mirror.add_argument("bundle", type=Path, help="a bundle's folder or zip")
    mirror.add_argument("-o", "--output", type=Path, default=Path("mirror"), help="the folder (default: mirror)")
    _add_common(mirror)

    serve = command("serve", "Start the app; with a bundle, only the mirror of that bundle.")
    serve.add_argument("bundle", type=Path, nargs="?", help="a bundle's folder or zip")
    serve.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int)
    serve.add_argument("--open", action="store_true", help="open the browser")
    _add_common(serve)

    bench = command("bench", "How fast this computer is: every stage on a clip, frames per second.")
    bench.add_argument("clip", type=Path, nargs="?", help="default: the example clip")
    bench.add_argument("--seconds", type=float, default=4.0, help="how much of the clip to use")
    _add_common(bench)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code, as listed under ``perscoach --help``.
    """
    arguments = build_parser().parse_args(sys.argv[1:] if argv is None else list(argv))
    from perscoach.commands.shell import Shell

    module = importlib.import_module(f"perscoach.commands.{_MODULES[arguments.command]}")
    shell = Shell(json=arguments.json, quiet=arguments.quiet, language=arguments.language)
    return shell.run(lambda: getattr(module, f"run_{arguments.command}")(arguments, shell))


_MODULES = {
    "process": "clips",
    "matte": "clips",
    "pose": "clips",
    "grade": "clips",
    "check": "tools",
    "compare": "compare",
    "models": "tools",
    "jobs": "tools",
    "mirror": "mirror",
    "serve": "tools",
    "bench": "bench",
}

if __name__ == "__main__":
    raise SystemExit(main())
