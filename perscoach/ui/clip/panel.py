"""The Clip step: upload, what was changed, trim and crop, name."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.checks import check_number
from perscoach.core.errors import ClipError, JobError, SettingsError
from perscoach.core.messages import translate
from perscoach.core.places import EXAMPLE
from perscoach.jobs import opening
from perscoach.media.types import IngestSettings
from perscoach.ui.context import AppContext
from perscoach.ui.controls import idle
from perscoach.ui.message import OPENS, QUIET, good, lead, said
from perscoach.ui.routes import job_url
from perscoach.ui.session import Session

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job
    from perscoach.media import Clip
    from perscoach.ui.watch import Watch


_CUT_WORDS = (*("box", "aspect", "whole_picture", "free", "apply", "start_here", "end_here", "from", "to", "seconds"),)
_SAME = 0.005  # seconds: a handle that was not moved
_SHELL = Path(__file__).resolve().parents[1] / "shell"


def clip_html(job: Job, clip: Clip, language: str, cutter: str = "") -> str:
    """The normalised clip, the place of the cutter, its figures, and what ingest changed."""
    url = html.escape(job_url(job.token, "clip.mp4", clip.path.stem))
    facts = [
        f"{clip.width} × {clip.height}",
        translate("shell.seconds", language, n=clip.duration),
        translate("shell.fps", language, n=round(float(clip.fps), 2)),
        translate("shell.frames", language, n=clip.frames),
        translate("shell.with_sound" if clip.audio else "shell.without_sound", language),
    ]
    found = opening.read(job.folder)
    warning = ""
    if found is not None and found.nobody:
        warning = f'<div class="pc-message pc-bad" role="alert">{html.escape(translate("clip.nobody", language))}</div>'
    changes = [change.text(language) for change in clip.changes] or [translate("clip.no_changes", language)]
    return (
        f'<div id="pc-clip-view">{warning}<div class="pc-viewbox"><div class="pc-view">'
        f'<video src="{url}" controls playsinline preload="metadata"></video></div></div>{cutter}'
        f'<div class="pc-facts">{"".join(f"<span>{html.escape(f)}</span>" for f in facts)}</div>'
        f'<ul class="pc-notes">{"".join(f"<li>{html.escape(c)}</li>" for c in changes)}</ul></div>'
    )


def first_html(context: AppContext) -> str:
    """What comes out, before there is a clip: the example as filmed and as it is cut out, one wiped over the other."""

    def picture(name: str) -> str:
        data = base64.b64encode((_SHELL / f"{name}.webp").read_bytes()).decode("ascii")
        return f"data:image/webp;base64,{data}"

    words = "".join(f"<li>{context.both(f'clip.gets_{part}')}</li>" for part in ("video", "body", "mirror"))
    return (
        f'<div class="pc-first"><div class="pc-wipe" aria-hidden="true"><img src="{picture("before")}" alt="">'
        f'<div><img src="{picture("after")}" alt=""></div></div>'
        f"<div><h3>{context.both('clip.gets')}</h3><ul>{words}</ul></div></div>"
    )


def ways_html(context: AppContext) -> str:
    """The two ways on from a clip: through the steps, or straight to the package with what is suggested."""
    return (
        '<div class="pc-next"><button type="button" class="pc-plain" data-step-to="colour">'
        f'{context.both("shell.to_colour")}</button><button type="button" class="pc-main" id="pc-at-once" '
        f'data-step-to="bundle" data-press="pc-run">{context.both("clip.at_once")}</button></div>'
    )


def recut(present: IngestSettings, clip: tuple[float, int, int], choice: Any) -> IngestSettings:
    """Ingest settings for a cut that was chosen on the present clip, which may be a cut itself.

    Args:
        present: how the present clip was cut.
        clip: seconds, width and height of the present clip.
        choice: ``{"from", "to", "box"}``: seconds of the present clip, and ``None`` or ``{"x", "y", "w", "h"}`` in parts of its
            picture; anything at all may come from a page.

    Raises:
        SettingsError: not such a choice, the end lies before the start, or less than 16x16 pixels are left.
    """
    duration, width, height = clip
    if not isinstance(choice, dict):
        raise SettingsError("clip.no_cut")
    start, end = (check_number(name, choice.get(name), 0, 1e6) for name in ("from", "to"))
    before = present.trim_start or 0.0
    trim_start = before + start if start > _SAME else present.trim_start
    trim_end = before + end if end < duration - _SAME else present.trim_end
    crop, box = present.crop, choice.get("box")
    if box is not None:
        if not isinstance(box, dict):
            raise SettingsError("clip.no_cut")
        x, y, w, h = (check_number("crop", box.get(name), 0, 1) for name in ("x", "y", "w", "h"))
        left, top = (crop[0], crop[1]) if crop is not None else (0, 0)
        column, row = round(x * width), round(y * height)
        size = min(round(w * width), width - column), min(round(h * height), height - row)
        crop = (left + column, top + row, *size)
    return IngestSettings(trim_start=trim_start, trim_end=trim_end, crop=crop)


def cutter_html(context: AppContext, language: str) -> str:
    """The place of the filmstrip; ``cutter.mjs`` fills it."""
    words = {key: translate(f"clip.{key}", language) for key in _CUT_WORDS}
    version = hashlib.sha256((Path(__file__).parent / "cutter.mjs").read_bytes()).hexdigest()[:12]
    return (
        f'<div id="pc-cutter" data-version="{version}" data-words="{html.escape(json.dumps(words), quote=True)}"></div>'
    )


class ClipPanel:
    """``render()`` inside the page's blocks, ``listen(...)`` after every panel has rendered."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def render(self) -> None:
        """Upload, example, the clip, trim and crop."""
        t = self.context.t
        gr.HTML(lead(self.context, "clip"))
        with gr.Row(equal_height=True, elem_id="pc-take-clip"):
            self.upload = gr.File(label=t("clip.upload"), elem_id="pc-upload", height=150, scale=3)
            if EXAMPLE.exists():
                with gr.Column(scale=1, min_width=220):
                    self.example = gr.Button(t("clip.example"), elem_id="pc-example", size="lg")
            else:
                self.example = gr.Button(t("clip.example"), elem_id="pc-example", visible=False)
        gr.HTML(first_html(self.context), elem_classes="pc-no-clip")
        with gr.Column(elem_classes="pc-needs-clip"):
            self.view = gr.HTML("")
            self.name = gr.Textbox(label=t("clip.name"), max_length=80, elem_id="pc-name")
            self.is_cut = gr.HTML("")
            self.whole = gr.Button(t("clip.whole"), visible=False, size="sm")
            with gr.Row(elem_classes="pc-pressed"):  # filled and pressed by cutter.mjs
                self.choice = gr.Textbox("", elem_id="pc-cut-values", label=t("clip.cut"), max_length=2000)
                self.apply = gr.Button("", elem_id="pc-cut-apply")
            gr.HTML(ways_html(self.context))

    # ----------------------------------------------------------------------------------------------------------------

    def listen(self, session: Session, watch: Watch) -> None:
        """Wire it up."""
        context, message = self.context, session.message
        opened = [message, *watch.outputs(session), watch.previous]
        take = said(context, len(opened) - 1)

        def upload(path: str | None, before: str | None, request: gr.Request) -> list[Any]:
            if not path:
                raise ClipError("clip.none_chosen")
            source = Path(path)
            job = self.take(source, source.stem, request)
            source.unlink(missing_ok=True)  # the job holds it now
            return [good(context.say("clip.taken", request)), *watch.show(job, request), before]

        def example(before: str | None, request: gr.Request) -> list[Any]:
            if not EXAMPLE.exists():
                raise ClipError("clip.example_missing")
            job = self.take(EXAMPLE, context.say("clip.example_name", request), request)
            return [good(context.say("clip.taken", request)), *watch.show(job, request), before]

        self.upload.upload(take(upload), [self.upload, session.token], opened, **OPENS).then(
            lambda: None, None, self.upload, queue=False, **QUIET
        )
        self.example.click(take(example), session.token, opened, **OPENS)
        self._listen_name(session, watch)
        self._listen_cut(session, watch)
        session.clip.change(
            self.fill,
            session.token,
            [self.view, self.name, self.is_cut, self.whole, message],
            queue=False,
            **QUIET,
        )  # fmt: skip

    def take(self, source: Path, name: str, request: Any) -> Job:
        """A new job from a file: looked at first, so that what is no video makes no job.

        Raises:
            PerscoachError: it cannot be used; the sentence says why.
        """
        from perscoach.media.probe import probe

        context = self.context
        owner = context.owner(request)
        probe(source, context.settings)
        if context.queue.keeper is not None:
            context.queue.keeper.check_room(source.stat().st_size, owner)
        job = context.workspace.create(owner, name, source)
        try:
            opening.ask(job.folder)
            context.queue.submit(job, ("clip",))
        except (JobError, OSError):
            context.workspace.delete(job)
            raise
        return job.refresh()

    def _listen_name(self, session: Session, watch: Watch) -> None:
        context = self.context

        def rename(name: str, token: str | None, request: gr.Request) -> list[Any]:
            job = context.open(token, request)
            if name.strip() and name != job.name:
                job.rename(name)
            return ["", *watch.show(job, request)]

        outputs = [session.message, *watch.outputs(session)]
        for event in (self.name.submit, self.name.blur):
            event(said(context, len(outputs) - 1)(rename), [self.name, session.token], outputs, **OPENS)

    def _listen_cut(self, session: Session, watch: Watch) -> None:
        context = self.context
        outputs = [session.message, *watch.outputs(session)]
        take = said(context, len(outputs) - 1)

        def whole(token: str | None, request: gr.Request) -> list[Any]:
            return again(token, IngestSettings(), request)

        def again(token: str | None, settings: IngestSettings, request: Any) -> list[Any]:
            job = idle(context.open(token, request))
            context.queue.submit(job, ("clip",), lambda recipe: dataclasses.replace(recipe, ingest=settings))
            return [good(context.say("clip.taken", request)), *watch.show(job.refresh(), request)]

        def cut(token: str | None, choice: str, request: gr.Request) -> list[Any]:
            job = context.open(token, request)
            clip = job.clip()
            if clip is None:
                raise SettingsError("clip.no_cut")
            try:
                chosen = json.loads(choice[:2000])
            except (ValueError, RecursionError):
                raise SettingsError("clip.no_cut") from None
            size = (clip.duration, clip.width, clip.height)
            return again(token, recut(job.state.recipe.ingest, size, chosen), request)

        self.apply.click(take(cut), [session.token, self.choice], outputs, **OPENS)
        self.whole.click(take(whole), session.token, outputs, **OPENS)

    def fill(self, token: str | None, request: gr.Request) -> list[Any]:
        """Show the open job's clip, or nothing."""
        context = self.context
        language = context.language(request)
        none = ["", "", "", gr.Button(visible=False), gr.skip()]
        if not token:
            return none
        try:
            job = context.open(token, request)
        except JobError:
            return none
        clip = job.clip()
        if clip is None:
            return none
        is_cut = job.state.recipe.ingest != IngestSettings()
        words = f"<p>{html.escape(translate('clip.is_cut', language))}</p>" if is_cut else ""
        view = clip_html(job, clip, language, cutter_html(context, language))
        return [view, job.name, words, gr.Button(visible=is_cut), ""]
