"""Every word in both languages, and which language is spoken."""

from __future__ import annotations

import re
import string

import pytest

from perscoach.core.errors import PerscoachError
from perscoach.core.messages import Message, catalogue, labels
from perscoach.ui import texts
from perscoach.ui.context import LANGUAGE_COOKIE, AppContext
from tests.ui.asked import Asked


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_stands_in_both_languages() -> None:
    table = catalogue()
    assert {key.split(".")[0] for key in table} >= {"shell", "clip", "matte", "pose", "bundle", "jobs"}
    for key, (en, ru) in table.items():
        if key == "open_me.language":  # the other language, by its own name
            continue
        assert en.strip() and ru.strip(), key
        assert fields(en) == fields(ru), key
        assert not re.search("[а-яё]", en, re.IGNORECASE), key


NAMES = {"a", "b", "h", "perscoach", "modnet", "mediapipe", "sam", "body", "safari", "chrome", "edge", "firefox", "iphone", "mov", "png", "cube", "json", "jpeg",
         "webp", "shift", "ctrl", "enter", "tab", "davinci", "premiere", "resolve", "lite", "full", "heavy", "n", "lut", "v", "d", "x", "y", "hz",
         "localhost", "cookie", "pose", "landmarker", "task", "csv", "m", "w", "s", "en", "ru", "space", "home", "end", "esc", "webgl", "rgb", "lab", "cie", "glb", "bvh", "npz", "webm", "nvidia", "vitdet", "meta", "qr", "https", "t", "blender", "mixamo", "open", "me", "html", "wi", "fi", "android", "ipad", "netlify", "github", "pages", "readme", "txt", "i", "o"}  # fmt: skip


def test_no_english_is_left_in_the_russian() -> None:
    for key, (_, ru) in labels().items():
        if key == "open_me.language":
            continue
        words = {w.lower() for w in re.findall(r"[A-Za-z]+", re.sub(r"\{[^}]*\}", "", ru))}
        assert words <= NAMES, (key, words - NAMES)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de-DE,de;q=0.9", "en"),
        ("en;q=0.5, ru;q=0.9", "ru"),
        ("de, en;q=0.7, ru;q=0.3", "en"),
        ("ru;q=abc, en", "en"),
        ("," * 5000 + "ru", "en"),
    ],
)
def test_the_browser_s_wish_decides_the_language(header: str, expected: str) -> None:
    assert texts.best_language(header) == expected


def test_the_switch_wins_over_the_browser(context: AppContext) -> None:
    request = Asked(headers={"accept-language": "en"}, cookies={LANGUAGE_COOKIE: "ru"})
    assert context.say("shell.step_clip", request) == "Клип"
    assert context.say("shell.step_clip", Asked(cookies={LANGUAGE_COOKIE: "<b>"})) == "Clip"
    assert context.explain(PerscoachError(Message("a", "б")), request) == "б"


def test_an_unknown_text_is_a_programming_error(context: AppContext) -> None:
    with pytest.raises(KeyError):
        context.t("shell.no_such_text")
