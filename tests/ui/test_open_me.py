"""The page inside a package, opened as a file by a double click: no server, no network."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.bundles import layout
from perscoach.bundles.check import check_bundle
from perscoach.bundles.open_me import write_page
from perscoach.core.progress import Quiet
from perscoach.skeleton import MEDIAPIPE33
from tests.bundles.factories import bundle, motion

NAME = "</script><img src=x onerror=alert(1)> & Ко"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small package with a hostile name, a frame without a body and legs that were never seen."""
    folder = bundle(tmp_path_factory.mktemp("package") / "clip")
    seen = np.zeros((6, len(MEDIAPIPE33)), np.uint8)
    seen[:, 25:] = 2
    write_page(folder, NAME, motion(6, misses=(2,), seen=seen), Quiet())
    return folder


def test_the_page_and_its_poster_belong_to_the_package(package: Path) -> None:
    assert (package / layout.POSTER).read_bytes()[8:12] == b"WEBP"
    report = check_bundle(package)
    assert not [f for f in report.findings if layout.PAGE in f.en and "unknown" in f.en]
    text = (package / layout.PAGE).read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=\"?(https?:)?//", text), "the page asks for something on a network"
    held = re.search(r'<script id="data" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert held is not None
    data = json.loads(held[1])
    assert data["name"] == NAME
    listed = {entry["name"] for entry in data["files"]}
    written = {p.relative_to(package).as_posix() for p in package.rglob("*") if p.is_file()} - {layout.PAGE}
    assert listed == written
    for language in ("en", "ru"):
        assert all(f"for_{entry['purpose']}" in data["texts"][language] for entry in data["files"])


@pytest.mark.parametrize(("locale", "word"), [("en-GB", "What is in the package"), ("ru-RU", "Что в пакете")])
def test_it_plays_shows_the_body_and_lists_the_files(chromium: Any, package: Path, locale: str, word: str) -> None:
    context = chromium.new_context(locale=locale, viewport={"width": 390, "height": 844})
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((package / layout.PAGE).as_uri())
    page.wait_for_function("document.getElementById('video').readyState >= 2")
    assert word in page.inner_text("main")
    assert page.locator("img").count() == 0 and NAME in page.title()
    assert page.is_visible("#guessed")
    drawn = (
        "(() => {const c = document.getElementById('body'); const d = c.getContext('2d').getImageData(0, 0, c.width,"
    )
    drawn += " c.height).data; let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n;})()"
    page.wait_for_function(f"{drawn} > 2000")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the phone"
    page.click("#language")
    assert word not in page.inner_text("main")
    page.click("#backdrops button:nth-child(3)")
    assert page.get_attribute("#stage", "data-backdrop") == "black"
    assert "trainer_transparent.webm" in page.inner_text("#code")
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
    context.close()
    assert not wrong
