"""``check``, ``models``, ``jobs`` and ``serve``."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.commands.shell import Shell
from perscoach.core.errors import Cancelled, JobError, ModelError, SettingsError

if TYPE_CHECKING:
    from perscoach.models import Status


def run_check(arguments: argparse.Namespace, shell: Shell) -> int:
    """Prove a bundle; exit code 5 when it has errors."""
    from perscoach.bundles.check import check_bundle

    report = check_bundle(arguments.bundle, deep=not arguments.fast, monitor=shell)
    for finding in report.findings:
        text = finding.ru if shell.language == "ru" else finding.en
        shell.say(f"{finding.level:<8} {text}")
    shell.say(
        "The bundle is sound." if report.ok else "The bundle has errors.",
        "Набор исправен." if report.ok else "В наборе ошибки.",
    )
    shell.result(report.to_json())
    return 0 if report.ok else 5


def run_models(arguments: argparse.Namespace, shell: Shell) -> int:
    """List the models, or fetch some."""
    from perscoach import models

    if arguments.action == "list":
        rows = models.status()
        russian = shell.language == "ru"
        columns = (
            ["модель", "есть", "МБ", "лицензия", "для чего"] if russian else ["model", "here", "MB", "licence", "for"]
        )
        shell.table(columns, [_model_row(row, russian) for row in rows])
        for row in rows:
            if row.en:
                shell.say(f"\n{row.model.name}: {row.en}", f"\n{row.model.name}: {row.ru}")
        shell.result({"ok": True, "models": [_model_json(row) for row in rows]})
        return 0
    names = arguments.names or [m.name for m in models.MODELS.values() if m.embedded]
    unknown = [n for n in names if n not in models.MODELS]
    if unknown:
        listed = ", ".join(models.MODELS)
        raise SettingsError(
            f"{unknown[0]!r:.60} is no model. There are: {listed}.", f"Нет модели {unknown[0]!r:.60}. Есть: {listed}."
        )

    def progress(done: int, total: int) -> None:
        shell.check()
        shell.report("fetch", done, total)

    failures: list[str] = []
    for name in names:
        try:
            path = models.fetch(name, progress)
            _prepare(name, path)
            shell.say(f"{name}: {path.name}")
        except ModelError as error:
            failures.append(error.text(shell.language))
            shell.say(error.en, error.ru)
    fetched = [_model_json(r) for r in models.status() if r.model.name in names]
    shell.result(
        {"ok": not failures, "models": fetched, **({"error": " ".join(failures), "code": 4} if failures else {})}
    )
    return 4 if failures else 0


def _prepare(name: str, path: Path) -> None:
    """What is made of a model's files once, right after they came."""
    from perscoach.pose.sam3d import access

    if name == access.MODEL:
        access.prepare(path)


def _model_row(row: Status, russian: bool) -> list[str]:
    yes, no, bad = ("да", "нет", "повреждена") if russian else ("yes", "no", "damaged")
    here = (bad if row.ok is False else yes) if row.present else no
    model = row.model
    gated = (" (по запросу)" if russian else " (gated)") if model.gated else ""
    return [model.name, here, f"{model.size / 1e6:.1f}", model.licence + gated, model.ru if russian else model.en]


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
        "hint": row.en,
    }


def run_jobs(arguments: argparse.Namespace, shell: Shell) -> int:
    """List, resume, delete or clean the app's jobs."""
    from perscoach.core.files import is_held
    from perscoach.core.settings import load_settings
    from perscoach.jobs import Workspace
    from perscoach.jobs.job import BUSY_FILE
    from perscoach.jobs.keeping import Keeper, policy_of
    from perscoach.jobs.worker import run_job

    settings = load_settings()
    workspace = Workspace(settings.workspace)
    if arguments.action == "clean":
        removed = Keeper(workspace, policy_of(settings)).clean()
        shell.say(f"Removed: {len(removed)}", f"Удалено: {len(removed)}")
        shell.result({"ok": True, "removed": removed})
        return 0
    if arguments.action == "list":
        jobs = workspace.all_jobs()
        rows = [
            [j.token, time.strftime("%Y-%m-%d %H:%M", time.localtime(j.created)), j.state.status, j.name] for j in jobs
        ]
        columns = ["job", "made", "state", "name"]
        shell.table(["работа", "создана", "состояние", "имя"] if shell.language == "ru" else columns, rows)
        shell.result({"ok": True, "jobs": [dict(zip(["token", *columns[1:]], r, strict=True)) for r in rows]})
        return 0
    if not arguments.token:
        raise SettingsError(
            "Name the job: perscoach jobs list shows them.", "Назовите работу: их показывает perscoach jobs list."
        )
    job = workspace.open(arguments.token)
    if job.busy or is_held(job.folder / BUSY_FILE):
        raise JobError("This job is queued or running in the app.", "Эта работа выполняется в приложении.")
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

    if arguments.host:
        os.environ["PERSCOACH_HOST"] = arguments.host
    if arguments.port:
        os.environ["PERSCOACH_PORT"] = str(arguments.port)
    return main(["--open"] if arguments.open else [])
