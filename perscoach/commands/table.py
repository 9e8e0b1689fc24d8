"""The command line as one table: every option once, and which commands take it. Imports nothing heavy."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perscoach.avatar import options as rig
from perscoach.matting import options as matting
from perscoach.pose import options as pose

QUALITIES = ("draft", "standard", "archive")
LANGUAGES = ("en", "ru")

EXIT = """exit codes:
  0 done
  1 failed: an internal error, or the system refused (the disk is full, no permission, no memory)
  2 wrong command line
  3 the clip, a file or a setting cannot be used, or nobody was found in the clip
  4 weights, an engine or a GPU are missing
  5 a check found errors, or a bundle cannot be read
  6 a batch ran to its end, and some of its clips failed
  130 stopped by you
"""


def number(text: str) -> float:
    """A finite number, for ``argparse``."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r:.40}")
    return value


def whole(text: str) -> int:
    """A whole number of at most nine digits, for ``argparse``."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r:.40}")
    return int(text)


def port(text: str) -> int:
    """A port's number; 0 lets the system choose one."""
    value = whole(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 65535, got {text!r:.40}")
    return value


@dataclass(frozen=True)
class Option:
    """One argument of a command.

    Attributes:
        name: ``--flag``, or the name of a positional argument.
        help: its line in ``--help``.
        more: further arguments of ``argparse.ArgumentParser.add_argument``.
    """

    name: str
    help: str
    more: Mapping[str, Any]

    def add(self, parser: argparse._ActionsContainer, name: str | None = None) -> None:
        """Add it to a parser, under another name where one is given."""
        more = dict(self.more)
        if name is not None:
            more["dest"] = self.name.lstrip("-").replace("-", "_")
        parser.add_argument(name or self.name, help=self.help, **more)


def _o(name: str, help: str, **more: Any) -> Option:
    return Option(name, help, more)


COMMON = (
    _o("--json", "print one JSON object and nothing else on standard output", action="store_true"),
    _o("--quiet", "show no progress", action="store_true"),
    _o("--language", "language of messages (default: from LANG)", choices=LANGUAGES),
)
WORK = (
    _o("--work", "folder for intermediate results (default: inside the workspace)", type=Path),
    _o("--device", "auto, cpu, cuda or cuda:N; engines that run only on the CPU ignore a GPU", default="auto"),
    _o("--trainer", "a point on the trainer, each from 0 to 1, for clips with several people", metavar="X,Y"),
)
CLUSTER = (
    _o(
        "--on",
        "where clips are worked on: here, ray (PERSCOACH_RAY, else nodes of this machine alone) or a cluster's address",
        metavar="here|ray|ADDRESS",
    ),
    _o("--cpus", "on Ray: cores of one clip (default: two, or one where a node has no more)", type=whole, metavar="N"),
    _o("--gpus", "on Ray: GPUs of one clip, such as 0.25", type=number, default=0.0, metavar="N"),
    _o("--memory", "on Ray: memory of one clip (default: 2)", type=number, default=2.0, metavar="GB"),
)
REPLACE = _o("--replace", "overwrite files that this command did not write for this clip", action="store_true")
CLIP = (
    _o("clip", "the coach's video", type=Path),
    _o("--name", "name of the bundle (default: the clip's file name)"),
    _o("--trim", "seconds from the start, either side may be empty: 2:8, :30", metavar="IN:OUT"),
    _o("--crop", "pixels of the upright picture", metavar="X,Y,W,H"),
    *WORK,
    REPLACE,
)
MATTING = (
    _o("--matting", "engine", choices=matting.ENGINES, default="auto"),
    _o("--modnet-model", "MODNet's checkpoint", choices=matting.MODELS, default="video"),
    _o("--modnet-size", "MODNet's input size", choices=matting.SIZES, default="best"),
    _o("--precision", "MODNet's arithmetic on a GPU (int8 counts as auto)", choices=matting.PRECISIONS, default="auto"),
    _o("--plate", "use the empty room as a cue", default="auto", metavar="auto|off|median|PICTURE"),
    _o("--paint", "painted mask, grey: 255 keeps, 128 drops, 0 leaves as it is", type=Path, metavar="PNG"),
    _o("--no-refine", "use the engine's matte unchanged", action="store_true"),
    _o("--edge-softness", "how soft the edge is", type=number, default=0.0, metavar="0..1"),
    _o("--edge-shift", "-8 to 8, negative values shrink the matte", type=number, default=0.0, metavar="PX"),
)
POSE = (
    _o(
        "--pose",
        "engine; auto selects SAM 3D Body where its checkpoint is named or fetched, else MediaPipe",
        choices=pose.ENGINES,
        default="auto",
    ),
    _o(
        "--pose-model",
        "MediaPipe's size; auto: heavy, or full where this computer is slow",
        choices=pose.MODELS,
        default="auto",
    ),
    _o("--skip", "process every N-th frame; poses have fps / N", type=whole, default=1, metavar="N"),
    _o("--smoothing", "0 as measured, 1 very steady", type=number, default=0.4, metavar="0..1"),
    _o(
        "--detail",
        "how many of the body's vertices trainer_poses.npz gets; small: three minutes in 50 MB",
        choices=pose.DETAILS,
        default="small",
    ),
    _o("--hands", "SAM 3D Body: track the fingers too; several times slower", action="store_true"),
    _o(
        "--lens",
        "the camera; MM is the 35 mm equivalent focal length",
        default="phone",
        metavar="|".join((*pose.LENSES, "MM")),
    ),
    _o("--person", "SAM 3D Body: source of its box and mask", choices=pose.PERSONS, default="auto"),
    _o("--checkpoint", "SAM 3D Body: model.ckpt, model.safetensors or their folder", type=Path, metavar="FILE"),
    _o("--mhr", "SAM 3D Body: mhr_model.pt (default: assets/ beside the checkpoint)", type=Path, metavar="FILE"),
    _o("--recording", "replay stored outputs of SAM 3D Body: a folder or one .npz", type=Path, metavar="PATH"),
)
RIG = (
    _o(
        "--rest-pose",
        "pose at rest in trainer.glb and trainer.bvh: the body's own, a T, an A, or the clip's first",
        choices=rig.RESTS,
        default="own",
    ),
    _o("--bone-names", "bones as Blender's or Mixamo's retargeting names them", choices=rig.NAMES, default="own"),
    _o("--in-place", "trainer.glb and trainer.bvh stay over one spot of the floor", action="store_true"),
)
GRADE = (
    _o("--preset", "a preset's name, or a preset file (.json)"),
    *(
        _o(f"--{name}", text, type=number, metavar="N")
        for name, text in (
            ("brightness-boost", "added to every channel, -0.3 to 0.3"),
            ("contrast", "factor about mid grey, 0.5 to 2"),
            ("lab-lift", "how far dark tones are raised, 0 to 100"),
            ("red-boost", "factor of red, 0.7 to 1.3; higher values are warmer"),
            ("blue-reduce", "factor of blue, 0.7 to 1.3; lower values are warmer"),
        )
    ),
    _o("--look", "a look applied after V11: a 3D .cube file", type=Path, metavar="CUBE"),
    _o("--look-amount", "how much of the look (default: 1)", type=number, metavar="0..1"),
)
EXPORT = (
    _o("--quality", "quality of the video", choices=QUALITIES, default="standard"),
    _o("--frames", "also write PNG frames", action="store_true"),
    _o("--no-mov", "do not write the HEVC file for Safari", action="store_true"),
    _o("--no-audio", "leave the sound out", action="store_true"),
)
GROUPS: dict[str, tuple[Option, ...]] = {
    "matting": MATTING,
    "pose": POSE,
    "files for 3D programs": RIG,
    "colour (V11)": GRADE,
    "export": EXPORT,
}


def _output(help: str, default: str | None = "output") -> Option:
    return Option("--output", help, {"type": Path, "default": None if default is None else Path(default)})


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        module: where its ``run_<name>`` is, below ``perscoach.commands``.
        help: its line in ``perscoach --help``.
        options: of its own.
        groups: names in ``GROUPS``.
    """

    module: str
    help: str
    options: tuple[Option, ...]
    groups: tuple[str, ...] = ()


COMMANDS: dict[str, Command] = {
    "process": Command(
        "clips",
        "Everything: from a clip to a finished bundle.",
        (*CLIP, _output("folder that gets <name>/ and <name>.zip")),
        ("matting", "pose", "files for 3D programs", "colour (V11)", "export"),
    ),
    "batch": Command(
        "batch",
        "Many clips, one recipe: a bundle from each, and a report (batch.html, batch.json).",
        (
            _o("clips", "a folder with videos, a text file with one path a line, or clips", type=Path, nargs="+"),
            _output("folder that gets the bundles and the report"),
            _o("--recipe", "settings of all clips: a recipe, or a package's bundle.json", type=Path, metavar="JSON"),
            _o("--deliver", "what each clip gets (default: both)", choices=("both", "folder", "zip"), default="both"),
            _o("--at-once", "clips at a time; one uses all cores already", type=whole, default=1, metavar="N"),
            *CLUSTER,
            _o("--work", "folder for intermediate results (default: inside the workspace)", type=Path),
            REPLACE,
        ),
    ),
    "matte": Command(
        "clips",
        "Cut the coach out: transparent video, colours as filmed unless a colour option is given.",
        (*CLIP, _output("folder for the video")),
        ("matting", "colour (V11)", "export"),
    ),
    "pose": Command(
        "clips",
        "Only the movement: trainer_poses.json, trainer_poses.npz, trainer.glb and trainer.bvh.",
        (
            *CLIP,
            _output("folder for the files"),
            _o("--compare", "also run this engine and write comparison.json", choices=("mediapipe",)),
        ),
        ("pose", "files for 3D programs"),
    ),
    "grade": Command(
        "clips",
        "Colour: one graded frame as PNG, and the colour as .cube and .json.",
        (
            *CLIP,
            _output("folder for frame.png, grade.cube and grade.json"),
            _o("--frame", "which frame, counted from 0", type=whole, default=0, metavar="N"),
            _o("--suggest", "choose the colour from the person in the clip, with reasons", action="store_true"),
            _o("--match", "choose the colour so that the person matches a picture", type=Path, metavar="PICTURE"),
        ),
        ("colour (V11)",),
    ),
    "check": Command(
        "tools",
        "Check a bundle (folder or zip).",
        (_o("bundle", "a bundle's folder or zip", type=Path), _o("--fast", "do not decode video", action="store_true")),
    ),
    "compare": Command(
        "compare",
        "Score a client's recording against the trainer: form, timing, coverage, limb by limb.",
        (
            _o("trainer", "a bundle's folder or zip, or its trainer_poses.json", type=Path),
            _o("client", "a clip, a recording saved in the mirror, a bundle, or a trainer_poses.json", type=Path),
            _o("--mirror", "whether the client mirrors the trainer", choices=("auto", "yes", "no"), default="auto"),
            _o("--offset", "where the trainer's start lies in the recording", type=number, metavar="S"),
            _output("write the report here, as JSON", None),
            _o("--replace", "overwrite a file that this command did not write", action="store_true"),
        ),
    ),
    "models": Command(
        "tools",
        "List every model; fetch those that are missing.",
        (
            _o("action", "what to do (default: list)", nargs="?", choices=("list", "fetch"), default="list"),
            _o("names", "models to fetch (default: the embedded ones)", nargs="*"),
            _o("--embedded", "fetch what the app needs at least", action="store_true"),
        ),
    ),
    "jobs": Command(
        "tools",
        "List the app's jobs, resume or delete one, remove old ones.",
        (
            _o(
                "action",
                "what to do (default: list)",
                nargs="?",
                choices=("list", "resume", "delete", "clean"),
                default="list",
            ),
            _o("token", "the job, for resume and delete", nargs="?"),
        ),
    ),
    "mirror": Command(
        "mirror",
        "Write a bundle's mirror, the page for clients, as a folder for any static host.",
        (
            _o("bundle", "a bundle's folder or zip", type=Path),
            _output("the folder (default: mirror)", "mirror"),
            _o("--replace", "overwrite files that this command did not write", action="store_true"),
        ),
    ),
    "serve": Command(
        "tools",
        "Start the app; with a bundle, only the mirror of that bundle.",
        (
            _o("bundle", "a bundle's folder or zip", type=Path, nargs="?"),
            _o("--host", "address to listen on (default: 127.0.0.1)"),
            _o("--port", "port to listen on (default: 7860)", type=port),
            _o("--open", "open the browser", action="store_true"),
        ),
    ),
    "work": Command(
        "work",
        "Work on the app's jobs without the app, until stopped (PERSCOACH_QUEUE=elsewhere).",
        (),
    ),
    "bench": Command(
        "bench",
        "Measure this computer: frames per second of every stage on a clip.",
        (
            _o("clip", "the clip (default: the example)", type=Path, nargs="?"),
            _o("--seconds", "how much of the clip to use", type=number, default=4.0),
            _o("--device", "auto, cpu, cuda or cuda:N", default="auto"),
        ),
    ),
}


def new_parser(prog: str, description: str, epilog: str = EXIT) -> argparse.ArgumentParser:
    """A parser whose help ends with the exit codes."""
    return argparse.ArgumentParser(
        prog=prog, description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def build_parser(version: str) -> argparse.ArgumentParser:
    """The whole command line of ``perscoach``."""
    description = "From a coach's clip to a trainer bundle: cut-out video, colour, movement in 3D."
    parser = new_parser("perscoach", description)
    parser.add_argument("--version", action="version", version=f"perscoach {version}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        own = commands.add_parser(
            name,
            help=command.help,
            description=command.help,
            epilog=EXIT,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for option in (*command.options, *COMMON):
            if option.name == "--output":
                own.add_argument("-o", "--output", help=option.help, **option.more)
            else:
                option.add(own)
        for group in command.groups:
            arguments = own.add_argument_group(group)
            for option in GROUPS[group]:
                option.add(arguments)
    return parser
