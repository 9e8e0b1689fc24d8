"""Names that every file system accepts, and that stay apart."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perscoach.core.names import is_token, new_token, safe_name


@pytest.mark.parametrize(
    "name", ["squat", "Присед Анны", "IMG_2034 (1)", "VID 2024-01-02 10.30.15", "a_b", "日本", "_x", "Anna, May+June"]
)
def test_an_ordinary_name_is_kept(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("../../etc/passwd", "etc_passwd-"),
        ("a/b\\c:d", "a_b_c_d-"),
        ("CON", "_CON-"),
        ("nul.txt", "_nul.txt-"),
        ("COM1 .tar", "_COM1 .tar-"),
        ("...", "clip-"),
        (".", "clip-"),
        ("-rf", "rf-"),
        ("a\0b\r\nc", "a_b_c-"),
        ("\u202egpj.exe", "gpj.exe-"),
        (".hidden", "hidden-"),
        ("name. . ", "name-"),
        ("Присед № 1: Анна?", "Присед No 1_ Анна-"),
        ("x" * 300, "x" * 72 + "-"),
        ("．．／x", "x-"),
    ],
)
def test_a_changed_name_is_marked(text: str, start: str) -> None:
    name = safe_name(text)
    assert name.startswith(start) and len(name) == len(start) + 6


def test_an_empty_text_gives_the_default() -> None:
    assert safe_name("") == safe_name("  ") == "clip" and safe_name("", "bundle") == "bundle"
    assert safe_name("и\u0306") == "й"


@given(st.lists(st.text(max_size=400) | st.text(" .-_/\\:a№c\0", max_size=9), min_size=2, max_size=6))
@example([".", "clip", ""])
@example(["CON", "_CON"])
@example(["a/b", "a:b", "a_b"])
def test_different_texts_become_different_safe_names(texts: list[str]) -> None:
    plain = {unicodedata.normalize("NFC", t.strip()): t for t in texts if t.strip() not in ("", "clip")}
    names = [safe_name(t) for t in plain.values()]
    assert len(set(names)) == len(names)
    for name in names:
        assert 1 <= len(name) <= 80 and len(name.encode()) <= 160
        assert not set(name) & set('/\\:*?"<>|\0\n\r\t') and name == name.strip(" .") and not name.startswith("-")
        assert safe_name(name) == name == Path(name).name


def test_tokens() -> None:
    assert is_token(new_token()) and new_token() != new_token()
    for text in ("", "a" * 21, "a" * 23, "a" * 22 + "\n", "../" + "a" * 19, None, 5, "é" * 22):
        assert not is_token(text)


def test_a_token_is_never_read_as_an_option() -> None:
    assert not any(new_token().startswith("-") for _ in range(2000))
