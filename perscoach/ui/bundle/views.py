"""What the Bundle step shows of a job: progress while it runs, the result when it is done."""

from __future__ import annotations

import html
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.bundles.lighter import size_without
from perscoach.bundles.open_me import PURPOSE
from perscoach.core.errors import PerscoachError
from perscoach.core.messages import message, translate
from perscoach.jobs.remaining import done, left
from perscoach.recipe import Recipe
from perscoach.ui.bundle.made import manifest_of
from perscoach.ui.bundle.sizes import clock_text, size_text
from perscoach.ui.bundle.steadiness import steadiness
from perscoach.ui.routes import find, job_url, lighter_zip_url

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job

_SHOWN = ("clip", "pose", "matte", "encode", "bundle")
_SWATCHES = {
    "teal": "#0f766e",
    "white": "#ffffff",
    "black": "#000000",
    "green": "#00b140",
    "red": "#c81e1e",
    "checker": "repeating-conic-gradient(#c3cad0 0 25%, #fff 0 50%) 0 0 / 12px 12px",
}
_FILES = {
    "trainer_transparent.webm": "webm",
    "trainer_transparent.mov": "mov_file",
    "poster.webp": "poster",
    "trainer_poses.json": "poses_json",
    "trainer_poses.npz": "poses_npz",
    "trainer.glb": "glb",
    "trainer.bvh": "bvh",
    "grade.json": "grade_json",
    "grade.cube": "grade_cube",
    "look.cube": "look_cube",
    "score.json": "score_json",
    "bundle.json": "manifest",
}
_PURPOSES = {Path(name).name: f"open_me.for_{key}" for name, key in PURPOSE.items()}
"""What each file is for, as the package's own page says it."""


def rate_text(rate: float, language: str) -> str:
    """How fast it goes, for people: a slow engine's seconds for a frame, a quick one's frames in a second."""
    if rate < 0.95:
        return translate("bundle.slow_rate", language, seconds=1 / rate)
    return translate("bundle.rate", language, rate=rate)


def progress_html(job: Job, place: int | None, language: str, only: tuple[str, ...] = _SHOWN) -> str:
    """One bar for the whole run with the time left, and the steps behind a fold; a sentence when it failed or was stopped.

    Args:
        place: in the queue.
        only: the stages that are of interest, in their order.
    """
    state = job.state
    if state.wanted == ("clip",) or (not job.busy and state.status in ("new", "done")):
        return ""
    lines = []
    if place:
        lines.append(f'<p role="status">{translate("shell.waiting", language, n=place)}</p>')
    if state.status in ("failed", "cancelled", "interrupted"):
        sentence = html.escape((state.error or message("bundle.interrupted")).text(language))
        bad = " pc-bad" if state.status == "failed" else ""
        lines.append(f'<div class="pc-message{bad}" role="status">{sentence}</div>')
    stages = [stage for stage in only if stage in state.wanted or stage in state.progress]
    rows = "".join(_row(stage, state.progress.get(stage), stage == state.stage, language) for stage in stages)
    if not (state.progress or job.busy):
        return "".join(lines)
    seconds, whole = left(state), translate("bundle.whole", language)
    words = [translate(f"bundle.stage_{state.stage}", language)] if job.busy and state.stage else []
    if seconds is not None:
        words.append(translate("bundle.left", language, left=clock_text(seconds)))
    bar = _bar(whole, 100 * done(state))
    return (
        "".join(lines)
        + f'<div class="pc-progress pc-overall">{bar}<strong>{html.escape(" · ".join(words))}</strong></div>'
        f'<details class="pc-more" id="pc-steps"><summary>{translate("bundle.steps", language)}</summary>'
        f'<div class="pc-progress">{rows}</div></details>'
    )


def _bar(name: str, percent: float) -> str:
    return (
        f'<div class="pc-bar" role="progressbar" aria-label="{name}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent:.0f}"><i style="width:{percent:.1f}%"></i></div>'
    )


def _row(stage: str, now: dict[str, Any] | None, active: bool, language: str) -> str:
    name = translate(f"bundle.stage_{stage}", language)
    done, total = int((now or {}).get("done") or 0), int((now or {}).get("total") or 0)
    percent = min(100.0, 100 * done / total) if total else 0.0
    words = ""
    if total and done >= total:
        words = translate("bundle.finished", language)
    elif now is not None:
        parts = [translate("bundle.of", language, done=done, total=total) if total else str(done)]
        if active and now.get("rate"):
            parts.append(rate_text(float(now["rate"]), language))
        words = " · ".join(parts)
    return f'<div class="pc-row"><span>{name}</span>{_bar(name, percent)}<small>{html.escape(words)}</small></div>'


def outdated(job: Job) -> bool:
    """Whether settings were changed since the bundle was made."""
    made = manifest_of(job).get("recipe")
    try:
        return made is not None and Recipe.from_json(made) != job.state.recipe
    except PerscoachError:
        return False


def result_html(job: Job, mark: str, language: str) -> str:
    """The transparent video over a colour, downloads, the check and the notes; empty while there is no bundle."""
    zipped = find(job, "bundle.zip")
    if not mark or zipped is None:
        return ""
    version = mark.split("/")[1]
    warning = f'<div class="pc-message">{translate("bundle.outdated", language)}</div>' if outdated(job) else ""
    return (
        f'<div class="pc-result"><div class="pc-look">{_video(job, version, language)}</div>'
        f'<div class="pc-take"><h3>{translate("bundle.result", language)}</h3>{warning}{_verdict(job, language)}'
        f"{_downloads(job, zipped, version, language)}{_licence(job, version, language)}{_steadiness(job, language)}"
        f"{_notes(job, language)}</div></div>"
    )


def _video(job: Job, version: str, language: str) -> str:
    def address(name: str) -> str:
        return html.escape(job_url(job.token, name, version)) if find(job, name) is not None else ""

    def swatch(name: str, colour: str) -> str:
        word = translate(f"bundle.on_{name}", language)
        pressed = "true" if name == "teal" else "false"
        return (
            f'<button type="button" data-backdrop="{name}" aria-pressed="{pressed}" style="--pc-swatch:{colour}" '
            f'aria-label="{word}" title="{word}"></button>'
        )

    own = translate("bundle.own_colour", language)
    swatches = "".join(swatch(name, colour) for name, colour in _SWATCHES.items())
    return (
        f'<div class="pc-stage" data-backdrop="teal"><video id="pc-transparent" controls loop muted playsinline autoplay '
        f'aria-label="{translate("bundle.webm", language)}" '
        f'data-webm="{address("trainer_transparent.webm")}" data-mov="{address("trainer_transparent.mov")}"></video></div>'
        f'<div class="pc-swatches" role="group" aria-label="{translate("bundle.backdrop", language)}">'
        f"<span>{translate('bundle.backdrop', language)}</span>{swatches}"
        f'<input type="color" value="#3b82f6" aria-label="{own}" title="{own}"></div>'
    )


def _downloads(job: Job, zipped: Path, version: str, language: str) -> str:
    def address(name: str) -> str:
        return html.escape(job_url(job.token, name, version) + "&save=1")

    rows = []
    for name, key in _FILES.items():
        path = find(job, name)
        if path is not None:
            size = size_text(path.stat().st_size, language)
            rows.append(
                f'<li><span><a href="{address(name)}" download>{translate(f"bundle.{key}", language)}</a>'
                f"<small>{translate(_PURPOSES[name], language)}</small></span><small>{size}</small></li>"
            )
    main = f"{translate('bundle.download', language)} ({size_text(zipped.stat().st_size, language)})"
    return (
        f'<a class="pc-go" id="pc-download" href="{address("bundle.zip")}" download>{main}</a>'
        f'<p class="pc-note">{translate("bundle.open_me", language)}</p>{_lighter(job, zipped, language)}'
        f"{_site(job, language)}"
        f'<details class="pc-more" data-wide><summary>{translate("bundle.files", language)}</summary>'
        f'<ul class="pc-files">{"".join(rows)}</ul></details>'
    )


def _lighter(job: Job, zipped: Path, language: str) -> str:
    """The same package without the NPZ, and how much smaller it is."""
    try:
        size = size_without(zipped)
    except (PerscoachError, OSError, ValueError, zipfile.BadZipFile):
        return ""
    if size is None:
        return ""
    words = translate("bundle.lighter", language, size=size_text(size, language))
    return f'<p class="pc-note"><a id="pc-lighter" href="{lighter_zip_url(job.token)}" download>{words}</a></p>'


def snippet(mov: bool) -> str:
    """The code that puts the cut-out on a website: Safari's file first, the poster where neither plays.

    Args:
        mov: whether the package has the file for Safari.
    """
    safari = '  <source src="trainer_transparent.mov" type=\'video/quicktime; codecs="hvc1"\'>\n' if mov else ""
    return (
        '<video autoplay loop muted playsinline poster="poster.webp" width="300">\n'
        f"{safari}"
        '  <source src="trainer_transparent.webm" type=\'video/webm; codecs="vp9"\'>\n'
        '  <img src="poster.webp" alt="" width="300">\n'
        "</video>"
    )


def _site(job: Job, language: str) -> str:
    """The code for a website with a button that copies it."""
    code = html.escape(snippet(find(job, "trainer_transparent.mov") is not None))
    copy, copied = (html.escape(translate(f"open_me.{key}", language)) for key in ("copy", "copied"))
    return (
        f'<details class="pc-more" id="pc-site"><summary>{translate("open_me.site", language)}</summary>'
        f'<p class="pc-note">{translate("open_me.site_how", language)}</p><div class="pc-mirror">'
        f'<textarea readonly rows="5" spellcheck="false" aria-label="{translate("open_me.site", language)}">{code}</textarea>'
        f'<button type="button" class="pc-plain" data-copy="{code}" data-copied="{copied}" aria-live="polite">{copy}</button>'
        "</div></details>"
    )


def _verdict(job: Job, language: str) -> str:
    """What the check said, with everything it found wrong."""
    report = job.state.report or {}
    ok = bool(report.get("ok"))
    found = [
        html.escape(str(f.get(language, "")))
        for f in report.get("findings", ())
        if isinstance(f, dict) and f.get("level") in ("error", "warning")
    ]
    lines = f'<ul class="pc-notes">{"".join(f"<li>{line}</li>" for line in found)}</ul>' if found else ""
    verdict = translate("bundle.check_good" if ok else "bundle.check_bad", language)
    return f'<p class="pc-verdict {"pc-good" if ok else "pc-warn"}">{verdict}</p>{lines}'


def _licence(job: Job, version: str, language: str) -> str:
    """Under whose terms the movement is passed on, where its engine asks for that."""
    names = [name for name in ("NOTICE.txt", "LICENSE.SAM.txt") if find(job, name) is not None]
    if not names:
        return ""
    links = ", ".join(
        f'<a href="{html.escape(job_url(job.token, name, version))}" target="_blank" rel="noopener">{name}</a>'
        for name in names
    )
    return f'<p class="pc-licence">{translate("bundle.licence", language)} {links}</p>'


def _steadiness(job: Job, language: str) -> str:
    sentences = "".join(f"<li>{html.escape(line)}</li>" for line in steadiness(manifest_of(job), language))
    if not sentences:
        return ""
    title = translate("bundle.steadiness", language)
    return f'<details class="pc-more"><summary>{title}</summary><ul class="pc-notes">{sentences}</ul></details>'


def _notes(job: Job, language: str) -> str:
    """Which engines worked and why; folded, because it is for the curious."""
    if not job.state.notes:
        return ""
    notes = "".join(f"<li>{html.escape(note.text(language))}</li>" for note in job.state.notes)
    return (
        f'<details class="pc-more"><summary>{translate("bundle.notes", language)}</summary>'
        f'<ul class="pc-notes">{notes}</ul></details>'
    )
