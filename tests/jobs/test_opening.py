"""With which colours a clip opens: on a real clip, and what is left alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from perscoach.grade.advice.clipping import clipped
from perscoach.grade.params import Grade
from perscoach.jobs import Workspace, opening
from perscoach.jobs.worker import run_job
from perscoach.jobs.workspace import Job
from perscoach.matting.preview import preview_alpha
from perscoach.media.types import IngestSettings


def job_of(folder: Path, clip: Path) -> Job:
    return Workspace(folder).create("owner", "clip", clip)


def test_a_clip_that_the_house_look_burns_opens_with_colours_that_do_not(studio_clip: Path, tmp_path: Path) -> None:
    job = job_of(tmp_path, studio_clip)
    job.edit(lambda recipe: dataclasses.replace(recipe, ingest=IngestSettings(trim_start=1.0, trim_end=2.0)))
    opening.ask(job.folder)
    assert run_job(job, ("clip",)) == "done"
    job.refresh()
    found, grade, clip = opening.read(job.folder), job.state.recipe.grade, job.clip()
    assert found is not None and clip is not None and found.grade == grade != Grade()
    for index in (1, clip.frames - 2):  # frames that were not sampled
        person = clip.frame(index)[preview_alpha(clip, index, job.state.recipe.matting, job.folder) >= 250] / 255
        source, house = clipped(person), clipped(person, Grade())
        assert house > source + 0.02 >= clipped(person, grade), (index, source, house)
    # a second run, after the coach chose the House look, changes nothing
    job.edit(lambda recipe: dataclasses.replace(recipe, grade=Grade()))
    opening.decide(job, clip)
    assert job.refresh().state.recipe.grade == Grade()


class _Empty:
    """A clip of an empty room."""

    frames = 3
    path = Path("empty")

    def frame(self, index: int) -> np.ndarray:
        raise RuntimeError("no pixels")


def test_without_a_request_nothing_is_measured_and_an_error_costs_the_suggestion_alone(tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(b"x")
    job = job_of(tmp_path / "work", source)
    opening.decide(job, _Empty())  # type: ignore[arg-type]
    assert opening.read(job.folder) is None and not (job.folder / opening.FILE).exists()
    opening.ask(job.folder)
    assert opening.read(job.folder) is None
    opening.decide(job, _Empty())  # type: ignore[arg-type]
    assert opening.read(job.folder) == opening.Opening()
    assert job.refresh().state.recipe.grade == Grade()


def test_a_file_of_anybody_s_is_not_believed(tmp_path: Path) -> None:
    for text in (
        "",
        "[]",
        "{",
        '{"source": 1}',
        '{"source": 0, "house": 0, "grade": {"contrast": 9}, "nobody": false}',
    ):
        (tmp_path / opening.FILE).write_text(text)
        assert opening.read(tmp_path) is None, text
