"""The words of the client's page: in step with the catalogue, all used, filled in as Python fills them in."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from perscoach.core.messages import LANGUAGES, fill, of
from perscoach.mirror import texts
from perscoach.mirror.parts import PAGE

SCRIPTS = sorted(path for path in PAGE.glob("*.mjs") if path != texts.PATH)


def test_the_page_s_words_are_those_of_the_catalogue() -> None:
    assert texts.PATH.read_text(encoding="utf-8") == texts.script(), "run: python -m perscoach.mirror.texts"


def test_every_text_is_used_and_every_key_has_a_text() -> None:
    keys = {id.removeprefix("mirror.") for id in of("mirror_page")}
    script = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    literal = set(re.findall(r'"([a-z][a-z.]*)"', script))
    families = {stem for stem in re.findall(r"`([a-z.]+\.)\$\{", script)}
    spare = {key for key in keys if key not in literal and not any(key.startswith(stem) for stem in families)}
    made = {key for key in spare if key.removesuffix(".hint") in literal and key.endswith(".hint")}
    choices = {key for key in spare if key.split(".")[0] in {"mode", "repeat", "view", "figure"}}
    assert spare - made - choices == set()
    asked = re.findall(r'\b(?:t|putKey)\((?:[\w.]+, words, )?"([a-z.]+)"|"data-tl?": "([a-z.]+)"', script)
    known = {id.removeprefix("mirror.") for id in of(*texts.MODULES)}
    assert {a or b for a, b in asked} <= known


CASES = [
    (
        "{n} {n:frame|frames}",
        "{n} {n:кадр|кадра|кадров}",
        [{"n": n} for n in (0, 1, 2, 5, 11, 21, 22, 25, 101, 1234, 1.5)],
    ),
    ("{s:.1f} s late", "на {s:.1f} с позже", [{"s": s} for s in (0.0, 0.34, 12, 1234.56, -0.7)]),
    ("{name}: {x} ({missing})", "{name}: {x} ({missing})", [{"name": "a {b}", "x": 0.25, "missing": True}]),
    ("plain", "просто", [{}]),
]


def test_the_browser_fills_in_as_python_does() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: install Node.js 20 or newer to test the page's modules")
    asked = [
        (template, language, values)
        for *pair, all_values in CASES
        for template, language in zip(pair, LANGUAGES, strict=True)
        for values in all_values
    ]
    script = f"""
    import {{ fill }} from {json.dumps((PAGE / "locale.mjs").as_uri())};
    console.log(JSON.stringify({json.dumps(asked)}.map((one) => fill(...one))));
    """
    done = subprocess.run(
        [node, "--input-type=module", "-"], input=script, capture_output=True, text=True, timeout=60, check=True
    )
    expected = [fill(template, language, values) for template, language, values in asked]
    spaces = str.maketrans({"\u202f": "\u00a0"})
    found = [text.translate(spaces).replace("true", "True") for text in json.loads(done.stdout)]
    assert found == [text.translate(spaces) for text in expected]
    assert found[asked.index(("{n} {n:frame|frames}", "en", {"n": 1}))] == "1 frame"
    assert found[asked.index(("{n} {n:кадр|кадра|кадров}", "ru", {"n": 22}))] == "22 кадра"
    assert Path(texts.PATH).parent == PAGE
