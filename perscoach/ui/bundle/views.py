"""What the Bundle step shows of a job: progress while it runs, the result when it is done."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

from perscoach.errors import PerscoachError
from perscoach.recipe import Recipe
from perscoach.ui.routes import find, job_url
from perscoach.ui.texts import pick

if TYPE_CHECKING:
    from pathlib import Path

    from perscoach.jobs.job import Job

_SWATCHES = {
    "teal": "#0f766e",
    "white": "#ffffff",
    "black": "#000000",
    "green": "#00b140",
    "red": "#c81e1e",
    "checker": "repeating-conic-gradient(#c3cad0 0 25%, #fff 0 50%) 0 0 / 12px 12px",
}
_FILES = (
    "trainer_transparent.webm",
    "trainer_transparent.mov",
    "trainer_poses.json",
    "trainer_poses.npz",
    "trainer.glb",
    "trainer.bvh",
    "grade.json",
    "grade.cube",
    "bundle.json",
)


def size_text(count: float, language: str) -> str:
    """Bytes for people."""
    units = ("КБ", "МБ", "ГБ") if language == "ru" else ("KB", "MB", "GB")
    value = count / 1024
    for unit in units:
        if value < 1000 or unit == units[-1]:
            return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError("unreachable")


def time_text(seconds: float, language: str) -> str:
    """Seconds for people."""
    whole = max(0, round(seconds))
    if whole < 60:
        return pick("bundle.secs", language, s=whole)
    return pick("bundle.minutes", language, m=whole // 60, s=whole % 60)


def progress_html(job: Job, place: int | None, language: str) -> str:
    """One bar per stage with frames done, rate and time left; a sentence when it failed or was stopped."""
    state = job.state
    if state.wanted == ("clip",) or (not job.busy and state.status in ("new", "done")):
        return ""
    lines = []
    if place:
        lines.append(f'<p role="status">{pick("shell.waiting", language, n=place)}</p>')
    if state.status in ("failed", "cancelled", "interrupted"):
        pair = state.error or (pick("bundle.interrupted", "en"), pick("bundle.interrupted", "ru"))
        sentence = html.escape(pair[1 if language == "ru" else 0])
        bad = " pc-bad" if state.status == "failed" else ""
        lines.append(f'<div class="pc-message{bad}" role="status">{sentence}</div>')
    stages = [s for s in ("clip", "matte", "pose", "encode", "bundle") if s in state.wanted or s in state.progress]
    rows = "".join(_row(stage, state.progress.get(stage), stage == state.stage, language) for stage in stages)
    shown = f'<div class="pc-progress">{rows}</div>' if state.progress or job.busy else ""
    return "".join(lines) + shown


def _row(stage: str, now: dict[str, Any] | None, active: bool, language: str) -> str:
    name = pick(f"bundle.stage_{stage}", language)
    done, total = int((now or {}).get("done") or 0), int((now or {}).get("total") or 0)
    percent = min(100.0, 100 * done / total) if total else 0.0
    words = ""
    if total and done >= total:
        words = pick("bundle.finished", language)
    elif now is not None:
        parts = [pick("bundle.of", language, done=done, total=total) if total else str(done)]
        if active and now.get("rate"):
            parts.append(pick("bundle.rate", language, rate=now["rate"]))
        if active and now.get("eta") is not None:
            parts.append(pick("bundle.left", language, left=time_text(float(now["eta"] or 0), language)))
        words = " · ".join(parts)
    return (
        f'<div class="pc-row"><span>{name}</span><div class="pc-bar" role="progressbar" aria-label="{name}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent:.0f}"><i style="width:{percent:.1f}%"></i></div>'
        f"<small>{html.escape(words)}</small></div>"
    )


def outdated(job: Job) -> bool:
    """Whether settings were changed since the bundle was made."""
    manifest = find(job, "bundle.json")
    if manifest is None:
        return False
    try:
        made = json.loads(manifest.read_text(encoding="utf-8"))["recipe"]
        return Recipe.from_json(made) != job.state.recipe
    except (OSError, ValueError, KeyError, TypeError, PerscoachError):
        return False


def result_html(job: Job, mark: str, language: str) -> str:
    """The transparent video over a colour, downloads, the check and the notes; empty while there is no bundle."""
    zipped = find(job, "bundle.zip")
    if not mark or zipped is None:
        return ""
    version = mark.rsplit("/", 1)[-1]
    parts = [_video(job, version, language)]
    if outdated(job):
        parts.append(f'<div class="pc-message">{pick("bundle.outdated", language)}</div>')
    parts.append(_downloads(job, zipped, version, language))
    parts.append(_report(job, language))
    return f'<div class="pc-result">{"".join(parts)}</div>'


def _video(job: Job, version: str, language: str) -> str:
    def address(name: str) -> str:
        return html.escape(job_url(job.token, name, version)) if find(job, name) is not None else ""

    swatches = "".join(
        f'<button type="button" data-backdrop="{name}" aria-pressed="{"true" if name == "teal" else "false"}" '
        f'style="--pc-swatch:{colour}" aria-label="{name}" title="{name}"></button>'
        for name, colour in _SWATCHES.items()
    )
    return (
        f'<div class="pc-stage" data-backdrop="teal"><video id="pc-transparent" controls loop muted playsinline autoplay '
        f'data-webm="{address("trainer_transparent.webm")}" data-mov="{address("trainer_transparent.mov")}"></video></div>'
        f'<div class="pc-swatches"><span>{pick("bundle.backdrop", language)}</span>{swatches}'
        f'<input type="color" value="#3b82f6" aria-label="{pick("bundle.own_colour", language)}" '
        f'title="{pick("bundle.own_colour", language)}"></div>'
    )


def _downloads(job: Job, zipped: Path, version: str, language: str) -> str:
    def address(name: str) -> str:
        return html.escape(job_url(job.token, name, version) + "&save=1")

    links = []
    for name in _FILES:
        path = find(job, name)
        if path is not None:
            label = pick("bundle.size", language, name=name, size=size_text(path.stat().st_size, language))
            links.append(f'<a href="{address(name)}" download>{label}</a>')
    main = f"{pick('bundle.download', language)} ({size_text(zipped.stat().st_size, language)})"
    return (
        f'<div class="pc-downloads"><a class="pc-go" id="pc-download" href="{address("bundle.zip")}" download>{main}</a></div>'
        f'<div class="pc-downloads">{"".join(links)}</div>'
    )


def _report(job: Job, language: str) -> str:
    report = job.state.report or {}
    index = 1 if language == "ru" else 0
    ok = bool(report.get("ok"))
    verdict = pick("bundle.check_good" if ok else "bundle.check_bad", language)
    found = [
        html.escape(str(f.get("ru" if index else "en", "")))
        for f in report.get("findings", ())
        if isinstance(f, dict) and f.get("level") in ("error", "warning")
    ]
    notes = [html.escape(pair[index]) for pair in job.state.notes]
    lists = "".join(f"<li>{line}</li>" for line in found)
    noted = "".join(f"<li>{line}</li>" for line in notes)
    return (
        f'<div class="pc-check"><p class="{"pc-good" if ok else "pc-warn"}"><strong>{verdict}</strong></p>'
        f'<ul class="pc-notes">{lists}</ul><p><strong>{pick("bundle.notes", language)}</strong></p>'
        f'<ul class="pc-notes">{noted}</ul></div>'
    )
