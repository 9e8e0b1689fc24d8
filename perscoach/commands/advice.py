"""``perscoach grade --suggest`` and ``--match PICTURE``: the five numbers from the person in the clip."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any

from perscoach.commands.options import single_values
from perscoach.commands.shell import Shell
from perscoach.core.errors import SettingsError
from perscoach.core.messages import message

if TYPE_CHECKING:
    from perscoach.pipeline import Result
    from perscoach.recipe import Recipe


def advised(arguments: argparse.Namespace, run: Result, recipe: Recipe, shell: Shell) -> tuple[Recipe, dict[str, Any]]:
    """The recipe with the suggested or matched grade, and what the JSON answer says about it.

    Raises:
        SettingsError: both are asked for at once, or the picture cannot be read.
        PerscoachError: no person is found, or no matting engine can run.
    """
    if not arguments.suggest and arguments.match is None:
        return recipe, {}
    if arguments.preset or (arguments.suggest and arguments.match is not None):
        raise SettingsError("cli.one_source")
    from perscoach.grade.advice.subject import subject_of_clip

    subject = subject_of_clip(run.clip, recipe.matting, run.folder)
    facts: dict[str, Any] = {}
    if arguments.suggest:
        from perscoach.grade.advice.suggest import suggest

        suggested = suggest(subject)
        grade, reasons = suggested.grade, list(suggested.messages)
    else:
        from perscoach.grade.advice.match import match
        from perscoach.grade.advice.picture import read_reference
        from perscoach.grade.advice.subject import subject_of_picture

        found = match(subject, subject_of_picture(*read_reference(arguments.match)))
        grade, facts = found.grade, {"before": round(found.before, 2), "after": round(found.after, 2)}
        reasons = [message("cli.difference", before=found.before, after=found.after), *found.messages]
    for reason in reasons:
        shell.say(reason)
    grade = dataclasses.replace(grade, **single_values(arguments))
    why = [reason.text(shell.language) for reason in reasons]
    return dataclasses.replace(recipe, grade=grade), {"grade": dataclasses.asdict(grade), "why": why, **facts}
