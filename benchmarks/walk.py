"""A coach's whole path in a browser, as pictures: ``python -m benchmarks.walk FOLDER [CLIP]``.

From the first paint to the opened ``OPEN_ME.html``, in both languages at 1280x800, 1440x900 and 390x844. At each step it looks for
controls that something covers at any scroll position, for serious findings of axe-core, for errors on the console and for
sentences of the other language. Leaves the pictures, a sheet of them all (``sheet.jpg``) and ``report.json``; exit code 1 where
something was found.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

from tests.get_browser import find
from tests.ui.hits import covered
from tests.ui.served import CALM, serve

SIZES = ((1280, 800), (1440, 900), (390, 844))
LANGUAGES = ("en", "ru")
STEPS = ("clip", "colour", "matte", "pose", "bundle")
AXE = Path(__file__).resolve().parents[1] / "node_modules" / "axe-core" / "axe.min.js"
_LATIN = re.compile(r"\b[A-Za-z]{4,}(?:[ ,][A-Za-z]{2,}){2,}")  # three words in a row are a sentence, not a name
_CYRILLIC = re.compile(r"[А-Яа-яЁё]{3,}")
_MINUTES = 15 * 60_000


class Walk:
    """One coach: a language, and all sizes one after the other."""

    def __init__(self, browser: Any, url: str, language: str, folder: Path, clip: Path | None) -> None:
        locale = {"en": "en-GB", "ru": "ru-RU"}[language]
        self.context = browser.new_context(
            locale=locale, accept_downloads=True, viewport={"width": 1280, "height": 800}
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.url, self.language, self.folder, self.clip = url, language, folder, clip
        self.found: list[dict[str, Any]] = []
        self.clicks = 0
        self.page.on("console", lambda m: self.note("console", m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.note("console", str(error)))

    def note(self, kind: str, what: str, where: str = "") -> None:
        self.found.append({"language": self.language, "where": where, "kind": kind, "what": what[:400]})

    def shoot(self, name: str, full: bool = False) -> None:
        size = self.page.viewport_size
        self.page.screenshot(path=self.folder / f"{self.language}_{size['width']}_{name}.png", full_page=full)

    def first_screen(self) -> None:
        """What a new visitor sees, at each size."""
        for width, height in SIZES:
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.goto(self.url)
            self.page.wait_for_selector("#pc-state", state="attached")
            self.page.wait_for_timeout(1500)
            self.look("0_first", ".gradio-container")

    def make(self) -> Path:
        """From the example (or the clip) to a downloaded package, by the fewest clicks; the zip."""
        page = self.page
        page.set_viewport_size({"width": 1280, "height": 800})
        if self.clip is None:
            page.click("#pc-example")
            self.clicks += 1
        else:
            page.set_input_files("#pc-upload input[type=file]", str(self.clip))
        page.wait_for_selector("#pc-state[data-clip='1'][data-busy='0']", state="attached", timeout=_MINUTES)
        page.wait_for_selector("#pc-at-once", state="visible")
        page.wait_for_timeout(800)
        page.click("#pc-at-once")
        self.clicks += 1
        page.wait_for_selector("#pc-progress .pc-overall", timeout=_MINUTES)
        page.wait_for_function("/\\d:\\d\\d/.test(document.querySelector('#pc-progress .pc-overall')?.textContent ?? '')",
                               timeout=_MINUTES)  # fmt: skip
        self.shoot("5_running")
        page.wait_for_selector("#pc-download", timeout=_MINUTES)
        with page.expect_download() as started:
            page.click("#pc-download")
            self.clicks += 1
        target = self.folder / f"{self.language}.zip"
        started.value.save_as(target)
        return target

    def steps(self) -> None:
        """Every step with its finished clip, at each size."""
        for width, height in SIZES:
            self.page.set_viewport_size({"width": width, "height": height})
            for number, step in enumerate(STEPS, 1):
                self.page.click(f".pc-nav [data-step-to={step}]")
                self.page.wait_for_timeout(4000 if step == "colour" else 1500)
                self.look(f"{number}_{step}", f"#step-{step}", full=step == "bundle")

    def look(self, name: str, root: str, full: bool = False) -> None:
        """A picture of what is on the screen, and all checks of it."""
        page, width = self.page, self.page.viewport_size["width"]
        where = f"{name} at {width}"
        self.shoot(name, full)
        under = ".pcc-look" if width < 861 and "colour" in name else ""
        for control in covered(page, root, under):
            self.note("covered", control, where)
        page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
        result = page.evaluate("axe.run(document.querySelector('.gradio-container'), { resultTypes: ['violations'] })")
        for violation in result["violations"]:
            if violation["impact"] in ("serious", "critical"):
                nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
                self.note("axe", f"{violation['id']}: {nodes}", where)
        for line in page.inner_text("body").splitlines():
            wrong = _LATIN if self.language == "ru" else _CYRILLIC
            if wrong.search(line) and line.strip() not in ("Русский", "RU"):
                self.note("language", line.strip(), where)

    def open_me(self, package: Path) -> None:
        """The package's own page, from the unpacked zip."""
        with tempfile.TemporaryDirectory() as made:
            with zipfile.ZipFile(package) as archive:
                archive.extractall(made)
            for width, height in SIZES:
                self.page.set_viewport_size({"width": width, "height": height})
                self.page.goto((Path(made) / "OPEN_ME.html").as_uri())
                self.page.wait_for_timeout(2500)
                self.shoot("6_open_me", full=True)


def sheet(folder: Path) -> None:
    """All pictures on one sheet, a row for each language and size."""
    rows: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*_*_*.png")):
        rows.setdefault("_".join(path.stem.split("_")[:2]), []).append(path)
    height, gap = 420, 12
    thumbs = {row: [_fitted(path, height) for path in paths] for row, paths in rows.items()}
    width = max(sum(t.width + gap for t in row) for row in thumbs.values())
    made = Image.new("RGB", (width, len(thumbs) * (height + 30)), "white")
    for y, (row, pictures) in enumerate(thumbs.items()):
        ImageDraw.Draw(made).text((6, y * (height + 30) + 4), row, fill="black")
        x = 0
        for picture in pictures:
            made.paste(picture, (x, y * (height + 30) + 24))
            x += picture.width + gap
    made.save(folder / "sheet.jpg", quality=80)


def _fitted(path: Path, height: int) -> Image.Image:
    picture = Image.open(path).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, picture.width * 3)))
    return picture.resize((max(1, round(picture.width * height / picture.height)), height))


def walks(browser: Any, url: str, folder: Path, clip: Path | None) -> Iterator[Walk]:
    """One walk for each language."""
    for language in LANGUAGES:
        walk = Walk(browser, url, language, folder, clip)
        walk.first_screen()
        package = walk.make()
        walk.steps()
        walk.open_me(package)
        walk.context.close()
        yield walk


def main(folder: Path, clip: Path | None = None) -> int:
    """Walk, and leave the pictures and the report in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as workspace, sync_playwright() as playwright:
        app = serve(Path(workspace) / "app")
        browser = playwright.chromium.launch(executable_path=find(), args=list(CALM))
        try:
            done = list(walks(browser, app.url, folder, clip))
        finally:
            browser.close()
            app.stop()
    found = [one for walk in done for one in walk.found]
    report = {"clicks": {walk.language: walk.clicks for walk in done}, "found": found}
    (folder / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=2), encoding="utf-8")
    sheet(folder)
    print(f"{len(found)} findings; clicks from the example to the package: {report['clicks']}")
    for one in found:
        print(f"  {one['language']} {one['where']}: {one['kind']}: {one['what']}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
