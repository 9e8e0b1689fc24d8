"""``check``, ``models``, ``jobs`` and ``serve``."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.commands.shell import Shell
from perscoach.core.errors import Cancelled, JobError, ModelError, SettingsError
from perscoach.core.messages import message

if TYPE_CHECKING:
    from perscoach.models import Status


def run_check(arguments: argparse.Namespace, shell: Shell) -> int:
    """Prove a bundle; exit code 5 when it has errors."""
    from perscoach.bundles.check import check_bundle

    report = check_bundle(arguments.bundle, deep=not arguments.fast, monitor=shell)
    for finding in report.findings:
        shell.print(f"{finding.level:<8} {finding.ru if shell.language == 'ru' else finding.en}")
    shell.say(message("cli.sound" if report.ok else "cli.unsound"))
    shell.result(report.to_json())
    return 0 if report.ok else 5


def run_models(arguments: argparse.Namespace, shell: Shell) -> int:
    """List the models, or fetch some."""
    import perscoach.models as models

    if arguments.action == "list":
        rows = models.status()
        columns = [message(f"cli.{name}") for name in ("model", "here", "megabytes", "licence", "purpose")]
        shell.table(columns, [_model_row(row, shell.language) for row in rows])
        for row in rows:
            if row.hint is not None:
                shell.print(f"\n{row.model.name}: {row.hint.text(shell.language)}")
        shell.result({"ok": True, "models": [_model_json(row) for row in rows]})
        return 0
    names = arguments.names or [m.name for m in models.MODELS.values() if m.embedded]
    for name in names:
        if name not in models.MODELS:
            raise SettingsError("models.unknown", name=f"{name!r:.60}", known=", ".join(models.MODELS))

    def progress(done: int, total: int) -> None:
        shell.check()
        shell.report("fetch", done, total)

    failures: list[str] = []
    for name in names:
        try:
            path = models.fetch(name, progress)
            _prepare(name, path)
            shell.print(f"{name}: {path.name}")
        except ModelError as error:
            shell.say(error.message)
            stand_in = models.MODELS[name].stand_in
            if not arguments.names and stand_in is not None and _is_there(stand_in):  # worse, not broken
                shell.say(message("models.stands_in", name=name, stand_in=stand_in))
            else:
                failures.append(error.text(shell.language))
    fetched = [_model_json(r) for r in models.status() if r.model.name in names]
    shell.result(
        {"ok": not failures, "models": fetched, **({"error": " ".join(failures), "code": 4} if failures else {})}
    )
    return 4 if failures else 0


def _is_there(name: str) -> bool:
    from perscoach import models

    return any(row.model.name == name and row.present for row in models.status(verify=False))


def _prepare(name: str, path: Path) -> None:
    """What is made of a model's files once, right after they came."""
    from perscoach.pose.sam3d import access

    if name == access.MODEL:
        access.prepare(path)


def _model_row(row: Status, language: str) -> list[str]:
    model = row.model
    here = message(("cli.damaged" if row.ok is False else "cli.yes") if row.present else "cli.no")
    licence = message("cli.gated", licence=model.licence).text(language) if model.gated else model.licence
    size = f"{model.size / 1e6:.1f}"
    return [model.name, here.text(language), size, licence, model.purpose.text(language)]


def _model_json(row: Status) -> dict[str, Any]:
    model = row.model
    return {
        "name": model.name,
        "present": row.present,
        "ok": row.ok,
        "path": str(row.path),
        "size": model.size,
        "licence": model.licence,
        "gated": model.gated,
        "page": model.page,
        "files": [{"path": f.path, "size": f.size, "sha256": f.sha256} for f in model.files],
        "hint": "" if row.hint is None else row.hint.en,
    }


def run_jobs(arguments: argparse.Namespace, shell: Shell) -> int:
    """List, resume, delete or clean the app's jobs."""
    from perscoach.core.files import is_held
    from perscoach.core.settings import load_settings
    from perscoach.jobs import Workspace
    from perscoach.jobs.keeping import Keeper, policy_of
    from perscoach.jobs.state import BUSY_FILE
    from perscoach.jobs.worker import run_job

    settings = load_settings()
    workspace = Workspace(settings.workspace)
    if arguments.action == "clean":
        removed = Keeper(workspace, policy_of(settings)).clean()
        shell.say(message("cli.removed", count=len(removed)))
        shell.result({"ok": True, "removed": removed})
        return 0
    if arguments.action == "list":
        jobs = workspace.all_jobs()
        rows = [
            [j.token, time.strftime("%Y-%m-%d %H:%M", time.localtime(j.created)), j.state.status, j.name] for j in jobs
        ]
        shell.table([message(f"cli.{name}") for name in ("job", "made", "state", "name")], rows)
        names = ("token", "made", "state", "name")
        shell.result({"ok": True, "jobs": [dict(zip(names, row, strict=True)) for row in rows]})
        return 0
    if not arguments.token:
        raise SettingsError("cli.which_job")
    job = workspace.open(arguments.token)
    if job.busy or is_held(job.folder / BUSY_FILE):
        raise JobError("cli.job_busy")
    if arguments.action == "delete":
        workspace.delete(job)
        shell.result({"ok": True})
        return 0
    status = run_job(job, beside=shell)
    error = job.refresh().state.error
    if status == "cancelled":
        raise Cancelled
    if error is not None:
        raise JobError(error)
    shell.result({"ok": status == "done", "state": status})
    return 0 if status == "done" else 1


def run_serve(arguments: argparse.Namespace, shell: Shell) -> int:
    """Start the app, or only the mirror of one bundle."""
    if arguments.bundle is not None:
        from perscoach.commands.mirror import serve_bundle

        return serve_bundle(arguments, shell)
    from perscoach.ui.launch import main

    words = [f"--host={arguments.host}"] if arguments.host else []
    words += [f"--port={arguments.port}"] if arguments.port is not None else []
    return main([*words, "--open"] if arguments.open else words)
