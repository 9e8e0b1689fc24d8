"""``perscoach grade --suggest`` and ``--match PICTURE``: the five numbers from the person in the clip."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any

from perscoach.commands.shell import Shell
from perscoach.core.errors import SettingsError
from perscoach.grade.params import Grade

if TYPE_CHECKING:
    from perscoach.pipeline import Result
    from perscoach.recipe import Recipe


def advised(arguments: argparse.Namespace, run: Result, recipe: Recipe, shell: Shell) -> tuple[Recipe, dict[str, Any]]:
    """The recipe with the grade that was asked for, and what is told about it to a machine.

    Raises:
        SettingsError: both are asked for at once, or the picture cannot be read.
        PerscoachError: no person is found, or no matting engine can run.
    """
    if not arguments.suggest and arguments.match is None:
        return recipe, {}
    if arguments.preset or (arguments.suggest and arguments.match is not None):
        raise SettingsError(
            "--suggest, --match and --preset each give all five numbers: use one of them.",
            "--suggest, --match и --preset задают все пять чисел: укажите что-то одно.",
        )
    from perscoach.grade.advice.subject import subject_of_clip

    if arguments.suggest:
        from perscoach.grade.advice.suggest import suggest

        suggested = suggest(subject_of_clip(run.clip, recipe.matting, run.folder))
        grade, en, ru, told = suggested.grade, suggested.en, suggested.ru, {}
    else:
        from perscoach.grade.advice.match import match
        from perscoach.grade.advice.picture import read_reference
        from perscoach.grade.advice.subject import subject_of_picture

        wanted = subject_of_picture(*read_reference(arguments.match))
        found = match(subject_of_clip(run.clip, recipe.matting, run.folder), wanted)
        grade, told = found.grade, {"before": round(found.before, 2), "after": round(found.after, 2)}
        en = (f"Difference {found.before:.1f} → {found.after:.1f}.", *found.en)
        ru = (f"Разница {found.before:.1f} → {found.after:.1f}.".replace(".", ",")[:-1] + ".", *found.ru)
    for line in zip(en, ru, strict=True):
        shell.say(*line)
    single = {f.name: getattr(arguments, f.name) for f in dataclasses.fields(Grade)}
    grade = dataclasses.replace(grade, **{name: value for name, value in single.items() if value is not None})
    why = list(ru if shell.language == "ru" else en)
    return dataclasses.replace(recipe, grade=grade), {"grade": dataclasses.asdict(grade), "why": why, **told}
