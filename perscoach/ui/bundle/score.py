"""On a finished bundle: what the score judges in this movement, and the coach's own settings of it."""

from __future__ import annotations

import base64
import dataclasses
import html
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.bundles import layout
from perscoach.core.errors import PerscoachError, SettingsError
from perscoach.core.files import read_json
from perscoach.core.messages import translate
from perscoach.score.choice import Choice, ScoreSettings
from perscoach.score.plan import Plan, Target
from perscoach.score.rules import rules
from perscoach.score.track import Track
from perscoach.ui.context import AppContext
from perscoach.ui.message import OPENS, QUIET, good, said
from perscoach.ui.session import Session

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job
    from perscoach.recipe import Recipe

_MOST_TRACK = 64 << 20
_WORSE = {"bundle.score_more": 1, "bundle.score_less": -1, "bundle.score_both": 0}
_COLUMNS = ("measure", "on", "worse", "weight", "tolerance", "cue")
_PICTURE = 320
"""Pixels of the key pose's longer side."""


class ScorePart:
    """Stands below the mirror's link: a row for each measure, and *Save*."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def render(self) -> None:
        """Inside the result."""
        t = self.context.t
        with gr.Accordion(t("bundle.score_title"), open=False, visible=False, elem_id="pc-score") as self.box:
            gr.Markdown(t("bundle.score_lead"))
            self.pose = gr.HTML("", elem_id="pc-score-pose")
            self.table = gr.Dataframe(
                headers=list(_COLUMNS),
                datatype=["str", "bool", "str", "number", "number", "str"],
                column_count=len(_COLUMNS),
                static_columns=[0],
                interactive=True,
                type="array",
                elem_id="pc-score-table",
            )
            self.save = gr.Button(t("bundle.score_save"), size="sm", elem_id="pc-score-save")

    def listen(self, session: Session) -> None:
        """Wire it up."""
        context = self.context

        def save(token: str | None, rows: list[list[Any]], request: gr.Request) -> str:
            job = context.open(token, request)
            settings = settings_of("", rows, plan_of(job), context.language(request))

            def change(recipe: Recipe) -> Recipe:
                return dataclasses.replace(recipe, score=settings.titled(recipe.score.title))

            context.edit(token, request, change)
            return good(context.say("bundle.score_saved", request))

        self.save.click(said(context)(save), [session.token, self.table], session.message, **OPENS)
        session.result.change(
            self.follow,
            [session.token, session.result],
            [self.box, self.pose, self.table],
            queue=False,
            **QUIET,
        )

    def follow(self, token: str | None, mark: str, request: gr.Request) -> list[Any]:
        """The measures of the open job's finished bundle, or nothing."""
        nothing = [gr.Accordion(visible=False), "", gr.skip()]
        try:
            job = self.context.open(token, request)
            plan = plan_of(job) if mark and job.bundle() is not None else None
        except PerscoachError:
            return nothing
        if plan is None or not plan.targets:
            return nothing
        language, settings = self.context.language(request), job.state.recipe.score
        rows = [row_of(target, settings.choices.get(target.name), language) for target in plan.targets]
        table = gr.Dataframe(rows, headers=[translate(f"bundle.score_{name}", language) for name in _COLUMNS])
        return [gr.Accordion(visible=True), key_pose(job, plan, language), table]


def plan_of(job: Job) -> Plan:
    """What the movement in the job's bundle gives, without the coach's settings of now.

    Raises:
        BundleError: there is no bundle, or its track cannot be read.
    """
    folder = job.bundle()
    if folder is None:
        raise SettingsError("bundle.score_none")
    return Track.from_json(read_json(folder / layout.MIRROR_TRACK, _MOST_TRACK)).plan


def row_of(target: Target, choice: Choice | None, language: str) -> list[Any]:
    """One row of the table."""
    worse = next(
        key
        for key, value in _WORSE.items()
        if value == (target.worse if choice is None or choice.worse is None else choice.worse)
    )
    name = translate(f"mirror.measure.{target.name}", language)
    if choice is None:
        return [name, target.weight > 0, translate(worse, language), 1.0, 1.0, ""]
    return [name, choice.on, translate(worse, language), choice.weight, choice.tolerance, choice.cue]


def settings_of(title: str, rows: list[list[Any]], plan: Plan, language: str) -> ScoreSettings:
    """The table as settings; what is as it was is left out.

    Raises:
        SettingsError: a value that is not possible.
    """
    names = {translate(f"mirror.measure.{m.name}", language): m.name for m in rules().measures}
    ways = {translate(key, language): value for key, value in _WORSE.items()}
    targets = {target.name: target for target in plan.targets}
    chosen: list[tuple[Any, ...]] = []
    try:
        for name, on, worse, weight, tolerance, cue in rows:
            target = targets[names[name]]
            way = ways[str(worse).strip()]
            one = (target.name, bool(on), float(weight), float(tolerance), way, str(cue or "").strip())
            if one[1:] != (target.weight > 0, 1.0, 1.0, target.worse, ""):
                chosen.append(one)
        return ScoreSettings(str(title or "").strip(), tuple(chosen))
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError("bundle.score_unfit", reason=f"{error!s:.120}") from error


def key_pose(job: Job, plan: Plan, language: str) -> str:
    """A picture of the movement's key pose as HTML; empty where there is none."""
    clip = job.clip()
    if clip is None or not plan.turns:
        return ""
    import cv2

    frame = clip.frame(min(round(plan.turns[0][1] * float(clip.fps)), clip.frames - 1))
    scale = _PICTURE / max(frame.shape[:2])
    small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    words = html.escape(translate("bundle.score_pose", language))
    source = f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}"
    return f'<figure><img src="{source}" alt="{words}"><figcaption>{words}</figcaption></figure>'
