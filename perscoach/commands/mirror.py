"""``mirror`` and ``serve BUNDLE``: the client's page of one bundle, as a folder or from a server of its own."""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
import time
import webbrowser
from pathlib import Path

from perscoach.bundles.layout import MANIFEST
from perscoach.commands.shell import Shell
from perscoach.core.errors import Cancelled
from perscoach.core.files import sha256_of
from perscoach.core.messages import Message, message
from perscoach.core.outputs import Owner, place


def run_mirror(arguments: argparse.Namespace, shell: Shell) -> int:
    """Write the folder."""
    from perscoach.mirror.alone import opened_bundle
    from perscoach.mirror.export import export_mirror
    from perscoach.mirror.parts import MODELS, places_here

    with opened_bundle(arguments.bundle) as bundle, tempfile.TemporaryDirectory() as folder:
        made = export_mirror(bundle, Path(folder), places_here(), shell)
        owner = Owner("mirror", sha256_of(bundle / MANIFEST, shell), (arguments.bundle,), arguments.replace)
        place({name: Path(folder) / name for name in made.files}, arguments.output, owner)
    if MODELS[0] in made.lacks:
        shell.say(message("cli.no_landmarker", name=MODELS[0]))
    figures = {"count": len(made.files), "size": made.size / 1e6}
    shell.say(message("cli.mirror", folder=str(arguments.output), **figures))
    shell.result({"ok": True, "folder": str(arguments.output), **dataclasses.asdict(made)})
    return 0


def serve_bundle(arguments: argparse.Namespace, shell: Shell) -> int:
    """Serve one bundle until stopped; nothing else of this computer."""
    from perscoach.core.settings import load_settings
    from perscoach.mirror.alone import opened_bundle, serving
    from perscoach.mirror.parts import places_here

    settings = load_settings()
    host, port = arguments.host or settings.host, settings.port if arguments.port is None else arguments.port
    places = places_here()
    problem = places.vendor.problem()
    if problem is not None:
        shell.say(Message(problem.en, problem.ru))
    with opened_bundle(arguments.bundle) as bundle, serving(places, bundle, host, port) as served:
        shell.say(message("cli.serving", url=served.url))
        if host not in ("127.0.0.1", "localhost", "::1"):
            shell.say(message("cli.https"))
        if arguments.open:
            webbrowser.open(served.url)
        try:
            while True:
                shell.check()
                time.sleep(0.2)
        except Cancelled:
            return 0
