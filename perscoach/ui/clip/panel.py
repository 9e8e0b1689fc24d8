"""The Clip step: upload, what was changed, trim and crop, name."""

from __future__ import annotations

import base64
import dataclasses
import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.errors import ClipError, JobError
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


_SHELL = Path(__file__).resolve().parents[1] / "shell"


def clip_html(job: Job, clip: Clip, language: str) -> str:
    """The normalised clip, its figures, and what ingest changed."""
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
        f'<video src="{url}" controls playsinline preload="metadata"></video><div class="pc-crop"></div></div></div>'
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


def cut_settings(
    whole: tuple[float, int, int], start: float, end: float, sides: tuple[float, float, float, float]
) -> IngestSettings:
    """Ingest settings from what the coach chose.

    Args:
        whole: seconds, width and height of the whole clip.
        start, end: seconds.
        sides: percent cut off left, right, top, bottom.

    Raises:
        SettingsError: the end lies before the start, or nothing is left.
    """
    duration, width, height = whole
    left, right, top, bottom = sides
    crop = None
    if any(side > 0 for side in sides):
        x, y = round(width * left / 100), round(height * top / 100)
        crop = (x, y, max(0, round(width * (1 - right / 100)) - x), max(0, round(height * (1 - bottom / 100)) - y))
    return IngestSettings(
        trim_start=float(start) if start > 0.005 else None,
        trim_end=float(end) if end < duration - 0.005 else None,
        crop=crop,
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
            with gr.Accordion(t("clip.cut"), open=False, elem_id="pc-cut"):
                self._render_cut()
            gr.HTML(ways_html(self.context))

    def _render_cut(self) -> None:
        t = self.context.t
        self.cut_lead = gr.HTML(f'<p class="pc-soft">{self.context.both("clip.cut_lead")}</p>')
        with gr.Column() as self.cut_controls:
            with gr.Row():
                self.start = gr.Slider(0, 10, 0, step=0.01, label=t("clip.start"), min_width=280)
                self.end = gr.Slider(0, 10, 10, step=0.01, label=t("clip.end"), min_width=280)
            with gr.Row():
                self.start_here = gr.Button(t("clip.start_here"), size="sm")
                self.end_here = gr.Button(t("clip.end_here"), size="sm")
            with gr.Row():
                self.sides = [
                    gr.Slider(0, 80, 0, step=1, label=t(f"clip.{side}"), min_width=140)
                    for side in ("left", "right", "top", "bottom")
                ]
            self.apply = gr.Button(t("clip.apply"), variant="primary")
        self.whole = gr.Button(t("clip.whole"))
        self.whole_size = gr.State((0.0, 0, 0))

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
            [self.view, self.name, self.start, self.end, *self.sides, self.whole_size, self.cut_lead, self.cut_controls,
             self.whole, message],
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

        def cut(token: str | None, whole: Any, start: float, end: float, left: float, right: float,
                     top: float, bottom: float, request: gr.Request) -> list[Any]:  # fmt: skip
            return again(token, cut_settings(tuple(whole), start, end, (left, right, top, bottom)), request)

        inputs = [session.token, self.whole_size, self.start, self.end, *self.sides]
        self.apply.click(take(cut), inputs, outputs, **OPENS)
        self.whole.click(take(whole), session.token, outputs, **OPENS)
        private: dict[str, Any] = {"api_visibility": "private"}
        self.start_here.click(fn=None, inputs=None, outputs=self.start, js="() => perscoach.now()", **private)
        self.end_here.click(fn=None, inputs=None, outputs=self.end, js="() => perscoach.now()", **private)
        for slider in (self.start, self.end):
            slider.input(fn=None, inputs=slider, outputs=None, js="(v) => { perscoach.seek(v); }", **private)
        for slider in self.sides:
            slider.change(
                fn=None, inputs=self.sides, outputs=None, js="(...v) => { perscoach.outline(...v); }", **private
            )

    def fill(self, token: str | None, request: gr.Request) -> list[Any]:
        """Show the open job's clip, or nothing."""
        context = self.context
        language = context.language(request)
        none = ["", "", gr.skip(), gr.skip(), *[0.0] * 4, (0.0, 0, 0), gr.skip(), gr.skip(), gr.skip(), gr.skip()]
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
        whole = (clip.duration, clip.width, clip.height)
        words = translate("clip.is_cut" if is_cut else "clip.cut_lead", language)
        return [
            clip_html(job, clip, language),
            job.name,
            gr.Slider(maximum=round(clip.duration, 2), value=0),
            gr.Slider(maximum=round(clip.duration, 2), value=round(clip.duration, 2)),
            *[0.0] * 4,
            whole,
            f"<p>{html.escape(words)}</p>",
            gr.Column(visible=not is_cut),
            gr.Button(visible=is_cut),
            "",
        ]
