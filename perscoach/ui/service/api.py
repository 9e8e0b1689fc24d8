"""The HTTP API: thin over the same functions as the app's panels. FastAPI describes it at ``/api/openapi.json``."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from perscoach.core.errors import JobError, PerscoachError, SettingsError
from perscoach.core.messages import Message, message
from perscoach.core.names import is_token
from perscoach.core.version import VERSION
from perscoach.jobs.metrics import CONTENT_TYPE, metrics
from perscoach.jobs.runners.task import check_files
from perscoach.jobs.state import STAGES
from perscoach.jobs.workspace import Job
from perscoach.recipe import Recipe
from perscoach.ui.context import AppContext
from perscoach.ui.guard.uploads import UploadLimits
from perscoach.ui.routes import JOB_FILES, file_answer, find
from perscoach.ui.service.receive import Refused, Uploader

_FILES = tuple(name for name in JOB_FILES if name not in ("alpha.bin", "viewer.bin", "compare.bin", "clip.mp4"))
_NO_STORE = {"Cache-Control": "no-store"}
_BUSY = ("jobs.queue_full", "jobs.own_queue_full", "jobs.no_room", "jobs.no_room_each")
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The clip itself.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Sentence(BaseModel):
    """A sentence for people in both languages."""

    en: str
    ru: str


class Progress(BaseModel):
    """How far a stage is: frames, frames per second, seconds left."""

    done: int
    total: int
    rate: float | None = None
    eta: float | None = None


class JobAnswer(BaseModel):
    """A job: ``status`` is new, queued, running, done, failed, cancelled or interrupted; ``position`` 1 is the next."""

    id: str
    name: str
    status: str
    created: float
    position: int | None = None
    stage: str = ""
    progress: dict[str, Progress] = {}
    error: Sentence | None = None
    notes: list[Sentence] = []
    files: dict[str, str] = {}


class Problem(BaseModel):
    """Why a request was refused."""

    detail: str
    reason: str


def build(context: AppContext, limits: UploadLimits | None = None) -> FastAPI:
    """The API as an ASGI application; ``door.Service`` stands before it."""
    api = FastAPI(
        title="perscoach",
        version=VERSION,
        description="Order packages from clips. Every request carries `Authorization: Bearer <PERSCOACH_API_TOKEN>`.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={status: {"model": Problem} for status in (401, 404, 422, 429)},
    )
    uploader = Uploader(context.settings, limits)
    _add_refusals(api)
    _add_jobs(api, context, uploader)
    _add_actions(api, context)
    _describe_token(api)
    return api


def owner_of(context: AppContext) -> str:
    """To whom the API's jobs belong. No browser's cookie or login can give this name."""
    digest = hashlib.sha256(f"{context.secret}:api:{context.settings.api_token}".encode()).hexdigest()
    return f"api.{digest[:28]}"


def _add_jobs(api: FastAPI, context: AppContext, uploader: Uploader) -> None:
    @api.post("/api/jobs", status_code=201, operation_id="create_job", openapi_extra=_BODY)
    async def create(
        request: Request,
        name: Annotated[str, Query(max_length=200, description="What the clip is called.")] = "clip",
        recipe: Annotated[str, Query(description="Settings as JSON; what is left out keeps its default.")] = "{}",
    ) -> JobAnswer:
        """Send a clip and queue it: its body is the file. The answer's `id` names the job from then on."""
        if context.queue.draining:
            raise Refused(503, message("service.draining"), {"Retry-After": "30"})
        settings = _recipe(recipe)
        clip = await uploader.receive(request)
        try:
            job = await run_in_threadpool(_create, context, clip, name, settings)
        finally:
            clip.unlink(missing_ok=True)
        return _answer(context, job)

    @api.get("/api/jobs", operation_id="list_jobs")
    def jobs() -> list[JobAnswer]:
        """All jobs that were made through the API, newest first."""
        return [_answer(context, job) for job in context.workspace.jobs_of(owner_of(context))]

    @api.get("/api/jobs/{id}", operation_id="get_job")
    def job(id: str) -> JobAnswer:
        """A job's state. When it is `done`, `files` names what can be fetched."""
        return _answer(context, _open(context, id))

    @api.get("/api/jobs/{id}/files/{name}", operation_id="get_file", response_class=Response)
    def file(id: str, name: str) -> Response:
        """One file of a finished job: `bundle.zip` is the whole package."""
        job = _open(context, id)
        path = find(job, name) if name in _FILES else None
        if path is None:
            raise Refused(404, message("routes.no_file"))
        return file_answer(job, name, path, False, "private, no-store")

    @api.get("/metrics", include_in_schema=False)
    def scrape() -> Response:
        return Response(metrics(context.workspace, context.queue.keeper), headers=_NO_STORE, media_type=CONTENT_TYPE)


def _add_actions(api: FastAPI, context: AppContext) -> None:
    @api.post("/api/jobs/{id}/cancel", operation_id="cancel_job")
    def cancel(id: str) -> JobAnswer:
        """Stop a job that waits or runs; what is finished stays."""
        job = _open(context, id)
        context.queue.cancel(job)
        return _answer(context, job.refresh())

    @api.post("/api/jobs/{id}/resume", operation_id="resume_job")
    def resume(id: str) -> JobAnswer:
        """Queue a job again that was stopped or failed; finished parts are not made again."""
        job = _open(context, id)
        context.queue.resume(job)
        return _answer(context, job.refresh())

    @api.delete("/api/jobs/{id}", operation_id="delete_job", status_code=204, response_class=Response)
    def delete(id: str) -> Response:
        """Remove a job with all its files; one that runs has to be stopped first."""
        context.workspace.delete(_open(context, id))
        return Response(status_code=204)


def _create(context: AppContext, clip: Path, name: str, recipe: Recipe) -> Job:
    owner, keeper = owner_of(context), context.queue.keeper
    if keeper is not None:
        keeper.check_room(clip.stat().st_size, owner)
    job = context.workspace.create(owner, name, clip)
    try:
        context.queue.submit(job, STAGES, lambda _: recipe)
    except JobError:
        context.workspace.delete(job)
        raise
    return job.refresh()


def _recipe(text: str) -> Recipe:
    """Settings from a request.

    Raises:
        SettingsError: they cannot be used, or name files, which no request can bring.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError("service.recipe") from error
    recipe = Recipe.from_json(value)
    check_files(recipe, None)
    return recipe


def _open(context: AppContext, id: str) -> Job:
    """A job of the API's; nobody else's can be seen through it."""
    if is_token(id):
        try:
            job = context.workspace.open(id)
        except JobError:
            job = None
        if job is not None and job.owner == owner_of(context):
            return job
    raise Refused(404, message("shell.no_such_job"))


def _answer(context: AppContext, job: Job) -> JobAnswer:
    state = job.state
    files = {name: f"/api/jobs/{job.token}/files/{name}" for name in _FILES if find(job, name) is not None}
    return JobAnswer(
        id=job.token,
        name=job.name,
        status=state.status,
        created=state.created,
        position=context.queue.position(job) if state.busy else None,
        stage=state.stage if state.status == "running" else "",
        progress={name: Progress.model_validate(now) for name, now in state.progress.items()},
        error=None if state.error is None else Sentence(en=state.error.en, ru=state.error.ru),
        notes=[Sentence(en=note.en, ru=note.ru) for note in state.notes],
        files=files if state.status == "done" else {},
    )


def _add_refusals(api: FastAPI) -> None:
    def say(request: Request, status: int, sentence: Message, headers: dict[str, str] | None = None) -> JSONResponse:
        text = sentence.text(AppContext.language(request))
        return JSONResponse({"detail": text, "reason": sentence.id}, status, {**_NO_STORE, **(headers or {})})

    @api.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> JSONResponse:
        return say(request, error.status, error.message, error.headers)

    @api.exception_handler(PerscoachError)
    async def failed(request: Request, error: PerscoachError) -> JSONResponse:
        if error.message.id in _BUSY:
            return say(request, 429, error.message, {"Retry-After": "60"})
        return say(request, 422 if isinstance(error, SettingsError) else 409, error.message)


def _describe_token(api: FastAPI) -> None:
    """Say in the description that every request carries the token."""
    make = api.openapi

    def described() -> dict[str, Any]:
        schema = make()
        schema.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"token": []}]
        return schema

    api.openapi = described  # type: ignore[method-assign]
