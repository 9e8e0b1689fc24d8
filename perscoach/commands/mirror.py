"""``mirror`` and ``serve BUNDLE``: the client's page of one bundle, as a folder or from a server of its own."""

from __future__ import annotations

import argparse
import dataclasses
import time
import webbrowser

from perscoach.commands.shell import Shell
from perscoach.core.errors import Cancelled


def run_mirror(arguments: argparse.Namespace, shell: Shell) -> int:
    """Write the folder."""
    from perscoach.mirror.alone import opened_bundle
    from perscoach.mirror.export import export_mirror
    from perscoach.mirror.parts import MODELS, places_here

    with opened_bundle(arguments.bundle) as bundle:
        made = export_mirror(bundle, arguments.output, places_here(), shell)
    if MODELS[0] in made.lacks:
        shell.say(
            f"{MODELS[0]} is not here, so the page will see nobody: perscoach models fetch pose_landmarker_full, then again.",
            f"Нет {MODELS[0]}, и страница никого не увидит: perscoach models fetch pose_landmarker_full, затем ещё раз.",
        )
    shell.say(
        f"{arguments.output}: {len(made.files)} files, {made.size / 1e6:.1f} MB. README.txt says what a host should send.",
        f"{arguments.output}: файлов {len(made.files)}, {made.size / 1e6:.1f} МБ. Что настроить на хостинге, сказано в README.txt.",
    )
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
        shell.say(problem.en, problem.ru)
    with opened_bundle(arguments.bundle) as bundle, serving(places, bundle, host, port) as served:
        shell.say(f"The mirror: {served.url}", f"Зеркало: {served.url}")
        if host not in ("127.0.0.1", "localhost", "::1"):
            shell.say(
                "From other devices the camera opens only over https.",
                "С других устройств камера откроется только по https.",
            )
        if arguments.open:
            webbrowser.open(served.url)
        try:
            while True:
                shell.check()
                time.sleep(0.2)
        except Cancelled:
            return 0
