"""Every error that a person can meet speaks both languages."""

from __future__ import annotations

import ast
import errno
from pathlib import Path

import pytest

import perscoach
from perscoach.core import errors

KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.PerscoachError) and kind is not errors.Cancelled
}


def _calls() -> list[tuple[str, ast.Call]]:
    root = Path(perscoach.__file__).parent
    return [
        (f"{path.relative_to(root)}:{node.lineno}", node)
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS
    ]


def test_no_error_is_raised_with_one_sentence_alone() -> None:
    calls = _calls()
    assert len(calls) > 80
    alone = [place for place, call in calls if len(call.args) < 2 and not any(map(_is_star, call.args))]
    assert not alone


def _is_star(node: ast.expr) -> bool:
    return isinstance(node, ast.Starred)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_has_one_sentence(code: int) -> None:
    assert errors.system_words(OSError(code, "x", "/home/anna/a.json")) == errors.DISK_FULL


def test_what_the_computer_refuses_names_the_file_and_no_folder() -> None:
    words = errors.system_words(PermissionError(errno.EACCES, "Permission denied", "/home/anna/out/a.json"))
    assert words is not None
    for text in words:
        assert "a.json" in text and "/home" not in text
    assert errors.system_words(ValueError("x")) is None
