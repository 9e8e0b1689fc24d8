"""Working habits: undo and redo, two versions, presets as pictures, copying to other clips."""

from __future__ import annotations

import base64
import dataclasses
import json
import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from perscoach.files import write_json
from perscoach.grade import reference
from perscoach.grade.look import Look, path_of, store
from perscoach.grade.params import RANGES, Grade
from perscoach.grade.presets import BUILT_IN, by_name
from perscoach.jobs import JobQueue, Workspace
from perscoach.ui.colour.habits import CopyService
from perscoach.ui.colour.panel import setup
from perscoach.ui.context import OWNER_COOKIE, AppContext, load_secret
from perscoach.ui.texts.colour_habits import TEXTS

HERE = Path(__file__).resolve().parent
ROOM = HERE.parents[1] / "perscoach" / "ui" / "colour"
AXE = HERE.parents[1] / "node_modules" / "axe-core" / "axe.min.js"
STILL = np.random.default_rng(3).integers(0, 256, (60, 40, 3), np.uint8)  # any colours
ORIGIN = "http://room.test"
PAGE = """<!doctype html><html lang="{lang}"><head><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Room</title><link rel="stylesheet" href="/shell/app.css"><link rel="stylesheet" href="/colour/colour.css">
<link rel="stylesheet" href="/colour/habits.css"><style>body {{ margin: 0; font-family: sans-serif; background: var(--pc-paper) }}
main {{ padding: 16px }}</style></head>
<body class="{theme}"><main class="pc-colour"><div class="pcc-desk"><div class="pcc-look"></div><div class="pcc-controls"></div>
</div></main><script type="module" src="/habits_page.mjs"></script></body></html>"""


def answer(route: Any) -> None:
    """The test's own small site, without a server."""
    path, _, query = route.request.url.removeprefix(ORIGIN).partition("?")
    if path == "/":
        words = dict(part.split("=") for part in query.split("&") if part)
        body = PAGE.format(lang=words.get("lang", "en"), theme=words.get("theme", ""))
        route.fulfill(body=body, content_type="text/html")
    elif path == "/setup.json":
        planes = base64.b64encode(STILL.transpose(2, 0, 1).tobytes()).decode()
        still = {"width": STILL.shape[1], "height": STILL.shape[0], "planes": planes}
        route.fulfill(body=json.dumps({"setup": setup(), "still": still}), content_type="application/json")
    elif path.endswith((".mjs", ".css")):
        file = (HERE if path.count("/") == 1 else ROOM.parent) / path.lstrip("/")
        route.fulfill(path=file, content_type="text/css" if path.endswith(".css") else "text/javascript")
    else:
        route.fulfill(status=404, body="nothing here", content_type="text/html")


@pytest.fixture(scope="module")
def tab(chromium: Any) -> Iterator[Any]:
    """One tab for the file; it may throw nothing."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.route(f"{ORIGIN}/**", answer)
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert not thrown, thrown


def load(page: Any, query: str = "", job: str | None = "one", grade: Grade | None = None) -> Any:
    page.goto(f"{ORIGIN}/?{query}")
    page.wait_for_selector("body[data-ready]")
    if job:
        open_job(page, job, grade or Grade())
    return page


def open_job(page: Any, job: str, grade: Grade) -> None:
    page.evaluate(
        "([job, grade]) => { room.put(grade); room.habits.open(job, { grade, look: null }); }",
        [job, dataclasses.asdict(grade)],
    )


@pytest.fixture
def room(tab: Any) -> Any:
    """The page as at the first visit."""
    tab.goto(f"{ORIGIN}/empty")  # the page before has stored its steps now
    tab.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    return load(tab)


def grade_of(page: Any) -> Grade:
    return Grade(**page.evaluate("room.grade()"))


# history --------------------------------------------------------------------------------------------------------------


class Model:
    """What the history promises, in the plainest words: a list, a place in it, an open gesture."""

    def __init__(self, limit: int) -> None:
        self.limit, self.values, self.at, self.gesture = limit, [0], 0, None

    def push(self, value: int, kind: str, merge: int | None) -> None:
        if value == self.values[self.at]:
            return
        del self.values[self.at + 1 :]
        joined = merge is not None and self.gesture == (kind, merge, self.at) and self.at > 0
        if joined:
            self.values.pop()
        back = joined and value == self.values[-1]
        if not back:
            self.values.append(value)
        self.values = self.values[-self.limit - 1 :]
        self.at = len(self.values) - 1
        self.gesture = None if back else (kind, merge, self.at)

    def go(self, step: int) -> None:
        if 0 <= self.at + step < len(self.values):
            self.at += step
            self.gesture = None


def words(seed: int) -> list[list[Any]]:
    """A coach at work: pushes in short gestures that often return to an earlier value, undo and redo in between."""
    draw = random.Random(seed)
    out: list[list[Any]] = []
    for gesture in range(30):
        for _ in range(draw.randint(1, 4)):
            if draw.random() < 0.3:
                out.append([draw.choice(["undo", "undo", "redo"])])
            merge = gesture if draw.random() < 0.8 else None
            out.append(["push", draw.randint(0, 3), draw.choice(["colour_contrast", "colour_red_boost"]), merge])
    return out


def test_history_keeps_its_promises(tab: Any) -> None:
    """Sixty random sessions against a model of the promise; short limits too."""
    sessions = [{"limit": random.Random(seed).choice([1, 3, 8, 200]), "words": words(seed)} for seed in range(60)]
    shown = load(tab, job=None).evaluate(
        """(sessions) => sessions.map(({ limit, words }) => {
          const { History } = room.history;
          const choice = (value) => ({ grade: { contrast: 1 + value / 10 }, look: null });
          let steps = new History(choice(0), limit);
          return words.map(([word, value, kind, merge]) => {
            if (word === "push") steps.push(choice(value), { kind, merge });
            else steps[word]();
            return [Math.round((steps.present.grade.contrast - 1) * 10), steps.canUndo, steps.canRedo, steps.steps.length];
          });
        })""",
        sessions,
    )
    for session, states in zip(sessions, shown, strict=True):
        model = Model(session["limit"])
        for word, state in zip(session["words"], states, strict=True):
            if word[0] == "push":
                model.push(*word[1:])
            else:
                model.go(-1 if word[0] == "undo" else 1)
            right = [model.values[model.at], model.at > 0, model.at < len(model.values) - 1, len(model.values)]
            assert state == right, (session["limit"], word)
        assert len(model.values) <= session["limit"] + 1


def test_history_is_stored_and_only_good_words_are_believed(tab: Any) -> None:
    outcome = load(tab, job=None).evaluate(
        """() => {
          const { History, packed, unpacked, sameChoice } = room.history;
          const { parameters } = room;
          const grade = room.grade();
          const look = { id: "a".repeat(64), name: "Film", amount: 0.5 };
          const steps = new History({ grade, look: null });
          steps.push({ grade, look }, { kind: "colour_look" });
          steps.push({ grade: { ...grade, contrast: 1.5 }, look }, { kind: "colour_contrast" });
          steps.undo();
          const text = packed({ shown: "A", slots: { A: steps, B: null } });
          const back = unpacked(text, parameters);
          const same = back.slots.A.label === "colour_look" && back.slots.A.next === "colour_contrast"
            && sameChoice(back.slots.A.present, steps.present) && packed(back) === text;
          const broken = [
            text.replace('"contrast":1.5', '"contrast":9'), text.replace('"contrast":1.5', '"contrast":"1.5"'),
            text.replace('"contrast":1.5', '"contrast":null'), text.replace('"amount":0.5', '"amount":2'),
            text.replace("a".repeat(64), "../../x"), text.replace('"at":1', '"at":7'), text.replace('"at":1', '"at":0.5'),
            text.replace('"shown":"A"', '"shown":"B"'), text.replace('"shown":"A"', '"shown":"__proto__"'),
            text.replace('"version":1', '"version":2'), text.replace('colour_contrast', '<img src=x>'),
            text.slice(1), "", "null", "[]", "5", '{"version":1}', "[".repeat(100000), text + " ".repeat(500000), null, 7,
          ].map((one) => unpacked(one, parameters));
          return { same, unchanged: unpacked(text, parameters) !== null, broken: broken.filter((one) => one !== null).length };
        }"""
    )
    assert outcome == {"same": True, "unchanged": True, "broken": 0}


# undo, redo and two versions, by hand ---------------------------------------------------------------------------------


def test_a_drag_a_held_key_and_a_typed_number_are_one_step_each(room: Any) -> None:
    slider = room.locator("#pcc-contrast")
    box = slider.bounding_box()
    room.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    room.mouse.down()
    for step in range(12):
        room.mouse.move(box["x"] + box["width"] * (0.5 + step / 40), box["y"] + box["height"] / 2)
    room.mouse.up()
    dragged = grade_of(room).contrast
    assert dragged > 1.3
    for _ in range(6):
        room.keyboard.down("ArrowRight")  # without a release between: the key repeats
    room.keyboard.up("ArrowRight")
    held = grade_of(room).contrast
    assert held == pytest.approx(dragged + 0.06)
    room.locator("#pcc-lab_lift-number").click()
    room.keyboard.press("ControlOrMeta+a")
    room.keyboard.type("77.5")
    assert grade_of(room).lab_lift == 77.5
    room.keyboard.press("Enter")
    seen = []
    for _ in range(3):
        room.keyboard.press("Control+z")
        seen.append((grade_of(room).lab_lift, grade_of(room).contrast))
    assert seen == [(52, held), (52, dragged), (52, Grade().contrast)]
    assert room.locator(".pcc-undo").get_attribute("aria-disabled") == "true"
    room.keyboard.press("Control+Shift+Z")
    room.keyboard.press("Control+y")
    room.locator(".pcc-redo").click()
    assert grade_of(room) == dataclasses.replace(Grade(), contrast=held, lab_lift=77.5)
    assert room.inner_text(".pcc-said") == "Redone: Lift of dark tones"
    assert room.locator(".pcc-undo").get_attribute("title") == "Undo: Lift of dark tones (Ctrl+Z)"


def test_keys_belong_to_text_fields_and_work_on_a_russian_layout(room: Any) -> None:
    room.evaluate("room.gallery.pick(room.gallery.presets[2])")
    warm = grade_of(room)
    assert warm == by_name("warm")
    room.locator("#name").click()
    room.keyboard.type("ab")
    room.keyboard.press("Control+z")
    assert grade_of(room) == warm, "the field's own undo"
    assert room.evaluate("room.habits.shown") == "A"
    number = room.locator("#pcc-contrast-number")
    number.click()
    room.keyboard.type("1")  # not finished: the field takes it back itself
    room.keyboard.press("Control+z")
    room.keyboard.press("Tab")
    assert grade_of(room).red_boost == warm.red_boost
    room.evaluate("document.activeElement.blur()")
    russian = (
        "window.dispatchEvent(new KeyboardEvent('keydown', {key: 'я', code: 'KeyZ', ctrlKey: true, cancelable: true}))"
    )
    assert room.evaluate(russian) is False, "the key is taken"
    assert grade_of(room) == Grade()
    russian_b = "window.dispatchEvent(new KeyboardEvent('keydown', {key: 'и', code: 'KeyB', cancelable: true}))"
    assert room.evaluate(russian_b) is False
    assert room.evaluate("room.habits.shown") == "B"


def test_two_versions_keep_their_own_colour_and_steps(room: Any) -> None:
    room.locator("#pcc-contrast").focus()
    room.keyboard.press("ArrowRight")
    a = grade_of(room)
    room.keyboard.press("b")
    assert grade_of(room) == a, "B begins as a copy"
    room.locator("#pcc-contrast").focus()
    room.keyboard.press("End")
    assert grade_of(room).contrast == 2
    assert "B is exported" in room.inner_text(".pcc-said")
    room.get_by_role("button", name="Version A").click()
    assert grade_of(room) == a
    room.keyboard.press("Control+z")
    assert grade_of(room) == Grade(), "A's own step"
    room.keyboard.press("b")
    assert grade_of(room).contrast == 2
    assert room.get_by_role("button", name="Version B").get_attribute("aria-pressed") == "true"
    room.get_by_role("button", name="Copy to A", exact=True).click()
    room.keyboard.press("a")
    assert grade_of(room).contrast == 2
    room.keyboard.press("Control+z")
    assert grade_of(room) == Grade(), "the copy can be taken back"


def test_the_other_version_beside(room: Any) -> None:
    room.get_by_role("button", name="A beside B").click()
    assert room.evaluate("room.log.at(-1)") == "beside B 1.12"
    room.keyboard.press("b")
    room.locator("#pcc-contrast").focus()
    room.keyboard.press("End")
    assert room.evaluate("room.log.at(-1)") == "beside A 1.12"
    room.evaluate("room.habits.compare(false)")
    assert room.evaluate("room.log.at(-1)") == "beside nothing"
    assert room.get_by_role("button", name="A beside B").get_attribute("aria-pressed") == "false"


def test_a_reload_keeps_steps_and_versions_and_the_stored_colour_wins(room: Any) -> None:
    room.keyboard.press("b")
    room.evaluate("room.gallery.pick(room.gallery.presets[3])")
    cool = grade_of(room)
    load(room, grade=cool)
    assert room.evaluate("room.habits.shown") == "B"
    room.keyboard.press("Control+z")
    assert grade_of(room) == Grade()
    open_job(room, "two", Grade(contrast=1.5))
    assert room.locator(".pcc-undo").get_attribute("aria-disabled") == "true", "another clip has steps of its own"
    open_job(room, "one", Grade(contrast=0.7))  # changed elsewhere meanwhile
    assert grade_of(room).contrast == 0.7
    room.keyboard.press("Control+z")
    assert grade_of(room) == Grade()
    room.evaluate("for (let i = 0; i < 20; i++) room.habits.open(`job${i}`, {grade: room.grade(), look: null})")
    room.evaluate("room.habits.keep(true)")
    kept = room.evaluate("Object.keys(sessionStorage).filter((key) => key !== 'perscoach.colour.order').sort()")
    assert kept == sorted(f"perscoach.colour.job{i}" for i in range(12, 20))
    room.evaluate("sessionStorage.setItem('perscoach.colour.order', '{\"a\":1}')")
    room.evaluate(
        'sessionStorage.setItem(\'perscoach.colour.bad\', \'{"version":1,"shown":"A","slots":{"A":{"at":0}}}\')'
    )
    open_job(room, "bad", Grade(contrast=1.3))
    assert grade_of(room).contrast == 1.3
    assert room.locator(".pcc-undo").get_attribute("aria-disabled") == "true"


def test_the_list_of_keys(room: Any) -> None:
    room.evaluate("room.habits.addShortcuts([{ keys: ['Space'], text: 'Play' }])")
    button = room.get_by_role("button", name="Keyboard")
    button.focus()
    room.keyboard.press("Enter")
    assert room.locator("dialog[open] dt:has-text('Ctrl+Z')").count() == 1
    assert "Play" in room.inner_text("dialog[open]")
    room.keyboard.press("b")
    assert room.evaluate("room.habits.shown") == "A", "no key works behind the window"
    room.keyboard.press("Escape")
    assert room.locator("dialog[open]").count() == 0
    assert button.evaluate("(node) => node === document.activeElement")


# presets as pictures --------------------------------------------------------------------------------------------------

_CANVAS = """(canvas) => {
  const { width, height } = canvas;
  return [width, height, Array.from(canvas.getContext("2d").getImageData(0, 0, width, height).data)];
}"""


def pictures(page: Any) -> list[np.ndarray]:
    page.wait_for_function("room.gallery.presets.every((preset) => !preset.stale)")
    shown = [canvas.evaluate(_CANVAS) for canvas in page.locator(".pcc-gallery-row canvas").all()]
    return [np.array(data, np.uint8).reshape(height, width, 4)[..., :3] for width, height, data in shown]


def test_a_preset_s_picture_is_the_reference_s(room: Any) -> None:
    assert all(picture.shape == (1, 1, 3) for picture in pictures_now(room)), "nothing is drawn before there is a frame"
    room.evaluate("room.gallery.refresh({ key: 'one', width: 40, height: 60, part: null })")
    shown = pictures(room)
    assert len(shown) == len(BUILT_IN)
    for picture, preset in zip(shown, BUILT_IN, strict=True):
        right = reference.apply(STILL[6:46] / 255.0, preset.grade) * 255  # the square of the frame, above its middle
        assert picture.shape == right.shape
        assert np.abs(picture - right).max() < 1.5, preset.key
    assert len({picture.tobytes() for picture in shown}) == len(shown), "each looks another way"
    room.evaluate("room.asked(); room.gallery.refresh({ key: 'one', width: 40, height: 60, part: null })")
    assert room.evaluate("room.asked()") == [], "the same frame is not drawn again"
    room.evaluate("room.gallery.refresh({ key: 'one', width: 40, height: 60, part: [0.25, 0.5, 0.25, 0.5] })")
    again = pictures(room)
    assert again[1].shape == (16, 16, 3)
    x, y = 7, 30  # the person's box begins at (10, 30); 1.06 times half of its height is shown
    assert min(np.abs(again[1].astype(int) - STILL[y + d : y + d + 16, x : x + 16]).max() for d in (-1, 0)) <= 1


def test_a_preset_s_picture_by_the_painter_is_the_same(room: Any) -> None:
    if not room.evaluate("room.paint()"):
        pytest.skip("no WebGL2 in this Chromium")
    room.evaluate("room.gallery.refresh({ key: 'painted', width: 40, height: 60, part: null })")
    for picture, preset in zip(pictures(room), BUILT_IN, strict=True):
        assert np.abs(picture - reference.apply(STILL[6:46] / 255.0, preset.grade) * 255).max() < 2, preset.key


def pictures_now(page: Any) -> list[np.ndarray]:
    return [
        np.zeros((w, h, 3))
        for w, h in page.evaluate("room.gallery.presets.map((p) => [p.canvas.width, p.canvas.height])")
    ]


def test_presets_by_keyboard_and_which_one_is_marked(room: Any) -> None:
    first = room.get_by_role("radio", name=BUILT_IN[0].en)
    assert first.get_attribute("aria-checked") == "true"
    first.focus()
    room.keyboard.press("ArrowRight")
    room.keyboard.press("ArrowRight")
    assert grade_of(room) == by_name("warm")
    marked = room.get_by_role("radio", checked=True)
    assert marked.count() == 1
    assert marked.inner_text() == BUILT_IN[2].en
    assert room.evaluate("document.activeElement.getAttribute('aria-checked')") == "true"
    assert room.locator(".pcc-gallery-row [tabindex='0']").count() == 1
    room.keyboard.press("Control+z")
    assert grade_of(room) == by_name("neutral")
    room.locator("#pcc-contrast").focus()
    room.keyboard.press("ArrowRight")
    assert room.get_by_role("radio", checked=True).count() == 0
    room.evaluate("room.noStill(); room.gallery.refresh({ key: 'lost', width: 40, height: 60 })")  # the picture is gone
    room.wait_for_function("room.gallery.waiting.length === 0")


def test_own_presets_stay_in_the_browser(room: Any) -> None:
    room.evaluate("room.put({ ...room.grade(), contrast: 1.4 })")
    assert room.evaluate("room.gallery.add('  <b>My\\u202e gym</b>  ', room.grade())") is True
    assert room.evaluate("room.gallery.add('bad', { contrast: 99 })") is False
    load(room)
    own = room.get_by_role("radio", name="My preset: <b>My gym</b>")
    own.click()
    assert grade_of(room).contrast == 1.4
    room.get_by_role("button", name="Rename").click()
    room.keyboard.type("Вечер")
    room.keyboard.press("Enter")
    assert room.get_by_role("radio", name="My preset: Вечер").get_attribute("aria-checked") == "true"
    assert room.evaluate("JSON.parse(localStorage.getItem('perscoach.presets')).map((p) => p.name)") == ["Вечер"]
    room.get_by_role("button", name="Delete").click()
    assert room.get_by_role("radio", name="My preset").count() == 0
    room.keyboard.press("Enter")  # the focus is on "Bring back"
    assert room.get_by_role("radio", name="My preset: Вечер").count() == 1
    kept = room.evaluate(
        "for (let i = 0; i < 40; i++) room.gallery.add(`p${i}`, room.grade()); room.gallery.own.length"
    )
    assert kept == 24
    assert "24" in room.evaluate("room.log.at(-1)")


def test_stored_presets_that_are_none_are_left_out(room: Any) -> None:
    stored = [
        "",
        "null",
        "{}",
        "5",
        "x",
        "[1, null, {}]",
        '[{"name": 5, "grade": {}}]',
        '[{"name": "a", "grade": {"contrast": 1}}]',
    ]
    many = json.dumps([{"name": f"p{i}", "grade": dataclasses.asdict(Grade())} for i in range(60)])
    assert (
        room.evaluate("(all) => all.map((text) => room.presetsFrom(text, room.parameters).length)", [*stored, None])
        == [0] * 9
    )
    assert len(room.evaluate("(text) => room.presetsFrom(text, room.parameters)", many)) == 24
    twice = json.dumps(json.loads(many)[:1] * 2)
    assert room.evaluate("(text) => room.presetsFrom(text, room.parameters).length", twice) == 1


# other clips ----------------------------------------------------------------------------------------------------------

GOOD = dataclasses.asdict(Grade(contrast=1.4))
CUBE = "LUT_3D_SIZE 2\n" + "".join(f"{r} {g} {b}\n" for b in (0, 1) for g in (0, 0.5) for r in (0, 1))


@dataclasses.dataclass
class People:
    """Two coaches, their requests, and the first one's clips."""

    service: CopyService
    context: AppContext
    me: Any
    stranger: Any
    here: Any
    there: Any
    theirs: Any


@pytest.fixture
def people(tmp_path: Path) -> People:
    from perscoach.settings import load_settings

    workspace = Workspace(tmp_path)
    settings = dataclasses.replace(load_settings(), workspace=tmp_path)
    context = AppContext(settings, workspace, JobQueue(workspace, 1), load_secret(tmp_path))
    cookies = [context.new_owner() for _ in range(2)]
    requests = [SimpleNamespace(cookies={OWNER_COOKIE: cookie}, headers={}, app=None) for cookie in cookies]
    mine, others = (cookie.split(".", 1)[0] for cookie in cookies)
    made = [with_clip(workspace, owner, name) for owner, name in ((mine, "Here"), (mine, "There"), (others, "Theirs"))]
    workspace.create(mine, "Without a clip")
    return People(CopyService(context), context, *requests, *made)


def with_clip(workspace: Workspace, owner: str, name: str) -> Any:
    """A job whose clip is noted and lies there (nothing here decodes it)."""
    job = workspace.create(owner, name)
    (job.folder / "clip").mkdir()
    (job.folder / "clip" / "clip.mp4").write_bytes(b"1234")
    about = {"schema": "perscoach.clip/1", "bytes": 4, "fps": "30", "width": 64, "height": 48, "frames": 9}
    from perscoach.clip.ingest import SCHEMA

    write_json(job.folder / "clip" / "clip.json", {**about, "schema": SCHEMA, "audio": False, "changes": []})
    write_json(job.folder / "run.json", {"request": 0, "status": "done", "clip": "clip/clip.mp4"})
    (job.folder / "thumbnail.jpg").write_bytes(b"jpg")
    return workspace.open(job.token)


def recipe_of(people: People, job: Any) -> Any:
    return people.context.workspace.open(job.token).state.recipe


def test_the_list_holds_the_coach_s_own_other_clips(people: People) -> None:
    listed = people.service.jobs({"token": people.here.token}, people.me)["jobs"]
    assert [job["name"] for job in listed] == ["There"]
    assert listed[0]["thumbnail"].startswith(f"perscoach/job/{people.there.token}/thumbnail.jpg?v=")
    assert listed[0]["busy"] is False
    text = json.dumps(people.service.jobs({"token": people.here.token}, people.stranger))
    assert "error" in text
    assert people.there.token not in text


def test_the_colour_and_the_look_s_table_go_to_the_other_clip(people: People) -> None:
    look = dataclasses.replace(store(people.here.folder, CUBE, "Film"), amount=0.5)
    asked = {"token": people.here.token, "to": people.there.token, "grade": GOOD, "look": dataclasses.asdict(look)}
    assert people.service.copy(asked, people.me) == {"name": "There"}
    assert recipe_of(people, people.there).grade == Grade(contrast=1.4)
    assert recipe_of(people, people.there).look == look
    assert path_of(people.there.folder, look).read_bytes() == path_of(people.here.folder, look).read_bytes()
    assert recipe_of(people, people.here).grade == Grade(), "the open clip's own is not touched"
    people.service.copy({**asked, "look": None}, people.me)
    assert recipe_of(people, people.there).look == Look()


def test_what_is_not_copied(people: People) -> None:
    good = {"token": people.here.token, "to": people.there.token, "grade": GOOD, "look": None}
    gone = {"id": "0" * 64, "name": "x", "amount": 1.0}
    bad: list[dict[str, Any]] = [{"to": people.theirs.token}, {"to": people.here.token}, {"to": None}, {"to": "../x"}]
    bad += [{"to": [people.there.token]}, {"token": people.theirs.token}, {"grade": {"contrast": 99}}, {"grade": None}]
    bad += [{"look": gone}, {"look": {"id": "../../etc"}}, {"look": 5}, {"look": {"id": "", "path": "x"}}, {"look": []}]
    before = [(job.folder / "job.json").read_bytes() for job in (people.here, people.there, people.theirs)]
    for words in bad:
        answer = people.service.copy({**good, **words}, people.me)
        assert list(answer) == ["error"], words
        assert "Something went wrong" not in answer["error"][0], words
    assert list(people.service.copy(good, people.stranger)) == ["error"]
    people.there.update(request=1, queued=1.0)  # it waits for its run
    answer = people.service.copy(good, people.me)
    assert "'There' is being worked on" in answer["error"][0]
    assert people.service.jobs({"token": people.here.token}, people.me)["jobs"][0]["busy"] is True
    people.there.update(request=0, queued=0.0)
    after = [
        json.loads((job.folder / "job.json").read_bytes())["recipe"]
        for job in (people.here, people.there, people.theirs)
    ]
    assert after == [json.loads(text)["recipe"] for text in before]


def test_copying_in_the_page(room: Any, people: People) -> None:
    third = with_clip(people.context.workspace, people.here.owner, "Третий <b>")
    token = {"token": people.here.token}
    room.expose_function("askJobs", lambda: people.service.jobs(token, people.me))
    room.expose_function("askCopy", lambda to, choice: people.service.copy({**token, "to": to, **choice}, people.me))
    load(room, grade=Grade(contrast=1.3))
    button = room.get_by_role("button", name="Copy to another clip…")
    button.focus()
    room.keyboard.press("Enter")
    room.wait_for_selector("dialog[open] input[type=checkbox]")
    assert room.locator("dialog[open] label").all_inner_texts()[0].startswith("Третий <b>")
    room.keyboard.press("Escape")
    assert button.evaluate("(node) => node === document.activeElement")
    room.keyboard.press("Enter")
    room.wait_for_selector("dialog[open] input[type=checkbox]:focus")
    room.keyboard.press("Space")
    room.keyboard.press("Tab")
    room.keyboard.press("Space")
    room.get_by_role("button", name="Copy to 2").click()
    room.wait_for_selector(".pcc-copying > .pcc-said:has-text('Copied to: Третий <b>, There')")
    assert button.evaluate("(node) => node === document.activeElement")
    assert [recipe_of(people, job).grade.contrast for job in (people.there, third, people.here)] == [1.3, 1.3, 1.12]
    people.there.update(request=1, queued=1.0)
    room.keyboard.press("Enter")
    room.wait_for_selector("dialog[open] input:disabled")
    assert "in work now" in room.inner_text("dialog[open] label:has(:disabled)")
    room.evaluate("document.querySelector('dialog[open] input:disabled').disabled = false")  # as if it began after that
    for box in room.locator("dialog[open] input").all():
        box.check()
    room.get_by_role("button", name="Copy to 2").click()
    room.wait_for_selector("dialog[open] .pcc-bad:has-text('is being worked on')")
    assert room.locator("dialog[open] [role=status] p").first.inner_text() == "Copied to: Третий <b>"


# how it looks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "width", "theme"), [("en", 1280, ""), ("ru", 390, "dark")])
def test_it_fits_and_axe_finds_nothing_serious(tab: Any, lang: str, width: int, theme: str) -> None:
    tab.set_viewport_size({"width": width, "height": 844})
    load(tab, f"lang={lang}&theme={theme}")
    tab.evaluate("room.gallery.add('Мой зал', { ...room.grade(), contrast: 1.4 })")
    tab.evaluate("room.gallery.refresh({ key: 'a', width: 40, height: 60 })")
    tab.evaluate("room.gallery.pick(room.gallery.presets.at(-1))")
    pictures(tab)
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    small = tab.evaluate(
        """[...document.querySelectorAll(".pcc-habits button, .pcc-gallery button, .pcc-copying > button")]
          .filter((node) => node.offsetParent && (node.offsetHeight < 40 || node.offsetWidth < 40)).map((node) => node.textContent)"""
    )
    assert small == []
    if width < 860:
        box = tab.locator(".pcc-gallery-row").bounding_box()
        tab.wait_for_function("room.gallery.row.scrollLeft > 100")  # the chosen one is brought into sight
        last = tab.locator(".pcc-gallery-row button").last.bounding_box()
        assert last["x"] + last["width"] <= box["x"] + box["width"] + 1
        tab.wait_for_function("room.gallery.row.style.getPropertyValue('--pcc-fade-left') === '28px'")
    if AXE.is_file():
        tab.add_script_tag(path=str(AXE))
        tab.evaluate("room.habits.keysSheet.showModal()")
        for _ in range(2):
            found = tab.evaluate("async () => (await axe.run('main')).violations")
            bad = [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")]
            assert not bad, found
            tab.evaluate("document.querySelector('dialog[open]')?.close()")
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.evaluate("localStorage.clear()")


def test_every_text_is_in_both_languages_and_used() -> None:
    code = "".join((ROOM / f"{name}.mjs").read_text(encoding="utf-8") for name in ("habits", "gallery", "copying"))
    for key, (english, russian) in TEXTS.items():
        assert key.startswith("colour_")
        assert english
        assert any("а" <= c <= "я" for c in russian.lower()) or key == "colour_copying_failed", key
        undo = key in {f"colour_{word}{end}" for word in ("undo", "redo") for end in ("", "_what", "_none")}
        assert undo or f'"{key}"' in code, f"{key} is not used"
    assert len(RANGES) == 5
