"""``perscoach``: everything the app does, as a command line. ``--help`` is printed before anything heavy is imported."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from perscoach.commands.table import COMMANDS
from perscoach.commands.table import build_parser as _build_parser
from perscoach.core.version import VERSION


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    return _build_parser(VERSION)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code, as listed under ``perscoach --help``.
    """
    return run(build_parser().parse_args(sys.argv[1:] if argv is None else list(argv)))


def run(arguments: argparse.Namespace) -> int:
    """Run the command that ``arguments`` names.

    Returns:
        The exit code.
    """
    from perscoach.commands.shell import Shell

    module = importlib.import_module(f"perscoach.commands.{COMMANDS[arguments.command].module}")
    shell = Shell(json=arguments.json, quiet=arguments.quiet, language=arguments.language)
    return shell.run(lambda: getattr(module, f"run_{arguments.command}")(arguments, shell))


if __name__ == "__main__":
    raise SystemExit(main())
