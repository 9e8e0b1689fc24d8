"""With which colours a new clip opens: the House look, or what is suggested where the House look would burn the person.

The app asks for it when it makes a job (``ask``); the first run decides once the clip is there (``decide``). What was decided
lies in the job's folder, so that no later run and no other cut changes colours behind the coach's back.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.checks import settings_from
from perscoach.core.errors import ClipError, PerscoachError
from perscoach.core.files import read_json, write_json
from perscoach.grade.params import Grade

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job
    from perscoach.media import Clip
    from perscoach.recipe import Recipe

log = logging.getLogger(__name__)

FILE = "opening.json"
_MAX_BYTES = 65536


@dataclass(frozen=True)
class Opening:
    """What was measured before a clip opened.

    Attributes:
        source, house: the share (0..1) of the person's pixels that are clipped as filmed, and with the House look.
        grade: the suggested colours, used where the House look burns; ``None``: the House look is fine.
        nobody: no person was found, so nothing was measured.
    """

    source: float = 0.0
    house: float = 0.0
    grade: Grade | None = None
    nobody: bool = False


def ask(folder: Path) -> None:
    """Have the next run of the job in ``folder`` decide.

    Raises:
        OSError: the disk refuses.
    """
    write_json(folder / FILE, {})


def read(folder: Path) -> Opening | None:
    """What was decided; ``None`` where nothing was, or a file that is none of ours."""
    value = _read(folder)
    if not value:
        return None
    try:
        grade = value.get("grade")
        return Opening(
            float(value["source"]),
            float(value["house"]),
            None if grade is None else settings_from(Grade, grade, "grade"),
            bool(value["nobody"]),
        )
    except (KeyError, TypeError, ValueError, PerscoachError):
        return None


def decide(job: Job, clip: Clip) -> None:
    """Choose the colours that ``clip`` opens with, if that was asked for and has not been done.

    An error here costs the suggestion and never the clip: the House look stays and the log has the details.
    """
    if _read(job.folder) != {}:
        return
    opening = Opening()
    try:
        opening = measure(clip, job.state.recipe, job.folder)
    except ClipError:
        opening = Opening(nobody=True)
    except Exception:
        log.exception("the opening colours could not be chosen")
    if opening.grade is not None:
        grade = opening.grade
        job.edit(lambda recipe: dataclasses.replace(recipe, grade=grade) if recipe.grade == Grade() else recipe)
    with contextlib.suppress(OSError):  # a full disk: the next run decides again
        write_json(job.folder / FILE, dataclasses.asdict(opening))


def measure(clip: Clip, recipe: Recipe, folder: Path) -> Opening:
    """Look at the person in the clip.

    Raises:
        ClipError: nobody is found in it.
        PerscoachError: no engine can cut out here.
    """
    from perscoach.grade.advice.clipping import burns, clipped
    from perscoach.grade.advice.subject import subject_of_clip
    from perscoach.grade.advice.suggest import suggest

    subject = subject_of_clip(clip, recipe.matting, folder)
    house = Grade()
    grade = suggest(subject).grade if burns(subject.rgb, house) else None
    return Opening(clipped(subject.rgb), clipped(subject.rgb, house), grade)


def _read(folder: Path) -> dict[str, Any] | None:
    """The file's object; ``{}`` where a decision is asked for, ``None`` where there is no such file."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        value = read_json(folder / FILE, _MAX_BYTES)
        return value if isinstance(value, dict) else None
    return None
